package har

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
)

// A scanner reads JSON text through a window that slides over its source. It
// validates everything it passes, in one pass, and never holds a whole value.
//
// Methods that read return false after an error; bad then says which one. The
// window is followed by zero bytes, which end every loop over it without a
// separate check for its end.
type scanner struct {
	buf  []byte // the window is buf[:n]; pad zero bytes follow
	i, n int    // next byte, end of the window
	base int64  // offset of buf[0] in the text
	src  io.Reader
	end  bool  // src has nothing more
	err  error // why, unless io.EOF

	counting bool  // keep lines and bol
	lines    int   // line feeds before buf[0]
	bol      int64 // offset of the start of the line that buf[0] is on

	depth   int
	invalid int // strings with invalid UTF-8 or lone surrogates
	tainted bool
	bad     defect

	key   [maxKey + pad]byte // a key that had to be decoded
	num   [64]byte           // a number that had to be collected
	stack [maxDepth]int32    // what each level is: an array index, or inObject
}

// A defect is the first error of a scanner.
type defect struct {
	reason string
	at     int64
	path   string // JSON pointer, built from the innermost key outwards
	early  bool   // the text ends too soon

	line, column int // set where a stream will have moved on before it is told
}

// newScanner returns a scanner whose window holds size bytes.
func newScanner(size int) *scanner {
	return &scanner{buf: make([]byte, max(size, 4*lookBack)+pad)}
}

// reset makes s read src, whose first byte is at offset base of the text.
func (s *scanner) reset(src io.Reader, base int64) {
	clear(s.buf[:pad])
	s.i, s.n, s.base, s.src = 0, 0, base, src
	s.end, s.err, s.depth, s.bad = false, nil, 0, defect{}
	s.lines, s.bol = 0, base
	s.more() // so that the next byte can be looked at
}

// offset returns where in the text the next byte is.
func (s *scanner) offset() int64 { return s.base + int64(s.i) }

// more slides the window so that more bytes follow the current one, and
// reports whether any did.
func (s *scanner) more() bool {
	if s.end {
		return false
	}
	if drop := s.i - lookBack; drop > 0 {
		if s.counting {
			s.lines += bytes.Count(s.buf[:drop], newline)
			if k := bytes.LastIndexByte(s.buf[:drop], '\n'); k >= 0 {
				s.bol = s.base + int64(k) + 1
			}
		}
		copy(s.buf, s.buf[drop:s.n])
		s.i, s.n, s.base = s.i-drop, s.n-drop, s.base+int64(drop)
	}
	room := s.buf[s.n : len(s.buf)-pad]
	if len(room) == 0 {
		return false // only a token longer than the window, which no caller waits for
	}
	got := 0
	for tries := 0; got == 0 && !s.end; tries++ {
		k, err := s.src.Read(room)
		got = k
		switch {
		case err == io.EOF:
			s.end = true
		case err != nil:
			s.end, s.err = true, err
		case k == 0 && tries == 100:
			s.end, s.err = true, io.ErrNoProgress
		}
	}
	s.n += got
	clear(s.buf[s.n : s.n+pad])
	return got > 0
}

var newline = []byte{'\n'}

// ensure reports whether k bytes follow, reading on for them if need be.
func (s *scanner) ensure(k int) bool {
	for s.n-s.i < k {
		if !s.more() {
			return false
		}
	}
	return true
}

// fail records the first error, which is at index i of the window.
func (s *scanner) fail(reason string, i int) bool {
	if s.bad.reason == "" {
		s.bad = defect{reason: reason, at: s.base + int64(i)}
	}
	return false
}

// failHere records that the next byte cannot stand where it stands: the text
// ended, or it is not what reason asks for.
func (s *scanner) failHere(reason string) bool {
	if s.i >= s.n && !s.more() {
		return s.failEarly()
	}
	return s.fail(reason, s.i)
}

// failEarly records that the text ends too soon.
func (s *scanner) failEarly() bool {
	if s.bad.reason == "" {
		s.bad = defect{reason: reasonEarly, at: s.base + int64(s.n), early: true}
		if s.err != nil && s.err != io.ErrUnexpectedEOF {
			s.bad.reason = reasonRead
		}
	}
	return false
}

// in puts a step before the path of the recorded error, on the way out of the
// value that holds it. It returns false for the caller to hand on.
func (s *scanner) in(step string) bool {
	s.bad.path = "/" + step + s.bad.path
	return false
}

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	blanks = 0x2020202020202020
)

