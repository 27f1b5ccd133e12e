package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// resolution is a tally brought into order.
type resolution struct {
	causes, findings []*Cause
	failing          []Failing
	failed           map[string]int // failing exchanges by the name of their capture
	total            int            // failing exchanges, each counted once
}

// resolve decides for each failing exchange which of its findings is the root
// and which follow from others, and ranks the causes by what they account for.
func (e *Engine) resolve(t *tally) resolution {
	e.withdraw(t)
	e.unite(t)
	roots := make([][]*group, len(t.records))
	follows := map[*group][]*group{}
	for i, r := range t.records {
		roots[i] = e.rootsOf(r, follows)
	}
	e.sameCredential(t, roots, follows)
	e.lasting(t, roots, follows)
	e.fillIn(t, roots)
	return e.assemble(t, roots, follows)
}

// withdraw takes back findings that rest on the absence of something that the
// capture turned out to hide, and lowers those about a credential that the
// same host accepted as it was.
func (e *Engine) withdraw(t *tally) {
	for _, r := range t.records {
		kept := r.found[:0]
		for _, f := range r.found {
			if f.rests != 0 && r.sees.of(f.rests) != exchange.Shown {
				f.group.count -= 1 + r.more
				f.group.lines = slices.DeleteFunc(f.group.lines, func(l Line) bool { return l.At == r.line.At })
				continue
			}
			if l := f.group.finding.Rule.Ranks(); l >= rule.LayerSyntax && l <= rule.LayerKind && e.accepted(r) {
				f.minor = true
			}
			kept = append(kept, f)
		}
		r.found = kept
	}
	t.groups = slices.DeleteFunc(t.groups, func(g *group) bool { return g.count <= 0 })
}

// accepted reports whether the credential of r, byte for byte, was accepted by
// the same host in another exchange.
func (e *Engine) accepted(r *record) bool {
	rec := e.ledger.Exact(r.exact)
	return r.exact != 0 && rec != nil && rec.Accepted > 0 && rec.FirstAccepted.Host == r.host
}

// explains reports whether finding a takes the place of finding b as a root:
// b follows from a, and a is at least as certain. A class of causes that one
// capture cannot tell apart also gives way to a likely finding of a cause that
// says more.
func (e *Engine) explains(a, b found) bool {
	ra, rb := a.group.finding.Rule, b.group.finding.Rule
	if ra == rb || !e.below.explains(ra, rb) {
		return false
	}
	if a.certainty >= b.certainty {
		return true
	}
	return a.certainty >= rule.Likely && len(rb.Alternatives) > 0 && len(ra.Alternatives) == 0
}

// rootsOf returns the findings on r that nothing else on r explains, and enters
// the others in follows.
func (e *Engine) rootsOf(r *record, follows map[*group][]*group) []*group {
	var roots []*group
	for _, b := range r.found {
		if b.minor {
			continue
		}
		root := true
		for _, a := range r.found {
			if !a.minor && e.explains(a, b) {
				root = false
				link(follows, a.group, b.group)
			}
		}
		if root && !slices.Contains(roots, b.group) {
			roots = append(roots, b.group)
		}
	}
	return e.drop(roots, r)
}

// drop leaves out roots that are mere possibilities where something better is
// known: a possible finding that would explain a class of causes is one of its
// alternatives, and needs no second mention as a cause.
func (e *Engine) drop(roots []*group, r *record) []*group {
	var out []*group
	for _, g := range roots {
		weak := g.certainty == rule.Possible
		for _, h := range roots {
			if weak && h != g && h.certainty > g.certainty {
				weak = false
				if e.below.explains(g.finding.Rule, h.finding.Rule) {
					h.prefer(g.finding.Rule.ID)
				}
				g = nil
				break
			}
		}
		if g != nil {
			out = append(out, g)
		}
	}
	return out
}

