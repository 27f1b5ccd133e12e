package har

import "strconv"

// skip takes a value of any kind, whose first byte is the next one.
func (s *scanner) skip() bool {
	switch c := s.buf[s.i]; c {
	case '"':
		s.i++
		return s.skipString()
	case '{', '[':
		return s.skipContainer()
	default:
		return s.scalar(c)
	}
}

// scalar takes a number, true, false or null that starts with c.
func (s *scanner) scalar(c byte) bool {
	switch c {
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		_, ok := s.number()
		return ok
	}
	return s.failHere(reasonValue)
}

// inObject marks an object on scanner.stack; other values are array indexes.
const inObject = -1

// skipContainer takes an array or object with all that is in it. It keeps its
// own stack: a hostile capture must not decide how deep Go's goes.
func (s *scanner) skipContainer() bool {
	floor := s.depth
	for {
		// A value starts here.
		opened := false
		switch c := s.buf[s.i]; c {
		case '"':
			s.i++
			if !s.skipString() {
				return s.lost(floor)
			}
		case '{':
			some, ok := s.object()
			if !ok {
				return s.lost(floor)
			}
			if some {
				opened = true
			}
		case '[':
			some, ok := s.array()
			if !ok {
				return s.lost(floor)
			}
			if some {
				if s.buf[s.i] != '"' {
					continue
				}
				// Strings are common enough to save the jump.
				s.i++
				if !s.skipString() {
					return s.lost(floor)
				}
			}
		default:
			if !s.scalar(c) {
				return s.lost(floor)
			}
		}
		if !opened {
			done, ok := s.afterValue(floor)
			if done || !ok {
				return ok
			}
			if s.stack[s.depth-1] != inObject {
				continue
			}
		}
		if _, ok := s.name(); !ok {
			return s.lost(floor)
		}
	}
}

// afterValue closes what ends here, up to depth floor, and takes the comma
// before the next member or element.
func (s *scanner) afterValue(floor int) (done, ok bool) {
	for s.depth > floor {
		top := &s.stack[s.depth-1]
		var some bool
		if *top == inObject {
			some, ok = s.nextKey()
		} else {
			some, ok = s.nextElement()
			*top++
		}
		if !ok {
			return false, s.lost(floor)
		}
		if some {
			return false, true
		}
	}
	return true, true
}

// lost writes the steps from depth floor to the current one into the path of
// the error.
func (s *scanner) lost(floor int) bool {
	for d := min(s.depth, maxDepth); d > floor; d-- {
		if s.stack[d-1] == inObject {
			s.in("?")
		} else {
			s.in(strconv.Itoa(int(s.stack[d-1])))
		}
		// A path of a thousand steps helps nobody.
		if d > floor+maxPath {
			s.bad.path = ""
		}
	}
	return false
}

// maxPath bounds the steps of a JSON pointer below a known key.
const maxPath = 20

// number takes a number and returns its text, at most the first 64 bytes. The
// text is valid until the next read.
func (s *scanner) number() ([]byte, bool) {
	b, i := s.buf, s.i
	start := i
	if b[i] == '-' {
		i++
	}
	first := i
	for b[i]-'0' <= 9 {
		i++
	}
	if i == first || b[first] == '0' && i > first+1 {
		return s.slowNumber()
	}
	if b[i] == '.' {
		i++
		first = i
		for b[i]-'0' <= 9 {
			i++
		}
		if i == first {
			return s.slowNumber()
		}
	}
	// What follows decides whether the number is over: the window must hold it.
	if c := b[i]; c == 'e' || c == 'E' || i >= s.n || i-start > len(s.num) {
		return s.slowNumber()
	}
	s.i = i
	return b[start:i], true
}

// slowNumber takes a number byte by byte: one with an exponent, one that
// crosses the window or is not a number.
func (s *scanner) slowNumber() ([]byte, bool) {
	out := s.num[:0]
	take := func() {
		if len(out) < len(s.num) {
			out = append(out, s.buf[s.i])
		}
		s.i++
	}
	peek := func() byte {
		if s.i >= s.n && !s.more() {
			return 0
		}
		return s.buf[s.i]
	}
	digits := func() bool {
		if peek()-'0' > 9 {
			return s.failHere(reasonNumber)
		}
		for peek()-'0' <= 9 {
			take()
		}
		return true
	}
	if peek() == '-' {
		take()
	}
	if peek() == '0' {
		take()
	} else if !digits() {
		return nil, false
	}
	if peek() == '.' {
		take()
		if !digits() {
			return nil, false
		}
	}
	if peek()|0x20 == 'e' {
		take()
		if c := peek(); c == '+' || c == '-' {
			take()
		}
		if !digits() {
			return nil, false
		}
	}
	return out, true
}
