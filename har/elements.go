package har

import (
	"bytes"
)

// An outcome says why parser.elements came back.
type outcome uint8

const (
	closed  outcome = iota // the list was read to its end
	reached                // the next entry starts at or after the limit
	ended                  // the input ends, or holds no further entry
	stopped                // emit wanted no more
)

// elements reads entries up to the end of the list or until one would start at
// p.limit or later; emit may lower that. It must stand at the first byte of an
// element. doubt tells that it got there by a search.
//
// An entry with an error is given up, and the next one searched for. What the
// search finds must look like an entry: it may be some object inside one.
func (p *parser) elements(sep *separator, doubt bool, emit func(*item) bool) outcome {
	s := p.s
	for {
		start := s.offset()
		if start >= p.limit {
			p.doubt = doubt
			return reached
		}
		sep.learn(s)
		it, ok := p.entry()
		if doubt && !p.credible {
			// Not an entry, so it is no news that it cannot be read.
			if s.bad.early || !p.seek(sep, start) {
				return ended
			}
			continue
		}
		doubt = false
		if !emit(&it) {
			return stopped
		}
		if ok {
			var more bool
			if more, ok = s.nextElement(); ok && !more {
				return closed
			} else if ok {
				continue
			}
			// A comma before the bracket harms nobody else.
			trailing := s.i < s.n && s.buf[s.i] == ']'
			if !emit(&item{bad: s.bad.unreadable(), loose: true}) {
				return stopped
			}
			if trailing {
				s.i++
				s.depth--
				s.bad = defect{}
				return closed
			}
		}
		if s.bad.early || !p.seek(sep, start) {
			return ended
		}
		doubt = true
	}
}

// seek moves on to what looks like the start of an entry and lies behind
// offset start, where the entry with the error began.
func (p *parser) seek(sep *separator, start int64) bool {
	p.s.bad = defect{}
	p.s.depth = p.level
	// The error may show only at the key, behind the blanks and the brace that
	// lead the next entry.
	from := max(p.s.offset()-int64(len(sep.text)), start+1-int64(sep.lead))
	p.s.i = max(int(from-p.s.base), 0)
	return sep.find(p.s)
}

// A separator is what stands between entries, as learnt from the first two:
// the white space before the brace, the brace, and what comes up to the first
// key. In valid JSON no string can hold it, for there the quote would be
// escaped.
type separator struct {
	text   []byte
	lead   int  // bytes of text before the brace
	strict bool // text has a line feed, so the indentation tells the level
	looks  int  // how many entries were looked at
	keys   [2]string
}

// learn looks at the entry that s stands at.
func (p *separator) learn(s *scanner) {
	if p.looks == len(p.keys) {
		return
	}
	p.looks++
	s.ensure(lookBack)
	b := s.buf[:s.n]
	if s.i >= s.n || b[s.i] != '{' {
		return
	}
	from, to := s.i, s.i+1
	for from > 0 && s.i-from < lookBack/2 && isSpace(b[from-1]) {
		from--
	}
	for to < len(b) && to-s.i < lookBack/2 && isSpace(b[to]) {
		to++
	}
	if to >= len(b) || b[to] != '"' {
		return
	}
	key := b[to+1:]
	end := bytes.IndexByte(key, '"')
	if end < 0 || end > maxKey {
		return
	}
	p.text = append(p.text[:0], b[from:to+1]...)
	p.lead = s.i - from
	p.strict = bytes.IndexByte(p.text, '\n') >= 0
	p.keys[p.looks-1] = string(key[:end])
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// find moves s to the next brace that may start an entry.
func (p *separator) find(s *scanner) bool {
	if len(p.text) == 0 {
		return false
	}
	for {
		k := bytes.Index(s.buf[s.i:s.n], p.text)
		if k < 0 {
			s.i = max(s.i, s.n-len(p.text)+1)
			if !s.more() {
				return false
			}
			continue
		}
		s.i += k + p.lead
		if p.strict || p.known(s) {
			return true
		}
		s.i++
	}
}

// known reports whether the first key of the object at s is one that entries
// start with. DevTools sorts the keys, so it depends on which there are.
func (p *separator) known(s *scanner) bool {
	skip := len(p.text) - p.lead
	s.ensure(skip + maxKey)
	key := s.buf[s.i+skip : min(s.n, s.i+skip+maxKey)]
	end := bytes.IndexByte(key, '"')
	if end < 0 {
		return false
	}
	switch k := string(key[:end]); k {
	case "":
		return false
	case p.keys[0], p.keys[1], "startedDateTime", "pageref", "_initiator", "_connectionId", "_id":
		return true
	}
	return false
}
