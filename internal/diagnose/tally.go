package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// A record is a failing exchange with what the rules found on it.
type record struct {
	line     Line
	order    int
	client   clientKey
	product  target.Product
	sees     sight
	failing  bool // else troubled, or not sent
	notSent  bool // read from a command: nothing failed, but something may be wrong
	answered bool // there was a response
	judged   bool // the server answered, and not to somebody it recognised
	login    bool // the answer says that a login was tried and refused
	host     string
	exact    rule.Print
	account  rule.Print // the user at the host; 0: none is named
	found    []found
	more     int // further exchanges just like this one, no longer told apart
}

// sight is what is needed to ask an exchange again what it shows.
type sight struct {
	sure, unsure exchange.Sight
	from         *exchange.Capture
}

func (s sight) of(want exchange.Sight) exchange.Visibility {
	x := exchange.Exchange{Sight: s.sure, Unsure: s.unsure, From: s.from}
	return x.Sees(want)
}

// found is one finding of a rule on one exchange.
type found struct {
	group     *group
	certainty rule.Certainty
	minor     bool
	rests     exchange.Sight
}

// A group is equal findings of one rule.
type group struct {
	key       groupKey
	finding   rule.Finding // the first; its evidence is that of several
	certainty rule.Certainty
	count     int // exchanges
	first     int // order of the first one
	lines     []Line
	about     []*exchange.Capture // set for a finding about captures as a whole
	severity  rule.Severity
	tried     []rule.Try
}

type groupKey struct {
	id      string
	message redact.Text
	minor   bool
}

// A tally is findings added up. The engine keeps one of what single exchanges
// gave; each diagnosis adds what sessions and captures give to a copy of it.
type tally struct {
	groups  []*group
	byKey   map[groupKey]*group
	records []*record
	alike   map[string]*record // an example for each set of findings
	lines   *lines
	uncount int // failing exchanges like no remembered one, beyond the bound
}

func newTally(l *lines) *tally {
	return &tally{byKey: map[groupKey]*group{}, alike: map[string]*record{}, lines: l}
}

// clone returns a copy that can be added to without changing t.
func (t *tally) clone() (*tally, map[*record]*record) {
	c := newTally(t.lines)
	was := make(map[*group]*group, len(t.groups))
	for _, g := range t.groups {
		h := *g
		h.finding.Evidence = append([]rule.Evidence(nil), g.finding.Evidence...)
		h.lines = append([]Line(nil), g.lines...)
		h.tried = slices.Clone(g.tried)
		was[g] = &h
		c.groups = append(c.groups, &h)
		c.byKey[h.key] = &h
	}
	now := make(map[*record]*record, len(t.records))
	for _, r := range t.records {
		q := *r
		q.found = make([]found, len(r.found))
		for i, f := range r.found {
			f.group = was[f.group]
			q.found[i] = f
		}
		now[r] = &q
		c.records = append(c.records, &q)
	}
	c.uncount = t.uncount
	return c, now
}

// told reports whether enough evidence is kept of findings equal to f.
func (t *tally) told(f *rule.Finding) bool {
	g := t.byKey[groupKey{f.Rule.ID, f.Message, f.Minor}]
	return g != nil && len(g.finding.Evidence) >= maxEvidence
}

// add enters a finding about s (nil: a whole capture) and returns what it
// became.
func (t *tally) add(f rule.Finding, s *rule.Subject, severity rule.Severity) found {
	k := groupKey{f.Rule.ID, f.Message, f.Minor}
	g := t.byKey[k]
	if g == nil {
		g = &group{key: k, finding: f, certainty: f.Certainty, severity: severity}
		if s != nil {
			g.first = s.Order
		}
		g.finding.Evidence = nil
		t.byKey[k] = g
		t.groups = append(t.groups, g)
	}
	if s != nil {
		g.first = min(g.first, s.Order)
	}
	if !slices.Equal(f.Alternatives, g.finding.Alternatives) {
		for _, id := range f.Alternatives {
			if !slices.Contains(g.finding.Alternatives, id) {
				g.finding.Alternatives = append(slices.Clip(g.finding.Alternatives), id)
			}
		}
	}
	g.count++
	g.severity = max(g.severity, severity)
	g.certainty = max(g.certainty, f.Certainty)
	for _, ev := range f.Evidence {
		if len(g.finding.Evidence) < maxEvidence {
			g.finding.Evidence = append(g.finding.Evidence, ev)
		}
	}
	if s != nil && len(g.lines) < maxRefs {
		g.lines = inOrder(g.lines, t.lines.of(s), func(l Line) int { return l.order })
	}
	return found{g, f.Certainty, f.Minor, f.Rests}
}

