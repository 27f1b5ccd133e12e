package scrub

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/why401/why401/internal/redact"
)

// A memo remembers what texts were replaced by, for speed alone: each text has one
// place. Most secrets of a large capture come once: a text is kept when it comes again.
type memo struct {
	once [maxMemo]uint64 // sums of the texts that came last
	sums [maxMemo]uint64 // of what is kept
	kept [maxMemo]remembered
}

type remembered struct {
	kind    byte
	name, v string
	out     string
	made    []uint64 // hashes of the stand-ins in out
}

// again says what is needed of a stand-in that is taken once more.
func (s *Scrubber) again(made []uint64) {
	for _, h := range made {
		s.made.add(h)
	}
}

// remember calls f for a text, or takes what it made of it before, unless what it
// makes depends on the request at hand.
func (s *Scrubber) remember(kind byte, name, v string, f func() string) string {
	if v == "" {
		return v
	}
	if s.exact || len(v) > maxMemoText {
		return f()
	}
	if s.memo == nil {
		s.memo = new(memo)
	}
	sum := sumOf(kind, name, v)
	if m := s.memo.find(sum, kind, name, v); m != nil {
		s.again(m.made)
		return m.out
	}
	return s.renew(sum, kind, name, v, f)
}

func sumOf(kind byte, name, v string) uint64 {
	sum := maphash.String(seed, v) + uint64(kind)*0x9E3779B97F4A7C15
	if name != "" {
		sum += bits.RotateLeft64(maphash.String(seed, name), 7)
	}
	return sum
}

func (m *memo) find(sum uint64, kind byte, name, v string) *remembered {
	if m.sums[sum%maxMemo] == sum {
		if r := &m.kept[sum%maxMemo]; r.kind == kind && r.v == v && r.name == name {
			return r
		}
	}
	return nil
}

// renew calls f for a text that is not kept, and may keep it.
func (s *Scrubber) renew(sum uint64, kind byte, name, v string, f func() string) string {
	at := sum % maxMemo
	was, made := s.passing, len(s.made.log)
	s.passing = false
	out := f()
	switch {
	case s.passing || len(out) > 2*maxMemoText:
	case s.memo.once[at] != sum:
		s.memo.once[at] = sum
	default:
		// The texts are copied: they may be parts of large ones.
		k := strings.Clone(v)
		if out == v {
			out = k
		}
		s.memo.sums[at] = sum
		s.memo.kept[at] = remembered{kind, strings.Clone(name), k, strings.Clone(out), slices.Clone(s.made.log[made:])}
	}
	s.passing = s.passing || was
	return out
}

// What is known of the name of a field, of a member of JSON or of a parameter.
type named struct {
	low    string // in small letters, without blanks and colons
	shown  string // what the name is replaced by
	made   []uint64
	secret bool // its values are secrets
	known  bool // the name is made of known words
	alias  int8 // whether it is another name for Authorization: 1 yes, -1 no, 0 not known
	asked  same // its last value in requests
	told   same // in responses
}

// same is a text that came before, and what was made of it.
type same struct {
	v, out string
	made   []uint64
}

// about returns what is known of the name of a field.
func (s *Scrubber) about(name string) *named {
	if n := s.fields[name]; n != nil {
		s.again(n.made)
		return n
	}
	n := &named{low: strings.ToLower(strings.Trim(name, " \t:"))}
	if strings.HasPrefix(name, ":") && (n.low == "authority" || n.low == "path") { // of HTTP/2
		n.low = ":" + n.low
	}
	n.secret = !openNames[n.low] && secretName(n.low)
	from := len(s.made.log)
	n.shown = s.fieldName(name)
	n.made = slices.Clone(s.made.log[from:])
	n.known = redact.HeaderName(name).String() == name
	if len(s.fields) < maxFields && len(name) <= maxMemoText {
		if s.fields == nil {
			s.fields = map[string]*named{}
		}
		s.fields[strings.Clone(name)] = n
	}
	return n
}
