package command

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A word is one argument of a command.
type word struct {
	text string
	open bool // it holds what only the shell knows
	slip slip
}

// A slip is what a command certainly or possibly does to a value that only the
// shell knows.
type slip uint8

const (
	lineFeed slip = 1 << iota // encodes it as base64 together with a line feed at its end
	mayWrap                   // encodes it as base64 in lines, if it is long
)

// encodedLineFeed stands for the base64 encoding of text of unknown length that
// ends in a line feed, and encodedUnknown of any other.
const (
	encodedLineFeed = "***Cg=="
	encodedUnknown  = "***"
)

var (
	percent = pattern(`%[A-Za-z_]\w{2,}%`)
	named   = pattern(`^\$(?:\{[^}\n]{1,200}\}|[A-Za-z_]\w*|[0-9@*#?!-])`)
	braces  = pattern(`\{\{[^{}\n]{1,100}\}\}`)
)

// split returns the words of the command at the start of src, and where it ends.
func split(src string, vars map[string]word) ([]word, int) {
	if forWindows(glance(src)) {
		words, to := windows(src)
		return templates(words), to
	}
	l := &lexer{src: src, vars: vars}
	return templates(l.words()), l.at
}

// glance returns the first line of a command with those that it goes on in.
func glance(src string) string {
	src = src[:min(len(src), maxGlance)]
	for at := 0; ; {
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			return src
		}
		line := strings.TrimSuffix(src[at:at+i], "\r")
		at += i + 1
		if !strings.HasSuffix(line, "^") && !strings.HasSuffix(line, `\`) {
			return src[:at]
		}
	}
}

// forWindows reports whether a command is written for cmd.exe, by its carets.
func forWindows(s string) bool {
	if strings.Contains(s, "\\\n") || strings.Contains(s, "'\n") || strings.Contains(s, "\\\r\n") {
		return false
	}
	for rest := s; ; {
		_, after, ok := strings.Cut(rest, "^")
		if !ok {
			return strings.Contains(s, "curl.exe ")
		}
		if after == "" || strings.IndexByte("\r\n\"&|<>()%^\\", after[0]) >= 0 {
			return true
		}
		rest = after
	}
}

// templates marks words that hold a variable of a tool, such as {{token}}.
func templates(words []word) []word {
	for i := range words {
		words[i].open = words[i].open || braces().MatchString(words[i].text)
	}
	return words
}

// A lexer splits text as a POSIX shell and bash do.
type lexer struct {
	src    string
	at     int
	nested int
	stop   byte // what ended the words: '|', ';', '\n', …; 0: the end
	vars   map[string]word

	out  []word
	text strings.Builder
	open bool
	some bool
	slip slip
}

func (l *lexer) word() {
	if l.some {
		l.out = append(l.out, word{l.text.String(), l.open, l.slip})
	}
	l.text.Reset()
	l.open, l.some, l.slip = false, false, 0
}

func (l *lexer) put(s string) { l.text.WriteString(s); l.some = true }

// Quotation marks that word processors and chats put in place of plain ones.
var smart = map[rune]bool{'“': true, '”': true, '„': true, '‘': true, '’': true, '‚': true}

func (l *lexer) words() []word {
	for l.at < len(l.src) {
		c := l.src[l.at]
		rest := l.src[l.at:]
		switch {
		case strings.HasPrefix(rest, "\\\n"):
			l.at += 2
		case strings.HasPrefix(rest, "\\\r\n"):
			l.at += 3
		case c == '\\' && len(rest) > 1:
			l.put(rest[1:2])
			l.at += 2
		case c == ' ' || c == '\t' || c == '\r':
			l.word()
			l.at++
		case strings.HasPrefix(rest, "<<<"):
			l.word()
			l.put("<<<")
			l.word()
			l.at += 3
		case c == '\n' || c == ';' || c == '|' || c == '&' || c == '>' || c == '<' || c == ')':
			if c == '>' && l.some && (l.text.String() == "1" || l.text.String() == "2") {
				l.text.Reset()
				l.some = false
			}
			l.word()
			l.stop = c
			for c != '\n' && c != '|' && l.at < len(l.src) && l.src[l.at] != '\n' && l.nested == 0 {
				l.at++ // redirections and what follows on the line
			}
			l.at += min(1, len(l.src)-l.at)
			return l.out
		case c == '\'':
			l.single()
		case c == '"':
			l.at++
			l.double('"')
		case strings.HasPrefix(rest, "$'"):
			l.ansi()
		case strings.HasPrefix(rest, `$"`):
			l.at += 2
			l.double('"')
		case c == '$' || c == '`':
			l.expand(false)
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(rest)
			if smart[r] {
				l.at += n
				l.smart()
				continue
			}
			l.put(rest[:n])
			l.at += n
		default:
			l.put(rest[:1])
			l.at++
		}
	}
	l.word()
	return l.out
}

func (l *lexer) single() {
	s, _, ok := strings.Cut(l.src[l.at+1:], "'")
	l.at += 1 + len(s)
	if ok {
		l.at++
	}
	l.put(s)
}

