package scrub

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// known reports whether w is a word of the vocabulary, or made of such words in
// camel case, or too short to tell anything.
func known(w string) bool {
	if len(w) <= 2 {
		return true
	}
	if listed(w) {
		return true
	}
	if len(w) > 128 {
		return false
	}
	from, parts := 0, 0
	for i := 1; i <= len(w); i++ {
		if i < len(w) && !(w[i] >= 'A' && w[i] <= 'Z' && (w[i-1] > 'Z' || i+1 < len(w) && w[i+1] > 'Z')) {
			continue
		}
		if i-from < 2 || !listed(w[from:i]) {
			return false
		}
		from, parts = i, parts+1
	}
	return parts > 1
}

// listed reports whether w is one of the words of the vocabulary, in capitals or
// not. It is called for every word that is written, so that it has a table of its
// own: of hashes of 64 bits, among which the few thousand words stand alone.
func listed(w string) bool {
	if len(w) > 32 {
		return false
	}
	h := uint64(14695981039346656037)
	for i := range len(w) {
		c := w[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	table := vocabularySet()
	for i := h % slots; table[i] != 0; i = (i + 1) % slots {
		if table[i] == h {
			return true
		}
	}
	return false
}

// slots is the size of the table of the vocabulary.
const slots = 1 << 14

var vocabularySet = sync.OnceValue(func() *[slots]uint64 {
	table := new([slots]uint64)
	for _, w := range strings.Fields(vocabulary) {
		h := uint64(14695981039346656037)
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * 0x9E3779B97F4A7C15
			h ^= h >> 32
		}
		i := h % slots
		for table[i] != 0 {
			i = (i + 1) % slots
		}
		table[i] = h
	}
	return table
})

// maxDigits is the length of numbers that stay in texts.
const maxDigits = 4

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

// harmless reports whether a piece may stay.
func harmless(w string) bool {
	if len(w) > 2*maxDigits && w[0] <= '9' { // a number that begins a word is short
		return false
	}
	digits, letters := 0, 0
	for i := range len(w) {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= utf8.RuneSelf || !alnum(c): // not ASCII, or escapes
			return false
		default:
			letters++
		}
	}
	switch {
	case letters == 0:
		return digits <= maxDigits
	case digits == 0:
		return known(w)
	case digits <= 2 && letters > 2: // utf8, oauth2
		return known(strings.TrimRight(w, "0123456789"))
	}
	return len(w) <= 3 // h2, v1
}

// allKnown reports whether t is made of known words.
func allKnown(t string) bool {
	for i := 0; i < len(t); {
		j := i
		for j < len(t) && (alnum(t[j]) || t[j] >= utf8.RuneSelf) {
			j++
		}
		if j > i && !harmless(t[i:j]) || j < len(t) && wordEscape(t[j:]) > 0 {
			return false
		}
		i = j + 1
	}
	return true
}

// uuidIn returns where a UUID stands in t (RFC 9562, section 4), or -1.
func uuidIn(t string) int {
	for at := 8; at+28 <= len(t); at++ {
		i := strings.IndexByte(t[at:], '-')
		if i < 0 {
			return -1
		}
		if at += i; at+28 <= len(t) && credential.ClassOf(t[at-8:at+28]) == credential.UUIDKey {
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

func (s *Scrubber) words(b *strings.Builder, t string) {
	pieces(t, func(p string, word bool) {
		switch {
		case !word || harmless(p):
			b.WriteString(p)
		case strings.IndexByte(p, '%') >= 0:
			b.WriteString(s.escaped(p))
		case len(p) >= marked:
			b.WriteString(s.chars(p))
		default:
			b.WriteString(s.swap(p))
		}
	})
}

// swap is chars for words that are no secret: they are not learnt.
func (s *Scrubber) swap(w string) string {
	return s.remember('w', "", w, func() string { return s.swapped(w) })
}

func (s *Scrubber) swapped(w string) string {
	r := s.stream(w)
	b := make([]byte, 0, len(w))
	for i := 0; i < len(w); {
		if w[i] < utf8.RuneSelf {
			b = append(b, other(w[i], uint32(r.Uint64()), false))
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

// json rewrites the strings of a JSON text, and the numbers that are long. The
// key of a string in a list is that of the list.
func (s *Scrubber) json(b []byte, value func(key, v string) string, numbers map[string]bool) []byte {
	out := make([]byte, 0, len(b)+64)
	key := ""
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			j := i + 1
			for j < len(b) && b[j] != '"' {
				if b[j] == '\\' {
					j++
				}
				j++
			}
			j = min(j+1, len(b))
			v := unquote(b[i:j])
			k := j
			for k < len(b) && (b[k] == ' ' || b[k] == '\n' || b[k] == '\t' || b[k] == '\r') {
				k++
			}
			if k < len(b) && b[k] == ':' {
				key = v
				v = s.text(v)
			} else {
				v = value(key, v)
			}
			out = appendQuote(out, v)
			i = j
		case c >= '0' && c <= '9':
			j := i
			for j < len(b) && (b[j] >= '0' && b[j] <= '9') {
				j++
			}
			if n := string(b[i:j]); j-i > maxDigits && !numbers[key] {
				n = s.swap(n)
				if n[0] == '0' {
					n = "1" + n[1:]
				}
				out = append(out, n...)
			} else {
				out = append(out, b[i:j]...)
			}
			i = j
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// unquote returns the text of a string of JSON; of one that is none what stands
// between its quotes.
func unquote(b []byte) string {
	if n := len(b) - 1; n > 0 && b[n] == '"' && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
		return string(b[1:n])
	}
	var v string
	if json.Unmarshal(b, &v) != nil {
		v = strings.Trim(string(b), `"`)
	}
	return v
}

// appendQuote appends v as a string of JSON.
func appendQuote(out []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return append(out, quote(v)...)
		}
	}
	out = append(out, '"')
	out = append(out, v...)
	return append(out, '"')
}

func quote(v string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a string always encodes
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
