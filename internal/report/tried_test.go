package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// TestTried: what came of a repaired request is in the report, and proves the
// finding if the server took it.
func TestTried(t *testing.T) {
	maybe := *sampleRule
	maybe.Each = func(p *rule.Pass, s *rule.Subject) {
		p.Possible(s, redact.Const("It may be this."), s.StatusLine(redact.Const("200")))
	}
	for _, tc := range []struct {
		name            string
		tries           []rule.Try
		certainty, text string
	}{
		{"none", nil, "possible", "It may be this."},
		{"worked", []rule.Try{{Status: 200, Accepted: true}}, "proven", "Tried it: the same request with the line feed removed was answered 200.\n"},
		{"logged in", []rule.Try{{Status: 404, Accepted: true}}, "proven", "removed was answered 404, and the login was accepted.\n"},
		{"given", []rule.Try{{Status: 200, Accepted: true, Given: true}}, "proven", "was answered 200, and the client got that answer.\n"},
		{"refused", []rule.Try{{Status: 401}}, "possible", "was answered 401: something else is wrong, too.\n"},
		{"no answer", []rule.Try{{}}, "possible", "removed got no answer.\n"},
		{"twice", []rule.Try{{Status: 401}, {Status: 200, Accepted: true}}, "proven", "was answered 200.\n   Tried it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := diagnose.New([]*rule.Rule{&maybe}, diagnose.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := &exchange.Capture{Name: "proxy", Format: "proxy"}
			at := exchange.Locator{Capture: c.Name, Index: 3}
			e.See(&exchange.Exchange{
				At: at, From: c,
				Request:  exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/myself", Header: exchange.Header{{Name: "Authorization", Value: "Basic CANARY"}}},
				Response: &exchange.Response{Status: 401},
			}, nil)
			for _, try := range tc.tries {
				try.At, try.Did = at, redact.Const("the line feed removed")
				e.Tried("sample-rule", try)
			}
			e.Tried("another-rule", rule.Try{At: at, Accepted: true})
			e.Tried("sample-rule", rule.Try{At: exchange.Locator{Capture: "other"}, Accepted: true})
			r := New(e.Diagnosis(), "test")
			if len(r.Causes) != 1 || r.Causes[0].Certainty != tc.certainty || len(r.Causes[0].Tried) != len(tc.tries) {
				t.Fatalf("got %+v", r.Causes)
			}
			for i, got := range r.Causes[0].Tried {
				if want := tc.tries[i]; got.Status != want.Status || got.Accepted != want.Accepted || got.Index != 3 {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
			var text, j bytes.Buffer
			if err := r.Text(&text, Style{Width: 140, Shell: "sh"}); err != nil {
				t.Fatal(err)
			}
			if err := r.JSON(&j); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text.String(), tc.text) {
				t.Errorf("%q is not in\n%s", tc.text, text.String())
			}
			if strings.Contains(j.String(), `"tried"`) != (tc.tries != nil) {
				t.Errorf("JSON: %s", j.String())
			}
		})
	}
}
