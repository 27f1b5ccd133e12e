package command

import (
	"encoding/base64"
	"regexp"
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
	caret   = pattern(`\^\r?\n|\^["&|<>()%^\\]|curl\.exe\s`)
	percent = pattern(`%[A-Za-z_]\w{2,}%`)
	named   = regexp.MustCompile(`^\$(?:\{[^}\n]{1,200}\}|[A-Za-z_]\w*|[0-9@*#?!-])`)
	braces  = regexp.MustCompile(`\{\{[^{}\n]{1,100}\}\}`)
)

// split returns the words of the command at the start of src, and where it ends.
func split(src string, vars map[string]word) ([]word, int) {
	end := min(len(src), maxGlance)
	if i := strings.Index(src[:end], "\n\n"); i >= 0 {
		end = i
	}
	if caret().MatchString(src[:end]) && !strings.Contains(src[:end], "\\\n") && !strings.Contains(src[:end], "'\n") {
		words, to := windows(src)
		return templates(words), to
	}
	l := &lexer{src: src, vars: vars}
	return templates(l.words()), l.at
}

// templates marks words that hold a variable of a tool, such as {{token}}.
func templates(words []word) []word {
	for i := range words {
		words[i].open = words[i].open || braces.MatchString(words[i].text)
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
		if r == '$' && named.MatchString(l.src[l.at:]) {
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
		if m := named.FindString(rest); m != "" {
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
	if quoted {
		l.put(v.text)
	}
	for i, f := range strings.Fields(v.text) {
		switch {
		case quoted:
		case i > 0:
			l.word()
			fallthrough
		default:
			l.put(f)
		}
		l.open, l.slip = l.open || v.open, l.slip|v.slip
	}
	if v.open {
		l.open, l.some, l.slip = true, true, l.slip|v.slip
	}
}

// pipeline works out what a pipeline of echo, printf, base64 and tr prints, up
// to the closing parenthesis; not ok: it holds anything else. As the shell does,
// it drops line ends at the end.
func (l *lexer) pipeline() (out word, ok bool) {
	ok = true
	for first := true; ; first = false {
		l.out, l.stop = nil, 0
		words := l.words()
		if ok {
			out, ok = run(words, out, first)
		}
		if l.stop != '|' {
			break
		}
	}
	if l.stop != ')' && l.stop != 0 {
		ok = false
		depth := 1 // find the end
		for l.at < len(l.src) && depth > 0 && l.src[l.at] != '\n' {
			switch l.src[l.at] {
			case '(':
				depth++
			case ')':
				depth--
			}
			l.at++
		}
	}
	out.text = strings.TrimRight(out.text, "\n")
	return out, ok
}

// run works out what one command prints that gets in from the one before it.
func run(words []word, in word, first bool) (word, bool) {
	if len(words) == 0 || words[0].open {
		return word{}, false
	}
	name := words[0].text
	for i, w := range words {
		if w.text == "<<<" && !w.open {
			if i+1 >= len(words) {
				return word{}, false
			}
			in, first = words[i+1], false
			in.text += "\n"
			words = words[:i]
			break
		}
	}
	switch {
	case name == "echo" && first:
		return echo(words[1:])
	case name == "printf" && first && len(words) > 1:
		return printf(words[1], words[2:])
	case first:
		return word{}, false
	}
	var args []string
	for _, w := range words[1:] {
		if w.open {
			return word{}, false
		}
		args = append(args, w.text)
	}
	switch {
	case name == "base64":
		return encoded(in, args, 76)
	case name == "openssl" && len(args) > 0 && (args[0] == "base64" || args[0] == "enc" && len(args) > 1 && args[1] == "-base64"):
		for _, a := range args[1:] {
			if a == "-A" {
				return encoded(in, []string{"-w0"}, 0)
			}
		}
		return encoded(in, nil, 64)
	case name == "tr" && len(args) == 2 && args[0] == "-d":
		set := unescape.Replace(args[1])
		if strings.ContainsAny(set, "-[\\") || in.open && strings.Trim(set, "\r\n") != "" {
			return word{}, false
		}
		in.text = strings.Map(func(r rune) rune {
			if strings.ContainsRune(set, r) {
				return -1
			}
			return r
		}, in.text)
		if strings.Contains(set, "\n") {
			in.slip &^= mayWrap
		}
		return in, true
	}
	return word{}, false
}

var unescape = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`)

func echo(args []word) (word, bool) {
	end, escapes := "\n", false
	if len(args) > 1 && args[0].open && args[0].text[:min(1, len(args[0].text))] == "$" {
		return word{}, false // it may be an option
	}
	for len(args) > 0 && (args[0].text == "-n" || args[0].text == "-e" || args[0].text == "-ne" || args[0].text == "-en") {
		if strings.Contains(args[0].text, "n") {
			end = ""
		}
		escapes = escapes || strings.Contains(args[0].text, "e")
		args = args[1:]
	}
	out := joined(args)
	if escapes {
		out.text = unescape.Replace(out.text)
		if t, cut := strings.CutSuffix(out.text, `\c`); cut {
			out.text, end = t, ""
		}
	}
	out.text += end
	return out, true
}

// joined joins words by blanks.
func joined(words []word) word {
	var out word
	for i, w := range words {
		if i > 0 {
			out.text += " "
		}
		out.text, out.open, out.slip = out.text+w.text, out.open || w.open, out.slip|w.slip
	}
	return out
}

func printf(format word, args []word) (word, bool) {
	out := word{open: format.open, slip: format.slip}
	text := format.text
	for _, a := range args {
		if !strings.Contains(text, "%s") {
			break
		}
		text = strings.Replace(text, "%s", "\x00"+strings.ReplaceAll(a.text, "\x00", "")+"\x00", 1)
		out.open, out.slip = out.open || a.open, out.slip|a.slip
	}
	parts := strings.Split(text, "\x00")
	for i := 0; i < len(parts); i += 2 {
		if strings.Contains(strings.ReplaceAll(parts[i], "%%", ""), "%") {
			return word{}, false
		}
		parts[i] = strings.ReplaceAll(unescape.Replace(parts[i]), "%%", "%")
	}
	out.text = strings.Join(parts, "")
	return out, true
}

// encoded encodes text as base64 in lines, as the tools do.
func encoded(in word, args []string, width int) (word, bool) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case (a == "-w" || a == "-b" || a == "--wrap") && i+1 < len(args):
			i++
			width, _ = strconv.Atoi(args[i])
		case strings.HasPrefix(a, "-w"), strings.HasPrefix(a, "-b"):
			width, _ = strconv.Atoi(a[2:])
		case strings.HasPrefix(a, "--wrap="):
			width, _ = strconv.Atoi(a[len("--wrap="):])
		case a == "-i" || a == "-":
		default:
			return word{}, false // -d, or a file
		}
	}
	if in.open {
		out := word{text: encodedUnknown, open: true}
		if strings.HasSuffix(in.text, "\n") {
			out.text, out.slip = encodedLineFeed, lineFeed
		}
		if width > 0 {
			out.slip |= mayWrap
		}
		return out, true
	}
	enc := base64.StdEncoding.EncodeToString([]byte(in.text))
	if width <= 0 {
		return word{text: enc}, true
	}
	var b strings.Builder
	for len(enc) > width {
		b.WriteString(enc[:width] + "\n")
		enc = enc[width:]
	}
	return word{text: b.String() + enc + "\n"}, true
}

// settings are the variables that a text sets, in order.
type setting struct {
	at    int
	name  string
	value word
}

var assigns = pattern(`(?m)^[ \t]*(?:[^\s<>|{}"'=]{0,40}[$#%>][ \t]+)?(?:export[ \t]+)?([A-Za-z_]\w*)=[^ \t\r\n]`)

// settings returns the variables that lines of a POSIX shell set in text.
func settings(text string) []setting {
	var out []setting
	vars := map[string]word{}
	for _, m := range assigns().FindAllStringSubmatchIndex(text, maxVariables) {
		l := &lexer{src: text[m[3]+1 : min(len(text), m[3]+1+maxGlance)], vars: vars}
		words := l.words()
		if len(words) != 1 || l.stop != '\n' && l.stop != ';' && l.stop != 0 {
			continue // the variable of one command
		}
		s := setting{m[0], text[m[2]:m[3]], words[0]}
		vars[s.name] = s.value
		out = append(out, s)
	}
	return out
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
