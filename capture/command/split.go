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
}

var (
	caret   = pattern(`\^\r?\n|\^["&|<>()%^\\]|curl\.exe\s`)
	percent = pattern(`%[A-Za-z_]\w{2,}%`)
	named   = regexp.MustCompile(`^\$(?:\{[^}\n]{1,200}\}|[A-Za-z_]\w*|[0-9@*#?!-])`)
	braces  = regexp.MustCompile(`\{\{[^{}\n]{1,100}\}\}`)
)

// split returns the words of the command at the start of src, and where it ends.
func split(src string) ([]word, int) {
	end := min(len(src), maxGlance)
	if i := strings.Index(src[:end], "\n\n"); i >= 0 {
		end = i
	}
	if caret().MatchString(src[:end]) && !strings.Contains(src[:end], "\\\n") && !strings.Contains(src[:end], "'\n") {
		words, to := windows(src)
		return templates(words), to
	}
	l := &lexer{src: src}
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

	out  []word
	text strings.Builder
	open bool
	some bool
}

func (l *lexer) word() {
	if l.some {
		l.out = append(l.out, word{text: l.text.String(), open: l.open})
	}
	l.text.Reset()
	l.open, l.some = false, false
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
		sub := &lexer{src: l.src, at: l.at + 2, nested: l.nested + 1}
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
			l.open = true
			l.put(m)
			l.at += len(m)
			return
		}
	}
	if n == 0 {
		l.put(rest[:1])
		l.at++
		return
	}
	sub := &lexer{src: inner, nested: l.nested + 1}
	if v, ok := sub.pipeline(); ok && sub.nested <= maxNested {
		l.value(v, quoted)
	} else {
		l.open, l.some = true, true
	}
	l.at += n
}

// value adds the output of a command; outside quotes it is split at blanks.
func (l *lexer) value(v string, quoted bool) {
	if quoted {
		l.put(v)
		return
	}
	for i, f := range strings.Fields(v) {
		if i > 0 {
			l.word()
		}
		l.put(f)
	}
}

// pipeline works out what a pipeline of echo, printf, base64 and tr prints, up
// to the closing parenthesis; not ok: it holds anything else. As the shell does,
// it drops line ends at the end.
func (l *lexer) pipeline() (out string, ok bool) {
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
	return strings.TrimRight(out, "\n"), ok
}

// run works out what one command prints.
func run(words []word, in string, first bool) (string, bool) {
	if len(words) == 0 {
		return "", false
	}
	var args []string
	for i, w := range words {
		if w.open {
			return "", false
		}
		if w.text == "<<<" {
			if i+1 >= len(words) || words[i+1].open {
				return "", false
			}
			in, first = words[i+1].text+"\n", false
			break
		}
		args = append(args, w.text)
	}
	switch name := args[0]; {
	case name == "echo" && first:
		args = args[1:]
		end, escapes := "\n", false
		for len(args) > 0 && (args[0] == "-n" || args[0] == "-e" || args[0] == "-ne" || args[0] == "-en") {
			if strings.Contains(args[0], "n") {
				end = ""
			}
			escapes = escapes || strings.Contains(args[0], "e")
			args = args[1:]
		}
		text := strings.Join(args, " ")
		if escapes {
			text = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(text)
			if t, cut := strings.CutSuffix(text, `\c`); cut {
				text, end = t, ""
			}
		}
		return text + end, true
	case name == "printf" && first && len(args) > 1:
		format := args[1]
		for _, a := range args[2:] {
			if !strings.Contains(format, "%s") {
				break
			}
			format = strings.Replace(format, "%s", "\x00"+a+"\x00", 1)
		}
		parts := strings.Split(format, "\x00")
		for i := 0; i < len(parts); i += 2 {
			if strings.Contains(strings.ReplaceAll(parts[i], "%%", ""), "%") {
				return "", false
			}
			parts[i] = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`, "%%", "%").Replace(parts[i])
		}
		return strings.Join(parts, ""), true
	case first:
		return "", false
	case name == "base64":
		return wrapped(in, args[1:], 76)
	case name == "openssl" && len(args) > 1 && (args[1] == "base64" || args[1] == "enc" && len(args) > 2 && args[2] == "-base64"):
		for _, a := range args[2:] {
			if a == "-A" {
				return base64.StdEncoding.EncodeToString([]byte(in)), true
			}
		}
		return wrapped(in, nil, 64)
	case name == "tr" && len(args) == 3 && args[1] == "-d":
		set := strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(args[2])
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(set, r) {
				return -1
			}
			return r
		}, in), !strings.ContainsAny(set, "-[\\")
	}
	return "", false
}

// wrapped encodes text as base64 in lines, as the tools do.
func wrapped(in string, args []string, width int) (string, bool) {
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
			return "", false // -d, or a file
		}
	}
	enc := base64.StdEncoding.EncodeToString([]byte(in))
	if width <= 0 {
		return enc, true
	}
	var b strings.Builder
	for len(enc) > width {
		b.WriteString(enc[:width] + "\n")
		enc = enc[width:]
	}
	return b.String() + enc + "\n", true
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
