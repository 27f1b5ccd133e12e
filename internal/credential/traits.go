package credential

import (
	"strings"
	"unicode/utf8"
)

// traits is the set of kinds of bytes that occur in a text. A text without any
// has no flaw that this package knows, so that a healthy credential costs one
// pass and no allocation.
type traits uint8

const (
	hasBlank   traits = 1 << iota // SP, HTAB
	hasBreak                      // CR, LF
	hasControl                    // other bytes below 0x20, and 0x7F
	hasHigh                       // bytes from 0x80
	hasQuote                      // " '
	hasPercent                    // %
	hasSlash                      // \
)

// unprintable are the traits that a text made for people does not have.
const unprintable = hasControl | hasHigh

var traitOf = func() (t [256]traits) {
	for b := range t {
		switch {
		case b == ' ', b == '\t':
			t[b] = hasBlank
		case b == '\r', b == '\n':
			t[b] = hasBreak
		case b < 0x20, b == 0x7F:
			t[b] = hasControl
		case b >= 0x80:
			t[b] = hasHigh
		case b == '"', b == '\'':
			t[b] = hasQuote
		case b == '%':
			t[b] = hasPercent
		case b == '\\':
			t[b] = hasSlash
		}
	}
	return t
}()

func traitsOf(s string) (t traits) {
	for i := 0; i < len(s); i++ {
		t |= traitOf[s[i]]
	}
	return t
}

// blank reports whether b is what may stand around a field value or between
// its words; a line break is no blank to a server, but that is for rules to say.
func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func trimBlank(s string) string {
	for s != "" && blank(s[0]) {
		s = s[1:]
	}
	return trimBlankRight(s)
}

func trimBlankRight(s string) string {
	for s != "" && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// invisibleRune reports whether r shows as nothing, or as a plain blank, in
// most fonts: the zero-width characters and marks U+200B to U+200F, word
// joiner, byte order mark, soft hyphen, no-break space.
func invisibleRune(r rune) bool {
	return r >= 0x200B && r <= 0x200F || r == 0x2060 || r == 0xFEFF || r == 0xAD || r == 0xA0
}

// invisible returns the length of the run of invisible characters at the start
// of s.
func invisible(s string) (n int) {
	for n < len(s) && s[n] >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !invisibleRune(r) {
			break
		}
		n += size
	}
	return n
}

func curlyQuote(r rune) bool {
	return r == 0x2018 || r == 0x2019 || r == 0x201C || r == 0x201D
}

// bare drops what people and programs put around a secret without meaning it:
// blanks, line breaks, quotes, invisible characters, and the "token=" of
// parameter syntax.
func bare(s string) string {
	s = trimEdges(s)
	if n := paramName(s); n > 0 {
		s = trimEdges(s[n:])
	}
	return s
}

func trimEdges(s string) string {
	for s != "" {
		r, n := edgeRune(s[0]), 1
		if r == utf8.RuneError {
			r, n = utf8.DecodeRuneInString(s)
		}
		if !edge(r) {
			break
		}
		s = s[n:]
	}
	for s != "" {
		r, n := edgeRune(s[len(s)-1]), 1
		if r == utf8.RuneError {
			r, n = utf8.DecodeLastRuneInString(s)
		}
		if !edge(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

// edgeRune is b as a rune if that is all of one.
func edgeRune(b byte) rune {
	if b < utf8.RuneSelf {
		return rune(b)
	}
	return utf8.RuneError
}

func edge(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', '"', '\'', 0:
		return true
	}
	return r >= utf8.RuneSelf && (invisibleRune(r) || curlyQuote(r))
}

// paramName returns the length of a "token=" or "access_token=" at the start
// of s. It is wrong in every scheme of Atlassian; GitHub and Connect examples
// have it.
func paramName(s string) int {
	if s == "" || s[0]|0x20 != 't' && s[0]|0x20 != 'a' && s[0]|0x20 != 'j' {
		return 0
	}
	for _, name := range [...]string{"token=", "access_token=", "jwt=", "apikey=", "api_key="} {
		if hasPrefixFold(s, name) {
			return len(name)
		}
	}
	return 0
}

// hasPrefixFold reports whether s begins with prefix, ASCII case ignored.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix)
}

// equalFold is strings.EqualFold behind the length test that it lacks.
func equalFold(s, t string) bool { return len(s) == len(t) && strings.EqualFold(s, t) }

func letter(b byte) bool { return inSet(b, letters) }
func digit(b byte) bool  { return b >= '0' && b <= '9' }
func alnum(b byte) bool  { return inSet(b, alnums) }

// A set is a set of ASCII characters, put together from these.
type set uint16

const (
	upperAF set = 1 << iota // A to F
	lowerAF                 // a to f
	upperGZ
	lowerGZ
	digits
	underscore
	dash
	plusSlash // + /
	equals
	dot
	at
	space
	colon
	backslash
	star

	uppers   = upperAF | upperGZ
	letters  = uppers | lowerAF | lowerGZ
	alnums   = letters | digits
	upperHex = digits | upperAF
	lowerHex = digits | lowerAF
	anyHex   = upperHex | lowerHex
	names    = alnums | underscore
)

var setsOf = func() (t [256]set) {
	for b := 'A'; b <= 'Z'; b++ {
		t[b], t[b|0x20] = upperGZ, lowerGZ
	}
	for b := 'A'; b <= 'F'; b++ {
		t[b], t[b|0x20] = upperAF, lowerAF
	}
	for b := '0'; b <= '9'; b++ {
		t[b] = digits
	}
	t['_'], t['-'], t['='], t['.'], t['@'] = underscore, dash, equals, dot, at
	t['+'], t['/'], t[' '], t[':'], t['\\'], t['*'] = plusSlash, plusSlash, space, colon, backslash, star
	return t
}()

func inSet(b byte, s set) bool { return setsOf[b]&s != 0 }

// allIn reports whether every byte of t is in s.
func allIn(t string, s set) bool {
	for i := 0; i < len(t); i++ {
		if setsOf[t[i]]&s == 0 {
			return false
		}
	}
	return true
}
