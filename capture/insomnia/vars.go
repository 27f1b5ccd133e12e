package insomnia

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// sep stands between the names of a path, as of "b" in {"a": {"b": "x"}}.
const sep = "\x00"

// vars are the variables of an environment by their path. One that is not settled,
// or has no value that a text can take, is nil.
type vars map[string]*string

// A scope is the variables that count in a folder: its own before those around it.
type scope struct {
	vars
	outer *scope
}

// value returns the value at a path; nil: it is not settled.
func (s *scope) value(path string) *string {
	for ; s != nil; s = s.outer {
		if v, ok := s.vars[path]; ok {
			return v
		}
		for i := range len(path) {
			if path[i:i+1] == sep && s.vars[path[:i]] != nil {
				return nil // not an object any more
			}
		}
	}
	return nil
}

// within returns the scope of a folder with an environment.
func (s *scope) within(raw json.RawMessage) *scope {
	if v := flat(raw); len(v) > 0 {
		return &scope{v, s}
	}
	return s
}

// doubt takes back what another environment would change, if it is chosen.
func (v vars) doubt(raw json.RawMessage) {
	for path, value := range flat(raw) {
		if old := v[path]; old == nil || value == nil || *old != *value {
			v[path] = nil
		}
	}
}

// flat returns the variables of an environment.
func flat(raw json.RawMessage) vars {
	out := vars{}
	var top map[string]json.RawMessage
	if json.Unmarshal(raw, &top) == nil {
		out.members("", top, 0)
	}
	return out
}

func (v vars) members(prefix string, object map[string]json.RawMessage, level int) {
	for name, raw := range object {
		var inner map[string]json.RawMessage
		switch {
		case len(raw) > 0 && raw[0] == '{':
			v[prefix+name] = nil
			if level < maxRounds && json.Unmarshal(raw, &inner) == nil {
				v.members(prefix+name+sep, inner, level+1)
			}
		case len(raw) > 0 && raw[0] == '[', string(raw) == "null":
			v[prefix+name] = nil
		default:
			var t text
			if json.Unmarshal(raw, &t) == nil {
				v[prefix+name] = (*string)(&t)
			}
		}
	}
}

// expression is a template that only names a variable: {{ _.a.b }}, {{ a }} or
// {{ _['a-b'] }}. Filters and tags take more than the export to work out.
var expression = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(_|[A-Za-z$][\w$]*|_[\w$]+)((?:\.[\w$-]+|\[\s*(?:'[^'\\]*'|"[^"\\]*")\s*\])*)\s*$`)
})

var step = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\.([\w$-]+)|\[\s*(?:'([^']*)'|"([^"]*)")\s*\]`)
})

// path returns the path of the variable that a template names.
func path(template string) (string, bool) {
	m := expression().FindStringSubmatch(template)
	if m == nil {
		return "", false
	}
	var names []string
	if m[1] != "_" {
		names = append(names, m[1])
	}
	for _, s := range step().FindAllStringSubmatch(m[2], -1) {
		names = append(names, s[1]+s[2]+s[3])
	}
	return strings.Join(names, sep), len(names) > 0
}

// resolve puts the values of variables in. Templates without one stay, and missing
// counts them.
func (s *scope) resolve(text string) (out string, missing int) {
	for range maxRounds {
		if !strings.Contains(text, "{{") && !strings.Contains(text, "{%") {
			return text, missing
		}
		var b strings.Builder
		missing = 0
		changed := false
		for {
			i := opening(text)
			if i < 0 {
				break
			}
			closing := "}}"
			if text[i+1] == '%' {
				closing = "%}"
			}
			n := strings.Index(text[i+2:], closing)
			if n < 0 {
				break
			}
			whole := text[i : i+n+4]
			b.WriteString(text[:i])
			var value *string
			if closing == "}}" {
				if p, ok := path(whole[2 : len(whole)-2]); ok {
					value = s.value(p)
				}
			}
			if value != nil {
				b.WriteString(*value)
				changed = true
			} else {
				b.WriteString(whole)
				missing++
			}
			text = text[i+n+4:]
			if b.Len() > maxResolved {
				return "", 1
			}
		}
		text = b.String() + text
		if !changed {
			return text, missing
		}
	}
	return text, max(missing, 1)
}

// opening finds the next template.
func opening(s string) int {
	i, j := strings.Index(s, "{{"), strings.Index(s, "{%")
	if i < 0 || j >= 0 && j < i {
		return j
	}
	return i
}
