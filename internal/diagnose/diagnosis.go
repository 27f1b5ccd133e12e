package diagnose

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// A Diagnosis is the answer to why requests were refused. It holds no part of
// an exchange but what is made for showing.
type Diagnosis struct {
	Captures []Capture
	// Causes are the root causes, best first. A healthy capture has none.
	Causes []*Cause
	// Findings are all findings, causes among them, in the same order.
	Findings []*Cause
	// Unchecked lists the rules that could not be judged.
	Unchecked []Unchecked
	// Unreadable are the errors met, at most 100; UnreadableTotal counts all.
	Unreadable      []*exchange.Unreadable
	UnreadableTotal int
	// Failing are the failing exchanges, in order; FailingTotal counts also
	// those beyond the bound.
	Failing      []Failing
	FailingTotal int
	// Dropped counts what did not fit into the bounds of the engine.
	Dropped Dropped
}

// Dropped counts what an engine let go.
type Dropped struct {
	Correlated  int // exchanges too old to be correlated with later ones
	Clients     int // exchanges of clients beyond those told apart
	Credentials int // credentials not remembered
	Exchanges   int // failing exchanges only counted
}

// A Capture is the summary of one input.
type Capture struct {
	Name, Format, Producer string // Name and Producer are untrusted text
	Exchanges              int
	Atlassian              int
	Failed                 int
	Notes                  []exchange.Note
}

// A Failing is a failing exchange and the cause that it is put down to.
type Failing struct {
	Line
	Cause *Cause // nil: unexplained
}

// A Cause is a finding with its place in the whole.
type Cause struct {
	rule.Finding
	Severity rule.Severity
	// AccountsFor counts the failing exchanges for which this is a root cause.
	AccountsFor int
	// Exchanges are those that the finding is about, at most 1,000: for a
	// cause, the failing ones.
	Exchanges []Line
	// Consequences are the findings that follow from this one.
	Consequences []*Cause

	first int
	root  bool
}

// IsCause reports whether c is a root cause, and not only a finding.
func (c *Cause) IsCause() bool { return c.root }

// Diagnosis returns the answer from what was seen so far. It changes nothing,
// and the same exchanges give the same answer.
func (e *Engine) Diagnosis() *Diagnosis {
	t, now := e.base.clone()
	for _, s := range e.pending {
		e.judge(s, t)
	}
	e.judgeSessions(t, now)
	e.judgeCaptures(t)
	r := e.resolve(t)
	d := &Diagnosis{
		Causes: r.causes, Findings: r.findings, Failing: r.failing,
		Unchecked:  e.unchecked(t),
		Unreadable: e.unreadable, UnreadableTotal: e.unreadTotal,
	}
	for _, c := range e.captures {
		d.Captures = append(d.Captures, Capture{
			Name: c.Name, Format: c.Format, Producer: c.Producer, Exchanges: c.Exchanges,
			Atlassian: c.Atlassian, Failed: c.Failed, Notes: slices.Clone(c.Notes),
		})
		d.FailingTotal += c.Failed
	}
	d.Dropped = Dropped{Clients: e.crowded, Credentials: e.ledger.Full, Exchanges: t.uncount}
	for _, s := range e.sessions {
		d.Dropped.Correlated += s.Dropped
	}
	return d
}

// judgeSessions runs the rules that look at the exchanges of a client.
func (e *Engine) judgeSessions(t *tally, now map[*record]*record) {
	for _, s := range e.sessions {
		for _, r := range e.over {
			p := rule.NewPass(r, e.ledger, func(about *rule.Subject, f rule.Finding) {
				if about == nil {
					e.trace(nil, f)
					t.add(f, nil, f.Rule.Severity)
					return
				}
				sev := temper(about, &f)
				e.trace(about, f)
				fd := t.add(f, about, sev)
				i := slices.Index(s.Subjects, about)
				if i >= 0 && s.records[i] != nil && now[s.records[i]] != nil {
					rec := now[s.records[i]]
					rec.found = append(rec.found, fd)
				}
			})
			r.Over(p, &s.Session)
		}
	}
}

func (e *Engine) judgeCaptures(t *tally) {
	for _, c := range e.captures {
		for _, r := range e.whole {
			r.Whole(rule.NewPass(r, e.ledger, func(_ *rule.Subject, f rule.Finding) {
				sev := f.Rule.Severity
				if f.Minor {
					sev = rule.Info
				}
				e.trace(nil, f)
				t.add(f, nil, sev)
			}), &c.Capture)
		}
	}
}