// remember keeps a failing exchange, or counts it with one that is like it.
func (e *Engine) remember(t *tally, s *rule.Subject, here []found) *record {
	if len(t.records) < maxRecords {
		r := e.recordOf(s, t.lines.of(s), here)
		t.enter(r)
		return r
	}
	if len(t.alike) == 0 {
		for _, old := range t.records {
			if a := string(likeness(nil, old.product, old.found)); t.alike[a] == nil {
				t.alike[a] = old
			}
		}
	}
	k := likeness(make([]byte, 0, 256), s.Target.Product, here)
	if like := t.alike[string(k)]; like != nil {
		like.more++
		return like
	}
	if len(t.alike) >= maxRecords {
		t.uncount++
		return nil
	}
	r := e.recordOf(s, t.lines.of(s), here)
	t.alike[string(k)] = r
	t.enter(r)
	return r
}

func (t *tally) enter(r *record) {
	t.records = inOrder(t.records, r, func(r *record) int { return r.order })
}

// inOrder inserts x in a list by its order: a challenge is judged only after the
// requests that might have answered it.
func inOrder[T any](list []T, x T, order func(T) int) []T {
	i := len(list)
	for i > 0 && order(list[i-1]) > order(x) {
		i--
	}
	return slices.Insert(list, i, x)
}

// likeness appends what exchanges have in common that are counted as one.
func likeness(b []byte, p target.Product, here []found) []byte {
	b = utf8.AppendRune(b, rune(p))
	for _, f := range here {
		b = append(append(b, '|'), f.group.key.id...)
		b = append(append(b, '|'), f.group.key.message.String()...)
	}
	return b
}

// judge runs the rules that look at one exchange over s and enters what they
// find in t. It returns the record of a failing exchange.
func (e *Engine) judge(s *rule.Subject, t *tally) *record {
	known := target.Atlassian.Has(s.Target.Product)
	e.now = current{subject: s, tally: t, drafts: e.now.drafts[:0]}
	supposed := s
	if s.NotSent() {
		supposed = s.Supposed()
	}
	for i, r := range e.each {
		of := s
		if of != supposed && r.OfCredential() {
			of = supposed
		}
		if s.Request.PartialURL && !tellsApart(r, s) {
			continue
		}
		if of.Traits&r.When != r.When || !known && !r.Anywhere || !r.Products.Has(s.Target.Product) {
			continue
		}
		e.ask(i, of)
	}
	here, fails := e.now.found, e.now.fails
	e.now = current{drafts: e.now.drafts}
	var rec *record
	if (fails || s.HasOne(rule.Failing|rule.Troubled) || s.NotSent() && len(here) > 0) && !(len(t.records) >= maxRecords && e.twins.places[s.At] != nil) { // else it would count twice
		rec = e.remember(t, s, here)
	}
	if t == e.base && tells(s) {
		e.keepInSession(s, rec)
	}
	return rec
}

// ask has a rule look at s: briefly, if what it found last has all the evidence
// that is shown, and in full only if it finds something else this time.
func (e *Engine) ask(i int, s *rule.Subject) {
	now := &e.now
	if now.rule = i; e.told[i] && !e.traced {
		now.brief, now.other, now.drafts = true, false, now.drafts[:0]
		s.Brief(true)
		e.each[i].Each(e.passes[i], s)
		s.Brief(false)
		if now.brief = false; !now.other {
			for _, d := range now.drafts {
				now.enter(d.f, d.severity)
			}
			return
		}
	}
	e.each[i].Each(e.passes[i], s)
}

// tellsApart reports whether r can judge s although variables stand in its URL:
// rules about addresses cannot, and those about some products only where the
// host is known to be one of Cloud.
func tellsApart(r *rule.Rule, s *rule.Subject) bool {
	l := r.Ranks()
	return l > rule.LayerURL && (r.Products == 0 || s.Is(target.Cloud|target.Bitbucket|target.SetOf(target.Align)))
}

// tells reports whether s is of use to rules that look at a client's exchanges
// in order. Static files and the like tell nothing about a login.
func tells(s *rule.Subject) bool {
	return target.Atlassian.Has(s.Target.Product) &&
		(s.Target.API != target.Static || s.HasOne(rule.Failing|rule.OffersAny))
}

// current is the exchange that is being judged.
type current struct {
	subject *rule.Subject
	tally   *tally
	found   []found
	fails   bool // one of them says that the exchange went wrong

	rule   int // the one that looks at it, by its place in each
	brief  bool
	other  bool // it found something of which evidence is wanted
	drafts []draft
}

// A draft is a finding that was made briefly.
type draft struct {
	f        rule.Finding
	severity rule.Severity
}

