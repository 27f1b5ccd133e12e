package rules

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
)

// TestBriefly sees each exchange of all captures so often that rules are asked to
// look at the later ones briefly. Who traces findings gets them in full: both must
// come to the same report.
func TestBriefly(t *testing.T) {
	names, err := filepath.Glob("../testdata/*/*.har")
	if err != nil || len(names) < 400 {
		t.Fatal(len(names), "captures", err)
	}
	const times = 6 // more than there is evidence of one finding
	n := 0
	for _, name := range names {
		var list []*exchange.Exchange
		s := capture.Open(t.Context(), []string{name}, capture.Options{})
		for x, err := range s.Exchanges() {
			if err == nil {
				list = append(list, x)
			}
		}
		told := func(o diagnose.Options) string {
			e, err := diagnose.New(All(), o)
			if err != nil {
				t.Fatal(err)
			}
			for i := range times {
				for _, x := range list {
					y := *x
					y.Facts = nil
					y.At.Index += i * len(list)
					e.See(&y, nil)
				}
			}
			var b bytes.Buffer
			if err := report.New(e.Diagnosis(), "test").JSON(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		full := told(diagnose.Options{Trace: func(*rule.Subject, rule.Finding) { n++ }})
		if brief := told(diagnose.Options{}); brief != full {
			t.Errorf("%s:\n%s\nbut in full\n%s", name, brief, full)
		}
	}
	if n < times*len(names) {
		t.Errorf("only %d findings", n)
	}
}
