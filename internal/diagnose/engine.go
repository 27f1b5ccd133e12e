// Package diagnose turns exchanges into one answer: it runs the rules, lets
// the ones that see further overrule the others, and ranks what is left.
//
// The engine works on one exchange at a time and keeps a bounded amount of
// what it saw. It is the same for a file and for live traffic: a diagnosis can
// be had at any time and changes nothing. An Engine is not safe for concurrent
// use.
package diagnose

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Options steer an [Engine].
type Options struct {
	// Hosts are patterns of hosts that the user says are Atlassian products,
	// as in target.NewMemory.
	Hosts []string
	// Trace, if not nil, is called with each finding as a rule makes it,
	// before anything overrules it; the subject is nil for a finding about a
	// whole capture. It serves tests and debug logs.
	Trace func(*rule.Subject, rule.Finding)
	// News is Trace without findings that were made before and of which all the
	// evidence is kept that is shown: these cost less then. Some come again all the
	// same. One of the two must be nil.
	News func(*rule.Subject, rule.Finding)
}

// An Engine collects what is needed for a diagnosis.
type Engine struct {
	rules  []*rule.Rule
	each   []*rule.Rule
	over   []*rule.Rule
	whole  []*rule.Rule
	below  order // which rules follow from which
	memory *target.Memory
	ledger *rule.Ledger
	trace  func(*rule.Subject, rule.Finding)
	traced bool // somebody wants to know of each finding

	base     *tally
	order    int // exchanges seen
	captures []*captureState
	byFrom   map[*exchange.Capture]*captureState
	sessions []*session
	byClient map[clientKey]*session
	crowded  int // exchanges of clients beyond maxSessions
	kept     int // exchanges in all sessions
	pending  []challenge
	passes   []*rule.Pass // one for each of each
	told     []bool       // which of each have all their evidence, as far as it seems
	now      current
	story    *chronicle
	twins    *twins

	unreadable  []*exchange.Unreadable
	unreadTotal int
}

type clientKey struct {
	from   *exchange.Capture
	client string
}

type session struct {
	rule.Session
	records []*record
}

type captureState struct{ rule.Capture }

// New returns an engine for a list of rules, or all that is wrong with them.
func New(rules []*rule.Rule, o Options) (*Engine, error) {
	if err := rule.Validate(rules); err != nil {
		return nil, err
	}
	shared := new(lines)
	e := &Engine{
		rules:    rules,
		memory:   target.NewMemory(o.Hosts),
		ledger:   rule.NewLedger(),
		base:     newTally(shared),
		byFrom:   map[*exchange.Capture]*captureState{},
		byClient: map[clientKey]*session{},
		below:    orderOf(rules),
		trace:    o.Trace,
		traced:   o.Trace != nil,
		story:    newChronicle(shared),
		twins:    newTwins(),
	}
	if e.trace == nil {
		e.trace = o.News
	}
	if e.trace == nil {
		e.trace = func(*rule.Subject, rule.Finding) {}
	}
	for _, r := range rules {
		switch {
		case r.Each != nil:
			e.each = append(e.each, r)
			e.passes = append(e.passes, rule.NewPass(r, e.ledger, e.take))
		case r.Over != nil:
			e.over = append(e.over, r)
		default:
			e.whole = append(e.whole, r)
		}
	}
	e.told = make([]bool, len(e.each))
	return e, nil
}

// An order tells which rules follow from which, however indirectly.
type order struct {
	index map[string]int // of the rules
	below []set
}

// A set is a set of rules by index.
type set []uint64

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// orderOf works out the order of rules, whose explanations run in no circle.
func orderOf(rules []*rule.Rule) order {
	o := order{index: make(map[string]int, len(rules)), below: make([]set, len(rules))}
	for i, r := range rules {
		o.index[r.ID] = i
	}
	words := (len(rules) + 63) / 64
	bits := make([]uint64, words*len(rules)) // of all sets
	var walk func(i int) set
	walk = func(i int) set {
		if o.below[i] != nil {
			return o.below[i]
		}
		s := set(bits[i*words : (i+1)*words])
		for _, id := range rules[i].Explains {
			if n, ok := o.index[id]; ok {
				s[n/64] |= 1 << (n % 64)
				for w, b := range walk(n) {
					s[w] |= b
				}
			}
		}
		o.below[i] = s
		return s
	}
	for i := range rules {
		walk(i)
	}
	return o
}

