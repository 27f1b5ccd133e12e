package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// TestRepairs applies the repair of each rule to what the rule reports in its own
// captures: the request must be sound then, and the rule must have nothing more
// to say about it. What is done is the same for the same request, and no part of
// a credential is in what is said about it.
func TestRepairs(t *testing.T) {
	n := 0
	for _, r := range All() {
		if r.Repair == nil {
			continue
		}
		n++
		t.Run(r.ID, func(t *testing.T) {
			names, err := filepath.Glob(filepath.Join("../testdata", r.ID, "bad*.har"))
			if err != nil {
				t.Fatal(err)
			}
			repaired := 0
			for _, name := range names {
				for _, s := range reported(t, r, name) {
					repair, ok := r.Repair(s)
					if !ok {
						continue
					}
					repaired++
					at := fmt.Sprintf("%s: entry %d", name, s.At.Index)
					if err := repair.Check(s.Request.Header); err != nil {
						t.Errorf("%s: %v", at, err)
					}
					again, _ := r.Repair(s)
					if !slices.Equal(repair.Edits, again.Edits) || repair.Did != again.Did {
						t.Errorf("%s: not the same twice", at)
					}
					for _, e := range repair.Edits {
						for _, word := range strings.Fields(e.Value) {
							if len(word) > 8 && strings.Contains(repair.Did.String(), word) {
								t.Errorf("%s: a part of the value is in %q", at, repair.Did)
							}
						}
					}
					if f := after(r, s, repair); f != nil {
						t.Errorf("%s: after the repair the rule still says: %s", at, f.Message)
					}
				}
			}
			if repaired == 0 {
				t.Errorf("no request in %v can be repaired", names)
			}
		})
	}
	if n < 15 {
		t.Errorf("only %d rules can repair", n)
	}
}

// reported returns the subjects that r reports in a capture.
func reported(t *testing.T, r *rule.Rule, name string) []*rule.Subject {
	t.Helper()
	var out []*rule.Subject
	e, err := diagnose.New([]*rule.Rule{r}, diagnose.Options{Trace: func(s *rule.Subject, f rule.Finding) {
		if s != nil && !f.Minor {
			out = append(out, s)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for x, err := range har.Read(&exchange.Capture{Name: name}, file, har.Options{}) {
		e.See(x, err)
	}
	return out
}

// after returns what r says about the repaired request, the answer left as it
// was; nil: nothing.
func after(r *rule.Rule, s *rule.Subject, repair rule.Repair) *rule.Finding {
	x := *s.Exchange
	x.Request.Header = slices.Clone(x.Request.Header)
	var drop []int
	for _, e := range repair.Edits {
		f := &x.Request.Header[e.Field]
		if e.Drop {
			drop = append(drop, e.Field)
			continue
		}
		f.Value = e.Value
		if e.Name != "" {
			f.Name = e.Name
		}
	}
	slices.Sort(drop)
	for _, at := range slices.Backward(drop) {
		x.Request.Header = slices.Delete(x.Request.Header, at, at+1)
	}
	var found *rule.Finding
	sub := rule.NewSubject(&x, nil)
	sub.Target = s.Target
	if !sub.Has(r.When) {
		return nil
	}
	r.Each(rule.NewPass(r, rule.NewLedger(), func(_ *rule.Subject, f rule.Finding) {
		if !f.Minor {
			found = &f
		}
	}), sub)
	return found
}
