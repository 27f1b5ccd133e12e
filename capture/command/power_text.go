package command

import (
	"strings"
)

// single reads a string without variables.
func (p *parser) single() value {
	var b strings.Builder
	for p.at++; p.at < len(p.src); p.at++ {
		if p.src[p.at] == '\'' {
			if p.at++; !strings.HasPrefix(p.rest(), "'") {
				break
			}
		}
		b.WriteByte(p.src[p.at])
	}
	return value{word: templated(b.String())}
}

// here reads a here-string: from the line after its mark to the one that starts
// with the end mark.
func (p *parser) here() value {
	r := p.rest()
	first := strings.IndexByte(r, '\n')
	if first < 0 || strings.TrimSpace(r[2:first]) != "" {
		p.at += 2
		return unknowable()
	}
	mark := "\n" + r[1:2] + "@"
	end := strings.Index(r[first:], mark)
	if end < 0 {
		p.at = len(p.src)
		return unknowable()
	}
	body := r[first:max(first, first+end)]
	body = strings.TrimSuffix(strings.TrimPrefix(body, "\n"), "\r")
	p.at += first + end + len(mark)
	if mark[1] == '\'' {
		return value{word: templated(body)}
	}
	q := &parser{vars: p.vars, src: body, depth: p.depth + 1}
	return q.double("")
}

// double reads a string with variables up to end; "": all of it.
func (p *parser) double(end string) value {
	v := p.expand(func(r string) bool {
		if end == "" || !strings.HasPrefix(r, end) {
			return false
		}
		return !strings.HasPrefix(r[1:], end) // a doubled one stands for itself
	}, end)
	p.eat(end)
	return v
}

// expand reads text with variables up to where stop says, which may be nil. A
// doubled mark stands for one.
func (p *parser) expand(stop func(rest string) bool, mark string) value {
	var out word
	var b strings.Builder
	for p.at < len(p.src) {
		r := p.rest()
		if stop(r) {
			break
		}
		var add word
		switch c := r[0]; {
		case c == '`' && len(r) > 1:
			p.at += 2
			switch e := r[1]; e {
			case 'n', 'r', 't', '0', 'b', 'a', 'f', 'v', 'e':
				add.text = "\n\r\t\x00\b\a\f\v\x1b"[strings.IndexByte("nrt0bafve", e):][:1]
			case '\n':
			default:
				add.text = r[1:2]
			}
		case mark != "" && strings.HasPrefix(r, mark+mark):
			p.at += 2 * len(mark)
			add.text = mark
		case strings.HasPrefix(r, "$("):
			if p.depth++; p.depth > maxDepth {
				p.at = len(p.src)
				return unknowable()
			}
			p.at++
			add = p.bracket().word
			p.depth--
		case c == '$' && psVar().MatchString(r):
			add = p.variable().word
		default:
			n := strings.IndexAny(r[1:], "`$\"' \t\r\n;|(){}") + 1
			if n == 0 {
				n = len(r)
			}
			p.at += n
			add.text = r[:n]
		}
		if out.open, out.slip = out.open || add.open, out.slip|add.slip; b.Len() <= maxValue {
			b.WriteString(add.text)
		}
	}
	if out.text = joined16(b.String()); len(out.text) > maxValue {
		return unknowable()
	}
	out.open = out.open || braces().MatchString(out.text)
	return value{word: out}
}
