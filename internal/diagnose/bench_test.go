package diagnose

import (
	"fmt"
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// BenchmarkIdleRules is the price of rules that do not apply: the time for one
// exchange with none, and with two hundred of them.
func BenchmarkIdleRules(b *testing.B) {
	for _, n := range []int{0, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var list []*rule.Rule
			for i := range n {
				r := testRule(fmt.Sprintf("rule-%d", i), rule.LayerSyntax, rule.Proven)
				r.When = rule.Failing | rule.OffersBasic
				list = append(list, r)
			}
			e, err := New(list, Options{})
			if err != nil {
				b.Fatal(err)
			}
			x := &exchange.Exchange{
				From: &exchange.Capture{Name: "bench"}, Sight: exchange.Credentials,
				Request: exchange.Request{
					Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/issue/OPS-1",
					Header: exchange.Header{{Name: "Accept", Value: "application/json"}},
				},
				Response: &exchange.Response{Status: 200},
			}
			b.ReportAllocs()
			for b.Loop() {
				e.See(x, nil)
			}
		})
	}
}
