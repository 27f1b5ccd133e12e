package scrub

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"io"
	"math/bits"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// ErrLeak is returned for an output in which a secret is left. It tells nothing
// of it.
var ErrLeak = errors.New("a secret is left in what was to be written")

// A Gate looks for learnt secrets in finished bytes: as they are, in base64 at
// every offset, in hexadecimal, percent-encoded, escaped as in JSON and in HTML, in
// UTF-16, reversed. Each run of 6 bytes of a secret counts; of 12 where there are
// so many secrets that shorter ones come about by chance. A run is innocent if
// the words that it is in are known ones or numbers, or if it stands in a stand-in:
// with thousands of secrets such runs come about by chance.
type Gate struct {
	learnt map[string]bool
	words  []string // of learnt

	blob   []byte // all forms, one behind the other
	forms  []form
	list   []entry
	heads  []int32  // by hash of a gram: the last entry of such, plus 1
	seen   []uint64 // bitmap over hashed grams
	bits   int
	run    int  // bytes in a row of a secret that must not be left
	many   bool // so many secrets that short runs of hexadecimal digits come about by chance
	made   map[uint64]struct{}
	doubts map[uint64]struct{}
	shown  map[string]bool // hosts that stay
	full   bool            // made does not hold all
	over   bool            // there were more secrets than these
	clear  []uint64        // for strict: hashes of strings in which nothing is to replace
}

// A form is how a secret may stand in a file; least bytes of it in a row are too
// many.
type form struct {
	from, to    int32 // in the blob
	least, long int32 // long: bytes in a row that are no chance any more
}

type entry struct{ next, form, at int32 }

func (g *Gate) slot(v uint64) uint64 { return v * 0x9E3779B97F4A7C15 >> (64 - g.bits) }

// Gate returns a gate for what was learnt so far.
func (s *Scrubber) Gate() *Gate { return s.gateOf(s.order) }

// gateOf returns a gate for some of what was learnt.
func (s *Scrubber) gateOf(list []string) *Gate {
	return &Gate{
		learnt: s.learnt, words: list, run: s.run(), many: len(s.order) > maxFew,
		made: s.made, doubts: s.doubts, shown: s.shown, full: len(s.made) >= maxMade, over: s.over,
	}
}

// run is the number of bytes in a row of a secret that must not be left.
func (s *Scrubber) run() int {
	if s.bytes > maxShort {
		return long
	}
	return run
}

// index makes the index of all forms, once.
func (g *Gate) index() {
	if g.seen != nil {
		return
	}
	n := 0
	for _, v := range g.words {
		n += len(v)
	}
	g.blob, g.forms, g.list = make([]byte, 0, 16*n+64), make([]form, 0, 12*len(g.words)), make([]entry, 0, 8*n/(g.run-gram+1)+64)
	for _, v := range g.words {
		if !g.shown[v] {
			g.add(v, g.learnt[v])
		}
	}
	g.bits = min(max(12, bits.Len(uint(len(g.list)))+3), 26)
	g.seen = make([]uint64, 1<<g.bits/64)
	g.heads = make([]int32, 1<<(g.bits-3))
	for i := range g.list {
		e := &g.list[i]
		h := g.slot(g.gram(*e))
		g.seen[h/64] |= 1 << (h % 64)
		e.next = g.heads[h>>3]
		g.heads[h>>3] = int32(i + 1)
	}
}

// gram is the gram of an entry as a number.
func (g *Gate) gram(e entry) (v uint64) {
	at := g.forms[e.form].from + e.at
	for _, c := range g.blob[at : at+gram] {
		v = v<<8 | uint64(c)
	}
	return v
}

var (
	escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
	toURL      = strings.NewReplacer("+", "-", "/", "_")
)

// add looks for a secret in all its forms. Of one that is made of a secret and of
// what is none, such as an e-mail address, only the whole counts.
func (g *Gate) add(v string, whole bool) {
	form := func(f string, num, den int) {
		n := g.run * num / den
		if whole {
			n = len(f)
		}
		g.form(f, n, long*num/den)
	}
	form(v, 1, 1)
	form(reverse(v), 1, 1)
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
		e = e[[3]int{0, 2, 3}[shift] : len(b)*8/6]
		form(e, 4, 3)
		if u := toURL.Replace(e); u != e {
			form(u, 4, 3)
		}
	}
	var le, be []byte
	for _, c := range utf16.Encode([]rune(v)) {
		le, be = append(le, byte(c), byte(c>>8)), append(be, byte(c>>8), byte(c))
	}
	form(string(le), 2, 1)
	form(string(be), 2, 1)
}

func reverse(v string) string {
	b := []byte(v)
	slices.Reverse(b)
	return string(b)
}

func (g *Gate) form(f string, least, chance int) {
	if len(f) < gram {
		return
	}
	n, from := int32(len(g.forms)), int32(len(g.blob))
	least = min(least, len(f))
	g.blob = append(g.blob, f...)
	g.forms = append(g.forms, form{from, int32(len(g.blob)), int32(least), int32(chance)})
	step := max(1, least-gram+1)
	for at := 0; at+gram <= len(f); at += step {
		g.list = append(g.list, entry{form: n, at: int32(at)})
	}
}

