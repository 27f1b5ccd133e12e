package command

import (
	"encoding/base64"
	"strconv"
	"strings"
)

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
	if len(words) == 0 || words[0].open {
		return word{}, false
	}
	name := words[0].text
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
