package command

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A parser reads expressions of PowerShell.
type parser struct {
	vars  *script
	src   string
	at    int
	depth int
}

func (p *parser) rest() string { return p.src[min(p.at, len(p.src)):] }

// blanks passes over blanks, comments and line ends that are escaped; lines: over
// all line ends.
func (p *parser) blanks(lines bool) {
	for p.at < len(p.src) {
		switch r := p.rest(); {
		case r[0] == ' ', r[0] == '\t', r[0] == '\r', lines && r[0] == '\n':
			p.at++
		case strings.HasPrefix(r, "`\n"):
			p.at += 2
		case strings.HasPrefix(r, "`\r\n"):
			p.at += 3
		case r[0] == '#' && lines:
			n := strings.IndexByte(r, '\n')
			if n < 0 {
				n = len(r)
			}
			p.at += n
		default:
			return
		}
	}
}

func (p *parser) eat(s string) bool {
	if !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.at += len(s)
	return true
}

// out passes over the rest of a bracket that was opened, and its end.
func (p *parser) out() {
	p.at += block(p.rest())
	p.at += min(1, len(p.src)-p.at)
}

// expression reads terms with operators between them.
func (p *parser) expression(lines bool) value {
	v := p.term()
	for {
		p.blanks(lines)
		switch r := p.rest(); {
		case strings.HasPrefix(r, "+") && !strings.HasPrefix(r, "+="):
			p.at++
			p.blanks(true)
			v = value{word: both(v.word, p.term().word)}
		case len(r) > 2 && strings.EqualFold(r[:2], "-f") && strings.IndexByte(" \t('\"$", r[2]) >= 0:
			p.at += 2
			v = value{word: format(v.word, p.listed(lines))}
		case strings.HasPrefix(r, "-") && len(r) > 1 && r[1] != ' ', strings.HasPrefix(r, "|") && !strings.HasPrefix(r, "||"):
			return unknowable() // another operator, or a pipeline
		default:
			return v
		}
	}
}

// listed reads terms between commas.
func (p *parser) listed(lines bool) (out []value) {
	for len(out) < maxFields {
		p.blanks(lines)
		out = append(out, p.sum(lines))
		p.blanks(lines)
		if !p.eat(",") {
			return out
		}
		p.blanks(true)
	}
	return out
}

// sum reads terms with "+" between them.
func (p *parser) sum(lines bool) value {
	v := p.term()
	for {
		p.blanks(lines)
		if r := p.rest(); !strings.HasPrefix(r, "+") {
			return v
		}
		p.at++
		p.blanks(true)
		v = value{word: both(v.word, p.term().word)}
	}
}

// term reads a value with its members.
func (p *parser) term() value {
	if p.depth++; p.depth > maxDepth {
		p.at = len(p.src)
		return unknowable()
	}
	defer func() { p.depth-- }()
	v := p.primary()
	for p.at < len(p.src) {
		r := p.rest()
		m := psMember().FindStringSubmatch(r)
		if m == nil {
			return v
		}
		p.at += len(m[0])
		name := strings.ToLower(m[1] + m[2] + m[3])
		if m[1] == "" || !p.eat("(") {
			v = v.member(name)
			continue
		}
		v = v.call(name, p.arguments())
	}
	return v
}

// arguments reads those of a call, after its bracket, and the end of it.
func (p *parser) arguments() []value {
	p.blanks(true)
	if p.eat(")") {
		return nil
	}
	args := p.expressions()
	p.blanks(true)
	if !p.eat(")") {
		p.out()
		return []value{unknowable()}
	}
	return args
}

// expressions reads expressions between commas.
func (p *parser) expressions() (out []value) {
	for len(out) < maxFields {
		p.blanks(true)
		out = append(out, p.expression(true))
		p.blanks(true)
		if !p.eat(",") {
			return out
		}
	}
	return out
}

