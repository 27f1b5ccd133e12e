package command

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/why401/why401/internal/exchange"
)

var (
	jsString  = `"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60(?:[^\x60\\]|\\.)*\x60`
	jsPair    = pattern(`(?:^|[{,\s])["']?([A-Za-z][\w-]*)["']?\s*:\s*`)
	jsTerm    = pattern(`^\s*(?:(btoa)\(\s*)?(` + jsString + `)`)
	jsName    = pattern(`^\s*[A-Za-z_$][\w.$]*(?:\[[^\]\n]{0,80}\])?`)
	jsString1 = pattern(`^\s*(?:` + jsString + `)`)

	psString = `"(?:[^"\x60]|\x60(?:.|\n)|"")*"|'(?:[^']|'')*'`
	psPair   = pattern(`(?:^|[{;\s])["']?([A-Za-z][\w-]*)["']?\s*=\s*(` + psString + `|\$[\w:]+|[^\s;}]+)`)
	psSet    = pattern(`(?m)^[ \t]*(?:PS [^>\n]*> ?)?\$(\w+)[ \t]*=[ \t]*(` + psString + `)[ \t]*\r?$`)
	psBase64 = pattern(`(?mi)^[ \t]*(?:PS [^>\n]*> ?)?\$(\w+)[ \t]*=[ \t]*\[(?:System\.)?Convert\]::ToBase64String\(\[(?:System\.)?Text\.Encoding\]::(\w+)\.GetBytes\((` + psString + `|\$\w+)\)\)`)
	psTable  = pattern(`\$(\w+)[ \t]*=[ \t]*@\{`)
	psOption = pattern(`^-([A-Za-z]+):?$`)
	psCookie = pattern(`System\.Net\.Cookie\((` + psString + `),\s*(` + psString + `)`)
	psVar    = pattern(`\$(?:\{[^}\n]{1,100}\}|[A-Za-z_]\w*(?::\w+)?)`)
)

// fetch reads fetch("…", {…}) of JavaScript, as browsers copy it.
func fetch(src string) Pasted {
	open := strings.IndexByte(src, '(')
	if open < 0 {
		return Pasted{}
	}
	to := balanced(src, open)
	args := src[open+1 : to]
	args = strings.TrimSuffix(args, ")")
	d := &draft{agent: "fetch"}
	url, rest := expression(args)
	d.target(url)
	if i := strings.Index(rest, "headers"); i >= 0 {
		if j := strings.IndexByte(rest[i:], '{'); j >= 0 && j < 40 {
			end := balanced(rest, i+j)
			d.object(rest[i+j+1 : end])
			rest = rest[:i] + rest[end:]
		} else {
			d.hidden |= exchange.Credentials
			d.unresolved++
		}
	}
	for _, m := range jsPair().FindAllStringSubmatchIndex(rest, 32) {
		v, _ := expression(rest[m[1]:])
		switch name := rest[m[2]:m[3]]; {
		case name == "method" && !v.open:
			d.method = v.text
		case name == "body" && !strings.HasPrefix(rest[m[1]:], "null"):
			d.hasBody = d.hasBody || v.open || v.text != ""
			d.body = []byte(v.text)
		case name == "credentials":
			if v.text != "omit" { // the browser adds its cookies
				d.hidden |= exchange.Cookies
			}
		}
	}
	d.hidden |= exchange.Cookies
	return d.done(to)
}

// object adds the members of an object literal as header fields.
func (d *draft) object(s string) {
	for at := 0; at < len(s); {
		m := jsPair().FindStringSubmatchIndex(s[at:])
		if m == nil {
			return
		}
		v, rest := expression(s[at+m[1]:])
		d.field(s[at+m[2]:at+m[3]], v)
		next := len(s) - len(rest)
		if next <= at {
			return
		}
		at = next
	}
}