func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// ws skips white space and returns the byte after it without taking it; zero
// at the end of the text.
func (s *scanner) ws() byte {
	if c := s.buf[s.i]; c > ' ' {
		return c
	}
	return s.wsLong()
}

func (s *scanner) wsLong() byte {
	for {
		b, i := s.buf, s.i
		for {
			c := b[i]
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				break
			}
			i++
			// Indentation: eight blanks at a time, then the rest at once.
			x := load(b, i) ^ blanks
			for x == 0 {
				i += 8
				x = load(b, i) ^ blanks
			}
			i += bits.TrailingZeros64(x) / 8
			if b[i] > ' ' {
				s.i = i
				return b[i]
			}
		}
		s.i = i
		if i < s.n || !s.more() {
			return s.buf[s.i]
		}
	}
}

// literal takes the rest of true, false or null.
func (s *scanner) literal(word string) bool {
	s.ensure(len(word))
	for k := range len(word) {
		if s.i+k >= s.n {
			return s.failEarly()
		}
		if s.buf[s.i+k] != word[k] {
			return s.fail(reasonLiteral, s.i+k)
		}
	}
	s.i += len(word)
	return true
}

// object takes the brace that opens an object and reports whether a key
// follows. If ok is false the object is broken.
func (s *scanner) object() (some, ok bool) {
	if s.depth++; s.depth > maxDepth {
		return false, s.fail(reasonDeep, s.i)
	}
	s.stack[s.depth-1] = inObject
	s.i++
	switch s.ws() {
	case '"':
		return true, true
	case '}':
		s.i++
		s.depth--
		return false, true
	}
	return false, s.failHere(reasonKey)
}

// nextKey takes what follows a member of an object: a comma, and then a key
// must follow, or the closing brace.
func (s *scanner) nextKey() (some, ok bool) {
	switch s.ws() {
	case ',':
		s.i++
		if s.ws() != '"' {
			return false, s.failHere(reasonKey)
		}
		return true, true
	case '}':
		s.i++
		s.depth--
		return false, true
	}
	return false, s.failHere(reasonObject)
}

// array takes the bracket that opens an array and reports whether an element
// follows.
func (s *scanner) array() (some, ok bool) {
	if s.depth++; s.depth > maxDepth {
		return false, s.fail(reasonDeep, s.i)
	}
	s.stack[s.depth-1] = 0
	s.i++
	if s.ws() == ']' {
		s.i++
		s.depth--
		return false, true
	}
	return true, true
}

// nextElement takes what follows an element of an array.
func (s *scanner) nextElement() (some, ok bool) {
	switch s.ws() {
	case ',':
		s.i++
		if s.ws() == ']' {
			return false, s.fail(reasonValue, s.i)
		}
		return true, true
	case ']':
		s.i++
		s.depth--
		return false, true
	}
	return false, s.failHere(reasonArray)
}

// name takes a key with its colon and any white space after it. What it
// returns is decoded, valid until the next read, and nil for a key that is
// longer than any known one.
func (s *scanner) name() ([]byte, bool) {
	b, i := s.buf, s.i+1
	var k []byte
	x := special(load(b, i))
	j := i
	for x == 0 && j < i+32 {
		j += 8
		x = special(load(b, j))
	}
	j += bits.TrailingZeros64(x) / 8
	if x != 0 && b[j] == '"' {
		k = b[i:j]
		s.i = j + 1
	} else {
		var ok bool
		if k, ok = s.longName(); !ok {
			return nil, false
		}
	}
	// Nearly all writers put nothing or one blank after the colon.
	if b = s.buf[s.i : s.i+3]; b[0] == ':' {
		if b[1] > ' ' {
			s.i++
			return k, true
		}
		if b[1] == ' ' && b[2] > ' ' {
			s.i += 2
			return k, true
		}
	}
	return s.colon(k)
}

// longName takes a key that holds escapes, is long or crosses the window.
func (s *scanner) longName() ([]byte, bool) {
	s.i++
	k, cut, ok := s.text(s.key[:0], maxKey)
	if !ok || cut {
		return nil, ok
	}
	return k, true
}

// colon takes the colon after key k and white space about it. The window may
// slide, so the key is put aside.
func (s *scanner) colon(k []byte) ([]byte, bool) {
	if k != nil {
		k = append(s.key[:0], k...)
	}
	if s.ws() != ':' {
		return nil, s.failHere(reasonColon)
	}
	s.i++
	s.ws()
	return k, true
}
