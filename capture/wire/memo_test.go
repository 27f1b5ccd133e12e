package wire

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestMemo decodes bodies with and without a memo: the result is the same, and
// shared where a body comes again.
func TestMemo(t *testing.T) {
	zipped := func(s string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.Bytes()
	}
	coded := exchange.Header{{Name: "Content-Encoding", Value: "gzip"}}
	var m Memo
	room := make([]byte, 0, exchange.MaxBody)
	read := func(b []byte, h exchange.Header, most int, m *Memo) exchange.Body {
		var k Keeper
		k.Borrow(room)
		k.Keep(most)
		if m != nil {
			k.Share(m)
		}
		_, _ = k.Write(b)
		got := k.Body(h, Framing{}, nil)
		k.Return()
		return got
	}
	first := map[string]*byte{}
	var bodies [memoBodies][]byte // so many that some lose their places
	for i := range bodies {
		plain := fmt.Sprintf("%d %s", i, strings.Repeat("x", i))
		if bodies[i] = []byte(plain); i%7 != 0 { // else it is no gzip
			bodies[i] = zipped(plain)
		}
	}
	for round := range 2 {
		for i, b := range bodies {
			for _, h := range []exchange.Header{nil, coded} {
				for _, most := range []int{0, 40} {
					got, want := read(b, h, most, &m), read(b, h, most, nil)
					if !bytes.Equal(got.Head, want.Head) || got.Kept != want.Kept || got.Size != want.Size {
						t.Fatalf("round %d, body %d: %+v, want %+v", round, i, got, want)
					}
				}
			}
		}
	}
	shared := 0
	for range 3 {
		for i := range 20 {
			s := fmt.Sprint("answer ", i)
			got := read(zipped(s), coded, 0, &m)
			if string(got.Head) != s {
				t.Fatalf("%q", got.Head)
			}
			if p := &got.Head[0]; first[s] == p {
				shared++
			} else {
				first[s] = p
			}
		}
	}
	if shared < 30 {
		t.Errorf("%d of 40 are shared", shared)
	}
}