// expression reads strings joined by "+", and btoa of one, and returns what
// follows them.
func expression(s string) (word, string) {
	var out word
	for {
		m := jsTerm().FindStringSubmatch(s)
		if n := jsName().FindString(s); m == nil && n != "" {
			out.text, out.open = out.text+exchange.Unknown, true
			if s = s[len(n):]; !strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), "+") {
				m = nil
			} else {
				s = strings.TrimLeft(s, " \t\r\n")[1:]
				continue
			}
		}
		if m == nil {
			out.open = true
			if i := strings.IndexAny(s, ",\n}"); i >= 0 {
				return out, s[i:]
			}
			return out, ""
		}
		v := javascript(m[2])
		s = s[len(m[0]):]
		if m[1] != "" {
			for {
				s = strings.TrimLeft(s, " \t\r\n")
				if !strings.HasPrefix(s, "+") {
					break
				}
				s = s[1:]
				n := jsString1().FindString(s)
				if n == "" {
					v.open = true
					break
				}
				more := javascript(strings.TrimSpace(n))
				v.text, v.open = v.text+more.text, v.open || more.open
				s = s[len(n):]
			}
			if i := strings.IndexByte(s, ')'); i >= 0 {
				s = s[i+1:]
			}
			v.text = base64.StdEncoding.EncodeToString([]byte(v.text))
		}
		out.text, out.open = out.text+v.text, out.open || v.open
		t := strings.TrimLeft(s, " \t\r\n")
		if !strings.HasPrefix(t, "+") {
			return out, s
		}
		s = t[1:]
	}
}

// javascript unquotes a string literal.
func javascript(s string) word {
	body := s[1 : len(s)-1]
	v := word{open: s[0] == '`' && strings.Contains(body, "${") || braces().MatchString(body)}
	if s[0] != '"' {
		body = strings.ReplaceAll(strings.ReplaceAll(body, `\'`, `'`), `"`, `\"`)
		body = strings.ReplaceAll(body, "\n", `\n`)
	}
	if json.Unmarshal([]byte(`"`+body+`"`), &v.text) != nil {
		v.text = body
	}
	return v
}

