package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Set collects the rules of one area. Each rule file adds itself, so that
// there is no list that two branches could both edit:
//
//	var _ = Set.Add(&rule.Rule{...})
type Set struct{ rules []*Rule }

// Add adds r and returns it.
func (s *Set) Add(r *Rule) *Rule {
	s.rules = append(s.rules, r)
	return r
}

// Rules returns the rules of the sets, sorted by id.
func Rules(sets ...*Set) []*Rule {
	var out []*Rule
	for _, s := range sets {
		out = append(out, s.rules...)
	}
	slices.SortFunc(out, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return out
}

var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate returns everything that is wrong with a list of rules, joined:
// ids that are missing, malformed or used twice, rules without title, prose,
// fix or function, and circles among explanations. A rule may explain, or name
// as alternative, an id that is not in the list, as users run parts of it.
func Validate(rules []*Rule) error {
	var errs []error
	byID := map[string]*Rule{}
	for _, r := range rules {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("rule %s: "+format, append([]any{r.ID}, args...)...))
		}
		if !idForm.MatchString(r.ID) {
			bad("id is not words joined by dashes")
		}
		for _, id := range append([]string{r.ID}, r.Formerly...) {
			if byID[id] != nil {
				bad("id %s is used twice", id)
			}
			byID[id] = r
		}
		if r.Title == "" || strings.HasSuffix(r.Title, ".") {
			bad("title is missing or ends in a full stop")
		}
		if r.Doc == "" {
			bad("no doc")
		}
		if r.Area == AreaUnset {
			bad("no area")
		}
		if len(r.Fix) == 0 {
			bad("no fix")
		}
		if len(r.References) == 0 && r.Severity != Info {
			bad("no reference")
		}
		if r.Since == "" {
			bad("no version in Since")
		}
		functions := 0
		for _, set := range []bool{r.Each != nil, r.Over != nil, r.Whole != nil} {
			if set {
				functions++
			}
		}
		if functions != 1 {
			bad("%d of Each, Over and Whole are set, want one", functions)
		}
	}
	if circle := findCircle(byID); circle != "" {
		errs = append(errs, fmt.Errorf("explanations run in a circle: %s", circle))
	}
	return errors.Join(errs...)
}

// findCircle returns a circle of Explains edges, as "a > b > a", or "".
func findCircle(rules map[string]*Rule) string {
	const (
		entered = 1
		left    = 2
	)
	state := map[string]int{}
	var path []string
	var walk func(id string) string
	walk = func(id string) string {
		r := rules[id]
		if r == nil || state[id] == left {
			return ""
		}
		path = append(path, id)
		if state[id] == entered {
			return strings.Join(path[slices.Index(path, id):], " > ")
		}
		state[id] = entered
		for _, next := range r.Explains {
			if c := walk(next); c != "" {
				return c
			}
		}
		state[id] = left
		path = path[:len(path)-1]
		return ""
	}
	ids := make([]string, 0, len(rules))
	for id := range rules {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		path = path[:0]
		if c := walk(id); c != "" {
			return c
		}
	}
	return ""
}
