package wire

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// Types of DNS records.
const (
	TypeA     = 1
	TypeCNAME = 5
	TypeOPT   = 41
	TypeAAAA  = 28
	TypeDNAME = 39
	TypeHTTPS = 65
)

// Response codes of DNS (RFC 1035, section 4.1.1).
const (
	RCodeOK       = 0
	RCodeServFail = 2
	RCodeNXDomain = 3
	RCodeRefused  = 5
)

// A DNS is a DNS message, as far as it tells how a name was looked up.
type DNS struct {
	ID        uint16
	Response  bool
	Truncated bool // asks the client to repeat the query over TCP
	// RCode is the response code with the upper bits of the OPT record.
	RCode int
	// Name and Type are those of the first question. A name has no dot at its
	// end, but for the root; its letters are as sent. Bytes that a host name
	// cannot hold are written as \ddd, a dot within a label as \. (RFC 1035,
	// section 5.1).
	Name string
	Type uint16

	Addrs    []netip.Addr // of A and AAAA records of the answer
	Aliases  []string     // targets of CNAME and DNAME records of the answer
	Records  int          // in the answer, of all types
	Extended []uint16     // codes of extended errors (RFC 8914)
}

// ParseDNS reads a DNS message as it stands in a UDP datagram. Of one that is cut
// short it returns what there is, with an [*Error]; nil if not even its question
// is there.
func ParseDNS(msg []byte) (*DNS, error) {
	if len(msg) < 12 {
		return nil, &Error{int64(len(msg)), "too short for a DNS message"}
	}
	c := cursor{b: msg}
	d := &DNS{ID: c.u16()}
	flags := c.u16()
	if flags>>11&15 != 0 {
		return nil, &Error{2, "not a standard query of DNS"}
	}
	d.Response, d.Truncated, d.RCode = flags&0x8000 != 0, flags&0x0200 != 0, int(flags&15)
	questions, answers, rest := int(c.u16()), int(c.u16()), int(c.u16())
	rest += int(c.u16())
	fail := func() (*DNS, error) {
		at := int64(len(msg) - len(c.b))
		if d.Name == "" {
			return nil, &Error{at, "not a DNS message"}
		}
		return d, &Error{at, "the DNS message ends early"}
	}
	for i := range min(questions, maxRecords) {
		name, ok := c.name(msg)
		kind := c.u16()
		c.u16()
		if !ok || c.short {
			return fail()
		}
		if i == 0 {
			d.Name, d.Type = name, kind
		}
	}
	for i := range min(answers+rest, maxRecords) {
		_, ok := c.name(msg)
		kind := c.u16()
		c.u16()
		ttl := c.take(4)
		length := c.number(2)
		at := len(msg) - len(c.b)
		data := c.take(length)
		if !ok || c.short {
			return fail()
		}
		switch {
		case kind == TypeOPT && i >= answers:
			d.RCode |= int(ttl[0]) << 4
			d.options(data)
		case i >= answers:
		case kind == TypeA && length == 4, kind == TypeAAAA && length == 16:
			if a, ok := netip.AddrFromSlice(data); ok && len(d.Addrs) < maxAnswers {
				d.Addrs = append(d.Addrs, a)
			}
		case kind == TypeCNAME || kind == TypeDNAME:
			target := cursor{b: msg[at : at+length]}
			if n, ok := target.name(msg); ok && len(d.Aliases) < maxAnswers {
				d.Aliases = append(d.Aliases, n)
			}
		}
		if i < answers {
			d.Records++
		}
	}
	return d, nil
}

// options reads the options of EDNS (RFC 6891, section 6.1.2).
func (d *DNS) options(data []byte) {
	c := cursor{b: data}
	for len(c.b) >= 4 {
		code, v := c.u16(), c.vector(2)
		if code == 15 && len(v.b) >= 2 && len(d.Extended) < maxExtended {
			d.Extended = append(d.Extended, v.u16())
		}
	}
}

// name takes a name off c, which is a part of msg; pointers lead into msg.
func (c *cursor) name(msg []byte) (string, bool) {
	var b strings.Builder
	at := c
	for jumps, wire := 0, 1; ; {
		n := int(at.u8())
		switch {
		case at.short:
			c.short = true
			return "", false
		case n == 0:
			if b.Len() == 0 {
				return ".", true
			}
			return b.String(), true
		case n>>6 == 3:
			to := n&0x3f<<8 | int(at.u8())
			if jumps++; at.short || jumps > maxJumps || to >= len(msg) {
				return "", false
			}
			at = &cursor{b: msg[to:]}
			continue
		case n>>6 != 0:
			return "", false
		}
		if wire += 1 + n; wire > 255 {
			return "", false
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		for _, ch := range at.take(n) {
			switch {
			case ch == '.' || ch == '\\':
				b.WriteByte('\\')
				b.WriteByte(ch)
			case ch <= ' ' || ch >= 0x7f:
				b.Write([]byte{'\\', '0' + ch/100, '0' + ch/10%10, '0' + ch%10})
			default:
				b.WriteByte(ch)
			}
		}
	}
}

// DNSOverTCP takes one message off a TCP stream of DNS (RFC 1035, section 4.2.2)
// and returns how many bytes it has with its length; 0: more are needed.
func DNSOverTCP(b []byte) (msg []byte, n int) {
	if len(b) < 2 {
		return nil, 0
	}
	n = 2 + int(b[0])<<8 + int(b[1])
	if n > len(b) {
		return nil, 0
	}
	return b[2:n:n], n
}

// Into adds a message to what is known of a look-up of the same name. A look-up
// has a question for each kind of address: the addresses of all answers count,
// and once there is one, the code of a later answer without any does not.
func (d *DNS) Into(l *exchange.Lookup) {
	if !d.Response {
		l.Asked++
		if l.Name == "" {
			l.Name = d.Name
		}
		return
	}
	if d.Truncated && len(d.Addrs) == 0 {
		return // the same question follows over TCP
	}
	l.Answered = true
	if len(d.Addrs) > 0 || len(l.Addrs) == 0 {
		l.RCode = d.RCode
		l.Extended = nil
		for _, e := range d.Extended {
			l.Extended = append(l.Extended, int(e))
		}
	}
	for _, a := range d.Addrs {
		l.Addrs = addTo(l.Addrs, a.String())
	}
	for _, n := range d.Aliases {
		l.Aliases = addTo(l.Aliases, n)
	}
}

func addTo(list []string, s string) []string {
	if len(list) < maxAnswers && !slices.Contains(list, s) {
		return append(list, s)
	}
	return list
}
