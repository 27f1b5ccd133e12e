package rules

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// TestNames keeps every name that a rule gives explained: it is a rule, or a
// member of an ambiguity class that no rule detects.
func TestNames(t *testing.T) {
	known := map[string]bool{}
	for _, r := range All() {
		known[r.ID] = true
	}
	for id := range rule.Members {
		known[id] = true
	}
	for _, r := range All() {
		names := slices.Concat(r.Alternatives, r.Explains)
		if r.Confirm != nil {
			for _, o := range r.Confirm.Outcomes {
				names = append(names, o.Means)
			}
		}
		for _, id := range names {
			if id != "" && !known[id] {
				t.Errorf("%s names %s, which is neither a rule nor a member of a class", r.ID, id)
			}
		}
	}
}

// leftOut are the causes of the catalogue that are no rule, with the reason; it
// is part of the index of the pages.
var leftOut = map[string]string{}

// TestCatalogue holds the rules against the catalogue: every cause is a rule or
// left out for a reason, and every name it ever had still finds it.
func TestCatalogue(t *testing.T) {
	b, err := os.ReadFile("testdata/catalogue.txt")
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*rule.Rule{}
	for _, r := range All() {
		byID[r.ID] = r
	}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		names := strings.Fields(line)
		r := byID[names[0]]
		switch {
		case r == nil && leftOut[names[0]] == "":
			t.Errorf("%s is no rule, and there is no reason why", names[0])
		case r != nil && leftOut[names[0]] != "":
			t.Errorf("%s is a rule and left out", names[0])
		case r != nil:
			for _, former := range names[1:] {
				if !slices.Contains(r.Formerly, former) {
					t.Errorf("%s: the former name %s is not in Formerly", r.ID, former)
				}
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
	if len(leftOut) > 0 {
		b.WriteString("\n## Not rules\n\n| cause | why not |\n|---|---|\n")
		for _, id := range slices.Sorted(maps.Keys(leftOut)) {
			fmt.Fprintf(&b, "| %s | %s |\n", id, leftOut[id])
		}
	}
	return b.String()
}
