package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A sample is a capture of somebody else with what a good diagnosis of it says.
type sample struct {
	File         string
	Form         string
	Healthy      bool
	Accept       []string
	Truth        []string
	Decidable    string
	Alternatives []string
	MustNot      []string `json:"must_not"`
}

// answer is the part of the report JSON that outside tools rely on.
type answer struct {
	Causes []struct {
		Rule, Certainty, Severity string
		Alternatives              []string
	}
	Findings []struct{ Rule, Severity string }
}

// TestSamples diagnoses captures of real failures that are not part of the
// project. No finding may mislead, be sure of what cannot be known, or accuse a
// healthy capture, whatever the number of right answers is.
func TestSamples(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" {
		t.Skip("WHY401_SAMPLES is not set")
	}
	known := map[string]bool{}
	for _, id := range ruleIDs() {
		known[id] = true
	}
	for _, set := range []struct {
		dir   string
		least float64 // share of right answers among those that the rules can give
	}{{filepath.Join(root, "real"), 0.9}, {filepath.Join(root, "..", "cases"), 0.9}} {
		b, err := os.ReadFile(filepath.Join(set.dir, "expected.json"))
		if err != nil {
			t.Errorf("no list of expectations: %v", err)
			continue
		}
		var samples []sample
		if err := json.Unmarshal(b, &samples); err != nil {
			t.Fatal(err)
		}
		right, of := 0, 0
		for _, s := range samples {
			if s.Form != "" && !strings.HasPrefix(s.Form, "har") {
				continue
			}
			hit := judgeSample(t, filepath.Join(set.dir, s.File), s)
			if !s.Healthy && slices.ContainsFunc(s.Accept, func(id string) bool { return known[id] }) {
				of++
				if hit {
					right++
				}
			}
		}
		t.Logf("%s: %d of %d right", filepath.Base(set.dir), right, of)
		if float64(right) < set.least*float64(of) {
			t.Errorf("%s: %d of %d right, want at least %.0f %%", filepath.Base(set.dir), right, of, 100*set.least)
		}
	}
}

// judgeSample reports whether the first cause is right, and fails for answers
// worse than none.
func judgeSample(t *testing.T, path string, s sample) bool {
	t.Helper()
	var out, errs bytes.Buffer
	run(context.Background(), []string{"analyze", "--format", "json", path}, stdio{in: strings.NewReader(""), out: &out, err: &errs})
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Errorf("%s: no report: %s", s.File, errs.String())
		return false
	}
	if s.Healthy {
		for _, f := range a.Findings {
			if f.Severity == "error" {
				t.Errorf("%s: false alarm %s", s.File, f.Rule)
			}
		}
		return true
	}
	if len(a.Causes) == 0 {
		return false
	}
	top := a.Causes[0]
	if slices.Contains(s.MustNot, top.Rule) {
		t.Errorf("%s: %s misleads", s.File, top.Rule)
	}
	accepted := slices.Contains(s.Accept, top.Rule)
	if s.Decidable == "no" && top.Certainty == "proven" && !accepted {
		t.Errorf("%s: %s cannot be proven", s.File, top.Rule)
	}
	if accepted {
		return true
	}
	named := append([]string{top.Rule}, top.Alternatives...)
	truth := s.Truth
	if len(truth) == 0 {
		truth = s.Accept[:1]
	}
	return s.Decidable != "yes" && slices.Contains(s.Alternatives, top.Rule) &&
		!slices.ContainsFunc(truth, func(id string) bool { return !slices.Contains(named, id) })
}