// prefer moves an alternative to the front: something in the capture hints at
// it.
func (g *group) prefer(id string) {
	alts := []string{id}
	for _, a := range g.finding.Alternatives {
		if a != id {
			alts = append(alts, a)
		}
	}
	if len(g.finding.Alternatives) > 0 {
		g.finding.Alternatives = alts
	}
}

func link(follows map[*group][]*group, a, b *group) {
	if !slices.Contains(follows[a], b) {
		follows[a] = append(follows[a], b)
	}
}

// sameCredential puts a refusal of which the capture alone cannot tell the reason
// down to what is wrong with the credential, where that shows on another exchange
// with the very same credential.
func (e *Engine) sameCredential(t *tally, roots [][]*group, follows map[*group][]*group) {
	type key struct {
		exact rule.Print
		host  string
	}
	wrong := map[key][]*group{}
	for i, r := range t.records {
		for _, g := range roots[i] {
			l := g.finding.Rule.Ranks()
			if r.exact != 0 && l >= rule.LayerSyntax && l <= rule.LayerKind && g.certainty >= rule.Likely && len(g.finding.Rule.Alternatives) == 0 {
				wrong[key{r.exact, r.host}] = append(wrong[key{r.exact, r.host}], g)
			}
		}
	}
	for i, r := range t.records {
		for k, g := range roots[i] {
			if len(g.finding.Rule.Alternatives) == 0 {
				continue
			}
			for _, a := range wrong[key{r.exact, r.host}] {
				if e.below.explains(a.finding.Rule, g.finding.Rule) {
					link(follows, a, g)
					roots[i][k] = a
					break
				}
			}
		}
		roots[i] = unique(roots[i])
	}
}

// lasting puts states that outlive a request, such as a locked account, down to
// an earlier request of the same client that brought them about.
func (e *Engine) lasting(t *tally, roots [][]*group, follows map[*group][]*group) {
	for i, r := range t.records {
		for k, g := range roots[i] {
			if !g.finding.Rule.Lasting {
				continue
			}
			if a := e.broughtAbout(g, r, t.records[:i], roots[:i]); a != nil {
				link(follows, a, g)
				roots[i][k] = a
			}
		}
		roots[i] = unique(roots[i])
	}
}

// broughtAbout returns the root on an earlier refused login of the same client, or
// of the same account, at the same host that explains the lasting state g on r, or
// nil.
func (e *Engine) broughtAbout(g *group, r *record, earlier []*record, roots [][]*group) *group {
	for j, q := range earlier {
		if q.client != r.client && (q.account == 0 || q.account != r.account) || q.host != r.host || !q.login {
			continue
		}
		for _, a := range roots[j] {
			if a != g && a.certainty >= rule.Likely && e.below.explains(a.finding.Rule, g.finding.Rule) {
				return a
			}
		}
	}
	return nil
}