// smart reads up to the next typographic mark. It was a plain one of either kind
// once; variables in it are taken for ones that the shell replaces.
func (l *lexer) smart() {
	l.some = true
	for l.at < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.at:])
		if smart[r] {
			l.at += n
			return
		}
		if r == '$' && named().MatchString(l.src[l.at:]) {
			l.open = true
		}
		l.put(l.src[l.at : l.at+n])
		l.at += n
	}
}

func (l *lexer) double(end byte) {
	l.some = true
	for l.at < len(l.src) {
		c := l.src[l.at]
		switch {
		case c == end:
			l.at++
			return
		case c == '\\' && l.at+1 < len(l.src):
			switch n := l.src[l.at+1]; n {
			case '$', '`', '"', '\\':
				l.put(string(n))
			case '\n':
			default:
				l.put(l.src[l.at : l.at+2])
			}
			l.at += 2
		case c == '$' || c == '`':
			l.expand(true)
		default:
			l.put(l.src[l.at : l.at+1])
			l.at++
		}
	}
}

// ansi reads $'…' of bash.
func (l *lexer) ansi() {
	l.at += 2
	l.some = true
	for l.at < len(l.src) && l.src[l.at] != '\'' {
		if l.src[l.at] != '\\' || l.at+1 == len(l.src) {
			l.put(l.src[l.at : l.at+1])
			l.at++
			continue
		}
		n := 2
		switch c := l.src[l.at+1]; c {
		case 'n':
			l.put("\n")
		case 'r':
			l.put("\r")
		case 't':
			l.put("\t")
		case 'x', 'u', 'U':
			most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			for n < 2+most && l.at+n < len(l.src) && strings.IndexByte("0123456789abcdefABCDEF", l.src[l.at+n]) >= 0 {
				n++
			}
			v, _ := strconv.ParseUint(l.src[l.at+2:l.at+n], 16, 32)
			if c == 'x' {
				l.put(string([]byte{byte(v)}))
			} else {
				l.put(string(rune(v)))
			}
		default:
			l.put(string(c))
		}
		l.at += n
	}
	l.at += min(1, len(l.src)-l.at)
}

// expand reads a variable or a command substitution.
func (l *lexer) expand(quoted bool) {
	rest := l.src[l.at:]
	inner, n := "", 0
	switch {
	case strings.HasPrefix(rest, "$(") && !strings.HasPrefix(rest, "$(("):
		sub := &lexer{src: l.src, at: l.at + 2, nested: l.nested + 1, vars: l.vars}
		if sub.nested <= maxNested {
			if v, ok := sub.pipeline(); ok {
				l.value(v, quoted)
			} else {
				l.open, l.some = true, true
			}
			l.at = max(sub.at, l.at+2)
			return
		}
	case rest[0] == '`':
		if s, _, ok := strings.Cut(rest[1:], "`"); ok {
			inner, n = s, len(s)+2
		}
	default:
		if m := named().FindString(rest); m != "" {
			l.at += len(m)
			if v, ok := l.vars[strings.Trim(m[1:], "{}")]; ok {
				l.value(v, quoted)
				return
			}
			l.open = true
			l.put(m)
			return
		}
	}
	if n == 0 {
		l.put(rest[:1])
		l.at++
		return
	}
	sub := &lexer{src: inner, nested: l.nested + 1, vars: l.vars}
	if v, ok := sub.pipeline(); ok && sub.nested <= maxNested {
		l.value(v, quoted)
	} else {
		l.open, l.some = true, true
	}
	l.at += n
}

// value adds the output of a command; outside quotes it is split at blanks.
func (l *lexer) value(v word, quoted bool) {
	fields := []string{v.text}
	if !quoted {
		fields = strings.Fields(v.text)
	}
	for i, f := range fields {
		if i > 0 {
			l.word()
		}
		l.put(f)
	}
	l.open, l.some, l.slip = l.open || v.open, l.some || v.open, l.slip|v.slip
}

// windows splits a command for cmd.exe: carets go first, then the program itself
// takes its command line apart.
func windows(src string) ([]word, int) {
	var line strings.Builder
	at, quoted := 0, false
scan:
	for at < len(src) {
		switch c := src[at]; {
		case c == '^' && !quoted:
			switch rest := src[at+1:]; {
			case strings.HasPrefix(rest, "\r\n"):
				at += 3
			case strings.HasPrefix(rest, "\n"):
				at += 2
			case rest == "":
				at++
			default:
				line.WriteByte(rest[0])
				at += 2
			}
			continue
		case c == '"':
			quoted = !quoted
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

// arguments splits a command line as the C library of Windows does.
func arguments(s string) []word {
	var out []word
	var b strings.Builder
	some, quoted := false, false
	put := func() {
		if some {
			out = append(out, word{text: b.String(), open: percent().MatchString(b.String())})
		}
		b.Reset()
		some = false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
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
		case c == '"':
			quoted, some = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\r'):
			put()
		default:
			b.WriteByte(c)
			some = true
		}
	}
	put()
	return out
}
