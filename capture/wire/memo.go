package wire

import (
	"bytes"
	"hash/maphash"
	"strings"
)

// A Memo remembers the bodies that were met last. A client that fails asks the
// same again and again and gets the same answer, byte for byte: it is decoded
// once, and kept once. The zero value is ready; it is not for several goroutines.
type Memo struct {
	seed maphash.Seed
	kept []memory
}

// A memory is one body.
type memory struct {
	sum    uint64
	coding string
	limit  int
	packed []byte // as it came
	out    []byte
	ok     bool
}

// decode is [decode] for a body that may have been met before. packed stays with
// the caller, the result is shared.
func (m *Memo) decode(packed []byte, codings []string, other Decoder, limit int) ([]byte, bool) {
	if len(packed) > memoBody || len(packed) == 0 {
		return decodeApart(packed, codings, other, limit)
	}
	if m.kept == nil {
		m.seed, m.kept = maphash.MakeSeed(), make([]memory, memoBodies)
	}
	coding := ""
	if len(codings) > 0 {
		coding = strings.Join(codings, ",")
	}
	// There are two places for each; what loses its first one moves to its second.
	sum := maphash.Bytes(m.seed, packed)
	first, second := &m.kept[sum%memoBodies], &m.kept[(sum>>32)%memoBodies]
	for _, e := range [...]*memory{first, second} {
		if e.sum == sum && e.limit == limit && e.coding == coding && bytes.Equal(e.packed, packed) {
			return e.out, e.ok
		}
	}
	out, ok := decodeApart(packed, codings, other, limit)
	if len(out) <= memoOut {
		m.kept[(first.sum>>32)%memoBodies] = *first
		*first = memory{sum: sum, coding: coding, limit: limit, packed: out, out: out, ok: ok}
		if len(codings) > 0 {
			first.packed = bytes.Clone(packed)
		}
	}
	return out, ok
}

// decodeApart is [decode] with a result that shares nothing with packed.
func decodeApart(packed []byte, codings []string, other Decoder, limit int) ([]byte, bool) {
	out, ok := decode(packed, codings, other, limit)
	switch {
	case len(out) == 0:
		out = out[:0:0]
	case ok && &out[0] == &packed[0]:
		out = bytes.Clone(out)
	}
	return out, ok
}
