package target

import (
	"net/netip"
	"strings"
)

// A Form is the form in which an address is written (RFC 9112, section 3.2).
type Form uint8

// The forms.
const (
	NoForm        Form = iota // empty
	AbsoluteForm              // https://host/path
	OriginForm                // /path
	AuthorityForm             // host:port, as in CONNECT
	AsteriskForm              // *, as in OPTIONS
	BareForm                  // host/path: somebody left the scheme out
	OpaqueForm                // data:, blob:, about:, mailto:
)

// A Flaw is a set of faults in an address as written.
type Flaw uint16

// The faults.
const (
	BlankInURL        Flaw = 1 << iota // a blank or control character before the path or around the address
	SchemeTwice                        // https://https://host
	SlashMissing                       // https:/host or https:host
	SlashSurplus                       // https:///host
	HostMissing                        // https:// or https://:443/
	PortTwice                          // host:443:443
	PortWrong                          // host:port, host:0, host:99999
	BackslashInURL                     // https:\\host\path
	BracketsMissing                    // an IPv6 address without them
	UnfilledHost                       // {{host}}, ${HOST}, <your-domain>
	UserinfoUnescaped                  // a "/", "?" or "#" in user or password
)

// A URL is the parts of an address as written. No part is decoded; Scheme and
// Host are in lower case (ASCII), every part is otherwise a part of Raw.
type URL struct {
	Raw  string
	Form Form

	Scheme      string // "" if there is none
	Userinfo    string // secret: user, and password after the first ":"
	HasUserinfo bool   // an "@" was there
	Host        string // without brackets
	PortText    string // what stands after the ":" of the host
	Port        int    // 0: none, or not one
	HasPort     bool   // PortText is a port number
	Path        string // "" or from the first "/"
	Query       string
	HasQuery    bool
	Fragment    string
	HasFragment bool

	Flaws Flaw
}

// ParseURL takes an address apart. It forgives everything, notes what it
// forgave, and never fails: net/url would refuse half of what people configure
// by mistake, and quotes it, secrets and all, in the error.
func ParseURL(raw string) URL {
	u := URL{Raw: raw}
	s := strings.Trim(raw, " \t\r\n\ufeff")
	if len(s) != len(raw) {
		u.Flaws |= BlankInURL
	}
	switch {
	case s == "":
		return u
	case s == "*":
		u.Form = AsteriskForm
		return u
	case s[0] == '/' && !schemeRelative(s):
		u.Form = OriginForm
		u.path(s)
		return u
	}
	rest, ok := u.scheme(s)
	if !ok {
		return u
	}
	end := authorityEnd(rest)
	u.authority(rest[:end])
	if u.Flaws&PortWrong != 0 {
		end = u.misreadUserinfo(rest, end)
	}
	u.path(rest[end:])
	u.judge()
	return u
}

// schemeRelative reports whether s is "//host/path". Two slashes also start a
// path that somebody joined badly ("//rest/api/2"), so a host must look like one.
func schemeRelative(s string) bool {
	if !strings.HasPrefix(s, "//") {
		return false
	}
	a := s[2:]
	return strings.ContainsAny(a[:authorityEnd(a)], ".:")
}

// scheme takes the scheme from s and returns what follows, from the authority
// on; false if there is no authority.
func (u *URL) scheme(s string) (string, bool) {
	n := 0
	for n < len(s) && (isLetter(s[n]) || n > 0 && (isDigit(s[n]) || s[n] == '+' || s[n] == '-' || s[n] == '.')) {
		n++
	}
	if n == 0 || n == len(s) || s[n] != ':' {
		if strings.HasPrefix(s, "//") {
			u.Form = AbsoluteForm
			return s[2:], true
		}
		u.Form = BareForm
		return s, true
	}
	word, after := s[:n], s[n+1:]
	if after == "" || isDigit(after[0]) {
		u.Form = AuthorityForm
		return s, true
	}
	slashes := 0
	for slashes < len(after) && (after[slashes] == '/' || after[slashes] == '\\') {
		if after[slashes] == '\\' {
			u.Flaws |= BackslashInURL
		}
		slashes++
	}
	word = lower(word)
	if slashes < 2 && !(webScheme(word) && word != "") {
		if strings.IndexByte(word, '.') >= 0 { // host:template/path
			u.Form = BareForm
			return s, true
		}
		u.Form, u.Scheme, u.Path = OpaqueForm, word, after
		return "", false
	}
	u.Form, u.Scheme = AbsoluteForm, word
	switch {
	case slashes < 2:
		u.Flaws |= SlashMissing
	case slashes > 2 && webScheme(word):
		// Browsers skip any number of slashes; so do we, to name the host.
		u.Flaws |= SlashSurplus
	case slashes > 2:
		slashes = 2 // file:///path
	}
	return after[slashes:], true
}

