package command

import "strings"

// forWindows reports whether a command is written for cmd.exe, by its carets.
func forWindows(s string) bool {
	if strings.Contains(s, "\\\n") || strings.Contains(s, "'\n") || strings.Contains(s, "\\\r\n") {
		return false
	}
	for rest := s; ; {
		_, after, ok := strings.Cut(rest, "^")
		if !ok {
			return strings.Contains(s, "curl.exe ") || strings.Contains(s, `"%"`)
		}
		if after == "" || strings.IndexByte("\r\n\"&|<>()%^\\", after[0]) >= 0 {
			return true
		}
		rest = after
	}
}

// windows splits a command for cmd.exe: variables and carets go first, then the
// program itself takes its command line apart.
func windows(src string) ([]word, int) {
	var line strings.Builder
	at, quoted := 0, false
	vars := percent().FindAllStringIndex(src, -1)
scan:
	for at < len(src) {
		for len(vars) > 0 && vars[0][0] < at {
			vars = vars[1:]
		}
		if len(vars) > 0 && vars[0][0] == at {
			line.WriteByte(openMark)
		}
		switch c := src[at]; {
		case c == '^' && !quoted:
			// A caret takes a line end away, and the sense of what follows.
			rest := src[at+1:]
			n := 1 + len(lineEnd(rest))
			rest = src[at+n:]
			if end := lineEnd(rest); n > 1 && end != "" {
				line.WriteByte('\n')
				at += n + len(end)
				continue
			}
			if at += n; n == 1 && rest != "" {
				line.WriteByte(rest[0])
				at++
			}
			continue
		case c == '"':
			quoted = !quoted
		case c == openMark:
			at++
			continue
		case c == '\n', !quoted && (c == '|' || c == '&' || c == '>' || c == '<'):
			break scan
		}
		line.WriteByte(src[at])
		at++
	}
	for at < len(src) && src[at] != '\n' {
		at++
	}
	at += min(1, len(src)-at)
	return arguments(line.String()), at
}

// openMark stands before a variable that cmd.exe replaces.
const openMark = '\x00'

// lineEnd is the line end that s starts with.
func lineEnd(s string) string {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return s[:2]
	case strings.HasPrefix(s, "\n"):
		return s[:1]
	}
	return ""
}

// arguments splits a command line as the C library of Windows does.
func arguments(s string) []word {
	var out []word
	var b strings.Builder
	some, quoted, open := false, false, false
	put := func() {
		if some {
			out = append(out, word{text: b.String(), open: open})
		}
		b.Reset()
		some, open = false, false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == openMark:
			open = true
		case c == '\\':
			n := 0
			for i+n < len(s) && s[i+n] == '\\' {
				n++
			}
			i += n - 1
			some = true
			if i+1 < len(s) && s[i+1] == '"' {
				b.WriteString(strings.Repeat(`\`, n/2))
				if n%2 == 1 {
					b.WriteByte('"')
					i++
				}
				continue
			}
			b.WriteString(strings.Repeat(`\`, n))
		case c == '"' && quoted && strings.HasPrefix(s[i+1:], `"`): // a doubled one stands for itself
			b.WriteByte('"')
			i++
		case c == '"':
			quoted, some = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			put()
		default:
			b.WriteByte(c)
			some = true
		}
	}
	put()
	return out
}
