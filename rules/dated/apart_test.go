package dated_test

import (
	"testing"
	"time"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/dated"
)

// TestClocksApart covers the note of clock-skew on clocks that are apart, which
// is no finding that a golden capture can want.
func TestClocksApart(t *testing.T) {
	const rest = "https://jira.example.com/rest/api/2/myself"
	for _, tt := range []struct {
		name string
		url  string
		off  []time.Duration // of each answer
		age  string
		want int
	}{
		{"four minutes", rest, []time.Duration{4 * time.Minute, 4*time.Minute + 3*time.Second}, "", 1},
		{"four minutes behind", rest, []time.Duration{-4 * time.Minute, -4 * time.Minute}, "", 1},
		{"one minute", rest, []time.Duration{time.Minute, time.Minute}, "", 0},
		{"one answer only", rest, []time.Duration{4 * time.Minute}, "", 0},
		{"one answer is right", rest, []time.Duration{4 * time.Minute, 0}, "", 0},
		{"in both directions", rest, []time.Duration{4 * time.Minute, -4 * time.Minute}, "", 0},
		{"from a cache", rest, []time.Duration{-4 * time.Minute, -4 * time.Minute}, "240", 0},
		{"a time zone", rest, []time.Duration{2 * time.Hour, 2 * time.Hour}, "", 0},
		{"days", rest, []time.Duration{80*time.Hour + 4*time.Minute, 80*time.Hour + 4*time.Minute}, "", 0},
		{"elsewhere", "https://www.example.com/", []time.Duration{4 * time.Minute, 4 * time.Minute}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := diagnose.New(rule.Rules(&dated.Set), diagnose.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := &exchange.Capture{Name: "login.har", Format: "har"}
			start := time.Date(2026, time.September, 14, 9, 30, 0, 0, time.UTC)
			for i, off := range tt.off {
				h := exchange.Header{
					{Name: "Date", Value: start.Add(off).Format("Mon, 02 Jan 2006 15:04:05 GMT")},
					{Name: "X-AUSERNAME", Value: "fred"},
				}
				if tt.url != rest {
					h = h[:1]
				}
				if tt.age != "" {
					h = append(h, exchange.Field{Name: "Age", Value: tt.age})
				}
				e.See(&exchange.Exchange{
					At: exchange.Locator{Capture: c.Name, Index: i}, From: c, Sight: exchange.Timing, Start: start, Took: 50 * time.Millisecond,
					Request:  exchange.Request{Method: "GET", URL: tt.url},
					Response: &exchange.Response{Status: 200, Header: h},
				}, nil)
			}
			d := e.Diagnosis()
			if len(d.Findings) != tt.want || len(d.Causes) != 0 {
				t.Fatalf("%d findings and %d causes, want %d and none", len(d.Findings), len(d.Causes), tt.want)
			}
			if tt.want == 1 && (d.Findings[0].Rule.ID != "clock-skew" || d.Findings[0].Severity != rule.Info) {
				t.Errorf("%s is %s", d.Findings[0].Rule.ID, d.Findings[0].Severity)
			}
		})
	}
}
