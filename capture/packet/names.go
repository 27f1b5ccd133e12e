package packet

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// names is what look-ups of host names say.
type names struct {
	seen     bool // there are look-ups in the capture
	answered bool // there are answers in it
	byName   map[asked]*lookup
	byAddr   map[asked]string          // the name under which a client found an address
	askers   map[netip.Addr]netip.Addr // who found an address; zero: several did
	order    []asked
	dropped  int
}

// asked is a name, or the address found for one, and the client that asked.
type asked struct {
	client netip.Addr
	name   string
}

// A lookup is the last look-up of a name by a client.
type lookup struct {
	exchange.Lookup
	first mark
	heard int // frame of the last answer
	last  instant
	said  bool // it became an exchange
}

// message takes a message of DNS.
func (n *names) message(from, to netip.Addr, b []byte, at mark) {
	d, err := wire.ParseDNS(b)
	if d == nil || err != nil && !d.Response || d.Type != wire.TypeA && d.Type != wire.TypeAAAA {
		return
	}
	n.seen = true
	if n.byName == nil {
		n.byName, n.byAddr, n.askers = map[asked]*lookup{}, map[asked]string{}, map[netip.Addr]netip.Addr{}
	}
	ip, server := from, to
	if d.Response {
		ip, server = to, from
		n.answered = true
	}
	k := asked{ip, strings.ToLower(strings.TrimSuffix(d.Name, "."))}
	l := n.byName[k]
	// A query some time after an answer starts another look-up.
	if l == nil || !d.Response && l.Answered && at.at.since(l.last) > 2*time.Second {
		if l == nil {
			if len(n.order) >= maxNames {
				delete(n.byName, n.order[0])
				n.order = n.order[1:]
				n.dropped++
			}
			n.order = append(n.order, k)
		}
		l = &lookup{first: at}
		l.Name, l.Server = d.Name, server.String()
		n.byName[k] = l
	}
	l.last = at.at
	if d.Response && l.Asked == 0 {
		l.Asked = 1 // the query lies before the capture
	}
	d.Into(&l.Lookup)
	if d.Response {
		l.heard = at.frame
		for _, a := range d.Addrs {
			if k := (asked{ip, a.Unmap().String()}); len(n.byAddr) < maxNames || n.byAddr[k] != "" {
				n.byAddr[k] = strings.TrimSuffix(d.Name, ".")
			}
			switch who, ok := n.askers[a.Unmap()]; {
			case !ok && len(n.askers) < maxNames:
				n.askers[a.Unmap()] = ip
			case ok && who != ip:
				n.askers[a.Unmap()] = netip.Addr{}
			}
		}
	}
}

// find returns the look-up of a name by a client; nil: nothing is known of it.
func (n *names) find(ip netip.Addr, name string) *lookup {
	if !n.seen {
		return nil
	}
	l := n.byName[asked{ip, name}]
	if l == nil || !l.Answered && !n.answered {
		return nil // answers may not be in the capture at all
	}
	return l
}

// told returns what l says by now.
func (l *lookup) told() *exchange.Lookup {
	c := l.Lookup
	c.Addrs, c.Aliases, c.Extended = slices.Clone(c.Addrs), slices.Clone(c.Aliases), slices.Clone(c.Extended)
	return &c
}

// owner returns the address that stands for the client ip of server. One that
// connects over IPv6 to what only one other client looked up, over IPv4, is that
// client: a system that has both kinds of addresses.
func (n *names) owner(ip, server netip.Addr) netip.Addr {
	if !n.answered || !ip.Is6() || n.byAddr[asked{ip, server.String()}] != "" {
		return ip
	}
	if who := n.askers[server]; who.Is4() {
		return who
	}
	return ip
}

// name returns the name under which a client found an address; "": none.
func (n *names) name(ip, addr netip.Addr) string {
	return n.byAddr[asked{ip, addr.String()}]
}

// lookups turns the look-ups that failed into exchanges, but for those that went
// on after before; 0 stands for all.
func (r *reader) lookups(before instant) {
	n := &r.names
	for _, k := range n.order {
		l := n.byName[k]
		if l == nil || len(l.Addrs) > 0 || !l.Answered && (l.Asked < 2 || !n.answered && !r.sided) {
			continue
		}
		if l.said || before != 0 && l.last > before {
			continue
		}
		if l.Answered && l.RCode == wire.RCodeOK || noise(k.name) || n.appended(k) {
			continue
		}
		l.said = true
		look, frame := l.Lookup, l.heard
		if frame == 0 {
			frame = l.first.frame
		}
		r.keepQuiet(quiet{
			x: &exchange.Exchange{
				At:   exchange.Locator{Capture: r.capture.Name, Offset: -1, Frame: frame},
				From: r.capture, Sight: sight | exchange.DNSFacts, Start: l.first.at.time(), Took: took(l.first.at, l.last),
				Conn:    &exchange.Conn{Lookup: &look},
				Request: exchange.Request{URL: "https://" + k.name + "/", Body: exchange.Body{Size: -1}},
				Failure: &exchange.Failure{Phase: exchange.DNS},
			},
			ip: k.client, host: hostPort("https", k.name, 443), ended: l.last,
		})
	}
}

// appended reports whether a name is another one that the client asked for,
// with an entry of the search list of the system appended.
func (n *names) appended(k asked) bool {
	for i := 0; i < len(k.name); i++ {
		if k.name[i] == '.' && strings.Contains(k.name[:i], ".") && n.byName[asked{k.client, k.name[:i]}] != nil {
			return true
		}
	}
	return false
}

// background is what browsers and systems look up by themselves.
var background = []string{
	"google.com", "googleapis.com", "gstatic.com", "gvt1.com", "gvt2.com", "googleusercontent.com", "chromium.org", "doubleclick.net",
	"mozilla.org", "mozilla.com", "mozilla.net", "firefox.com", "microsoft.com", "msftncsi.com", "msftconnecttest.com",
	"windows.com", "windowsupdate.com", "live.com", "office.com", "msn.com", "bing.com", "apple.com", "icloud.com",
	"ubuntu.com", "canonical.com", "debian.org", "fedoraproject.org", "ntp.org", "brave.com", "opera.com",
	"arpa",
}

// noise reports whether a name is one that no user asked for: a single label,
// such as the random ones by which Chromium looks for name servers that lie, or
// one of the background of browsers and systems.
func noise(name string) bool {
	if !strings.Contains(name, ".") || strings.HasPrefix(name, "wpad.") {
		return true
	}
	for _, b := range background {
		if name == b || strings.HasSuffix(name, "."+b) {
			return true
		}
	}
	return false
}
