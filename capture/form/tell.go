package form

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

// Pattern returns a function for a regular expression, which is compiled when it
// is first needed: hardly any run needs one.
func Pattern(expr string) func() *regexp.Regexp { return (&lazy{expr: expr}).get }

// A lazy expression is sync.OnceValue with fewer allocations at each start of the
// program.
type lazy struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

func (l *lazy) get() *regexp.Regexp {
	l.once.Do(func() { l.re = regexp.MustCompile(l.expr) })
	return l.re
}

// Magic tells an input by the bytes it starts with.
func Magic(starts ...string) func(*Sample) bool {
	return func(s *Sample) bool {
		for _, m := range starts {
			if len(s.Raw) >= len(m) && string(s.Raw[:len(m)]) == m {
				return true
			}
		}
		return false
	}
}

// Matches tells an input by its text, without byte order mark and leading
// blanks.
func Matches(expr string) func(*Sample) bool {
	l := &lazy{expr: expr}
	return func(s *Sample) bool { return l.get().Match(s.Text) }
}

// Members tells a JSON document by its first byte and by members it has.
func Members(first byte, names ...string) func(*Sample) bool {
	return func(s *Sample) bool {
		for _, n := range names {
			if !s.JSON.Has[n] {
				return false
			}
		}
		return s.JSON.First == first
	}
}

// Named tells an archive by the name of a member.
func Named(expr string) func(name string) bool {
	l := &lazy{expr: expr}
	return func(name string) bool { return l.get().MatchString(name) }
}

// IsText reports whether there are no control characters other than those of
// text, and no more than a few bytes that are not UTF-8 (a title in Latin-1).
func (sm *Sample) IsText() bool {
	bad := 0
	for i := 0; i < len(sm.Text); {
		r, n := utf8.DecodeRune(sm.Text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b:
			return false
		}
		i += n
	}
	return bad*20 <= len(sm.Text)
}
