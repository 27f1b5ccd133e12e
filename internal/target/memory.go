package target

import (
	"math/bits"
	"strconv"
	"strings"
)

// A Memory knows which products the hosts of a capture have shown to be, so that
// an exchange without evidence of its own (an answer written by a proxy, or
// none) is recognised by its neighbours. It is bounded: hosts beyond the limit
// are not learned, and counted. It is not safe for concurrent use.
type Memory struct {
	hosts   map[string][]place
	dropped int
	named   []pattern
}

// A place is one port and context path of a host, and what answered there.
type place struct {
	port    int // 0: a default port
	context string
	placed  bool // context is known; else it is only known that the host has the product
	found   Set
}

// A pattern is one --host of the user.
type pattern struct {
	host    string // "" for any
	suffix  bool   // host starts with a dot and stands for names below
	port    int    // 0: any
	context string
}

// NewMemory returns a memory that takes hosts to be Atlassian products: each is
// a name, with or without port, "*.example.com" for all names below, "*" for
// all, or the base URL of a product.
func NewMemory(hosts []string) *Memory {
	m := &Memory{hosts: map[string][]place{}}
	for _, h := range hosts {
		m.named = append(m.named, patternOf(h))
	}
	return m
}

func patternOf(s string) pattern {
	u := ParseURL(s)
	p := pattern{host: strings.TrimSuffix(u.Host, "."), port: u.Port, context: strings.TrimRight(u.Path, "/")}
	switch {
	case u.Form == AsteriskForm || p.host == "*":
		p.host = ""
	case strings.HasPrefix(p.host, "*."):
		p.host, p.suffix = p.host[1:], true
	case p.host == "":
		p.host = "\x00" // an empty name is no host, and not every host
	}
	return p
}

// matches reports whether the user named the place of t.
func (p *pattern) matches(t *Target) bool {
	host := strings.TrimSuffix(t.Host, ".")
	switch {
	case p.port != 0 && p.port != t.Port:
		return false
	case p.suffix && !strings.HasSuffix(host, p.host):
		return false
	case !p.suffix && p.host != "" && p.host != host:
		return false
	}
	return under(t.Path, p.context)
}

// Dropped returns the number of times that something was not learned because the
// memory was full.
func (m *Memory) Dropped() int { return m.dropped }

// Learn remembers what t proves of its host. Only what an answer proved counts:
// a path is what a client believes, and a host of Atlassian's needs no memory.
func (m *Memory) Learn(t Target) {
	if t.Basis != ByAnswer || t.Product == AtlassianOther || len(t.Host) > maxHostName {
		return
	}
	host, port := strings.TrimSuffix(t.Host, "."), memoryPort(&t)
	places, ok := m.hosts[host]
	for i := range places {
		p := &places[i]
		if p.port == port && p.placed == t.placed && p.context == t.Context {
			p.found = joined(p.found, t.Product)
			return
		}
	}
	if !ok && len(m.hosts) >= maxHosts || len(places) >= maxPlaces {
		m.dropped++
		return
	}
	if !ok {
		host = strings.Clone(host) // it is a part of a URL that would stay with it
	}
	m.hosts[host] = append(places, place{port, strings.Clone(t.Context), t.placed, SetOf(t.Product)})
}

// joined adds p to what a place has shown. That it is some Data Center product
// adds nothing where one is known.
func joined(s Set, p Product) Set {
	if p == UnknownDC && s != 0 {
		return s
	}
	return s&^SetOf(UnknownDC) | SetOf(p)
}

// memoryPort returns the port of t with the default ones taken together: the
// front that redirects http to https speaks for the same product.
func memoryPort(t *Target) int {
	if t.Port == 80 || t.Port == 443 {
		return 0
	}
	return t.Port
}

// Recall returns t with the product that its neighbours or the user name, if t
// has no evidence of its own.
func (m *Memory) Recall(t Target) Target {
	if t.Strength >= Strong && t.Product != UnknownDC || t.Host == "" || !webScheme(t.Scheme) {
		return t
	}
	if p, s, ctx := m.neighbour(&t); p != Unknown && (p != UnknownDC || !t.Known()) {
		if t.Product != UnknownDC || t.Strength < Strong {
			t.Basis, t.Strength = ByNeighbour, s
		}
		t.Product = p
		t.relocate(ctx)
		return t
	}
	if t.Strength >= Strong {
		return t
	}
	for i := range m.named {
		if !m.named[i].matches(&t) {
			continue
		}
		if t.Product == Unknown {
			t.Product = UnknownDC
			if p := t.PathFamily.dataCenter(); p != Unknown {
				t.Product = p
			}
		}
		t.Basis, t.Strength = ByUser, Strong
		t.relocate(m.named[i].context)
		return t
	}
	return t
}

// neighbour looks for the place that t belongs to. Without one, but with a path
// of Atlassian's kind, another place of the host is a hint: that is what a wrong
// port or context path looks like.
func (m *Memory) neighbour(t *Target) (p Product, s Strength, context string) {
	places := m.hosts[strings.TrimSuffix(t.Host, ".")]
	port, best := memoryPort(t), -1
	var all Set
	for i := range places {
		pl := &places[i]
		all |= pl.found
		if pl.port != port || !pl.placed || !under(t.Path, pl.context) || t.placed && t.Context != pl.context {
			continue
		}
		if best < 0 || len(pl.context) > len(places[best].context) {
			best = i
		}
	}
	if best >= 0 {
		return pick(places[best].found, t), Strong, places[best].context
	}
	if all == 0 || t.PathFamily == NoFamily && t.API != REST && t.API != Tunnel {
		return Unknown, None, ""
	}
	p = pick(all, t)
	if t.Known() && p.Family() != t.PathFamily {
		return Unknown, None, "" // a second product on the host, of which only the path is known
	}
	return p, Weak, t.Context
}

// pick chooses the product of s that t is for: the only one, else the one of the
// family that its path belongs to, else just a Data Center product.
func pick(s Set, t *Target) Product {
	only := s&(s-1) == 0
	for ; s != 0; s &= s - 1 {
		if p := Product(bits.TrailingZeros32(uint32(s))); only || p.Family() == t.PathFamily {
			return p
		}
	}
	return UnknownDC
}

// relocate gives t the context that its neighbours have, where t could not tell
// its own.
func (t *Target) relocate(context string) {
	if t.placed || !under(t.Path, context) {
		return
	}
	t.Context, t.Resource, t.placed = context, t.Path[len(context):], true
}

// under reports whether path is context or below it.
func under(path, context string) bool {
	return context == "" || strings.HasPrefix(path, context) &&
		(len(path) == len(context) || path[len(context)] == '/')
}

// String tells how much m knows, for the debug log.
func (m *Memory) String() string {
	return strconv.Itoa(len(m.hosts)) + " hosts, " + strconv.Itoa(m.dropped) + " dropped"
}
