package scrub

import (
	"bytes"
	"strings"
)

// innocent reports whether a run of a secret would be there without it.
func (g *Gate) innocent(b []byte, from, to int, f *form) bool {
	whole, long := int(f.to-f.from), int(f.long)
	if to-from < min(long, 2*run) && dull(b[from:to]) && to-from < whole {
		return true
	}
	if g.many && to-from < long && isHex(string(b[from:to])+"0") {
		return true
	}
	at, end := from, to
	for at > 0 && wordByte(b[at-1]) {
		at--
	}
	for end < len(b) && wordByte(b[end]) {
		end++
	}
	if end-at <= 256 && bytes.IndexByte(b[from:to], 0) < 0 && allKnown(string(b[at:end])) && (to-from < whole || allKnown(string(b[from:to]))) {
		return true
	}
	h, i := at, end
	for h > 0 && hostByte(b[h-1]) {
		h--
	}
	for i < len(b) && hostByte(b[i]) {
		i++
	}
	if g.shown[string(b[h:i])] {
		return true
	}
	if to-from >= long {
		return false
	}
	for at > 0 && tokenByte(b[at-1]) {
		at--
	}
	for end < len(b) && tokenByte(b[end]) {
		end++
	}
	return g.standIn(b[at:end], from-at, to-at)
}

// standIn reports whether the run from..to of t, which stands between other
// characters, is part of a stand-in. It may be one of several in it.
func (g *Gate) standIn(t []byte, from, to int) bool {
	if g.isMade(t) {
		return true
	}
	for _, end := range loginMarks {
		if head, ok := bytes.CutSuffix(t, []byte(end)); ok && to <= len(head) {
			return g.standIn(head, from, to)
		}
	}
	i, j := from, to // between any of the separators
	for i > 0 && strings.IndexByte("-_=./+%|", t[i-1]) < 0 {
		i--
	}
	for j < len(t) && strings.IndexByte("-_=./+%|", t[j]) < 0 {
		j++
	}
	if i == 0 && j == len(t) {
		return false
	}
	if g.isMade(t[i:j]) {
		return true
	}
	for _, sep := range [...]byte{'=', '.', '%', '-'} {
		at := bytes.LastIndexByte(t[:i], sep) + 1
		end := bytes.IndexByte(t[j:], sep)
		if end < 0 {
			end = len(t) - j
		}
		if (at > 0 || j+end < len(t)) && g.isMade(t[at:j+end]) {
			return true
		}
	}
	return false
}

func (g *Gate) isMade(t []byte) bool {
	h := hashBytes(t)
	if g.made.has(h) {
		return !(g.over && g.made.has(h|unsure))
	}
	return isPseudonym(string(t)) || g.made.lost && IsStandIn(string(t))
}

// dull reports whether a run has fewer than two different letters: such runs are
// everywhere.
func dull(w []byte) bool {
	var one byte
	for i, c := range w {
		if i > 0 && w[i-1] == '\\' {
			continue // an escape of JSON
		}
		if c |= 0x20; c >= 'a' && c <= 'z' || c >= 0x80 {
			if one != 0 && one != c {
				return false
			}
			one = c
		}
	}
	return true
}
