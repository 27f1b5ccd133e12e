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

// A told capture is a sample with what was found in it.
type told struct {
	file, run, truth string
	answer
}

// TestFormsAgree: the captures of one run tell the same, whatever their form. One
// that shows less may leave open which of several causes it is, but it must list
// the one that another shows. So must captures of other clients that failed for
// the same reason.
func TestFormsAgree(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" {
		t.Skip("WHY401_SAMPLES is not set")
	}
	dir := filepath.Join(root, "real")
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []struct {
		File, Form, Client, Scenario, Keylog string
		Healthy                              bool
		Truth                                []string
	}
	if err := json.Unmarshal(b, &samples); err != nil {
		t.Fatal(err)
	}
	byScenario := map[string][]told{}
	for _, s := range samples {
		args := []string{"analyze", "--format", "json"}
		if s.Keylog != "" && strings.HasPrefix(s.Form, "pcap") {
			args = append(args, "--keylog", filepath.Join(dir, s.Keylog))
		}
		var out, errs bytes.Buffer
		run(context.Background(), append(args, filepath.Join(dir, s.File)), stdio{in: strings.NewReader(""), out: &out, err: &errs})
		one := told{file: s.File, run: s.Client, truth: strings.Join(s.Truth, " ")}
		if s.Healthy {
			one.truth = "healthy"
		}
		if err := json.Unmarshal(out.Bytes(), &one.answer); err != nil {
			t.Fatalf("%s: no report: %s", s.File, errs.String())
		}
		byScenario[s.Scenario] = append(byScenario[s.Scenario], one)
	}
	compared := 0
	for _, all := range byScenario {
		for i, a := range all {
			for _, b := range all[:i] {
				if a.run != b.run && a.truth != b.truth {
					continue // another client may fare otherwise
				}
				compared++
				if !a.agrees(b) {
					t.Errorf("%s: %v, but %s: %v", a.file, a.Causes, b.file, b.Causes)
				}
			}
		}
	}
	if compared == 0 {
		t.Error("no run in two forms")
	}
	t.Logf("%d pairs of captures", compared)
}

// agrees reports whether two diagnoses can both be true of one run.
func (a told) agrees(b told) bool {
	if a.blind() || b.blind() {
		return true
	}
	if len(a.Causes) == 0 || len(b.Causes) == 0 {
		return len(a.Causes) == len(b.Causes)
	}
	return a.covers(b) && b.covers(a)
}

// covers reports whether each cause of b is one of a, or left open in a or b.
func (a told) covers(b told) bool {
	for _, theirs := range b.Causes {
		found := false
		for _, mine := range a.Causes {
			found = found || mine.Rule == theirs.Rule ||
				mine.Certainty != "proven" && slices.Contains(mine.Alternatives, theirs.Rule) ||
				theirs.Certainty != "proven" && slices.Contains(theirs.Alternatives, mine.Rule)
		}
		if !found {
			return false
		}
	}
	return true
}

// blind reports whether the capture says itself that it shows no request: it is
// encrypted.
func (a told) blind() bool {
	return len(a.Causes) == 1 && a.Causes[0].Rule == "capture-not-decrypted"
}
