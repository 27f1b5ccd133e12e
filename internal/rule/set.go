package rule

import (
	"errors"
	"fmt"
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

// Validate returns everything that is wrong with a list of rules, joined:
// ids that are missing, malformed or used twice, rules without title, prose,
// fix or function, and circles among explanations. A rule may explain, or name
// as alternative, an id that is not in the list, as users run parts of it.
func Validate(rules []*Rule) error {
	var errs []error
	byID := make(map[string]int, 2*len(rules))
	for i, r := range rules {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("rule %s: "+format, append([]any{r.ID}, args...)...))
		}
		if !isID(r.ID) {
			bad("id is not words joined by dashes")
		}
		name := func(id string) {
			if _, ok := byID[id]; ok {
				bad("id %s is used twice", id)
			}
			byID[id] = i
		}
		name(r.ID)
		for _, id := range r.Formerly {
			name(id)
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
		if r.Repair != nil && (r.Each == nil || !slices.ContainsFunc(r.Fix, func(f Fix) bool { return f.Who == Caller })) {
			bad("a Repair is for rules about one exchange that its sender can mend")
		}
	}
	if circle := findCircle(rules, byID); circle != "" {
		errs = append(errs, fmt.Errorf("explanations run in a circle: %s", circle))
	}
	return errors.Join(errs...)
}

// isID reports whether an id is words of small letters and digits, joined
// by dashes.
func isID(id string) bool {
	last := byte('-')
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-' && last != '-':
		default:
			return false
		}
		last = c
	}
	return last != '-'
}

// findCircle returns a circle of Explains edges, as "a > b > a", or "".
func findCircle(rules []*Rule, byID map[string]int) string {
	const (
		entered = 1
		left    = 2
	)
	state := make([]uint8, len(rules))
	var path []string
	var walk func(i int) string
	walk = func(i int) string {
		if state[i] == left {
			return ""
		}
		path = append(path, rules[i].ID)
		if state[i] == entered {
			return strings.Join(path[slices.Index(path, rules[i].ID):], " > ")
		}
		state[i] = entered
		for _, id := range rules[i].Explains {
			if next, ok := byID[id]; ok {
				if c := walk(next); c != "" {
					return c
				}
			}
		}
		state[i] = left
		path = path[:len(path)-1]
		return ""
	}
	for i := range rules {
		path = path[:0]
		if c := walk(i); c != "" {
			return c
		}
	}
	return ""
}
