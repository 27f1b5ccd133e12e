package rule

import (
	"hash/maphash"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/target"
)

// The bounds of a census.
const (
	maxAsked   = 4096 // requests told apart
	maxAskers  = 8    // clients of one request
	maxTunnels = 1024 // clients that use a forward proxy
)

// A Census tells how one and the same request, with the very same credential,
// fared when several clients made it, over all captures of a run. It serves the
// rules that compare clients, because an Over rule sees one client only. It
// holds hashes, never text of a capture.
type Census struct {
	seed    maphash.Seed
	asked   map[uint64][]asker
	tunnels map[asking]bool
	// Full counts requests that were not remembered because of a bound.
	Full int
}

// asking is a client in a capture.
type asking struct {
	from   *exchange.Capture
	client uint64
}

// An asker is a client with one User-Agent, and what came of its requests.
type asker struct {
	asking
	agent            uint64
	good, bad        int
	firstBad, lastOK int // orders
	at               exchange.Locator
}

func newCensus(seed maphash.Seed) *Census {
	return &Census{seed: seed, asked: map[uint64][]asker{}, tunnels: map[asking]bool{}}
}

func (c *Census) of(s *Subject) asking {
	return asking{s.From, maphash.String(c.seed, s.Client)}
}

// note enters what came of s; with is the fingerprint of its credential.
func (c *Census) note(s *Subject, with Print) {
	if !target.Atlassian.Has(s.Target.Product) {
		return
	}
	good := s.HasOne(Is2xx|Is3xx) && !s.Has(Failing)
	if s.Target.API == target.Tunnel {
		if good && len(c.tunnels) < maxTunnels {
			c.tunnels[c.of(s)] = true
		}
		return
	}
	if !good && !s.HasOne(Failing|Troubled) || s.Target.API == target.Static {
		return
	}
	key, ok := c.key(s, with)
	if !ok {
		return
	}
	list, known := c.asked[key]
	who, agent := c.of(s), maphash.String(c.seed, s.Sent("User-Agent"))
	i := 0
	for i < len(list) && (list[i].asking != who || list[i].agent != agent) {
		i++
	}
	if i == len(list) {
		if !known && len(c.asked) >= maxAsked || len(list) >= maxAskers {
			c.Full++
			return
		}
		list = append(list, asker{asking: who, agent: agent})
		c.asked[key] = list
	}
	a := &list[i]
	switch {
	case good:
		if a.good == 0 {
			a.at = s.At
		}
		a.good++
		a.lastOK = s.Order
	default:
		if a.bad == 0 {
			a.firstBad = s.Order
		}
		a.bad++
	}
}

// key identifies the request and its credential; false where the capture does
// not show the latter.
func (c *Census) key(s *Subject, with Print) (uint64, bool) {
	if s.Authorization != nil && s.Authorization.Masked || s.Authorization == nil && s.Sees(exchange.Credentials) != exchange.Shown {
		return 0, false
	}
	var h maphash.Hash
	h.SetSeed(c.seed)
	for _, part := range [...]string{s.Request.Method, s.Target.Host, s.Target.Path} {
		h.WriteString(part)
		h.WriteByte(0)
	}
	maphash.WriteComparable(&h, s.Target.Port)
	maphash.WriteComparable(&h, with)
	return h.Sum64(), true
}

// OtherAgent returns where the same request with the same credential, but with
// another User-Agent, was answered well, if it was and if with the User-Agent
// of s it never was.
func (p *Pass) OtherAgent(s *Subject) (exchange.Locator, bool) {
	c := p.Ledger.Census
	key, ok := c.key(s, p.Ledger.Print(s.Authorization))
	if !ok {
		return exchange.Locator{}, false
	}
	agent := maphash.String(c.seed, s.Sent("User-Agent"))
	var other *asker
	for i := range c.asked[key] {
		switch a := &c.asked[key][i]; {
		case a.agent == agent && a.good > 0:
			return exchange.Locator{}, false
		case a.agent != agent && a.good > 0 && other == nil:
			other = a
		}
	}
	if other == nil {
		return exchange.Locator{}, false
	}
	return other.at, true
}

// OtherClient returns where another client made the same request with the very
// same credential and was answered well, if that client always was, the one of
// s never, and their requests were mixed: a credential that was changed
// meanwhile would look the same.
func (p *Pass) OtherClient(s *Subject) (exchange.Locator, bool) {
	c := p.Ledger.Census
	key, ok := c.key(s, p.Ledger.Print(s.Authorization))
	if !ok || s.Authorization == nil {
		return exchange.Locator{}, false
	}
	who := c.of(s)
	var other *asker
	first := s.Order
	for i := range c.asked[key] {
		switch a := &c.asked[key][i]; {
		case a.asking == who && a.good > 0:
			return exchange.Locator{}, false
		case a.asking == who:
			first = min(first, a.firstBad)
		case a.bad == 0 && (other == nil || a.lastOK > other.lastOK):
			other = a
		}
	}
	if other == nil || other.lastOK < first {
		return exchange.Locator{}, false
	}
	return other.at, true
}

// OthersTunnel reports whether, in the capture of s, another client reaches
// Atlassian's products through a forward proxy, and that of s does not.
func (p *Pass) OthersTunnel(s *Subject) bool {
	c := p.Ledger.Census
	who := c.of(s)
	others := false
	for t := range c.tunnels {
		if t == who {
			return false
		}
		others = others || t.from == s.From
	}
	return others
}
