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
	}{{filepath.Join(root, "real"), 0.95}, {filepath.Join(root, "..", "cases"), 0.95}} {
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

// TestExportsAgree: a browser export that was cleaned may say less than the full
// one of the same run, but never anything else.
func TestExportsAgree(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" {
		t.Skip("WHY401_SAMPLES is not set")
	}
	cleaned, err := filepath.Glob(filepath.Join(root, "real", "*--chromium-sanitized.har"))
	if err != nil || len(cleaned) == 0 {
		t.Fatalf("no cleaned exports: %v", err)
	}
	for _, c := range cleaned {
		less, full := answerOn(t, c), answerOn(t, strings.Replace(c, "sanitized", "sensitive", 1))
		switch {
		case len(full.Causes) == 0 && len(less.Causes) == 0:
		case len(full.Causes) == 0 || len(less.Causes) == 0:
			t.Errorf("%s: %d causes, the full export has %d", filepath.Base(c), len(less.Causes), len(full.Causes))
		default:
			l, f := less.Causes[0], full.Causes[0]
			if l.Rule != f.Rule && !slices.Contains(l.Alternatives, f.Rule) {
				t.Errorf("%s: %s, but the full export shows %s", filepath.Base(c), l.Rule, f.Rule)
			}
		}
	}
}

// answerOn analyses a capture.
func answerOn(t *testing.T, path string) (a answer) {
	t.Helper()
	var out, errs bytes.Buffer
	run(context.Background(), []string{"analyze", "--format", "json", path}, stdio{in: strings.NewReader(""), out: &out, err: &errs})
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatalf("%s: no report: %s", filepath.Base(path), errs.String())
	}
	return a
}

// judgeSample reports whether the first cause is right, and fails for answers
// worse than none.
func judgeSample(t *testing.T, path string, s sample) bool {
	t.Helper()
	a := answerOn(t, path)
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
