package scrub

import (
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"net/url"
	"sort"
	"strings"
	"unicode/utf16"
)

// An index holds the forms in which secrets may stand in a file. It has an entry for
// each run of bytes that is as long as what must not be left, less the length of a
// gram: of a longer one such a gram is a part.
type index struct {
	blob  []byte // all forms, one behind the other
	forms []form
	list  []entry
	heads []int32  // by hash of a gram: the last entry of such, plus 1
	seen  []uint64 // bitmap over hashed grams
	bits  int
}

// A form is how a secret may stand in a file; least bytes of it in a row are too
// many.
type form struct {
	from, to    int32 // in the blob
	least, long int32 // long: bytes in a row that are no chance any more
}

// An entry is a gram at a place of the blob.
type entry struct{ next, at int32 }

// newIndex indexes secrets, of which it is said whether only the whole counts.
func newIndex(words []string, whole map[string]bool) *index {
	n := 0
	for _, v := range words {
		n += len(v)
	}
	x := &index{blob: make([]byte, 0, 12*n+64), forms: make([]form, 0, 8*len(words)), list: make([]entry, 0, 13*n/4+64)}
	x.bits = min(max(12, bits.Len(uint(cap(x.list)))+3), 26)
	x.seen = make([]uint64, 1<<x.bits/64)
	x.heads = make([]int32, 1<<(x.bits-4))
	for _, v := range words {
		x.add(v, whole[v])
	}
	return x
}

// gram is the gram at a place of the blob as a number. Read backwards it is the same
// one.
func (x *index) gram(at int32) uint64 {
	var v, back uint64
	for i, c := range x.blob[at : at+gram] {
		v = v<<8 | uint64(c)
		back |= uint64(c) << (8 * i)
	}
	return min(v, back)
}

// slot returns the word of the bitmap, the two bits in it and the head for a gram.
func (x *index) slot(key uint64) (word uint64, mask uint64, head uint64) {
	h := key * 0x9E3779B97F4A7C15
	top := h >> (64 - x.bits)
	return top / 64, 1<<(top%64) | 1<<(h>>8%64), top >> 4
}

// sameLetter has the two characters that base64url has of its own be those of base64.
var sameLetter = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	t['-'], t['_'] = '+', '/'
	return t
}()

var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// add looks for a secret in all its forms; read backwards, each is found as well. Of
// one that is made of a secret and of what is none, such as an e-mail address, only the
// whole counts.
func (x *index) add(v string, whole bool) {
	form := func(f string, num, den int) {
		n := run * num / den
		if whole {
			n = len(f)
		}
		x.form(f, n, long*num/den)
	}
	form(v, 1, 1)
	if e := url.QueryEscape(v); e != v {
		form(e, 5, 3)
	}
	if q := string(quote(v)); q[1:len(q)-1] != v {
		form(q[1:len(q)-1], 1, 1)
	}
	if e := escapeHTML.Replace(v); e != v {
		form(e, 1, 1)
	}
	h := hex.EncodeToString([]byte(v))
	form(h, 2, 1)
	if u := strings.ToUpper(h); u != h {
		form(u, 2, 1)
	}
	for shift := range 3 {
		// The characters that hold no bits of what stands around.
		b := append(make([]byte, shift), v...)
		e := base64.RawStdEncoding.EncodeToString(b)
		form(e[[3]int{0, 2, 3}[shift]:len(b)*8/6], 4, 3)
	}
	var le, be []byte
	for _, c := range utf16.Encode([]rune(v)) {
		le, be = append(le, byte(c), byte(c>>8)), append(be, byte(c>>8), byte(c))
	}
	form(string(le), 2, 1)
	form(string(be), 2, 1)
}

func (x *index) form(f string, least, chance int) {
	if len(f) < gram {
		return
	}
	from := int32(len(x.blob))
	least = min(least, len(f))
	for i := range len(f) {
		x.blob = append(x.blob, sameLetter[f[i]])
	}
	x.forms = append(x.forms, form{from, int32(len(x.blob)), int32(least), int32(chance)})
	step := max(1, least-gram+1)
	var v, back uint64
	for i, c := range x.blob[from:] {
		v, back = rolled(v, back, c)
		at := i - gram + 1
		if at < 0 || at%step > 0 {
			continue
		}
		word, mask, head := x.slot(min(v, back))
		x.seen[word] |= mask
		x.list = append(x.list, entry{x.heads[head], from + int32(at)})
		x.heads[head] = int32(len(x.list))
	}
}

// rolled takes the next byte into a gram, and into the same one read backwards.
func rolled(v, back uint64, c byte) (uint64, uint64) {
	return (v<<8 | uint64(c)) & (1<<(8*gram) - 1), back>>8 | uint64(c)<<(8*(gram-1))
}

// formAt returns the form at a place of the blob.
func (x *index) formAt(at int32) *form {
	return &x.forms[sort.Search(len(x.forms), func(i int) bool { return x.forms[i].to > at })]
}

// find calls f for each place of b where enough of a form stands, forward or backward,
// until f returns false.
func (x *index) find(b []byte, f func(from, to int, of *form) bool) {
	var v, back uint64
	for i, c := range b {
		v, back = rolled(v, back, sameLetter[c])
		key := min(v, back)
		word, mask, head := x.slot(key)
		if x.seen[word]&mask != mask || i < gram-1 {
			continue
		}
		for n := x.heads[head]; n > 0; n = x.list[n-1].next {
			at := x.list[n-1].at
			if x.gram(at) != key {
				continue
			}
			of := x.formAt(at)
			for _, reversed := range [...]bool{false, true} {
				from, to := x.extent(b, i-gram+1, int(at), of, reversed)
				if to-from >= int(of.least) && !f(from, to, of) {
					return
				}
			}
		}
	}
}

// extent returns how much of a form stands around b[i:i+gram], where the gram at a
// place of the blob stands; nothing if that is not so in this direction.
func (x *index) extent(b []byte, i, at int, of *form, reversed bool) (from, to int) {
	text, at := x.blob[of.from:of.to], at-int(of.from)
	next := 1
	if reversed {
		at, next = at+gram-1, -1
	}
	to = i
	for p := at; to < len(b) && p >= 0 && p < len(text) && sameLetter[b[to]] == text[p]; p += next {
		to++
	}
	if to < i+gram {
		return i, i
	}
	from = i
	for p := at - next; from > 0 && p >= 0 && p < len(text) && sameLetter[b[from-1]] == text[p]; p -= next {
		from--
	}
	return from, to
}
