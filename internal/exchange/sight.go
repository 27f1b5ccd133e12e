package exchange

import "strings"

// Sight is a set of the parts of an exchange that a source can show. A rule may
// call a thing missing only if the source would have shown it.
type Sight uint8

// The parts.
const (
	Credentials Sight = 1 << iota // Authorization and Proxy-Authorization as sent
	Cookies                       // Cookie and Set-Cookie
	Wire                          // the bytes of the message heads
	TLSFacts                      // handshakes, versions, certificates
	DNSFacts                      // name look-ups
	Bodies                        // the start of response bodies
	Timing                        // when things happened
)

// Visibility is the answer to whether a source shows a part of an exchange.
type Visibility uint8

// The answers.
const (
	Hidden     Visibility = iota // certainly not shown
	CannotTell                   // only the whole capture can say
	Shown                        // shown, so what is not there was not sent
)

var sightNames = [...]string{"credentials", "cookies", "wire", "tls", "dns", "bodies", "timing"}

// String lists the parts of s, as in "credentials, cookies".
func (s Sight) String() string {
	var names []string
	for i, n := range sightNames {
		if s&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}
