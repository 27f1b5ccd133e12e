package scrub

import (
	"encoding/json"
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
	if listedFold(w) {
		return true
	}
	from, parts := 0, 0
	for i := 1; i <= len(w); i++ {
		if i < len(w) && !(w[i] >= 'A' && w[i] <= 'Z' && (w[i-1] > 'Z' || i+1 < len(w) && w[i+1] > 'Z')) {
			continue
		}
		if i-from < 2 || !listedFold(w[from:i]) {
			return false
		}
		from, parts = i, parts+1
	}
	return parts > 1
}

// listed reports whether w is one of the words of the vocabulary.
func listed(w string) bool {
	_, ok := vocabularySet()[w]
	return ok
}

// listedFold is listed for a word with capitals.
func listedFold(w string) bool {
	var b [32]byte
	if len(w) > len(b) {
		return false
	}
	for i := range len(w) {
		c := w[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b[i] = c
	}
	_, ok := vocabularySet()[string(b[:len(w)])]
	return ok
}

var vocabularySet = sync.OnceValue(func() map[string]struct{} {
	m := make(map[string]struct{}, 3000)
	for _, w := range strings.Fields(vocabulary) {
		m[w] = struct{}{}
	}
	return m
})

// maxDigits is the length of numbers that stay in texts.
const maxDigits = 4

// pieces calls f for each run of letters and digits of t, and for what stands
// between.
func pieces(t string, f func(p string, word bool)) {
	isWord := func(c byte) bool { return alnum(c) || c >= utf8.RuneSelf }
	for i := 0; i < len(t); {
		j, w := i, isWord(t[i])
		for j < len(t) && isWord(t[j]) == w {
			j++
		}
		f(t[i:j], w)
		i = j
	}
}

// harmless reports whether a piece may stay.
func harmless(w string) bool {
	digits, letters := 0, 0
	for i := range len(w) {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= utf8.RuneSelf:
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
		if j > i && !harmless(t[i:j]) {
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
		case len(p) >= marked:
			b.WriteString(s.chars(p))
		default:
			b.WriteString(s.swap(p))
		}
	})
}

// swap is chars for words that are no secret: they are not learnt.
func (s *Scrubber) swap(w string) string {
	if out, ok := s.memo["\x00"+w]; ok {
		return out
	}
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
	if len(s.memo) >= maxMemo {
		clear(s.memo)
	}
	s.memo["\x00"+w] = string(b)
	return string(b)
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
			var v string
			if json.Unmarshal(b[i:j], &v) != nil {
				v = strings.Trim(string(b[i:j]), `"`)
			}
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
			out = append(out, quote(v)...)
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

func quote(v string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a string always encodes
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
