package rules

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// BenchmarkHealthy is what each rule costs on a call that went well: those that
// its traits keep away cost nothing and are not listed.
func BenchmarkHealthy(b *testing.B) {
	s := rule.NewSubject(&exchange.Exchange{
		From: &exchange.Capture{Name: "bench"}, Sight: exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing,
		Request: exchange.Request{
			Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/issue/OPS-1?fields=summary", Proto: "h2",
			Header: exchange.Header{
				{Name: "accept", Value: "application/json"},
				{Name: "user-agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"},
				{Name: "referer", Value: "https://acme.atlassian.net/browse/OPS-1"},
				{Name: "authorization", Value: "Basic ZnJlZEBleGFtcGxlLmNvbTpDQU5BUlktMTIzNDU2Nzg5MA=="},
				{Name: "cookie", Value: "atlassian.xsrf.token=x_lin; tenant.session.token=CANARY"},
			},
		},
		Response: &exchange.Response{
			Status: 200,
			Header: exchange.Header{
				{Name: "server", Value: "AtlassianEdge"},
				{Name: "x-aaccountid", Value: "CANARY"},
				{Name: "content-type", Value: "application/json"},
				{Name: "date", Value: "Mon, 02 Mar 2026 09:00:00 GMT"},
			},
			Body: exchange.Body{Head: []byte(`{"key":"OPS-1"}`), Size: 15, Kept: true},
		},
		Conn: &exchange.Conn{ServerAddr: "203.0.113.10", ServerPort: 443},
	}, nil)
	for _, r := range All() {
		if r.Each == nil || s.Traits&r.When != r.When || !r.Products.Has(s.Target.Product) {
			continue
		}
		b.Run(r.ID, func(b *testing.B) {
			p := rule.NewPass(r, rule.NewLedger(), func(*rule.Subject, rule.Finding) {})
			for b.Loop() {
				r.Each(p, s)
			}
		})
	}
}
