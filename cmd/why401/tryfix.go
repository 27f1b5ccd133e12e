package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/safely"
	"github.com/why401/why401/internal/target"
	"github.com/why401/why401/rules"
)

// The bounds of --try-fix.
const (
	triesEach    = 2 // for one cause
	locksAfter   = 3 // failed logins in a row: the lowest default of the products
	maxFailures  = 2048
	maxJobs      = 32
	finishWithin = 5 * time.Second
)

// A fixer sends refused requests again with the repair that a rule knows, and
// says whether the server took them then (--try-fix).
//
// A failed login counts toward locking an account, so it is careful: it sends
// nothing any more once a server asked for a CAPTCHA, and nothing that could be
// the failed login too many for its user.
type fixer struct {
	give   bool // the client gets the better answer (--repair)
	resend func(context.Context, *exchange.Exchange, []proxy.Edit) (*proxy.Try, error)
	view   *live
	ctx    context.Context
	cancel context.CancelFunc
	able   []*rule.Rule // those that can repair
	jobs   chan *job
	done   chan struct{}
	seed   maphash.Seed

	settled *outcome // what mend said of the exchange that see gets next; by see's goroutine

	mu       sync.Mutex
	memory   *target.Memory
	ledger   *rule.Ledger
	tries    map[string]int  // by cause
	failures map[uint64]int  // failed logins in a row, by user
	works    map[uint64]bool // repaired credentials that a server took
	captcha  bool
	closed   bool
	told     map[string]bool
	news     []string // not shown yet
}

// A job is a request that is to be sent again.
type job struct {
	x      *exchange.Exchange
	at     exchange.Locator
	id     string // of the rule
	cause  string
	login  uint64 // whose failed login it may become
	value  uint64 // stands for the repaired credential
	known  bool   // a server took it before: this is no try, it is for the client's sake
	repair rule.Repair

	flushed chan struct{} // to be closed when all jobs before are done; then there is no job
}

// An outcome is what came of a job.
type outcome struct {
	id  string // "": nothing was tried
	try rule.Try
}

// newFixer returns a fixer that tells view what came of its tries. Its use
// method must be called before there is traffic, its close method at the end.
func newFixer(ctx context.Context, view *live, hosts []string, give bool) *fixer {
	f := &fixer{
		give: give, view: view, jobs: make(chan *job, maxJobs), done: make(chan struct{}), seed: maphash.MakeSeed(),
		memory: target.NewMemory(hosts), ledger: rule.NewLedger(), tries: map[string]int{}, failures: map[uint64]int{}, works: map[uint64]bool{}, told: map[string]bool{},
	}
	for _, r := range rules.All() {
		if r.Repair != nil {
			f.able = append(f.able, r)
		}
	}
	// Ctrl-C ends the traffic, not what is to be told about it.
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	view.fix = f
	go f.work()
	return f
}

// options enters what f needs in the options of the proxy.
func (f *fixer) options(o *proxy.Options) {
	if f.give {
		o.Mend, o.Mended = f.mend, f.mended
	}
}

// use names the proxy that sends.
func (f *fixer) use(p *proxy.Proxy) {
	if f != nil {
		f.resend = p.Resend
	}
}

// close waits for what is under way.
func (f *fixer) close() {
	if f == nil {
		return
	}
	f.mu.Lock()
	f.closed = true
	close(f.jobs)
	f.mu.Unlock()
	late := time.AfterFunc(finishWithin, f.cancel)
	<-f.done
	late.Stop()
	f.cancel()
}

// after takes an exchange that view has shown, and shows what came of it. view.mu
// is held.
func (f *fixer) after(x *exchange.Exchange) {
	if o := f.see(x); o != nil {
		f.view.enter(o)
	}
	f.mu.Lock()
	news := f.news
	f.news = nil
	f.mu.Unlock()
	for _, why := range news {
		fmt.Fprintf(f.view.w, "why401: %s\n", why)
	}
}

// tried enters what came of a try.
func (l *live) tried(o *outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enter(o)
}

// enter is tried with l.mu held.
func (l *live) enter(o *outcome) {
	l.engine.Tried(o.id, o.try)
	if !l.quiet {
		fmt.Fprintf(l.w, "     %s\n", report.TriedText(o.try))
	}
}

