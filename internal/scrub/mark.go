package scrub

import (
	"crypto/sha256"
	"encoding/base64"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// A stand-in ends in letters and digits that follow from those before them, so
// that anyone can tell it from a secret. A real secret passes for a stand-in by
// chance once in 26 to the power of their number, and the gate does not go by
// them: it knows which stand-ins were made.
const (
	mark      = 6
	marked    = 12 // the shortest text with a mark of that length
	shortMark = 4
	short     = 7 // the one length of the stand-ins of short passwords
)

// sign puts the mark at the end of b, which stands for t.
func sign(b []byte, t string, hexed bool) {
	var last [mark]int // where the last ones stand
	all := 0
	for i := len(b) - 1; i >= 0 && all < marked; i-- {
		if alnum(b[i]) {
			if all < mark {
				last[mark-1-all] = i
			}
			all++
		}
	}
	n := mark
	switch {
	case len(b) != len(t):
		return
	case all == short && len(b) == short:
		n = shortMark
	case all < marked:
		return
	}
	at := last[mark-n:]
	var text [512]byte
	sum := sha256.Sum256(append(append(text[:0], "why401 stand-in\x00"...), b[:at[0]]...))
	for i, p := range at {
		b[p] = pick(b[p], uint32(sum[2*i])<<8|uint32(sum[2*i+1]), hexed)
	}
}

// IsStandIn reports whether t is a stand-in for a secret. Other texts pass for one
// by chance only; one that has too few letters for a mark is none.
func IsStandIn(t string) bool {
	_, t, _ = edges(t)
	if i := strings.LastIndexByte(t, '='); i == len(t)-9 && i > 0 && isHex(t[i+1:]+"0") {
		t = t[:i]
	}
	for _, p := range [...]string{"ATBB", "BBDC-"} {
		if rest, ok := strings.CutPrefix(t, p); ok {
			return signed(rest)
		}
	}
	if id, rest, ok := strings.Cut(t, "|"); ok && strings.HasPrefix(id, "user:") {
		return signed(rest)
	}
	if len(t) > 12 && strings.EqualFold(t[:2], "AT") && t[5] == '3' {
		return signed(strings.TrimRight(t[head(t):], "="))
	}
	return signed(t)
}

func signed(t string) bool {
	b := []byte(t)
	sign(b, t, len(t) >= marked && isHex(t))
	n := 0
	for i := range b {
		if alnum(b[i]) {
			n++
		}
	}
	return (n >= marked || n == short && len(t) == short) && string(b) == t
}

// isPATStandIn is [IsStandIn] for what [Scrubber.pat] makes.
func isPATStandIn(t string) bool {
	b, err := base64.StdEncoding.DecodeString(t)
	if err != nil || len(b) < 16 {
		return false
	}
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:len(b)-4]...))
	return string(b[len(b)-4:]) == string(sum[:4])
}

// pseudonyms are what account names are replaced by.
var pseudonyms = pattern(`^[Rr]edacted-[0-9a-f]{8}(?:@example\.[a-z]{2,4})?$`)

func isPseudonym(t string) bool {
	return len(t) > 1 && strings.HasPrefix(t[1:], "edacted-") && pseudonyms().MatchString(t)
}

var seed = maphash.MakeSeed()

// loginMarks are how the XSRF token of Jira says whether somebody is logged in.
var loginMarks = [...]string{"_lin", "_lout", "|lin", "|lout"}

// make remembers that a text is a stand-in: runs of it are no secrets.
func (s *Scrubber) make(t string) {
	s.made.add(hashOf(t))
	if !hasForeign(t) {
		return
	}
	for p := range strings.FieldsFuncSeq(t, foreign) { // what stands between characters that no token has is one, too
		s.made.add(hashOf(p))
	}
}

// makeOf is make for the parts of out, which stand for those of v, but for what is
// of v.
func (s *Scrubber) makeOf(v, out string) {
	for p := range strings.FieldsFuncSeq(out, foreign) {
		if len(p) >= run && !s.made.has(hashOf(p)) && !common(v, p) {
			s.make(p)
		}
	}
}

// common reports whether a run of p is in v.
func common(v, p string) bool {
	for _, end := range [...]string{"%5Flin", "%5Flout", "%7Clin", "%7Clout"} {
		p = strings.TrimSuffix(p, end)
	}
	for i := 0; i+run <= len(p); i++ {
		if w := p[i : i+run]; len(strings.Trim(w, "%3D=_.-")) > 3 && strings.Contains(v, w) && !open(w) {
			return true
		}
	}
	return false
}

// doubt notes of an encoded stand-in that a part of it may be no stand-in, which
// cannot be seen from outside.
func (s *Scrubber) doubt(t string, yes bool) {
	if yes {
		s.made.add(hashOf(t) | unsure)
	}
}

// left reports whether a word of a secret is in what stands for it, and not because
// it is harmless, or a pair from documentation.
func (s *Scrubber) left(old, now string) (found bool) {
	if old == now && sample(old) == credential.SurelySample {
		return false
	}
	escaped := false // two digits behind a percent sign are no part of a word
	pieces(now, func(w string, word bool) {
		if escaped {
			w = w[min(2, len(w)):]
		}
		escaped = !word && strings.HasSuffix(w, "%")
		if word && !found && strings.Contains(old, w) && !harmless(w) && !dull([]byte(w)) {
			found = !s.made.has(hashOf(w))
		}
	})
	return found
}

// open reports whether a run of a text is everybody's.
func open(w string) bool {
	for _, p := range public {
		if strings.Contains(p, w) {
			return true
		}
	}
	return allKnown(w) || dull([]byte(w))
}

func hasForeign(t string) bool {
	for i := range len(t) {
		if c := t[i]; c >= utf8.RuneSelf || !tokenByte(c) {
			return true
		}
	}
	return false
}

func foreign(r rune) bool { return r >= utf8.RuneSelf || !tokenByte(byte(r)) }