// find calls f for each place of b where a secret stands, until f returns false.
func (g *Gate) find(b []byte, f func(from, to int) bool) {
	g.index()
	var v uint64
	shift := 64 - g.bits
	for i, c := range b {
		v = (v<<8 | uint64(c)) & (1<<(8*gram) - 1)
		h := v * 0x9E3779B97F4A7C15 >> shift
		if g.seen[h/64]>>(h%64)&1 == 0 || i < gram-1 {
			continue
		}
		for n := g.heads[h>>3]; n > 0; n = g.list[n-1].next {
			p := g.list[n-1]
			form := &g.forms[p.form]
			if g.gram(p) != v {
				continue
			}
			text := g.blob[form.from:form.to]
			from, at := i-gram+1, int(p.at)
			for from > 0 && at > 0 && b[from-1] == text[at-1] {
				from, at = from-1, at-1
			}
			to, end := i+1, int(p.at)+gram
			for to < len(b) && end < len(text) && b[to] == text[end] {
				to, end = to+1, end+1
			}
			if to-from >= int(form.least) && !g.innocent(b, from, to, form) && !f(from, to) {
				return
			}
		}
	}
}

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
	for _, seps := range [...]string{"=", ".", "%", "-", "-_=./+%|"} {
		i := bytes.LastIndexAny(t[:from], seps) + 1
		j := bytes.IndexAny(t[to:], seps)
		if j < 0 {
			j = len(t) - to
		}
		if (i > 0 || to+j < len(t)) && g.isMade(t[i:to+j]) {
			return true
		}
	}
	return false
}

func (g *Gate) isMade(t []byte) bool {
	h := maphash.Bytes(seed, t)
	if _, ok := g.made[h]; ok {
		if _, bad := g.doubts[h]; bad && g.over {
			return false
		}
		return true
	}
	return isPseudonym(string(t)) || g.full && IsStandIn(string(t))
}

// classes says of each byte what it may be part of.
var classes = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		if alnum(c) || c >= 0x80 {
			t[c] |= inWord | inToken
		}
		if alnum(c) || c == '.' || c == '-' {
			t[c] |= inHost
		}
		if strings.IndexByte("+/=_-.%|~", c) >= 0 {
			t[c] |= inToken
		}
	}
	return t
}()

const (
	inWord = 1 << iota
	inHost
	inToken
)

func wordByte(c byte) bool  { return classes[c]&inWord != 0 }
func hostByte(c byte) bool  { return classes[c]&inHost != 0 }
func tokenByte(c byte) bool { return classes[c]&inToken != 0 }

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

// Copy copies lines from r to w. Where a secret stands that the structure did not
// tell, its letters and digits are replaced; if one is left even so it returns
// [ErrLeak], and what was written must be thrown away. Of a HAR of which there are
// too many secrets to be looked for, all is replaced that is not known to be
// harmless.
func (s *Scrubber) Copy(w io.Writer, r io.Reader, g *Gate) error {
	in := bufio.NewReaderSize(r, 4*maxLine)
	var long []byte // a line beyond the buffer
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			long = append(long, line...)
			line, long = long, long[:0]
		}
		if len(line) > 0 {
			if err := s.clean(line, g); err != nil {
				return err
			}
			if _, e := w.Write(line); e != nil {
				return e
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Mend replaces in b what is left of secrets that were learnt by now, as [Copy]
// does; it is for output that must be written before all are known. It returns
// [ErrLeak] if something is left even so.
func (s *Scrubber) Mend(b []byte) error {
	// A gate for the new secrets, and of two of about the same size one: so each
	// secret is indexed a few times only.
	if n := len(s.gates); n > 0 && (s.gates[0].run != s.run() || s.gates[0].over != s.over || s.gates[0].many != (len(s.order) > maxFew)) {
		s.gates = nil
	}
	indexed := 0
	for _, g := range s.gates {
		indexed += len(g.words)
	}
	if indexed < len(s.order) || s.gates == nil {
		s.gates = append(s.gates, s.gateOf(s.order[indexed:]))
	}
	for n := len(s.gates); n > 1 && len(s.gates[n-2].words) <= 2*len(s.gates[n-1].words); n-- {
		both := len(s.gates[n-2].words) + len(s.gates[n-1].words)
		s.gates = append(s.gates[:n-2], s.gateOf(s.order[len(s.order)-both:]))
	}
	return s.clean(b, s.gates...)
}

// clean mends b until the gates find nothing.
func (s *Scrubber) clean(b []byte, gates ...*Gate) error {
	if g := gates[0]; g.over {
		return g.strict(s, b)
	}
	for round := 0; ; round++ {
		ok := true
		for _, g := range gates {
			if g.Clean(b) {
				continue
			}
			if round == mends {
				return ErrLeak
			}
			ok = false
			g.mend(s, b, byte(round))
		}
		if ok {
			return nil
		}
	}
}

// mend replaces what is left. What comes of it may have a run of another secret by
// chance, hence more than one round.
func (g *Gate) mend(s *Scrubber, line []byte, round byte) {
	if s.broken("mend") {
		return
	}
	type span struct{ from, to int }
	var at []span
	note := func(from, to int) bool {
		if n := len(at); n == 0 || at[n-1] != (span{from, to}) {
			at = append(at, span{from, to})
		}
		return true
	}
	g.find(line, note)
	g.shaped(line, note)
	g.disguised(line, note)
	for _, p := range at {
		s.count.Mended++
		r := s.stream(string(round) + string(line[p.from:p.to]))
		hexed := isHex(string(line[p.from:p.to]))
		for i := p.from; i < p.to; i++ {
			if line[i] == '\\' {
				if i++; i < p.to && line[i] == 'u' {
					i += 4
				}
				continue // an escape of JSON stays
			}
			line[i] = other(line[i], uint32(r.Uint64()), hexed)
		}
	}
}