// explains reports whether b follows from a.
func (o *order) explains(a, b *rule.Rule) bool {
	return o.below[o.index[a.ID]].has(o.index[b.ID])
}

// See takes the next element of a stream: an exchange, or the error for one
// that could not be read.
func (e *Engine) See(x *exchange.Exchange, err error) {
	if err != nil {
		e.unread(err)
		return
	}
	s := rule.NewSubject(x, e.memory)
	s.Order = e.order
	e.order++
	e.note(s)
	e.settle(s)
	secret := e.ledger.Print(s.Authorization)
	if o := e.twins.see(s, secret); o == nil {
		e.ledger.Note(s)
		e.story.see(s, e.ledger)
	} else if o.again(secret) {
		e.ledger.Note(s)
		e.story.offered(s, e.ledger)
	} else {
		e.story.reason(s, o)
	}
	if e.mayBeAnswered(s) {
		return
	}
	e.judge(s, e.base)
}

// Opened tells the engine of a capture before, or without, any exchange of it.
func (e *Engine) Opened(c *exchange.Capture) { e.capture(c) }

func (e *Engine) unread(err error) {
	u, ok := err.(*exchange.Unreadable)
	if !ok {
		// A source that yields anything else is broken; the text of an unknown
		// error may hold input, so it is not kept.
		u = &exchange.Unreadable{At: exchange.Locator{Index: -1}, Reason: "the input could not be read"}
	}
	e.unreadTotal++
	if len(e.unreadable) < maxUnread {
		e.unreadable = append(e.unreadable, u)
	}
	for _, c := range e.captures {
		if c.Name == u.At.Capture {
			c.Unreadable++
			if c.First == nil {
				c.First = u
			}
		}
	}
}

func (e *Engine) capture(c *exchange.Capture) *captureState {
	st := e.byFrom[c]
	if st == nil {
		st = &captureState{rule.Capture{Capture: c}}
		for _, u := range e.unreadable {
			if u.At.Capture == c.Name {
				st.Unreadable++
				if st.First == nil {
					st.First = u
				}
			}
		}
		e.byFrom[c] = st
		e.captures = append(e.captures, st)
	}
	return st
}

// note enters s in the summary of its capture.
func (e *Engine) note(s *rule.Subject) {
	c := e.capture(s.From)
	if s.NotSent() {
		c.NotSent++
	}
	if !target.Atlassian.Has(s.Target.Product) && !s.Has(rule.Failing) {
		return
	}
	c.Atlassian++ // or meant to be: a misspelt host fails, too
	if s.Has(rule.Answered) || s.Failure != nil {
		c.Judged++
	}
	if s.Has(rule.Recognized) {
		c.Recognized++
	}
	if s.Has(rule.OffersAny) {
		c.CredentialsSeen++
	}
	if s.Has(rule.Troubled) {
		c.Troubled++
	}
	if s.Authorization != nil && s.Authorization.Masked && !s.Partial(s.Authorization) {
		c.Masked = keepFew(c.Masked, s)
	}
	if s.Has(rule.Failing) {
		c.Failed++
		if s.Sees(exchange.Credentials) != exchange.Shown {
			c.Hiding = keepFew(c.Hiding, s)
		}
		if s.Has(rule.Answered) && s.Sees(exchange.Bodies) == exchange.Hidden {
			c.FailedNoBody = keepFew(c.FailedNoBody, s)
		}
		if s.Has(rule.Unanswered) && len(s.Request.Header) < 6 && !s.Request.Header.Has("User-Agent") {
			c.Provisional = keepFew(c.Provisional, s)
		}
	}
}

func keepFew(list []*rule.Subject, s *rule.Subject) []*rule.Subject {
	if len(list) < rule.HidingKept {
		return append(list, slim(s))
	}
	return list
}