// take takes a finding about the exchange being judged.
func (e *Engine) take(_ *rule.Subject, f rule.Finding) {
	now := &e.now
	s := now.subject
	if now.brief {
		sev := temper(s, &f)
		now.drafts = append(now.drafts, draft{f, sev})
		now.other = now.other || !now.tally.told(&f)
		return
	}
	if s.NotSent() {
		f.Evidence = slices.DeleteFunc(slices.Clone(f.Evidence), rule.Evidence.OfAnswer)
	}
	sev := temper(s, &f)
	e.trace(s, f)
	now.enter(f, sev)
	e.told[now.rule] = now.tally.told(&f)
}

// enter adds a finding to what is known of the exchange and to the tally.
func (now *current) enter(f rule.Finding, severity rule.Severity) {
	now.fails = now.fails || f.Fails
	now.found = append(now.found, now.tally.add(f, now.subject, severity))
}

// temper lowers a finding about a credential on an exchange whose answer shows
// that the login was accepted, and returns the severity that the finding has
// here: an error needs something that failed.
func temper(s *rule.Subject, f *rule.Finding) rule.Severity {
	sev := f.Rule.Severity
	if s.Has(rule.Recognized) && f.Rule.Ranks().Credential() {
		f.Minor = true
	}
	switch {
	case f.Minor:
		return rule.Info
	case !f.Fails && !s.HasOne(rule.Failing|rule.Troubled) && sev == rule.Error:
		return rule.Warning
	}
	return sev
}

func (e *Engine) recordOf(s *rule.Subject, line Line, here []found) *record {
	return &record{
		line: line, client: clientKey{s.From, s.Client}, order: s.Order, product: s.Target.Product, found: here,
		sees:     sight{s.Sight, s.Unsure, s.From},
		failing:  s.Has(rule.Failing),
		notSent:  s.NotSent(),
		answered: s.Has(rule.Answered),
		judged:   s.Has(rule.Answered) && !s.Has(rule.Recognized),
		login:    s.HasOne(rule.LoginFailed | rule.LoginDenied | rule.Is401),
		host:     strings.Clone(s.Target.Host), // a part of it would keep the whole message
		exact:    e.ledger.Print(s.Authorization),
		account:  e.ledger.Login(s),
	}
}

// keepInSession keeps s for the rules that look at a client's exchanges in
// order.
func (e *Engine) keepInSession(s *rule.Subject, rec *record) {
	k := clientKey{s.From, s.Client}
	ses := e.byClient[k]
	if ses == nil {
		if len(e.sessions) >= maxSessions {
			e.crowded++
			return
		}
		ses = &session{Session: rule.Session{From: s.From, Client: s.Client}}
		e.byClient[k] = ses
		e.sessions = append(e.sessions, ses)
	}
	ses.keep(s, rec)
	e.kept++
	// Twice the bound before half is dropped, so that dropping costs little.
	if len(ses.Subjects) > 2*maxSession {
		e.forget(ses, len(ses.Subjects)-maxSession)
	}
	if e.kept > maxKept {
		longest := slices.MaxFunc(e.sessions, func(a, b *session) int { return cmp.Compare(len(a.Subjects), len(b.Subjects)) })
		e.forget(longest, (len(longest.Subjects)+1)/2)
	}
}

// keep inserts s by its order, as [inOrder] does.
func (ses *session) keep(s *rule.Subject, rec *record) {
	i := len(ses.Subjects)
	for i > 0 && ses.Subjects[i-1].Order > s.Order {
		i--
	}
	ses.Subjects = slices.Insert(ses.Subjects, i, slim(s))
	ses.records = slices.Insert(ses.records, i, rec)
}

// forget drops the oldest n exchanges of a session.
func (e *Engine) forget(ses *session, n int) {
	ses.Subjects = slices.Delete(ses.Subjects, 0, n)
	ses.records = slices.Delete(ses.records, 0, n)
	ses.Dropped += n
	e.kept -= n
}

// slim returns s without most of its bodies, for keeping; s itself if they are
// small.
func slim(s *rule.Subject) *rule.Subject {
	if len(s.Request.Body.Head) <= keptBodyHead && (s.Response == nil || len(s.Response.Body.Head) <= keptBodyHead) {
		return s
	}
	x := *s.Exchange
	x.Request.Body.Head = clip(x.Request.Body.Head)
	if x.Response != nil {
		r := *x.Response
		r.Body.Head = clip(r.Body.Head)
		x.Response = &r
	}
	return s.With(&x)
}

func clip(b []byte) []byte {
	if len(b) <= keptBodyHead {
		return b
	}
	return append([]byte(nil), b[:keptBodyHead]...)
}
