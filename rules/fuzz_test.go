package rules

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
)

// FuzzRules has all rules look at one exchange, twice as it is and once in full
// with every finding traced: none may panic, all must say the same, and what they
// say fits in a report.
func FuzzRules(f *testing.F) {
	names, err := filepath.Glob("../testdata/*/bad.har")
	if err != nil || len(names) == 0 {
		f.Fatal("no captures", err)
	}
	lines := func(h exchange.Header) string {
		var b strings.Builder
		for _, x := range h {
			b.WriteString(x.Name + ": " + x.Value + "\n")
		}
		return b.String()
	}
	for _, name := range names {
		for x, err := range capture.Open(f.Context(), []string{name}, capture.Options{}).Exchanges() {
			if err != nil {
				continue
			}
			var status int
			var answer, body string
			if r := x.Response; r != nil {
				status, answer, body = r.Status, lines(r.Header), string(r.Body.Head)
			}
			f.Add(x.Request.Method, x.Request.URL, lines(x.Request.Header), string(x.Request.Body.Head), status, answer, body)
			break // one of each rule
		}
	}
	f.Fuzz(func(t *testing.T, method, url, head, sent string, status int, answer, body string) {
		c := &exchange.Capture{Name: "fuzz.har", Format: "har"}
		see := func(o diagnose.Options) string {
			e, err := diagnose.New(All(), o)
			if err != nil {
				t.Fatal(err)
			}
			c.Exchanges = 0
			for i := range 8 { // more than there is evidence of one finding
				x := &exchange.Exchange{
					At: exchange.Locator{Capture: c.Name, Index: i}, From: c, Client: "a client",
					Sight: exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing,
					Start: time.Date(2026, 3, 2, 9, 0, i, 0, time.UTC), Took: time.Second,
					Request: exchange.Request{Method: method, URL: url, Header: fields(head), Body: whole(sent)},
				}
				if status != 0 {
					x.Response = &exchange.Response{Status: status, Header: fields(answer), Body: whole(body)}
				}
				c.Exchanges++
				e.See(x, nil)
			}
			var b bytes.Buffer
			r := report.New(e.Diagnosis(), "fuzz")
			if err := r.JSON(&b); err != nil {
				t.Fatal(err)
			}
			if err := r.Write(&b, "markdown", report.Style{Width: 80}); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		once := see(diagnose.Options{})
		if again := see(diagnose.Options{}); again != once {
			t.Errorf("%s\nand again\n%s", once, again)
		}
		if full := see(diagnose.Options{Trace: func(*rule.Subject, rule.Finding) {}}); full != once {
			t.Errorf("briefly\n%s\nin full\n%s", once, full)
		}
	})
}

func fields(lines string) exchange.Header {
	var h exchange.Header
	for l := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(l, ": "); ok && len(h) < 64 {
			h = append(h, exchange.Field{Name: name, Value: value})
		}
	}
	return h
}

func whole(s string) exchange.Body {
	return exchange.Body{Head: []byte(s[:min(len(s), exchange.MaxBody)]), Size: int64(len(s)), Kept: true}
}
