package har

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// special marks, by the high bit of its byte, the first of the eight bytes of x
// that is a quote, a backslash, a control character or not ASCII. Bits above
// the first mark may be wrong: a subtraction borrows from the byte above.
//
// x^2 brings the quote (0x22) next to the control characters, so that one
// subtraction finds both: x^2 < 0x21.
func special(x uint64) uint64 {
	return (((x ^ 0x02*ones) - 0x21*ones) | ((x ^ '\\'*ones) - ones) | x) & highs
}

// unescape maps the letter of a two-byte escape to what it stands for.
var unescape = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// skipString takes the rest of a string after its opening quote.
func (s *scanner) skipString() bool {
	s.tainted = false
	i := s.i
	for {
		b := s.buf
		i = plainEnd(b, i)
		switch c := b[i]; {
		case c == '"':
			s.i = i + 1
			return true
		case c == '\\' && unescape[b[i+1]] != 0:
			i += 2
		default:
			s.i = i
			if _, _, ok := s.odd(); !ok {
				return false
			}
			i = s.i
		}
	}
}

// plainEnd returns the index of the first special byte of b from i on. The zero
// bytes behind a window are special, so there is one.
func plainEnd(b []byte, i int) int {
	for range 4 {
		if m := special(load(b, i)); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
		i += 8
	}
	// A long one: base64, most likely.
	for i+32 <= len(b) {
		w := b[i : i+32 : i+32]
		if special(load(w, 0))|special(load(w, 8))|special(load(w, 16))|special(load(w, 24)) != 0 {
			break
		}
		i += 32
	}
	for {
		if m := special(load(b, i)); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
		i += 8
	}
}

// copyPlain copies bytes from src to dst up to the first special one and
// returns their number. stop is false if dst was too short to find it.
func copyPlain(dst, src []byte) (n int, stop bool) {
	src = src[:min(len(src), len(dst))]
	dst = dst[:len(src)]
	for n <= len(src)-8 && n <= len(dst)-8 {
		x := binary.LittleEndian.Uint64(src[n:])
		binary.LittleEndian.PutUint64(dst[n:], x)
		if m := special(x); m != 0 {
			return n + bits.TrailingZeros64(m)/8, true
		}
		n += 8
	}
	return n, false
}

// text takes the rest of a string after its opening quote and appends what it
// stands for to dst, at most limit bytes. cut tells that there was more.
//
// Invalid UTF-8 is appended as it is, because a header value may be any bytes.
func (s *scanner) text(dst []byte, limit int) (out []byte, cut, ok bool) {
	s.tainted = false
	i := s.i
	a, d := dst[:cap(dst)], len(dst)
	end := d + limit
	for d < end {
		b := s.buf
		k, stop := copyPlain(a[d:], b[i:])
		i += k
		d += k
		if !stop {
			if d < end {
				a = grow(a, d)
			}
			continue
		}
		// There is room for one byte at least: copyPlain wrote eight.
		switch c := b[i]; {
		case c == '"':
			s.i = i + 1
			if d > end {
				return a[:end], true, true
			}
			return a[:d], false, true
		case c == '\\' && unescape[b[i+1]] != 0:
			a[d] = unescape[b[i+1]]
			d++
			i += 2
		default:
			s.i = i
			e, size, ok := s.odd()
			if !ok {
				return a[:min(d, end)], false, false
			}
			i = s.i
			if d+8 > len(a) {
				a = grow(a, d)
			}
			d += copy(a[d:], e[:size])
		}
	}
	s.i = i
	s.ensure(1)
	cut = d > end || s.buf[s.i] != '"'
	return a[:end], cut, s.skipString()
}

func grow(a []byte, d int) []byte {
	b := make([]byte, max(2*len(a), d+512))
	copy(b, a[:d])
	return b
}

// odd takes what is neither plain nor a two-byte escape: a \u escape, a
// character beyond ASCII, or the end of the window. It returns the bytes that
// it stands for; none after the window slid.
func (s *scanner) odd() (e [8]byte, size int, ok bool) {
	switch c := s.buf[s.i]; {
	case s.i >= s.n:
		if !s.more() {
			return e, 0, s.failEarly()
		}
		return e, 0, true
	case c == '\\':
		return s.escape()
	case c < ' ':
		return e, 0, s.fail(reasonControl, s.i)
	}
	s.ensure(utf8.UTFMax)
	p := s.buf[s.i:s.n]
	r, k := utf8.DecodeRune(p)
	if r == utf8.RuneError && k == 1 {
		s.taint()
	}
	s.i += k
	return e, copy(e[:], p[:k]), true
}

// taint counts the string as one with invalid UTF-8.
func (s *scanner) taint() {
	if !s.tainted {
		s.tainted = true
		s.invalid++
	}
}

// escape takes an escape. A surrogate without its other half stands for the
// replacement character.
func (s *scanner) escape() (e [8]byte, size int, ok bool) {
	if !s.ensure(2) {
		return e, 0, s.failEarly()
	}
	c := s.buf[s.i+1]
	if u := unescape[c]; u != 0 {
		s.i += 2
		e[0] = u
		return e, 1, true
	}
	if c != 'u' {
		return e, 0, s.fail(reasonEscape, s.i)
	}
	r, ok := s.unit()
	if !ok {
		return e, 0, false
	}
	if utf16.IsSurrogate(r) {
		r = s.pair(r)
	}
	return e, utf8.EncodeRune(e[:], r), true
}

// pair joins a surrogate with the one that follows.
func (s *scanner) pair(hi rune) rune {
	if s.ensure(6) && s.buf[s.i] == '\\' && s.buf[s.i+1] == 'u' {
		if lo, ok := hex4(s.buf[s.i+2 : s.i+6]); ok {
			if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
				s.i += 6
				return r
			}
		}
	}
	s.taint()
	return utf8.RuneError
}

// unit takes one \uXXXX.
func (s *scanner) unit() (rune, bool) {
	if !s.ensure(6) {
		for k := s.i + 2; k < s.n; k++ {
			if hexDigit(s.buf[k]) < 0 {
				return 0, s.fail(reasonEscape, s.i)
			}
		}
		return 0, s.failEarly()
	}
	r, ok := hex4(s.buf[s.i+2 : s.i+6])
	if !ok {
		return 0, s.fail(reasonEscape, s.i)
	}
	s.i += 6
	return r, true
}

func hex4(p []byte) (rune, bool) {
	var r rune
	for _, c := range p {
		d := hexDigit(c)
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20) - 'a' + 10
	}
	return -1
}
