package command

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

var (
	jsString  = `"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60(?:[^\x60\\]|\\.)*\x60`
	jsPair    = pattern(`(?:^|[{,\s])["']?([A-Za-z][\w-]*)["']?\s*:\s*`)
	jsTerm    = pattern(`^\s*(?:(btoa)\(\s*)?(` + jsString + `)`)
	jsName    = pattern(`^\s*[A-Za-z_$][\w.$]*(?:\[[^\]\n]{0,80}\])?`)
	jsString1 = pattern(`^\s*(?:` + jsString + `)`)
)

// fetch reads fetch("…", {…}) of JavaScript, as browsers copy it.
func fetch(src string) Pasted {
	open := strings.IndexByte(src, '(')
	if open < 0 {
		return Pasted{}
	}
	to := balanced(src, open)
	args := uncommented(strings.TrimSuffix(src[open+1:to], ")"))
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
	return d.done(min(to+1, len(src)))
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

// uncommented puts blanks in the place of comments.
func uncommented(s string) string {
	if !strings.Contains(s, "//") && !strings.Contains(s, "/*") {
		return s
	}
	b := []byte(s)
	quote := byte(0)
	for at := 0; at < len(b); at++ {
		n, c := 0, b[at]
		switch rest := s[at:]; {
		case quote != 0:
			if c == '\\' {
				at++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case strings.HasPrefix(rest, "//"):
			if n = strings.IndexByte(rest, '\n'); n < 0 {
				n = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if n = strings.Index(rest, "*/") + 2; n < 2 {
				n = len(rest)
			}
		}
		for i := range n {
			b[at+i] = ' '
		}
		at += max(n-1, 0)
	}
	return string(b)
}

// javascript unquotes a string literal.
func javascript(s string) word {
	body := s[1 : len(s)-1]
	v := word{open: s[0] == '`' && strings.Contains(body, "${") || braces().MatchString(body)}
	if json.Unmarshal([]byte(`"`+body+`"`), &v.text) == nil {
		return v
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			b.WriteByte(body[i])
			continue
		}
		i++
		most := map[byte]int{'x': 2, 'u': 4}[body[i]]
		if n, err := strconv.ParseUint(body[i+1:min(len(body), i+1+most)], 16, 32); most > 0 && err == nil {
			b.WriteString(unit(uint16(n)))
			i += most
			continue
		}
		switch c := body[i]; c {
		case 'n', 'r', 't', 'b', 'f', 'v', '0':
			b.WriteByte("\n\r\t\b\f\v\x00"[strings.IndexByte("nrtbfv0", c)])
		case '\n':
		default:
			b.WriteByte(c)
		}
	}
	v.text = joined16(b.String())
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
