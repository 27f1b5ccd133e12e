package har

import "bytes"

// A layout is the bytes that a producer puts between the strings of header
// fields. They are the same for all fields of a file, so once they were seen
// to be `{ "name": "` and so on, comparing them reads them.
type layout struct {
	open []byte // from the brace to the quote before a name
	mid  []byte // from the quote after a name to the one before its value
	more []byte // from the quote after a value to the one before the next name

	tries int
}

// maxLayout bounds each part; maxTries the lists looked at in vain.
const (
	maxLayout = 128
	maxTries  = 8
)

// learn looks at the list of fields of which b starts with the first brace.
func (l *layout) learn(b []byte) {
	l.tries++
	open := lead(b, `{`, `"name"`, `:`, `"`)
	name := stringEnd(b, open)
	mid := lead(b[name:], `,`, `"value"`, `:`, `"`)
	value := stringEnd(b, name+mid)
	more := lead(b[value:], `}`, `,`, `{`, `"name"`, `:`, `"`)
	if open == 0 || mid == 0 || more == 0 {
		return
	}
	l.open = bytes.Clone(b[:open])
	l.mid = bytes.Clone(b[name : name+mid])
	l.more = bytes.Clone(b[value : value+more])
}

// lead returns the length of tokens, with white space between them, at the
// start of b; 0 if there is something else.
func lead(b []byte, tokens ...string) int {
	i := 0
	for _, t := range tokens {
		for i < len(b) && i < maxLayout && isSpace(b[i]) {
			i++
		}
		if i+len(t) > len(b) || string(b[i:i+len(t)]) != t {
			return 0
		}
		i += len(t)
	}
	return i
}

// stringEnd returns the index of the quote that ends a string, plus one, or
// len(b).
func stringEnd(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// startsWith is bytes.HasPrefix for short prefixes of at least eight bytes.
func (s *scanner) startsWith(prefix []byte) bool {
	return len(prefix) > 0 && len(prefix) <= s.n-s.i && string(s.buf[s.i:s.i+len(prefix)]) == string(prefix)
}

// quick reads header fields for as long as they have the known layout, from a
// brace on. It leaves off inside the object of a field, for rest to go on.
func (p *parser) quick(m *message, n *int) (f spans, seen uint, mark int, ok bool) {
	s := p.s
	s.i += len(p.layout.open)
	for {
		mark, seen = len(p.text), seenName
		f = spans{}
		if f.name, ok = p.quoted(); !ok {
			return f, seen, mark, s.in("name")
		}
		if !s.startsWith(p.layout.mid) {
			return f, seen, mark, true
		}
		s.i += len(p.layout.mid)
		seen |= seenValue
		if f.value, ok = p.quoted(); !ok {
			return f, seen, mark, s.in("value")
		}
		if !s.startsWith(p.layout.more) {
			return f, seen, mark, true
		}
		s.i += len(p.layout.more)
		p.add(m, f, mark)
		*n++
	}
}

// quoted reads the rest of a string into text.
func (p *parser) quoted() (v span, ok bool) {
	v.from = len(p.text)
	var cut bool
	p.text, cut, ok = p.s.text(p.text, min(maxValue, maxText-v.from))
	if cut {
		p.notes.long++
	}
	v.to = len(p.text)
	return v, ok
}
