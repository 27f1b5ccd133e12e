package scrub

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// pieces calls f for each run of letters and digits of t, and for what stands
// between. Escapes of letters and digits are letters and digits.
func pieces(t string, f func(p string, word bool)) {
	// next returns the length of the character at i, and whether it is of a word.
	next := func(i int) (int, bool) {
		if n := wordEscape(t[i:]); n > 0 {
			return n, true
		}
		return 1, alnum(t[i]) || t[i] >= utf8.RuneSelf
	}
	for i := 0; i < len(t); {
		n, w := next(i)
		j := i + n
		for j < len(t) {
			n, same := next(j)
			if same != w {
				break
			}
			j += n
		}
		f(t[i:j], w)
		i = j
	}
}

// wordEscape returns the length of an escape of a letter or a digit at the start of
// t: %41, %2541, \x41, \u0041, &#65; or &#x41;. Nobody writes them so who does not
// want to hide them.
func wordEscape(t string) int {
	if len(t) < 3 {
		return 0
	}
	digits, base, end := 0, 16, 0
	switch {
	case t[0] == '%':
		for digits = 1; strings.HasPrefix(t[digits:], "25") && len(t) >= digits+4; {
			digits += 2
		}
		end = digits + 2
	case t[0] == '\\' && t[1] == 'x':
		digits, end = 2, 4
	case t[0] == '\\' && t[1] == 'u':
		digits, end = 2, 6
	case t[0] == '&' && t[1] == '#':
		digits, base = 2, 10
		if t[2]|0x20 == 'x' {
			digits, base = 3, 16
		}
		end = digits
		for end < len(t) && end < digits+5 && alnum(t[end]) {
			end++
		}
	default:
		return 0
	}
	if end > len(t) || end == digits {
		return 0
	}
	c, err := strconv.ParseUint(t[digits:end], base, 32)
	if err != nil || c < utf8.RuneSelf && !alnum(byte(c)) {
		return 0
	}
	if t[0] == '&' && end < len(t) && t[end] == ';' {
		end++
	}
	return end
}

// uuidIn returns where a UUID stands in t (RFC 9562, section 4), or -1.
func uuidIn(t string) int {
	for at := 8; at+28 <= len(t); at++ {
		i := strings.IndexByte(t[at:], '-')
		if i < 0 {
			return -1
		}
		if at += i; at+28 <= len(t) && t[at+5] == '-' && t[at+10] == '-' && t[at+15] == '-' && credential.ClassOf(t[at-8:at+28]) == credential.UUIDKey {
			return at - 8
		}
	}
	return -1
}

// words reports whether t is made of known words and small numbers, each apart.
func words(t string) bool {
	ok := true
	pieces(t, func(p string, word bool) {
		ok = ok && (!word || harmless(p) && (digits(p) || strings.IndexFunc(p, func(r rune) bool { return r <= '9' }) < 0))
	})
	return ok
}

// text replaces in a text what is not of the vocabulary, letter by letter.
// E-mail addresses get pseudonyms.
func (s *Scrubber) text(t string) string {
	if allKnown(t) {
		return t
	}
	var b strings.Builder
	b.Grow(len(t))
	at := 0
	if len(t) >= 36 && strings.IndexByte(t, '-') >= 0 {
		if at := uuidIn(t); at >= 0 {
			return s.text(t[:at]) + s.chars(t[at:at+36]) + s.text(t[at+36:])
		}
	}
	if strings.IndexByte(t, '@') >= 0 {
		for _, m := range mails(t) {
			s.words(&b, t[at:m[0]])
			b.WriteString(s.mail(t[m[0]:m[1]]))
			at = m[1]
		}
	}
	s.words(&b, t[at:])
	return b.String()
}

// words writes t into b and replaces the words that are not harmless. An escape of a
// letter or a digit is a part of a word.
func (s *Scrubber) words(b *strings.Builder, t string) {
	from := 0 // what stands before it is written
	for i := 0; i < len(t); {
		if classes[t[i]]&(inWord|isEscape) == 0 {
			i++
			continue
		}
		j, kinds := wordEnd(t, i)
		if j == i { // no escape
			i++
			continue
		}
		p := t[i:j]
		if !harmlessWord(p, kinds) {
			b.WriteString(t[from:i])
			switch {
			case strings.IndexByte(p, '%') >= 0:
				p = s.escaped(p)
			case len(p) >= marked:
				p = s.chars(p)
			default:
				p = s.swap(p)
			}
			b.WriteString(p)
			from = j
		}
		i = j
	}
	b.WriteString(t[from:])
}

// wordEnd returns where the word of t ends that begins at i, and the kinds of its
// characters.
func wordEnd(t string, i int) (end int, kinds uint8) {
	kinds = inASCII
	for i < len(t) {
		switch k := classes[t[i]]; {
		case k&inWord != 0:
			if k&inASCII == 0 {
				kinds &^= inASCII
			}
			kinds |= k &^ inASCII
			i++
		case k&isEscape != 0:
			n := wordEscape(t[i:])
			if n == 0 {
				return i, kinds
			}
			kinds &^= inASCII
			i += n
		default:
			return i, kinds
		}
	}
	return i, kinds
}

// swap is chars for words that are no secret: they are not learnt.
func (s *Scrubber) swap(w string) string {
	return s.remember('w', "", w, func() string { return s.swapped(w) })
}

func (s *Scrubber) swapped(w string) string {
	b := s.out[:0]
	if ascii(w) {
		noise := s.noise("", w)
		b = slices.Grow(b, len(w))[:len(w)]
		noise.fill(b, w, false)
		s.out = b
		out := string(b)
		s.make(out)
		return out
	}
	r := s.stream(w)
	for i := 0; i < len(w); {
		if w[i] < utf8.RuneSelf {
			b = append(b, other(w[i], uint32(r.Uint64()>>32), false))
			i++
			continue
		}
		u, n := utf8.DecodeRuneInString(w[i:])
		b = append(b, otherRune(u, w[i:i+n], r)...)
		i += n
	}
	out := string(b)
	s.make(out)
	return out
}
