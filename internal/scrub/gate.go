package scrub

import (
	"errors"
	"slices"
)

// ErrLeak is returned for an output in which a secret is left. It tells nothing
// of it.
var ErrLeak = errors.New("a secret is left in what was to be written")

// A Gate looks for learnt secrets in finished bytes: as they are, in base64 at
// every offset, in hexadecimal, percent-encoded, escaped as in JSON and in HTML, in
// UTF-16, reversed. Each run of 6 bytes of a secret counts. A run is innocent if
// the words that it is in are known ones or numbers, or if it stands in a stand-in:
// with thousands of secrets such runs come about by chance.
type Gate struct {
	learnt map[string]bool
	words  []string // of learnt

	index *index // made when it is first needed
	many  bool   // so many secrets that short runs of hexadecimal digits come about by chance
	made  *standIns
	shown map[string]bool // hosts that stay
	over  bool            // there were more secrets than these
	clear []uint64        // for strict: hashes of strings in which nothing is to replace
}

// Gate returns a gate for what was learnt so far.
func (s *Scrubber) Gate() *Gate { return s.gateOf(s.order) }

// gateOf returns a gate for some of what was learnt.
func (s *Scrubber) gateOf(list []string) *Gate {
	return &Gate{
		learnt: s.learnt, words: list, many: len(s.order) > maxFew,
		made: &s.made, shown: s.shown, over: s.over,
	}
}

// find calls f for each place of b where a secret stands, until f returns false.
func (g *Gate) find(b []byte, f func(from, to int) bool) {
	if g.index == nil {
		words := slices.DeleteFunc(slices.Clone(g.words), func(v string) bool { return g.shown[v] })
		g.index = newIndex(words, g.learnt)
	}
	g.index.find(b, func(from, to int, of *form) bool { return g.innocent(b, from, to, of) || f(from, to) })
}

// shaped calls f for each place of b where a token stands that says itself that it
// is one, and that is no stand-in, until f returns false.
func (g *Gate) shaped(b []byte, f func(from, to int) bool) {
	tokensIn(b, func(from, to int) bool {
		t := b[from:to]
		if g.isMade(t) || g.standIn(b[from:to], 0, min(len(t), gram)) {
			return true
		}
		return f(from, to)
	})
}

// Clean reports whether nothing that was learnt is in b.
func (g *Gate) Clean(b []byte) bool {
	ok := true
	no := func(int, int) bool { ok = false; return false }
	if g.find(b, no); ok {
		g.shaped(b, no)
	}
	if ok {
		g.disguised(b, no)
	}
	return ok
}
