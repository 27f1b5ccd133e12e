package scrub

import (
	"crypto/sha256"
	"encoding/base64"
	"hash/maphash"
	"strings"
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
	var at []int
	for i, c := range b {
		if alnum(c) {
			at = append(at, i)
		}
	}
	n := mark
	switch {
	case len(b) != len(t):
		return
	case len(at) == short && len(b) == short:
		n = shortMark
	case len(at) < marked:
		return
	}
	at = at[len(at)-n:]
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:at[0]]...))
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
		return signed(strings.TrimRight(t[12:], "="))
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

// make remembers that a text is a stand-in: runs of it are no secrets.
func (s *Scrubber) make(t string) {
	if len(s.made) >= maxMade {
		return
	}
	s.made[maphash.String(seed, t)] = struct{}{}
	if strings.IndexFunc(t, foreign) >= 0 { // what stands between characters that no token has is one, too
		for _, p := range strings.FieldsFunc(t, foreign) {
			s.made[maphash.String(seed, p)] = struct{}{}
		}
	}
}

func foreign(r rune) bool { return r >= 0x80 || !tokenByte(byte(r)) }