// balanced returns the end of the brackets that open at s[at]: the position of
// the closing one, or of the end of s.
func balanced(s string, at int) int {
	depth, quote := 0, byte(0)
	for ; at < len(s); at++ {
		switch c := s[at]; {
		case quote != 0:
			if c == '\\' {
				at++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			if depth--; depth <= 0 {
				return at
			}
		}
	}
	return len(s)
}

// block returns the position of the bracket that closes a block of PowerShell, of
// which s begins after the opening one, or the end of s.
func block(s string) int {
	depth, quote := 1, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// A script is the variables that the lines before a command of PowerShell set.
type script struct {
	text    map[string]word
	table   map[string][]field
	cookies []word // of a web session

	sets [][]int // where a text sets variables, not yet read
	src  string
}

// A field is a member of a hash table.
type field struct {
	name  string
	value word
}

// fields returns the members of a hash table, given as such or by a variable.
func (s *script) fields(t string) ([]field, bool) {
	if table, ok := strings.CutPrefix(t, "@{"); ok {
		return s.pairs(table), true
	}
	f, ok := s.table[strings.ToLower(strings.TrimPrefix(t, "$"))]
	return f, ok
}

// pairs reads the members of a hash table between its brackets.
func (s *script) pairs(table string) []field {
	var out []field
	for _, m := range psPair().FindAllStringSubmatch(table, maxFields) {
		out = append(out, field{m[1], s.value(strings.TrimSpace(m[2]))})
	}
	return out
}

// scripted finds once where a text sets variables.
func scripted(text string) *script {
	s := &script{text: map[string]word{}, table: map[string][]field{}, src: text}
	for kind, re := range psSets() {
		for _, m := range re.FindAllStringSubmatchIndex(text, maxVariables) {
			s.sets = append(s.sets, append([]int{kind}, m...))
		}
	}
	slices.SortStableFunc(s.sets, func(a, b []int) int { return cmp.Compare(a[1], b[1]) })
	return s
}

// upTo takes the settings that stand before at, which never gets smaller.
func (s *script) upTo(at int) *script {
	for len(s.sets) > 0 && s.sets[0][1] < at {
		m := s.sets[0]
		s.sets = s.sets[1:]
		group := func(i int) string { return s.src[m[1+2*i]:m[2+2*i]] }
		name := strings.ToLower(group(1))
		switch psSets()[m[0]] {
		case psSet():
			s.text[name] = s.value(group(2))
		case psBase64():
			s.text[name] = s.base64(group(2), group(3))
		case psTable():
			table := s.src[m[2]:min(len(s.src), m[2]+maxTable)]
			s.table[name] = s.pairs(table[:block(table)])
		case psCookie():
			n, v := s.value(group(1)), s.value(group(2))
			s.cookies = append(s.cookies, word{text: n.text + "=" + v.text, open: n.open || v.open})
		}
	}
	return s
}

var psSets = sync.OnceValue(func() [4]*regexp.Regexp {
	return [...]*regexp.Regexp{psSet(), psBase64(), psTable(), psCookie()}
})

// base64 encodes a value as ToBase64String does what an encoding makes of it.
func (s *script) base64(encoding, value string) word {
	v := s.value(value)
	b := []byte(v.text)
	switch strings.ToLower(encoding) {
	case "unicode":
		b = b[:0:0]
		for _, u := range utf16.Encode([]rune(v.text)) {
			b = append(b, byte(u), byte(u>>8))
		}
	case "ascii", "utf8", "default":
	default:
		v.open = true
	}
	if v.open {
		return word{text: exchange.Unknown, open: true}
	}
	return word{text: base64.StdEncoding.EncodeToString(b)}
}

// value reads a string, a variable or a bare word of PowerShell.
func (s *script) value(t string) word {
	switch {
	case len(t) > 1 && t[0] == '\'':
		return word{text: strings.ReplaceAll(t[1:len(t)-1], "''", "'"), open: braces().MatchString(t)}
	case len(t) > 1 && t[0] == '"':
		var v word
		body := t[1 : len(t)-1]
		for i := 0; i < len(body); i++ {
			switch c := body[i]; {
			case c == '`' && i+1 < len(body):
				i++
				v.text += map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '0': "\x00"}[body[i]]
				if strings.IndexByte("nrt0", body[i]) < 0 {
					v.text += body[i : i+1]
				}
			case c == '"':
				v.text += `"`
				i++
			case c == '$':
				m := psVar().FindString(body[i:])
				if m == "" || !strings.HasPrefix(body[i:], m) {
					v.open = v.open || strings.HasPrefix(body[i:], "$(")
					v.text += "$"
					continue
				}
				known, ok := s.text[strings.ToLower(strings.Trim(m[1:], "{}"))]
				if !ok {
					known = word{text: exchange.Unknown, open: true}
				}
				v.text += known.text
				v.open = v.open || known.open
				i += len(m) - 1
			default:
				v.text += body[i : i+1]
			}
		}
		v.open = v.open || braces().MatchString(v.text)
		return v
	case strings.HasPrefix(t, "$"):
		if v, ok := s.text[strings.ToLower(t[1:])]; ok {
			return v
		}
		return word{open: true}
	case strings.HasPrefix(t, "("):
		return word{open: true}
	}
	return word{text: t, open: braces().MatchString(t)}
}

var psToken = pattern(`^(?:` + psString + `|@\{|\(|[^\s;|]+)`)

// power reads Invoke-WebRequest and Invoke-RestMethod of PowerShell; vars are the
// variables that the lines before it set.
func power(vars *script, src string) Pasted {
	d := &draft{agent: "PowerShell"}
	at := strings.IndexAny(src, " \t`\r\n")
	if at < 0 {
		at = len(src)
	}
	option := ""
	for at < len(src) {
		rest := src[at:]
		switch {
		case strings.HasPrefix(rest, "`\n"):
			at += 2
			continue
		case strings.HasPrefix(rest, "`\r\n"):
			at += 3
			continue
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			at++
			continue
		}
		t := psToken().FindString(rest)
		if t == "" {
			break // the end of the command
		}
		if t == "@{" || t == "(" {
			end := len(t) + block(rest[len(t):min(len(rest), len(t)+maxTable)])
			t = rest[:min(end+1, len(rest))]
		}
		at += len(t)
		if m := psOption().FindStringSubmatch(t); m != nil {
			option = strings.ToLower(m[1])
			if option == "usebasicparsing" || option == "skipcertificatecheck" || option == "usedefaultcredentials" {
				option = ""
			}
			continue
		}
		d.parameter(vars, option, t)
		option = ""
	}
	for _, w := range vars.cookies {
		d.field("Cookie", w)
	}
	return d.done(at)
}

func (d *draft) parameter(vars *script, option, t string) {
	v := vars.value(t)
	switch option {
	case "", "uri":
		if d.url == "" {
			d.target(v)
		}
	case "method", "custommethod":
		d.method = strings.ToUpper(v.text)
	case "headers":
		fields, ok := vars.fields(t)
		if !ok {
			d.unresolved++
			d.hidden |= exchange.Credentials | exchange.Cookies
			return
		}
		for _, f := range fields {
			d.field(f.name, f.value)
		}
	case "body", "infile", "form":
		d.hasBody, d.body = true, []byte(v.text)
	case "contenttype":
		d.field("Content-Type", v)
	case "useragent":
		d.field("User-Agent", v)
	case "websession", "sessionvariable":
		d.hidden |= exchange.Cookies
	case "credential", "authentication", "token":
		d.hidden |= exchange.Credentials
	}
}
