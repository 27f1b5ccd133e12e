package scrub

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// stream returns the random numbers that belong to a text. They are there until
// the next call.
func (s *Scrubber) stream(text string) *rand.Rand { return s.salted("", text) }

func (s *Scrubber) salted(salt, text string) *rand.Rand {
	s.rng.Seed(s.seedOf(salt, text))
	return s.rand
}

// seedOf is a sum that nobody sees, so that nothing can be appended to it.
func (s *Scrubber) seedOf(salt, text string) [32]byte {
	s.buf = append(append(append(s.buf[:0], s.key[:]...), salt...), text...)
	return sha256.Sum256(s.buf)
}

// ascii reports whether t is nothing else.
func ascii(t string) bool {
	for i := range len(t) {
		if t[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// secret returns the stand-in of a secret, and learns the secret. Its kinds of
// characters and what is wrong with it stay, and its length unless a person may
// have thought it up; see [Scrubber.password].
func (s *Scrubber) secret(v string) string { return s.secretAt(v, 0) }

func (s *Scrubber) secretAt(v string, depth int) string {
	return s.remember('s', "", v, func() string { return s.shaped(v, depth) })
}

func (s *Scrubber) shaped(v string, depth int) string {
	lead, t, tail := edges(v)
	if t == "" || credential.NullWord(t) && len(t) > 0 {
		return v
	}
	for _, end := range loginMarks {
		if head, ok := strings.CutSuffix(t, end); ok && head != "" {
			return lead + s.secretAt(head, depth) + end + tail
		}
	}
	if out, ok := s.known(t); ok {
		return lead + out + tail
	}
	// A line break or blank inside a token is the defect.
	if inner := t; len(t) > 16 && blankIn(t) {
		inner = noBlanks.Replace(t)
		if out, ok := s.known(inner); ok && len(inner) > 16 && len(out) == len(inner) {
			return lead + breaks(t, out) + tail
		}
	}
	if word, rest := credential.LeadingScheme(t); word != credential.NoScheme && rest != "" {
		return lead + t[:len(t)-len(rest)] + s.secretAt(rest, depth) + tail
	}
	if depth < maxDepth {
		if out, ok := s.encoded(t, depth, false); ok {
			return lead + out + tail
		}
	}
	return lead + s.chars(t) + tail
}

func blankIn(t string) bool {
	return strings.IndexByte(t, ' ') >= 0 || strings.IndexByte(t, '\n') >= 0 || strings.IndexByte(t, '\r') >= 0 || strings.IndexByte(t, '\t') >= 0
}

var noBlanks = strings.NewReplacer("\r", "", "\n", "", " ", "", "\t", "")

// breaks puts the blanks of t where they stood, between the other characters, which
// are those of out.
func breaks(t, out string) string {
	b := []byte(t)
	n := 0
	for i, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			b[i] = out[n]
			n++
		}
	}
	return string(b)
}

// known replaces a text that says itself what it is.
func (s *Scrubber) known(t string) (string, bool) {
	switch k := credential.ClassOf(t); k {
	case credential.Placeholder, credential.Masked, credential.Empty:
		return s.placeholder(t, k)
	case credential.APIToken, credential.OrgKey, credential.ServiceToken, credential.OtherToken:
		return s.atlassian(t), true
	case credential.PAT:
		return s.pat(t), true
	case credential.AppPassword:
		return s.headed(t, 4), true
	case credential.BitbucketPAT:
		return s.headed(t, 5), true
	}
	if strings.HasPrefix(t, "eyJ") && len(t) > 16 {
		return s.jwt(t), true
	}
	if len(t) > 5 && strings.EqualFold(t[:5], "user:") {
		for _, bar := range [...]string{"|", "%7C", "%7c"} {
			if id, rest, ok := strings.Cut(t[5:], bar); ok {
				return t[:5] + s.swap(id) + bar + s.chars(rest), true
			}
		}
		return t[:5] + s.chars(t[5:]), true
	}
	if strings.HasPrefix(t, "BBDC-") || strings.HasPrefix(t, "ATBB") && len(t) > 12 {
		return s.headed(t, 4+strings.Count(t[:5], "-")), true
	}
	if _, ok := credential.DamageOf(t); ok && len(t) >= 12 {
		return s.atlassian(t), true
	}
	if at, n := maskIn(t); n > 0 {
		return s.masked(t, at, n), true
	}
	return "", false
}

// headed keeps the first n bytes, which everybody knows.
func (s *Scrubber) headed(t string, n int) string {
	out := t[:n] + s.chars(t[n:])
	s.make(out)
	return out
}

// edges splits blanks, quotes and what cannot be seen from a text: what is wrong
// with a secret stands at its ends, most often.
func edges(v string) (lead, t, tail string) {
	const cut = " \t\r\n\"'\x00\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u00a0\u2018\u2019\u201c\u201d"
	if v == "" || alnum(v[0]) && alnum(v[len(v)-1]) {
		return "", v, ""
	}
	t = strings.TrimLeft(v, cut)
	lead = v[:len(v)-len(t)]
	u := strings.TrimRight(t, cut)
	return lead, u, t[len(u):]
}

// placeholder keeps what stands for a secret if it is made of known words, or
// keeps its form.
func (s *Scrubber) placeholder(t string, k credential.Class) (string, bool) {
	if s.broken("placeholder") || allKnown(t) || strings.Trim(t, "*xX.…•●") == "" {
		return t, true
	}
	out := s.chars(t)
	switch {
	case credential.ClassOf(out) == k:
	case k == credential.Placeholder:
		out = "{{token}}"
	case k == credential.Masked:
		out = "[redacted]"
	default:
		return "", false
	}
	return out, true
}

// maskIn returns where in t something was hidden by the capture: stars, an
// ellipsis, bullets.
func maskIn(t string) (at, n int) {
	if strings.IndexByte(t, '*') < 0 && strings.IndexByte(t, '.') < 0 && strings.IndexByte(t, 0xE2) < 0 {
		return 0, 0
	}
	for _, m := range [...][2]string{{"*", "***"}, {".", "..."}, {"\u2026", "\u2026"}, {"\u2022", "\u2022\u2022\u2022"}, {"\u25CF", "\u25CF\u25CF\u25CF"}} {
		unit, run := m[0], m[1]
		if at = strings.Index(t, run); at >= 0 {
			n = len(run)
			for strings.HasPrefix(t[at+n:], unit) {
				n += len(unit)
			}
			return at, n
		}
	}
	return 0, 0
}

// masked replaces what is left of a secret of which a part was hidden. Whether a
// line break was encoded at its end can still be told.
func (s *Scrubber) masked(t string, at, n int) string {
	head, tail := s.chars(t[:at]), t[at+n:]
	s.learn(tail)
	want := credential.MaskedEnding(t)
	for keep := range min(len(tail), 6) + 1 {
		for salt := range 8 {
			out := head + t[at:at+n] + s.letters(tail[:len(tail)-keep], byte(salt)) + tail[len(tail)-keep:]
			if credential.MaskedEnding(out) == want && (keep == 0 || want != credential.NoEnding) {
				return out
			}
		}
	}
	return head + t[at:at+n] + s.letters(tail, 0)
}

// chars replaces each letter and digit by another of its kind. Hexadecimal
// numbers stay such. The length stays, too, and so do characters that do not
// belong.
func (s *Scrubber) chars(t string) string {
	s.learn(t)
	if s.broken("characters") {
		return t
	}
	b := s.appendLetters(s.out[:0], t, "")
	if strings.IndexByte(t, '%') < 0 && strings.IndexByte(t, '\\') < 0 { // a mark would spoil escapes
		sign(b, t, len(t) >= marked && isHex(t))
	}
	s.out = b
	out := string(b)
	s.make(out)
	return out
}

// letters is chars without learning and without a mark. Another salt gives other
// letters.
func (s *Scrubber) letters(t string, salt byte) string {
	if salt == 0 {
		return string(s.appendLetters(nil, t, ""))
	}
	return string(s.appendLetters(nil, t, string(rune(salt))))
}

func (s *Scrubber) appendLetters(b []byte, t, salt string) []byte {
	b = slices.Grow(b, len(t))
	hexed := len(t) >= 16 && isHex(t)
	if ascii(t) {
		noise := s.noise(salt, t)
		if strings.IndexByte(t, '%') < 0 && strings.IndexByte(t, '\\') < 0 {
			b = b[:len(b)+len(t)]
			noise.fill(b[len(b)-len(t):], t, hexed)
			return b
		}
		for i := 0; i < len(t); i++ {
			n := noise.next(i)
			skip := escape(t[i:])
			if skip == 0 {
				b = append(b, other(t[i], n, hexed))
				continue
			}
			b = append(b, t[i:i+skip]...)
			for range skip - 1 {
				i++
				noise.next(i)
			}
		}
		return b
	}
	r := s.salted(salt, t)
	for i := 0; i < len(t); {
		c := t[i]
		if c == '%' || c == '\\' {
			if n := escape(t[i:]); n > 0 {
				b = append(b, t[i:i+n]...)
				i += n
				continue
			}
		}
		if c < utf8.RuneSelf {
			b = append(b, other(c, uint32(r.Uint64()>>32), hexed))
			i++
			continue
		}
		u, n := utf8.DecodeRuneInString(t[i:])
		b = append(b, otherRune(u, t[i:i+n], r)...)
		i += n
	}
	return b
}

// escape returns the length of a percent escape of punctuation, or of a line break
// written with a backslash, at the start of t: those are defects.
func escape(t string) int {
	switch {
	case len(t) > 2 && t[0] == '%':
		if d, err := hex.DecodeString(t[1:3]); err == nil && !alnum(d[0]) {
			return 3
		}
	case len(t) > 1 && t[0] == '\\' && (t[1] == 'n' || t[1] == 'r'):
		return 2
	}
	return 0
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// otherRune replaces letters beyond ASCII and bytes that are no UTF-8. Blanks,
// quotes and invisible characters are defects and stay.
func otherRune(u rune, t string, r *rand.Rand) string {
	switch {
	case u == utf8.RuneError && len(t) == 1:
		if c := t[0]; c == 0xA0 || c >= 0x91 && c <= 0x94 || c == 0xFF || c == 0xFE {
			return t
		}
		return string([]byte{[]byte{0xE4, 0xE9, 0xF6, 0xFC}[r.IntN(4)]})
	case u < 0xC0, u >= 0x2000 && u < 0x2100, u == 0xFEFF, u == utf8.RuneError:
		return t
	case len(t) == 2:
		return string(rune(0xE0 + r.IntN(23)))
	case len(t) == 3:
		return string(rune(0x4E00 + r.IntN(4096)))
	}
	return string(rune(0x1F600 + r.IntN(48)))
}
