package capturing

import (
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// TestWords: a log and a command without an address are told what they lack.
func TestWords(t *testing.T) {
	answered := func(l *exchange.Log) *rule.Subject {
		return &rule.Subject{Exchange: &exchange.Exchange{Log: l, Response: &exchange.Response{Status: 401, Body: exchange.Body{Size: 212}}}}
	}
	unresolved := &exchange.Capture{Exchanges: 1, Notes: []exchange.Note{{Kind: exchange.NoteUnresolved, N: 1}}}
	for name, c := range map[string]struct {
		id      string
		capture rule.Capture
		want    string
	}{
		"a log":                {"capture-bodies-missing", rule.Capture{Capture: &exchange.Capture{}, Failed: 1, FailedNoBody: []*rule.Subject{answered(&exchange.Log{})}}, "security log"},
		"a HAR":                {"capture-bodies-missing", rule.Capture{Capture: &exchange.Capture{}, Failed: 1, FailedNoBody: []*rule.Subject{answered(nil)}}, "without their body"},
		"a log and a HAR":      {"capture-bodies-missing", rule.Capture{Capture: &exchange.Capture{}, Failed: 2, FailedNoBody: []*rule.Subject{answered(&exchange.Log{}), answered(nil)}}, "without their body"},
		"an address in a name": {"capture-no-atlassian-traffic", rule.Capture{Capture: unresolved, NotSent: 1}, "The address is missing"},
		"another host":         {"capture-no-atlassian-traffic", rule.Capture{Capture: &exchange.Capture{Exchanges: 1}, NotSent: 1}, "No request in the capture"},
	} {
		got := ""
		for _, r := range rule.Rules(&Set) {
			if r.ID == c.id {
				r.Whole(rule.NewPass(r, rule.NewLedger(), func(_ *rule.Subject, f rule.Finding) { got = f.Message.String() }), &c.capture)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
