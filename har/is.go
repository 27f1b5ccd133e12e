package har

import "bytes"

// Is reports whether a text that starts with head looks like a HAR. It must be
// given UTF-8; a byte order mark is tolerated. A few kilobytes are enough.
//
// It goes by content, not by a file name: an object that has, on its top
// level, a "log" that is an object and starts with a key that logs have.
// Reports of newman and Postman collections have no such thing.
func Is(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	head = bytes.TrimLeft(head, " \t\r\n\x00")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	s := newScanner(len(head))
	s.reset(bytes.NewReader(head), 0)
	s.ensure(len(head))
	some, ok := s.object()
	for ; ok && some; some, ok = s.nextKey() {
		k, ok := s.name()
		if !ok {
			return false
		}
		if string(k) == "log" && s.buf[s.i] == '{' {
			return isLog(s)
		}
		if !s.skip() {
			return false
		}
	}
	return false
}

// isLog looks at the members of log for one that tells it from other logs.
func isLog(s *scanner) bool {
	some, ok := s.object()
	for ; ok && some; some, ok = s.nextKey() {
		k, ok := s.name()
		if !ok {
			return false
		}
		c := s.buf[s.i]
		switch string(k) {
		case "version":
			if c == '"' || c-'0' <= 9 {
				return true
			}
		case "creator", "browser":
			if c == '{' {
				return true
			}
		case "pages", "entries":
			if c == '[' || c == 'n' {
				return true
			}
		}
		if !s.skip() {
			return false
		}
	}
	return false
}
