package diagnose

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// Tried tells the engine what came of sending the request of the exchange at t.At
// again with the repair of the rule called id. If the server took it, the finding
// of that rule on that exchange is proven.
//
// The request that was sent is no exchange of a client, so it must not be handed
// to See. A try about something that the engine does not know is passed over.
func (e *Engine) Tried(id string, t rule.Try) {
	if i := slices.IndexFunc(e.pending, func(p challenge) bool { return p.At == t.At }); i >= 0 {
		// There is something to say about it, so it is no mere challenge.
		p := e.pending[i]
		e.pending = slices.Delete(e.pending, i, i+1)
		e.judge(p.Subject, e.base)
	}
	var g *group
	for _, r := range slices.Backward(e.base.records) {
		if r.line.At != t.At {
			continue
		}
		for i := range r.found {
			if f := &r.found[i]; f.group.key.id == id && !f.minor {
				g = f.group
				if t.Accepted {
					f.certainty = rule.Proven
				}
			}
		}
		break
	}
	if g == nil {
		g = e.base.groupOf(id, t.At)
	}
	if g == nil || len(g.tried) >= maxTried {
		return
	}
	if t.Accepted {
		g.certainty = rule.Proven
	}
	g.tried = append(g.tried, t)
}

// groupOf returns the findings of a rule that the exchange at a place is one of,
// if that is not remembered as a failing one.
func (t *tally) groupOf(id string, at exchange.Locator) *group {
	for _, g := range t.groups {
		if g.key.id == id && !g.key.minor && slices.ContainsFunc(g.lines, func(l Line) bool { return l.At == at }) {
			return g
		}
	}
	return nil
}
