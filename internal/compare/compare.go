// Package compare holds a request that worked against one that was refused and
// says what differs between them that matters for a login, and whether that
// difference is the cause.
package compare

import (
	"errors"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// kept is the number of candidates remembered of each capture.
const kept = 512

// The errors of [Comparison.Of]: one of the captures does not hold what it is
// named for.
var (
	ErrNothingWorked = errors.New("no request to an Atlassian product was accepted in the good capture")
	ErrNothingFailed = errors.New("no request to an Atlassian product was refused in the bad capture")
)

// A Side collects the candidates of one capture.
type Side struct {
	memory   *target.Memory
	subjects []*rule.Subject
	// Dropped counts candidates beyond the bound.
	Dropped int
}

// NewSide returns an empty side; hosts are as in diagnose.Options.
func NewSide(hosts []string) *Side { return &Side{memory: target.NewMemory(hosts)} }

// See takes an exchange of the capture.
func (s *Side) See(x *exchange.Exchange) {
	sub := rule.NewSubject(x, s.memory)
	if !target.Atlassian.Has(sub.Target.Product) || sub.Target.API == target.Static || x.Request.Method == "OPTIONS" {
		return
	}
	if !sub.Has(rule.Failing) && !sub.HasOne(rule.Is2xx|rule.Recognized) {
		return
	}
	if len(s.subjects) >= kept {
		s.Dropped++
		return
	}
	s.subjects = append(s.subjects, sub)
}

// A Comparison is what differs between two requests.
type Comparison struct {
	Good, Bad Request
	Rows      []Row
	// Verdict says in a sentence or two what the difference comes to.
	Verdict redact.Text
	// Cause is the root cause that the rules find in the bad request; nil if
	// they find none.
	Cause *diagnose.Cause
	// Explained is set if a row shows that the cause is what differs.
	Explained bool
}

// A Request is one of the two requests.
type Request struct {
	At     exchange.Locator
	Method redact.Text
	URL    redact.Text
	Status int
}

// A Row is one property of both requests.
type Row struct {
	What      redact.Text
	Good, Bad redact.Text
	// Same is set if both are equal.
	Same bool
	// Explains is set if this difference is what the cause in the bad request
	// is about.
	Explains bool
	// Key is set for what is worth a look even if it is the same: the fingerprints
	// of the credentials, exact and trimmed.
	Key bool

	layers []rule.Layer // of causes that a difference here would explain
}

// Of compares the most telling request of the bad side with the accepted
// request of the good side that is most like it. Cause is the first root cause
// of the bad capture; nil if there is none.
func Of(good, bad *Side, cause *diagnose.Cause) (*Comparison, error) {
	b := bad.refused(cause)
	if b == nil {
		return nil, ErrNothingFailed
	}
	g := good.like(b)
	if g == nil {
		return nil, ErrNothingWorked
	}
	c := &Comparison{Good: requestOf(g), Bad: requestOf(b), Rows: rows(g, b), Cause: cause}
	c.judge(g, b)
	return c, nil
}

func requestOf(s *rule.Subject) Request {
	return Request{s.At, redact.Method(s.Request.Method), redact.URL(s.Request.URL), s.Status()}
}

// refused returns the failing request that the cause is about, else the first
// failing one with a credential, else the first.
func (s *Side) refused(cause *diagnose.Cause) *rule.Subject {
	var first, offering *rule.Subject
	for _, sub := range s.subjects {
		if !sub.Has(rule.Failing) {
			continue
		}
		if cause != nil && len(cause.Exchanges) > 0 && cause.Exchanges[0].At == sub.At {
			return sub
		}
		if first == nil {
			first = sub
		}
		if offering == nil && sub.Has(rule.OffersAny) {
			offering = sub
		}
	}
	if offering != nil {
		return offering
	}
	return first
}

// like returns the accepted request that has most in common with b.
func (s *Side) like(b *rule.Subject) *rule.Subject {
	var best *rule.Subject
	most := -1
	for _, g := range s.subjects {
		if g.Has(rule.Failing) || g.Target.Public {
			continue
		}
		n := 0
		for i, same := range []bool{
			g.Request.Method == b.Request.Method, g.Has(rule.OffersAny), g.Target.Resource == b.Target.Resource,
			g.Target.Product == b.Target.Product, g.Target.Host == b.Target.Host, g.Has(rule.Recognized),
		} {
			if same {
				n += 1 << i
			}
		}
		if n > most {
			best, most = g, n
		}
	}
	return best
}
