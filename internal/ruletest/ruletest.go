// Package ruletest runs rules over captures that say themselves what must be
// found: the golden captures of this program, and those of its users.
//
// HAR 1.2 lets every entry carry a comment. In bad.har the comment of an entry
// reads
//
//	want basic-newline proven
//
// for each finding that the rule must make there; several are separated by
// semicolons, and other text may stand before the first want. An entry without
// one must yield nothing, so good.har has none. The rule runs alone. A finding
// about the capture as a whole is wanted by any one entry.
package ruletest

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

// goFixture is the file that stands in dir/ID in place of captures for a rule
// about something that no HAR can hold. Its one line names the Go test that
// covers the rule.
const goFixture = "go-fixture.txt"

// Run runs each rule over the captures in dir/ID: bad.har and good.har must be
// there, and any further bad-NAME.har and good-NAME.har are used, too. A rule
// with a file go-fixture.txt there is covered by the Go test which that names.
func Run(t *testing.T, rules []*rule.Rule, dir string) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.ID, func(t *testing.T) {
			if covered(t, dir, r.ID) {
				return
			}
			bad := list(t, dir, r.ID, "bad")
			good := list(t, dir, r.ID, "good")
			if len(bad) == 0 || len(good) == 0 {
				t.Fatalf("%s needs bad.har and good.har", filepath.Join(dir, r.ID))
			}
			for _, name := range bad {
				if n := check(t, r, name); n == 0 {
					t.Errorf("%s: no entry has a comment \"want %s CERTAINTY\"", name, r.ID)
				}
			}
			for _, name := range good {
				if n := check(t, r, name); n > 0 {
					t.Errorf("%s: a good capture wants findings", name)
				}
			}
		})
	}
}

// covered reports whether a Go test covers the rule.
func covered(t *testing.T, dir, id string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, id, goFixture))
	if os.IsNotExist(err) {
		return false
	}
	if name := strings.TrimSpace(string(b)); err != nil || !strings.HasPrefix(name, "Test") || strings.Contains(name, "\n") {
		t.Errorf("%s must name one Go test: %q, %v", filepath.Join(dir, id, goFixture), name, err)
	}
	return true
}

func list(t *testing.T, dir, id, kind string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{kind + ".har", kind + "-*.har"} {
		names, err := filepath.Glob(filepath.Join(dir, id, pattern))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, names...)
	}
	return out
}

// made is a finding as far as a comment can want it.
type made struct {
	id        string
	certainty string
}

// check compares what r finds in a capture with what the capture wants, and
// returns how much is wanted.
func check(t *testing.T, r *rule.Rule, name string) int {
	t.Helper()
	type pair struct {
		s *rule.Subject
		f rule.Finding
	}
	var got []pair
	e, err := diagnose.New([]*rule.Rule{r}, diagnose.Options{
		Trace: func(s *rule.Subject, f rule.Finding) { got = append(got, pair{s, f}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int][]made{}
	wants := 0
	for _, x := range read(t, name) {
		want[x.At.Index] = parse(t, name, x)
		wants += len(want[x.At.Index])
		e.See(x, nil)
	}
	e.Diagnosis()
	found := map[int][]made{}
	for _, g := range got {
		m := made{g.f.Rule.ID, g.f.Certainty.String()}
		switch {
		case g.f.Minor:
		case g.s == nil:
			i := whole(want, m)
			found[i] = append(found[i], m)
		case g.f.Rests != 0 && g.s.Sees(g.f.Rests) != exchange.Shown:
		case !slices.Contains(found[g.s.At.Index], m): // Over rules run once for each diagnosis
			found[g.s.At.Index] = append(found[g.s.At.Index], m)
		}
	}
	compare(t, name, want, found)
	return wants
}

// whole returns the entry that wants a finding about the whole capture.
func whole(want map[int][]made, m made) int {
	for i, ms := range want {
		if slices.Contains(ms, m) {
			return i
		}
	}
	return -1
}

func compare(t *testing.T, name string, want, found map[int][]made) {
	t.Helper()
	for i := -1; i <= len(want); i++ {
		for _, m := range want[i] {
			if !slices.Contains(found[i], m) {
				t.Errorf("%s: entry %d: want %s %s, found %v", name, i, m.id, m.certainty, found[i])
			}
		}
		for _, m := range found[i] {
			if !slices.Contains(want[i], m) {
				t.Errorf("%s: entry %d: unwanted %s %s", name, i, m.id, m.certainty)
			}
		}
	}
}

func read(t *testing.T, name string) []*exchange.Exchange {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []*exchange.Exchange
	c := &exchange.Capture{Name: filepath.Base(name)}
	for x, err := range har.Read(c, f, har.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}

// parse reads the wants of an entry.
func parse(t *testing.T, name string, x *exchange.Exchange) []made {
	t.Helper()
	i := strings.Index(x.Comment, "want ")
	if i < 0 {
		return nil
	}
	var out []made
	for _, w := range strings.Split(x.Comment[i:], ";") {
		var m made
		if n, err := fmt.Sscanf(strings.TrimSpace(w), "want %s %s", &m.id, &m.certainty); n != 2 || err != nil {
			t.Fatalf("%s: entry %d: comment is not \"want RULE CERTAINTY\"", name, x.At.Index)
		}
		out = append(out, m)
	}
	return out
}
