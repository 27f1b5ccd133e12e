package scrub

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/why401/why401/internal/credential"
)

// ErrLeak is returned for an output in which a secret is left. It tells nothing
// of it.
var ErrLeak = errors.New("a secret is left in what was to be written")

// A Gate looks for learnt secrets in finished bytes: as they are, in base64 at
// every offset, in hexadecimal, percent-encoded, escaped as in JSON and in HTML, in
// UTF-16, reversed. Of long ones each run of 12 bytes counts.
type Gate struct {
	forms []string
	least []int
	index map[uint64][]place
	seen  []uint64 // bitmap over hashed grams
	grams int
	// Over counts secrets that are not looked for because there are too many.
	Over int
}

type place struct{ form, at int32 }

const seenBits = 20

func slot(v uint64) uint64 { return v * 0x9E3779B97F4A7C15 >> (64 - seenBits) }

// Gate returns a gate for what was learnt so far.
func (s *Scrubber) Gate() *Gate {
	g := &Gate{index: map[uint64][]place{}, seen: make([]uint64, 1<<seenBits/64)}
	all := make([]string, 0, len(s.learnt))
	for v := range s.learnt {
		all = append(all, v)
	}
	slices.Sort(all)
	for _, v := range all {
		if g.grams > maxGrams {
			g.Over++
			continue
		}
		g.add(v)
	}
	return g
}

func (g *Gate) add(v string) {
	g.form(v, run)
	g.form(reverse(v), run)
	if e := url.QueryEscape(v); e != v {
		g.form(e, run+4)
	}
	if q := string(quote(v)); q[1:len(q)-1] != v {
		g.form(q[1:len(q)-1], run)
	}
	if e := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(v); e != v {
		g.form(e, run)
	}
	h := hex.EncodeToString([]byte(v))
	g.form(h, 2*run)
	g.form(strings.ToUpper(h), 2*run)
	for shift := range 3 {
		// The characters that hold no bits of what stands around.
		b := append(make([]byte, shift), v...)
		e := base64.RawStdEncoding.EncodeToString(b)
		e = e[[3]int{0, 2, 3}[shift] : len(b)*8/6]
		g.form(e, 16)
		if u := strings.NewReplacer("+", "-", "/", "_").Replace(e); u != e {
			g.form(u, 16)
		}
	}
	var le, be []byte
	for _, c := range utf16.Encode([]rune(v)) {
		le, be = append(le, byte(c), byte(c>>8)), append(be, byte(c>>8), byte(c))
	}
	g.form(string(le), 2*run)
	g.form(string(be), 2*run)
}

func reverse(v string) string {
	b := []byte(v)
	slices.Reverse(b)
	return string(b)
}

// form adds a form in which a secret may stand; least bytes of it in a row are
// too many.
func (g *Gate) form(f string, least int) {
	if len(f) < gram {
		return
	}
	n := int32(len(g.forms))
	g.forms, g.least = append(g.forms, f), append(g.least, min(least, len(f)))
	step := max(1, min(least, len(f))-gram+1)
	for at := 0; at+gram <= len(f); at += step {
		var v uint64
		for _, c := range []byte(f[at : at+gram]) {
			v = v<<8 | uint64(c)
		}
		g.index[v] = append(g.index[v], place{n, int32(at)})
		h := slot(v)
		g.seen[h/64] |= 1 << (h % 64)
		g.grams++
	}
}

// find calls f for each place of b where a secret stands, until f returns false.
func (g *Gate) find(b []byte, f func(from, to int) bool) {
	var v uint64
	for i, c := range b {
		v = (v<<8 | uint64(c)) & (1<<(8*gram) - 1)
		h := slot(v)
		if g.seen[h/64]>>(h%64)&1 == 0 || i < gram-1 {
			continue
		}
		for _, p := range g.index[v] {
			form := g.forms[p.form]
			from, at := i-gram+1, int(p.at)
			for from > 0 && at > 0 && b[from-1] == form[at-1] {
				from, at = from-1, at-1
			}
			to, end := i+1, int(p.at)+gram
			for to < len(b) && end < len(form) && b[to] == form[end] {
				to, end = to+1, end+1
			}
			if to-from >= g.least[p.form] && !f(from, to) {
				return
			}
		}
	}
}

// tokens are the shapes that say themselves that they are secrets.
var tokens = regexp.MustCompile(`AT[ACS]TT3[A-Za-z0-9_=+/-]{16,}|ATBB[A-Za-z0-9_.=-]{8,}|BBDC-[A-Za-z0-9+/@_-]{38,}|[MNO][DTjz][AEIMQUYcgk][wxyz0-5](?:[MNO][DTjz][AEIMQUYcgk][wxyz0-5]){3}O[g-v][A-Za-z0-9+/]{26}`)

// Shaped returns where in b a token stands that is no stand-in.
func Shaped(b []byte) [][]int {
	var out [][]int
	if !bytes.Contains(b, []byte("AT")) && !bytes.Contains(b, []byte("BBDC-")) && !bytes.ContainsAny(b, "MNO") {
		return nil
	}
	for _, m := range tokens.FindAllIndex(b, -1) {
		if t := string(b[m[0]:m[1]]); !IsStandIn(t) && !(credential.ClassOf(t) == credential.PAT && isPATStandIn(t)) {
			out = append(out, m)
		}
	}
	return out
}

// Clean reports whether nothing that was learnt is in b.
func (g *Gate) Clean(b []byte) bool {
	ok := true
	g.find(b, func(int, int) bool { ok = false; return false })
	return ok && len(Shaped(b)) == 0
}

// Copy copies lines from r to w. Where a secret stands that the structure did not
// tell, its letters and digits are replaced; if one is left even so it returns
// [ErrLeak], and what was written must be thrown away.
func (s *Scrubber) Copy(w io.Writer, r io.Reader, g *Gate) error {
	in := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			g.mend(s, line)
			if !g.Clean(line) {
				return ErrLeak
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

func (g *Gate) mend(s *Scrubber, line []byte) {
	if s.broken("mend") {
		return
	}
	type span struct{ from, to int }
	var at []span
	g.find(line, func(from, to int) bool {
		at = append(at, span{from, to})
		return true
	})
	for _, p := range at {
		s.count.Mended++
		r := s.stream(string(line[p.from:p.to]))
		for i := p.from; i < p.to; i++ {
			if line[i] == '\\' {
				i++ // an escape of JSON stays
				continue
			}
			line[i] = other(line[i], uint32(r.Uint64()), isHex(string(line[p.from:p.to])))
		}
	}
}
