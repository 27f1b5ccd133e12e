package jiratest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/rules"
)

func start(t *testing.T, o jiratest.Options) *jiratest.Site {
	t.Helper()
	s := jiratest.New(o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func diagnosis(t *testing.T, list []*exchange.Exchange) *diagnose.Diagnosis {
	t.Helper()
	e, err := diagnose.New(rules.All(), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		e.See(x, nil)
	}
	return e.Diagnosis()
}

func causes(d *diagnose.Diagnosis) []string {
	var ids []string
	for _, c := range d.Causes {
		ids = append(ids, c.Rule.ID)
	}
	return ids
}

// TestScenarios plays each scenario with net/http and demands the cause that it
// names, and none where all is well.
func TestScenarios(t *testing.T) {
	s := start(t, jiratest.Options{MaxUpload: 100_000})
	names := map[string]bool{}
	for _, sc := range s.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			if names[sc.Name] {
				t.Fatal("two of this name")
			}
			names[sc.Name] = true
			list, got, err := s.Record(t.Context(), sc)
			if err != nil {
				t.Fatal(err)
			}
			var want []int
			for _, c := range sc.Calls {
				want = append(want, c.Status)
			}
			if !slices.Equal(got, want) {
				t.Errorf("statuses %v, want %v", got, want)
			}
			d := diagnosis(t, list)
			ids := causes(d)
			switch {
			case sc.Healthy() && len(ids) > 0:
				t.Errorf("causes %v, want none", ids)
			case !sc.Healthy() && (len(ids) == 0 || ids[0] != sc.Cause):
				t.Errorf("causes %v, want %s", ids, sc.Cause)
			}
			if sc.Consequence != "" && len(ids) > 0 && !slices.ContainsFunc(d.Causes[0].Consequences, func(c *diagnose.Cause) bool { return c.Rule.ID == sc.Consequence }) {
				t.Errorf("%s does not follow from %s", sc.Consequence, ids[0])
			}
			if t.Failed() {
				for _, x := range list {
					t.Logf("%s %s -> %+v %+v", x.Request.Method, x.Request.URL, x.Response, x.Failure)
				}
			}
			if healthy := strings.HasPrefix(sc.Name, "healthy-"); healthy && !sc.Healthy() {
				t.Error("healthy by name only")
			}
		})
	}
}
