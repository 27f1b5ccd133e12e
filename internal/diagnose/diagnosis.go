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
	// Steps are what happened in the logins, in order, and Cards the credentials
	// offered; both are bounded.
	Steps []Step
	Cards []Card
	// Dropped counts what did not fit into the bounds of the engine.
	Dropped Dropped
}

// Dropped counts what an engine let go.
type Dropped struct {
	Correlated  int // exchanges too old to be correlated with later ones
	Clients     int // exchanges of clients beyond those told apart
	Credentials int // credentials not remembered
	Exchanges   int // failing exchanges only counted
	Steps       int // steps of logins left out
	Cards       int // credentials without a card
	Sightings   int // exchanges that are not recognised in another capture
}

// A Capture is the summary of one input.
type Capture struct {
	Name, Format, Producer string // Name and Producer are untrusted text
	Exchanges              int
	Atlassian              int // exchanges with an Atlassian product
	Failed                 int // those of them that failed: [Diagnosis.Failing] lists them
	NotSent                int // requests of which only the configuration is known
	Notes                  []exchange.Note
	Handshakes             []exchange.HandshakeKind
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
	// Tried is what came of requests that were sent again, repaired; see
	// [Engine.Tried].
	Tried []rule.Try
	// OrElse is set if this is a likely reason for a refusal of which the capture
	// alone cannot tell the reason: the rule about that refusal. Alternatives are
	// it and what else can be behind it, and not forms of this cause.
	OrElse string

	first int
	root  bool
}

// IsCause reports whether c is a root cause, and not only a finding.
func (c *Cause) IsCause() bool { return c.root }

// Diagnosis returns the answer from what was seen so far. It changes nothing,
// and the same exchanges give the same answer.
func (e *Engine) Diagnosis() *Diagnosis {
	t, now := e.base.clone()
	e.judgeSessions(e.sessionsNow(t, now), t)
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
			Atlassian: c.Atlassian, NotSent: c.NotSent, Notes: slices.Clone(c.Notes), Handshakes: slices.Clone(c.Handshakes),
		})
	}
	for i := range d.Captures {
		d.Captures[i].Failed = r.failed[d.Captures[i].Name]
	}
	d.FailingTotal = r.total + t.uncount
	d.Dropped = Dropped{Clients: e.crowded, Credentials: e.ledger.Full, Exchanges: t.uncount}
	d.Dropped.Sightings = e.twins.full
	d.Steps, d.Dropped.Steps = e.story.steps()
	for i := range d.Steps {
		d.Steps[i].Also = e.twins.also(d.Steps[i].At)
	}
	d.Cards, d.Dropped.Cards = e.story.shown(), len(e.story.noCard)
	for _, s := range e.sessions {
		d.Dropped.Correlated += s.Dropped
	}
	return d
}

// sessionsNow returns the sessions with the records of t in place of those of
// the base, and with the challenges that nobody has answered yet.
func (e *Engine) sessionsNow(t *tally, now map[*record]*record) []*session {
	var list []*session
	byClient := map[clientKey]*session{}
	add := func(k clientKey, s *session) {
		list = append(list, s)
		byClient[k] = s
	}
	for _, s := range e.sessions {
		c := &session{Session: s.Session}
		c.Subjects = slices.Clone(s.Subjects)
		for _, r := range s.records {
			c.records = append(c.records, now[r])
		}
		add(clientKey{s.From, s.Client}, c)
	}
	for _, p := range e.pending {
		rec := e.judge(p.Subject, t)
		k := clientKey{p.From, p.Client}
		if !tells(p.Subject) {
			continue
		}
		if byClient[k] == nil {
			add(k, &session{Session: rule.Session{From: p.From, Client: p.Client}})
		}
		byClient[k].keep(p.Subject, rec)
	}
	return list
}

// judgeSessions runs the rules that look at the exchanges of a client.
func (e *Engine) judgeSessions(list []*session, t *tally) {
	for _, s := range list {
		for _, r := range e.over {
			r.Over(rule.NewPass(r, e.ledger, func(about *rule.Subject, f rule.Finding) {
				if about == nil {
					e.trace(nil, f)
					t.add(f, nil, f.Rule.Severity)
					return
				}
				sev := temper(about, &f)
				e.trace(about, f)
				fd := t.add(f, about, sev)
				i := slices.Index(s.Subjects, about)
				if i >= 0 && s.records[i] == nil && f.Fails {
					s.records[i] = e.remember(t, about, nil)
				}
				if i >= 0 && s.records[i] != nil {
					s.records[i].found = append(s.records[i].found, fd)
				}
			}), &s.Session)
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
				g := t.add(f, nil, sev).group
				g.about = append(g.about, c.Capture.Capture)
			}), &c.Capture)
		}
	}
}
