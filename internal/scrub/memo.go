package scrub

import (
	"hash/maphash"
	"math/bits"
	"strings"
)

// A memo remembers what texts were replaced by, for speed alone: each text has one
// place, which the next text with the same place takes.
type memo []remembered

type remembered struct {
	sum     uint64 // of the text, with its kind and name
	kept    bool   // the text came twice, and what follows is there
	kind    byte
	name, v string
	out     string
}

// remember calls f for a text, or takes what it made of it before, unless what it
// makes depends on the request at hand. Most secrets of a large capture come once:
// a text is kept when it comes again.
func (s *Scrubber) remember(kind byte, name, v string, f func() string) string {
	if v == "" {
		return v
	}
	if s.exact || len(v) > maxMemoText {
		return f()
	}
	if s.memo == nil {
		s.memo = make(memo, maxMemo)
	}
	sum := maphash.String(seed, v) + uint64(kind)*0x9E3779B97F4A7C15
	if name != "" {
		sum += bits.RotateLeft64(maphash.String(seed, name), 7)
	}
	m := &s.memo[sum%maxMemo]
	if m.kept && m.sum == sum && m.kind == kind && m.v == v && m.name == name {
		return m.out
	}
	was := s.passing
	s.passing = false
	out := f()
	switch {
	case s.passing || len(out) > 2*maxMemoText:
	case m.sum != sum:
		*m = remembered{sum: sum}
	default:
		// The texts are copied: they may be parts of large ones.
		k := strings.Clone(v)
		if out == v {
			out = k
		}
		*m = remembered{sum, true, kind, strings.Clone(name), k, strings.Clone(out)}
	}
	s.passing = s.passing || was
	return out
}