// see takes an exchange that the client had. The outcome is that of a try that
// was made while the client waited; nil: there was none.
func (f *fixer) see(x *exchange.Exchange) *outcome {
	if o := f.settled; o != nil {
		f.settled = nil
		if o.id == "" {
			return nil
		}
		o.try.At = x.At
		return o
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	j := f.plan(x)
	if j == nil || f.closed {
		return nil
	}
	select {
	case f.jobs <- j:
	default:
		f.count(j, -1)
	}
	return nil
}

// work sends what is planned, one after the other.
func (f *fixer) work() {
	defer close(f.done)
	for j := range f.jobs {
		if j.flushed != nil {
			close(j.flushed)
			continue
		}
		err := safely.Do(func() {
			if o, _ := f.run(f.ctx, j); o != nil {
				f.view.tried(o)
			}
		})
		if err != nil {
			f.view.fault(err)
		}
	}
}

// flush waits until all that is planned was tried.
func (f *fixer) flush() {
	j := &job{flushed: make(chan struct{})}
	f.jobs <- j
	<-j.flushed
}

// mend is for proxy.Options.Mend: it looks for a better answer while the client
// waits.
func (f *fixer) mend(ctx context.Context, x *exchange.Exchange) proxy.Mended {
	j := f.planned(x)
	if j == nil {
		return proxy.Mended{Note: &outcome{}}
	}
	o, t := f.run(ctx, j)
	if o == nil {
		return proxy.Mended{Note: &outcome{}}
	}
	m := proxy.Mended{Label: j.id, Note: o}
	if o.try.Accepted {
		m.Answer = t
	}
	return m
}

func (f *fixer) planned(x *exchange.Exchange) *job {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plan(x)
}

// mended is for proxy.Options.Mended.
func (f *fixer) mended(_ *exchange.Exchange, m *proxy.Mended) {
	if o, ok := m.Note.(*outcome); ok {
		o.try.Given = m.Given
		f.settled = o
	}
}

// plan notes how an exchange went, and returns what is worth trying about it; nil:
// nothing. What it returns is counted as if it had failed. f.mu is held.
func (f *fixer) plan(x *exchange.Exchange) *job {
	mine := *x // a subject writes to its exchange, which others read
	mine.Facts = nil
	s := rule.NewSubject(&mine, f.memory)
	login := f.note(s)
	if !worthwhile(s) {
		return nil
	}
	for _, found := range f.findings(s) {
		repair, ok := found.Rule.Repair(s)
		if !ok {
			continue
		}
		j := &job{x: x, at: x.At, id: found.Rule.ID, cause: found.Rule.ID + "\x00" + found.Message.String(), repair: repair}
		j.login, j.value = f.loginOf(s, repair)
		j.known = f.give && f.works[j.value]
		if !j.known && f.tries[j.cause] >= triesEach {
			continue
		}
		seen := f.failures[j.login]
		if j.login != login {
			seen = max(seen+1, f.failures[login])
		}
		switch {
		case f.captcha:
			f.tell("not tried any more: the server asks for a CAPTCHA, and a failed login would make that worse")
			return nil
		case f.works[j.value]: // it will not fail, and a right login takes the failed ones back
		case seen+1 >= locksAfter || len(f.failures) >= maxFailures:
			f.tell("not tried: one more failed login could lock the account")
			return nil
		}
		f.count(j, 1)
		return j
	}
	return nil
}

// count counts a job, or with -1 takes that back: nothing was sent.
func (f *fixer) count(j *job, n int) {
	if !j.known {
		f.tries[j.cause] += n
	}
	f.failures[j.login] = max(f.failures[j.login]+n, 0) // a right login may have come in between
}

// worthwhile reports whether s is a request that may be sent again, and was
// refused.
func worthwhile(s *rule.Subject) bool {
	if m := s.Request.Method; m != "GET" && m != "HEAD" {
		return false
	}
	if !s.Has(rule.Answered) || s.Has(rule.Recognized) || s.Status() == 407 || s.Status() == 429 {
		return false
	}
	return s.Has(rule.Failing) || s.Status() == 400
}

// findings returns what the rules that can repair say about s, in the order in
// which it is worth trying, without what follows from something else.
func (f *fixer) findings(s *rule.Subject) []rule.Finding {
	var found []rule.Finding
	known := target.Atlassian.Has(s.Target.Product)
	for _, r := range f.able {
		if !s.Has(r.When) || !known && !r.Anywhere || !r.Products.Has(s.Target.Product) {
			continue
		}
		r.Each(rule.NewPass(r, f.ledger, func(_ *rule.Subject, one rule.Finding) {
			if !one.Minor {
				found = append(found, one)
			}
		}), s)
	}
	roots := slices.DeleteFunc(slices.Clone(found), func(b rule.Finding) bool {
		return slices.ContainsFunc(found, func(a rule.Finding) bool { return slices.Contains(a.Rule.Explains, b.Rule.ID) })
	})
	slices.SortStableFunc(roots, func(a, b rule.Finding) int {
		return cmp.Or(-cmp.Compare(a.Certainty, b.Certainty), cmp.Compare(a.Rule.Ranks(), b.Rule.Ranks()), strings.Compare(a.Rule.ID, b.Rule.ID))
	})
	return roots
}

// note counts failed logins and looks for a CAPTCHA. It returns whose login it
// was.
func (f *fixer) note(s *rule.Subject) uint64 {
	f.ledger.Note(s)
	if asksForCaptcha(s) {
		f.captcha = true
	}
	if s.Authorization == nil {
		return f.hash(s, "")
	}
	login := f.hash(s, s.Authorization.Normalized())
	switch {
	case s.Has(rule.Recognized):
		delete(f.failures, login)
	case s.Refused() || s.Has(rule.Failing|rule.Answered):
		if len(f.failures) < maxFailures {
			f.failures[login]++
		}
	}
	return login
}

// loginOf returns whose login the repaired request is, and what stands for its
// credential.
func (f *fixer) loginOf(s *rule.Subject, r rule.Repair) (login, value uint64) {
	for _, e := range r.Edits {
		if !e.Drop {
			c := credential.Parse(credential.InAuthorization, 0, "Authorization", e.Value)
			return f.hash(s, c.Normalized()), maphash.String(f.seed, s.Target.Host+"\x00"+e.Value)
		}
	}
	return f.hash(s, ""), 0
}

// hash stands for a user at a host: passwords of one user count together, and a
// token without a user by itself.
func (f *fixer) hash(s *rule.Subject, login string) uint64 {
	user, _, _ := strings.Cut(login, ":")
	return maphash.String(f.seed, s.Target.Host+"\x00"+strings.ToLower(user))
}

// asksForCaptcha reports whether an answer says that logins are not looked at any
// more.
func asksForCaptcha(s *rule.Subject) bool {
	if s.Has(rule.LoginDenied) || s.Answer("X-Authentication-Denied-Reason") != "" {
		return true
	}
	return s.HasOne(rule.Is401|rule.Is403) && s.Says("captcha")
}

// run sends a request again. The outcome is nil if it could not be sent.
func (f *fixer) run(ctx context.Context, j *job) (*outcome, *proxy.Try) {
	f.mu.Lock()
	stop := f.captcha // it may have come since
	f.mu.Unlock()
	edits := make([]proxy.Edit, len(j.repair.Edits))
	for i, e := range j.repair.Edits {
		edits[i] = proxy.Edit(e)
	}
	var t *proxy.Try
	err := context.Cause(ctx)
	if err == nil && !stop {
		t, err = f.resend(ctx, j.x, edits)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if stop || err != nil {
		f.count(j, -1)
		return nil, nil
	}
	if t.Response == nil && errors.Is(ctx.Err(), context.Canceled) {
		return nil, nil // we went, not the server
	}
	s := rule.NewSubject(t.Exchange, f.memory)
	if asksForCaptcha(s) {
		f.captcha = true
	}
	o := &outcome{id: j.id, try: rule.Try{At: j.at, Did: j.repair.Did, Status: s.Status(), Accepted: s.TookIt()}}
	if o.try.Accepted {
		delete(f.failures, j.login)
		if len(f.works) < maxFailures {
			f.works[j.value] = true
		}
	}
	return o, t
}

// tell says once why something is not tried.
func (f *fixer) tell(why string) {
	if !f.told[why] {
		f.told[why] = true
		f.news = append(f.news, why)
	}
}

// fixer returns what --try-fix and --repair ask for; nil: nothing.
func (i *intercepting) fixer(ctx context.Context, view *live, o *proxy.Options) *fixer {
	if !i.tryFix && !i.repair {
		return nil
	}
	f := newFixer(ctx, view, i.hosts, i.repair)
	f.options(o)
	return f
}
