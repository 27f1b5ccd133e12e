package command

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
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
	gap     = pattern(`^<[A-Za-z][\w .@-]{0,40}>`) // what a person took out, such as <token>
	// cmdPrompt is that of cmd.exe, which does not know single quotes.
	cmdPrompt = pattern(`^[ \t]*[A-Za-z]:\\[^\r\n>]{0,200}>[ \t]*$`)
	named     = pattern(`^\$(?:\{[^}\n]{1,200}\}|[A-Za-z_]\w*|[0-9@*#?!-])`)
	braces    = pattern(`\{\{[^{}\n]{1,100}\}\}`)
)

// split returns the words of the command at the start of src, and where it ends.
// before is the text in front of it on its line: a prompt of cmd.exe tells the shell.
func split(before, src string, vars map[string]word) ([]word, int) {
	if cmdPrompt().MatchString(before) || forWindows(glance(src)) {
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
		if line == "" || strings.IndexByte("^\\`", line[len(line)-1]) < 0 {
			return src[:at]
		}
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
		case c == '<' && gap().MatchString(rest):
			m := gap().FindString(rest)
			l.put(m)
			l.open = true
			l.at += len(m)
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
		case 'a', 'b', 'e', 'f', 'v':
			l.put("\a\b\x1b\f\v"[strings.IndexByte("abefv", c):][:1])
		case '0', '1', '2', '3', '4', '5', '6', '7':
			for n < 4 && l.at+n < len(l.src) && l.src[l.at+n] >= '0' && l.src[l.at+n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(l.src[l.at+1:l.at+n], 8, 16)
			l.put(string([]byte{byte(v)}))
		case 'x', 'u', 'U':
			most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			for n < 2+most && l.at+n < len(l.src) && strings.IndexByte("0123456789abcdefABCDEF", l.src[l.at+n]) >= 0 {
				n++
			}
			v, err := strconv.ParseUint(l.src[l.at+2:l.at+n], 16, 32)
			switch {
			case err != nil: // no digits
				l.put(l.src[l.at : l.at+n])
			case c == 'x':
				l.put(string([]byte{byte(v)}))
			default:
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
	if l.text.Len()+len(v.text) > maxValue {
		fields, v.open = []string{exchange.Unknown}, true
	}
	for i, f := range fields {
		if i > 0 {
			l.word()
		}
		l.put(f)
	}
	l.open, l.some, l.slip = l.open || v.open, l.some || v.open, l.slip|v.slip
}
