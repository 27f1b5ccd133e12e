package har

import (
	"bytes"
	"encoding/base64"
	"io"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
)

// body reads content of a response (or _content of a request). For a request
// it does not replace what postData gave.
func (p *parser) body(m *message, request bool) bool {
	if p.s.buf[p.s.i] != '{' {
		return p.s.skip()
	}
	keep := request && m.kept
	if !keep {
		m.kept, m.base64, m.file = false, false, span{}
	}
	var seen uint
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		step := "?"
		switch {
		case keep:
			ok = p.s.skip()
		case string(k) == "text":
			step = "text"
			p.again(&seen, seenText)
			ok = p.bodyText(m)
		case string(k) == "encoding":
			step = "encoding"
			ok = p.encoding(m)
		case string(k) == "size":
			step = "size"
			m.bodySize, ok = p.float()
		case string(k) == "mimeType":
			step = "mimeType"
			m.media, ok = p.str(maxFailure)
		case string(k) == "_file", string(k) == "_sha1":
			step = "_file"
			m.file, ok = p.str(maxName)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return p.s.in(step)
		}
	}
	return ok
}

// encoding reads content.encoding. base64 is the only one that exporters use;
// text with any other is taken as it is.
func (p *parser) encoding(m *message) (ok bool) {
	m.base64, ok = p.is("base64")
	return ok
}

// is reads a string and reports whether it is word, in any case.
func (p *parser) is(word string) (same, ok bool) {
	v, ok := p.str(maxKey)
	same = bytes.EqualFold(p.bytes(v), []byte(word))
	p.text = p.text[:v.from]
	return same, ok
}

// bodyText reads the text of a body. The encoding may still be to come, so it
// keeps enough to decode.
func (p *parser) bodyText(m *message) bool {
	m.body, m.kept, m.long = m.body[:0], false, false
	if p.s.buf[p.s.i] != '"' {
		return p.s.skip()
	}
	p.s.i++
	var ok bool
	m.body, m.long, ok = p.s.text(m.body, maxEncoded)
	m.kept = ok
	m.tainted = p.s.tainted
	return ok
}

// postData reads the body of a request. Its params are used where the text is
// missing or empty.
func (p *parser) postData() bool {
	m := &p.req
	m.body, m.kept, m.long, m.base64, m.file = m.body[:0], false, false, false, span{}
	if p.s.buf[p.s.i] != '{' {
		return p.s.skip()
	}
	p.form = p.form[:0]
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		step := "?"
		switch string(k) {
		case "text":
			step = "text"
			ok = p.bodyText(m)
		case "encoding", "_encoding":
			step = "encoding"
			ok = p.encoding(m)
		case "mimeType":
			step = "mimeType"
			m.media, ok = p.str(maxFailure)
		case "params":
			step = "params"
			ok = p.params()
		case "_file", "_sha1":
			step = "_file"
			m.file, ok = p.str(maxName)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return p.s.in(step)
		}
	}
	if len(m.body) == 0 && len(p.form) > 0 {
		m.body = append(m.body, p.form...)
		m.kept, m.base64 = true, false
	}
	return ok
}

// params reads the fields of a form and joins them as a browser sends them.
func (p *parser) params() bool {
	if p.s.buf[p.s.i] != '[' {
		return p.s.skip()
	}
	mark := len(p.text)
	some, ok := p.s.array()
	for n := 0; ok && some; some, ok = p.s.nextElement() {
		f, ok := p.nameValue(&p.text)
		if !ok {
			return p.s.in(itoa(n))
		}
		n++
		if len(p.form) < exchange.MaxBody {
			if len(p.form) > 0 {
				p.form = append(p.form, '&')
			}
			p.form = append(p.form, p.bytes(f.name)...)
			p.form = append(p.form, '=')
			p.form = append(p.form, p.bytes(f.value)...)
		}
		p.text = p.text[:mark]
	}
	return ok
}

// finish returns the body that was read.
func (p *parser) finish(m *message) exchange.Body {
	b := exchange.Body{Size: -1, Kept: m.kept || m.bodySize == 0}
	if m.bodySize >= 0 && m.bodySize < 1<<62 {
		b.Size = int64(m.bodySize)
	}
	switch {
	case len(m.body) == 0 && !m.file.empty(): // text is "" then, or not there
		b.Kept = m.bodySize == 0
		p.besides(&b, string(p.bytes(m.file)))
		return b
	case !m.kept:
		return b
	}
	whole := !m.long
	switch {
	case m.base64:
		b.Head = decode64(m.body)
	case m.tainted:
		b.Head = bytes.ToValidUTF8(m.body, []byte("\uFFFD"))
	default:
		// Appending to nil does not first clear what is overwritten at once.
		b.Head = append(b.Head, m.body[:min(len(m.body), exchange.MaxBody+utf8.UTFMax)]...)
	}
	if len(b.Head) > exchange.MaxBody {
		b.Head, whole = b.Head[:exchange.MaxBody], false
		if !m.base64 {
			b.Head = wholeRunes(b.Head)
		}
	}
	if !whole {
		p.notes.cut++
	} else if b.Size < 0 {
		b.Size = int64(len(b.Head))
	}
	return b
}

// besides reads the body called name, which lies beside the HAR.
func (p *parser) besides(b *exchange.Body, name string) {
	if p.beside == nil {
		return
	}
	r, err := p.beside(name)
	if err != nil {
		return
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, exchange.MaxBody+1))
	if err != nil {
		return
	}
	b.Kept = true
	if len(head) > exchange.MaxBody {
		head = head[:exchange.MaxBody]
		p.notes.cut++
	} else {
		b.Size = int64(len(head))
	}
	b.Head = head
}

// wholeRunes cuts off a character of which the end is missing.
func wholeRunes(p []byte) []byte {
	for k := 1; k < utf8.UTFMax && k <= len(p); k++ {
		if c := p[len(p)-k]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-k:]) {
				return p[:len(p)-k]
			}
			break
		}
	}
	return p
}

// decode64 decodes base64 as far as it goes: standard or URL alphabet, with or
// without padding and line ends.
func decode64(p []byte) []byte {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(p)))
	if n, err := base64.StdEncoding.Decode(out, p); err == nil {
		return out[:n]
	}
	clean := make([]byte, 0, len(p))
	for _, c := range p {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case c <= ' ':
			continue
		}
		if c == '=' {
			break
		}
		clean = append(clean, c)
	}
	n, err := base64.RawStdEncoding.Decode(out, clean)
	if err != nil && n == 0 && len(clean)%4 == 1 {
		n, _ = base64.RawStdEncoding.Decode(out, clean[:len(clean)-1])
	}
	return out[:n]
}
