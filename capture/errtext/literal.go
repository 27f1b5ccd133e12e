package errtext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A node is a value in a literal: of Python, or as Node's util.inspect prints it.
type node struct {
	kind  kind
	text  string   // of a string or a word
	names []string // of the members of an object
	list  []*node  // members of an object or a list
}

type kind uint8

const (
	word   kind = iota // undefined, 401, [Function: x], [Object]
	str                // a string
	object             // members with names
	list
)

// get returns a member by its path; nil: there is none.
func (n *node) get(path ...string) *node {
	for _, p := range path {
		if n == nil || n.kind != object {
			return nil
		}
		var found *node
		for i := range n.names {
			if n.names[i] == p {
				found = n.list[i]
			}
		}
		n = found
	}
	return n
}

// string returns the text of a string; "": it is none.
func (n *node) string() string {
	if n == nil || n.kind != str {
		return ""
	}
	return n.text
}

// literal reads the value at the start of s. What is broken off is read as far as it
// goes.
func literal(s string) *node {
	r := &reader{s: s[:min(len(s), maxLiteral)]}
	return r.value(0)
}

type reader struct {
	s     string
	at    int
	nodes int
}

func (r *reader) rest() string { return r.s[r.at:] }

func (r *reader) blanks() {
	for r.at < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.at]) >= 0 {
		r.at++
	}
}

// value reads a value. It always moves on, unless at the end, a comma or the end of
// what it stands in.
func (r *reader) value(depth int) *node {
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		r.at = len(r.s) // what follows cannot be told apart any more
		return &node{}
	}
	from := r.at
	for r.blanks(); r.at < len(r.s); {
		switch c := r.s[r.at]; {
		case c == '\'' || c == '"' || c == '`':
			return r.strings()
		case c == '{':
			r.at++
			return r.members(depth)
		case c == '[':
			if tag := tagged(r.rest()); tag > 0 { // [Function: x], [Object: null prototype] {
				r.at += tag
				continue
			}
			r.at++
			return r.items(depth)
		case c == '<':
			if i := strings.IndexAny(r.rest(), ">\n"); i > 0 && r.s[r.at+i] == '>' { // <ref *1>, <Buffer 7b>
				r.at += i
			}
			r.at++
		case c == ',' || c == '}' || c == ']' || c == '\n':
			return &node{text: strings.TrimSpace(r.s[from:r.at])}
		default:
			r.at++
		}
	}
	return &node{text: strings.TrimSpace(r.s[from:min(r.at, from+100)])}
}

// tagged returns the length of a tag in brackets that is not a list.
func tagged(s string) int {
	i := strings.IndexAny(s, "]\n,'\"{")
	if i < 2 || s[i] != ']' || s[1] == ' ' {
		return 0
	}
	if c := s[1]; c >= 'A' && c <= 'Z' || strings.HasPrefix(s, "[class ") {
		return i + 1
	}
	return 0
}

// members reads an object, after its bracket, and the end of it.
func (r *reader) members(depth int) *node {
	n := &node{kind: object}
	for {
		r.blanks()
		if r.at >= len(r.s) {
			return n
		}
		c := r.s[r.at]
		if c == '}' {
			r.at++
			return n
		}
		name := ""
		switch {
		case c == ',' || c == ']':
			r.at++
			continue
		case c == '\'' || c == '"':
			name = r.quoted()
		default:
			i := strings.IndexAny(r.rest(), ":,\n}{")
			if i < 0 {
				r.at = len(r.s)
				return n
			}
			name = strings.TrimSpace(r.s[r.at : r.at+i])
			if r.at += i; i == 0 && c == '{' {
				r.value(depth + 1)
				continue
			}
		}
		r.blanks()
		if !strings.HasPrefix(r.rest(), ":") {
			if r.at < len(r.s) && strings.IndexByte(",}", r.s[r.at]) < 0 {
				r.at++
			}
			continue
		}
		r.at++
		if v := r.value(depth + 1); name != "" {
			n.names, n.list = append(n.names, name), append(n.list, v)
		}
	}
}

// items reads a list, after its bracket, and the end of it.
func (r *reader) items(depth int) *node {
	n := &node{kind: list}
	for {
		r.blanks()
		switch {
		case r.at >= len(r.s):
			return n
		case r.s[r.at] == ']':
			r.at++
			return n
		case r.s[r.at] == ',' || r.s[r.at] == '}':
			r.at++
			continue
		}
		n.list = append(n.list, r.value(depth+1))
	}
}

// strings reads a string, or several with a plus between them.
func (r *reader) strings() *node {
	n := &node{kind: str, text: r.quoted()}
	for {
		at := r.at
		r.blanks()
		if !strings.HasPrefix(r.rest(), "+") {
			r.at = at
			return n
		}
		r.at++
		r.blanks()
		if r.at >= len(r.s) || strings.IndexByte("'\"`", r.s[r.at]) < 0 {
			return n
		}
		if more := r.quoted(); len(n.text)+len(more) <= maxValue {
			n.text += more
		}
	}
}

// quoted reads a string literal with its quotes.
func (r *reader) quoted() string {
	quote := r.s[r.at]
	r.at++
	var b strings.Builder
	for r.at < len(r.s) {
		c := r.s[r.at]
		r.at++
		switch {
		case c == quote:
			return b.String()
		case c == '\\' && r.at < len(r.s):
			r.escaped(&b)
		case b.Len() < maxValue:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaped reads what follows a backslash.
func (r *reader) escaped(b *strings.Builder) {
	c := r.s[r.at]
	r.at++
	if digits := map[byte]int{'x': 2, 'u': 4}[c]; digits > 0 && r.at+digits <= len(r.s) {
		if v, err := strconv.ParseUint(r.s[r.at:r.at+digits], 16, 32); err == nil {
			r.at += digits
			if v > utf8.RuneSelf && c == 'u' || v < utf8.RuneSelf {
				b.WriteRune(rune(v))
			} else {
				b.WriteByte(byte(v))
			}
			return
		}
	}
	if b.Len() >= maxValue {
		return
	}
	if i := strings.IndexByte("nrtbfv0", c); i >= 0 {
		c = "\n\r\t\b\f\v\x00"[i]
	}
	b.WriteByte(c)
}
