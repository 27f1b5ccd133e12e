package capturing

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// TestNotSent looks at captures without any answer, and with some: no form of
// requests that were not sent is a HAR.
func TestNotSent(t *testing.T) {
	find := func(id string) *rule.Rule {
		for _, r := range rule.Rules(&Set) {
			if r.ID == id {
				return r
			}
		}
		t.Fatalf("no rule %s", id)
		return nil
	}
	for name, c := range map[string]struct {
		capture              rule.Capture
		notSent, allAnswered bool
	}{
		"a command":      {rule.Capture{Atlassian: 1, NotSent: 1}, true, false},
		"an answer":      {rule.Capture{Atlassian: 1, Judged: 1}, false, true},
		"one of each":    {rule.Capture{Atlassian: 2, Judged: 1, NotSent: 1}, true, true},
		"nothing at all": {rule.Capture{}, false, false},
		"pending only":   {rule.Capture{Atlassian: 3}, false, false},
		"a failure":      {rule.Capture{Atlassian: 1, Judged: 1, Failed: 1}, false, false},
	} {
		c.capture.Capture = &exchange.Capture{Name: "f"}
		got := map[string]int{}
		for _, id := range []string{"capture-request-not-sent", "capture-nothing-failed"} {
			r := find(id)
			r.Whole(rule.NewPass(r, rule.NewLedger(), func(_ *rule.Subject, f rule.Finding) { got[f.Rule.ID]++ }), &c.capture)
		}
		if (got["capture-request-not-sent"] == 1) != c.notSent || (got["capture-nothing-failed"] == 1) != c.allAnswered {
			t.Errorf("%s: %v", name, got)
		}
	}
}
