package rules

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/ruletest"
)

var update = flag.Bool("update", false, "rewrite the pages of the rules")

func TestValid(t *testing.T) {
	if err := rule.Validate(All()); err != nil {
		t.Fatal(err)
	}
}

// TestAlternatives keeps every name in an ambiguity class explained: it is a
// rule, a member that no rule detects, or on the list of rules still to come.
func TestAlternatives(t *testing.T) {
	known := map[string]bool{}
	for _, r := range All() {
		known[r.ID] = true
	}
	for id := range planned {
		if known[id] {
			t.Errorf("%s is a rule now: take it off the list of planned ones", id)
		}
		known[id] = true
	}
	for id := range rule.Members {
		known[id] = true
	}
	for _, r := range All() {
		for _, list := range [][]string{r.Alternatives, r.Explains} {
			for _, id := range list {
				if !known[id] {
					t.Errorf("%s names %s, which is neither a rule nor a member of a class", r.ID, id)
				}
			}
		}
		if r.Confirm == nil {
			continue
		}
		for _, o := range r.Confirm.Outcomes {
			if o.Means != "" && !known[o.Means] {
				t.Errorf("%s: an outcome means %s, which is neither a rule nor a member", r.ID, o.Means)
			}
		}
	}
}

// TestGolden runs each rule alone over its pair of captures.
func TestGolden(t *testing.T) { ruletest.Run(t, All(), "../testdata") }

// TestPages keeps docs/rules as printed from the code.
func TestPages(t *testing.T) {
	want := map[string]string{"README.md": index()}
	for _, r := range All() {
		want[r.ID+".md"] = r.Markdown()
	}
	const dir = "../docs/rules"
	have, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range have {
		if _, ok := want[filepath.Base(name)]; ok {
			continue
		}
		if *update {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s is no page of a rule", name)
	}
	for name, text := range want {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("%s is not what the rule says now; go test ./rules -update writes it", path)
		}
	}
}

func index() string {
	var b strings.Builder
	b.WriteString("# Rules\n\nEvery root cause that why401 knows, by area. The pages are written by `go test ./rules -update`.\n")
	byArea := map[rule.Area][]*rule.Rule{}
	last := rule.Area(0)
	for _, r := range All() {
		byArea[r.Area] = append(byArea[r.Area], r)
		last = max(last, r.Area)
	}
	for a := rule.Area(0); a <= last; a++ {
		if len(byArea[a]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | what is wrong |\n|---|---|---|\n", a)
		for _, r := range byArea[a] {
			fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
		}
	}
	return b.String()
}