func unique(groups []*group) []*group {
	var out []*group
	for _, g := range groups {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// fillIn puts failing exchanges that nothing visible explains down to the
// capture, where it withholds what would explain them.
func (e *Engine) fillIn(t *tally, roots [][]*group) {
	for i, r := range t.records {
		if len(roots[i]) > 0 || !r.failing || !r.judged {
			continue
		}
		for _, g := range t.groups {
			hides := g.finding.Rule.Hides
			if hides != 0 && slices.Contains(g.about, r.sees.from) && r.sees.of(hides) != exchange.Shown {
				roots[i] = append(roots[i], g)
				r.found = append(r.found, found{group: g, certainty: g.certainty})
				g.lines = append(g.lines, r.line)
				break
			}
		}
	}
}

// blind reports whether g is about a capture that hides everything: nothing of
// a product shows in it, so what it withholds is all that can be said.
func (e *Engine) blind(g *group) bool {
	if g.finding.Rule.Hides == 0 || g.certainty == rule.Possible {
		return false
	}
	return slices.ContainsFunc(g.about, func(c *exchange.Capture) bool { return e.byFrom[c].Atlassian == 0 })
}

// assemble makes causes and findings of groups and ranks them.
func (e *Engine) assemble(t *tally, roots [][]*group, follows map[*group][]*group) resolution {
	made := map[*group]*Cause{}
	var res resolution
	for _, g := range t.groups {
		made[g] = &Cause{
			Finding: g.finding, Severity: g.severity, Exchanges: g.lines, Tried: g.tried, first: g.first,
		}
		made[g].Certainty = g.certainty
		res.findings = append(res.findings, made[g])
	}
	for _, g := range t.groups {
		made[g].root = e.blind(g)
	}
	begun := map[*group]bool{}
	for i, r := range t.records {
		for _, g := range roots[i] {
			c := made[g]
			if !begun[g] {
				begun[g], c.root, c.Exchanges, c.first = true, true, nil, r.order
			}
			if !r.notSent {
				c.AccountsFor += 1 + r.more
			}
			if len(c.Exchanges) < maxRefs {
				c.Exchanges = append(c.Exchanges, r.line)
			}
		}
	}
	for g, fs := range follows {
		for _, f := range fs {
			if made[f] != nil && made[g] != nil {
				made[g].Consequences = append(made[g].Consequences, made[f])
			}
		}
		if made[g] != nil {
			slices.SortFunc(made[g].Consequences, compare)
			made[g].orElse()
		}
	}
	slices.SortFunc(res.findings, compare)
	for _, c := range res.findings {
		if c.root {
			res.causes = append(res.causes, c)
		}
	}
	res.failing = failing(t, roots, made)
	res.failed = map[string]int{}
	for i, r := range t.records {
		if !r.notSent && (r.failing || len(roots[i]) > 0) {
			res.failed[r.line.At.Capture] += 1 + r.more
			for _, at := range r.line.Also {
				res.failed[at.Capture]++
			}
			res.total += 1 + r.more
		}
	}
	return res
}

// orElse names what else it may be, where a cause is no more than likely and gives
// the reason for a refusal of which the capture alone cannot tell the reason: that
// refusal, and what else can be behind it.
func (c *Cause) orElse() {
	if c.Certainty != rule.Likely || len(c.Alternatives) > 0 {
		return
	}
	for _, q := range c.Consequences {
		if len(q.Rule.Alternatives) == 0 {
			continue
		}
		if c.OrElse == "" {
			c.OrElse = q.Rule.ID
		}
		for _, id := range append([]string{q.Rule.ID}, q.Alternatives...) {
			if id != c.Rule.ID && !slices.Contains(c.Alternatives, id) {
				c.Alternatives = append(c.Alternatives, id)
			}
		}
	}
}

// failing lists the failing exchanges, each with the best of its causes.
func failing(t *tally, roots [][]*group, made map[*group]*Cause) []Failing {
	var out []Failing
	for i, r := range t.records {
		if r.notSent || !r.failing && len(roots[i]) == 0 {
			continue
		}
		f := Failing{Line: r.line}
		for _, g := range roots[i] {
			if c := made[g]; f.Cause == nil || compare(c, f.Cause) < 0 {
				f.Cause = c
			}
		}
		out = append(out, f)
	}
	return out
}

// compare orders findings: causes first, then by certainty, failing exchanges
// accounted for, layer, severity, first seen and id. All are integers or names,
// so that the order can be told to a person.
func compare(a, b *Cause) int {
	return cmp.Or(
		-cmp.Compare(b2i(a.root), b2i(b.root)),
		-cmp.Compare(a.Certainty, b.Certainty),
		-cmp.Compare(a.AccountsFor, b.AccountsFor),
		cmp.Compare(a.Rule.Ranks(), b.Rule.Ranks()),
		-cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.first, b.first),
		strings.Compare(a.Rule.ID, b.Rule.ID),
		strings.Compare(a.Message.String(), b.Message.String()),
	)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