// authorityEnd returns where the authority at the start of s ends.
func authorityEnd(s string) int {
	for i := range len(s) {
		switch s[i] {
		case '/', '?', '#', '\\':
			return i
		}
	}
	return len(s)
}

// authority takes userinfo, host and port from a.
func (u *URL) authority(a string) {
	if i := strings.LastIndexByte(a, '@'); i >= 0 {
		u.Userinfo, u.HasUserinfo = a[:i], true
		a = a[i+1:]
	}
	if strings.IndexByte(a, '[') == 0 {
		if i := strings.IndexByte(a, ']'); i > 0 {
			u.Host = lower(a[1:i])
			if p, ok := strings.CutPrefix(a[i+1:], ":"); ok {
				u.port(p)
			} else if a[i+1:] != "" {
				u.Flaws |= PortWrong
			}
			return
		}
	}
	i := strings.IndexByte(a, ':')
	if i < 0 {
		u.Host = lower(a)
		return
	}
	if strings.LastIndexByte(a, ':') != i && len(a) < 64 {
		if _, err := netip.ParseAddr(a); err == nil {
			u.Host = lower(a)
			u.Flaws |= BracketsMissing
			return
		}
	}
	u.Host = lower(a[:i])
	u.port(a[i+1:])
}

// port reads the text after the colon of a host. An empty one is allowed (RFC
// 3986, section 3.2.3).
func (u *URL) port(s string) {
	u.PortText = s
	if s == "" {
		return
	}
	n := 0
	for i := range len(s) {
		if s[i] == ':' && n > 0 {
			u.Flaws |= PortTwice
			break
		}
		if !isDigit(s[i]) || n > 65535 {
			n = 0
			break
		}
		n = n*10 + int(s[i]-'0')
	}
	if n < 1 || n > 65535 {
		u.Flaws |= PortWrong
		return
	}
	u.Port, u.HasPort = n, true
}

// misreadUserinfo mends what a "/", "?" or "#" in a password does: the password
// up to it reads as a port, the rest of it as a path, and would be shown as one.
// It returns the end of the authority.
func (u *URL) misreadUserinfo(rest string, end int) int {
	if u.HasUserinfo || end == len(rest) {
		return end
	}
	at := strings.IndexByte(rest[end:], '@')
	if at < 0 {
		return end
	}
	at += end
	stop := at + 1 + authorityEnd(rest[at+1:])
	u.Host, u.PortText, u.Port, u.HasPort = "", "", 0, false
	u.Flaws = u.Flaws&^(PortWrong|PortTwice) | UserinfoUnescaped
	u.authority(rest[at+1 : stop])
	u.Userinfo, u.HasUserinfo = rest[:at], true
	return stop
}

// path takes path, query and fragment from s.
func (u *URL) path(s string) {
	if i := strings.IndexByte(s, '#'); i >= 0 {
		u.Fragment, u.HasFragment = s[i+1:], true
		s = s[:i]
	}
	if i := strings.IndexByte(s, '?'); i >= 0 {
		u.Query, u.HasQuery = s[i+1:], true
		s = s[:i]
	}
	u.Path = s
}

// judge notes the faults that show only once the parts are known.
func (u *URL) judge() {
	if u.Host == "" && u.Scheme != "file" {
		u.Flaws |= HostMissing
	}
	if (u.Host == "http" || u.Host == "https") && u.PortText == "" && strings.HasPrefix(u.Path, "//") {
		u.Flaws |= SchemeTwice
	}
	for i := range len(u.Host) {
		switch c := u.Host[i]; {
		case c <= ' ' || c == 0x7f:
			u.Flaws |= BlankInURL
		case c == '{' || c == '}' || c == '<' || c == '>' || c == '$':
			u.Flaws |= UnfilledHost
		}
	}
	if len(u.Path) > 0 && u.Path[0] == '\\' {
		u.Flaws |= BackslashInURL
	}
}

// lower returns s in lower case; letters outside of ASCII stay as they are. It
// allocates only if it has to.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lowered(s, i)
		}
	}
	return s
}

func lowered(s string, from int) string {
	b := []byte(s)
	for i := from; i < len(b); i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