// primary reads a value without members.
func (p *parser) primary() value {
	r := p.rest()
	switch {
	case r == "":
		return unknowable()
	case strings.HasPrefix(r, "@'"), strings.HasPrefix(r, `@"`):
		return p.here()
	case strings.HasPrefix(r, "@{"):
		p.at += 2
		return p.members()
	case strings.HasPrefix(r, "@("):
		p.at++
		return p.bracket()
	case r[0] == '\'':
		return p.single()
	case r[0] == '"':
		p.at++
		return p.double(`"`)
	case strings.HasPrefix(r, "$("):
		p.at++
		return p.bracket()
	case r[0] == '(':
		return p.bracket()
	case r[0] == '$':
		return p.variable()
	case r[0] == '[':
		return p.kind()
	}
	word := psWord().FindString(r)
	if word == "" {
		p.at++
		return unknowable()
	}
	p.at += len(word)
	if strings.Contains(word, "-") && word[0] != '-' {
		return p.cmdlet(strings.ToLower(word))
	}
	return value{word: templated(word)}
}

// bracket reads what stands in brackets.
func (p *parser) bracket() value {
	p.at++
	args := p.expressions()
	p.blanks(true)
	if !p.eat(")") {
		p.out()
		return unknowable()
	}
	if len(args) != 1 {
		return value{word: word{text: exchange.Unknown, open: true}, list: args}
	}
	return args[0]
}

func (p *parser) variable() value {
	m := psVar().FindString(p.rest())
	if m == "" {
		p.at++
		return plain("$")
	}
	p.at += len(m)
	return p.vars.get(m)
}

// kind reads [type]::member or [type]value.
func (p *parser) kind() value {
	m := psType().FindStringSubmatch(p.rest())
	if m == nil {
		p.at++
		p.out()
		return unknowable()
	}
	p.at += len(m[0])
	kind := strings.TrimPrefix(strings.ToLower(m[1]), "system.")
	if !p.eat("::") {
		p.blanks(false)
		v := p.term()
		if n, err := strconv.ParseUint(v.text, 0, 16); kind == "char" && err == nil {
			return plain(unit(uint16(n)))
		}
		return v
	}
	name := psKey().FindString(p.rest())
	p.at += len(name)
	name = strings.ToLower(name)
	if p.eat("(") {
		return static(kind, name, p.arguments(), true)
	}
	return static(kind, name, nil, false)
}

// cmdlet reads a command in an expression, up to the end of the bracket or line.
func (p *parser) cmdlet(name string) value {
	var args []value
	kind := ""
	for {
		p.blanks(false)
		r := p.rest()
		if r == "" || strings.IndexByte("\n;)}|", r[0]) >= 0 {
			break
		}
		if m := psOption().FindString(r); m != "" {
			p.at += len(m)
			continue
		}
		if name == "new-object" && kind == "" {
			if w := psKind().FindString(r); w != "" {
				p.at += len(w)
				kind = strings.TrimPrefix(strings.ToLower(strings.Trim(w, `"'`)), "system.")
				continue
			}
		}
		before := p.at
		args = append(args, p.listed(false)...)
		if p.at == before || len(args) > maxFields {
			return unknowable()
		}
	}
	switch {
	case name == "convertto-securestring" && len(args) == 1:
		return args[0]
	case name != "new-object":
	case strings.HasSuffix(kind, "pscredential"):
		return credential(args)
	case strings.HasSuffix(kind, "webrequestsession"):
		return value{word: word{open: true}, session: &session{}}
	case strings.HasPrefix(kind, "collections.") || strings.HasSuffix(kind, "hashtable"):
		return value{word: word{open: true}, table: &table{}}
	case kind == "net.cookie":
		if len(args) == 1 {
			args = args[0].list
		}
		if len(args) > 1 {
			return value{word: both(both(args[0].word, word{text: "="}), args[1].word)}
		}
	}
	return unknowable()
}

// members reads a hash table, after its bracket, and the end of it.
func (p *parser) members() value {
	t := &table{}
	for {
		p.blanks(true)
		for p.eat(";") || p.eat(",") {
			p.blanks(true)
		}
		if p.at >= len(p.src) || p.eat("}") {
			break
		}
		before := p.at
		name := ""
		if w := psKey().FindString(p.rest()); w != "" {
			p.at += len(w)
			name = w
		} else {
			name = p.term().text
		}
		p.blanks(true)
		if !p.eat("=") {
			if p.at = max(p.at, before+1); p.at >= len(p.src) {
				break
			}
			continue
		}
		p.blanks(true)
		if v := p.expression(false); name != "" {
			t.set(name, v)
		}
	}
	return value{word: word{open: true}, table: t}
}
