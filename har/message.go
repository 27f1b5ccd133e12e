package har

// request reads a request. One that comes twice replaces the first.
func (p *parser) request() bool {
	p.req.reset()
	p.method, p.url = span{}, span{}
	if p.s.buf[p.s.i] != '{' {
		return p.s.skip()
	}
	var seen uint
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		step := "?"
		switch string(k) {
		case "method":
			step = "method"
			p.again(&seen, seenMethod)
			p.method, ok = p.str(maxName)
		case "url":
			step = "url"
			p.again(&seen, seenURL)
			p.url, ok = p.str(maxValue)
		case "postData":
			step = "postData"
			p.again(&seen, seenBody)
			ok = p.postData()
		case "_content":
			// HTTP Toolkit keeps binary request bodies here.
			step = "_content"
			ok = p.body(&p.req, true)
		default:
			step, ok = p.common(k, &p.req, &seen)
		}
		if !ok {
			return p.s.in(step)
		}
	}
	return ok
}

// response reads a response; null stands for none.
func (p *parser) response() bool {
	p.res.reset()
	p.status, p.reason, p.redirect = 0, span{}, span{}
	p.haveRes = p.s.buf[p.s.i] == '{'
	if !p.haveRes {
		return p.s.skip()
	}
	var seen uint
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		step := "?"
		switch string(k) {
		case "status":
			step = "status"
			p.again(&seen, seenStatus)
			var f float64
			if f, ok = p.float(); f > 0 && f < 1000 {
				p.status = int(f)
			}
		case "statusText":
			step = "statusText"
			p.again(&seen, seenReason)
			p.reason, ok = p.str(maxFailure)
		case "content":
			step = "content"
			p.again(&seen, seenBody)
			ok = p.body(&p.res, false)
		case "redirectURL":
			step = "redirectURL"
			p.redirect, ok = p.str(maxValue)
		case "_error", "_failureText":
			step = "_error"
			ok = p.failed()
		default:
			step, ok = p.common(k, &p.res, &seen)
		}
		if !ok {
			return p.s.in(step)
		}
	}
	return ok
}

// common reads the value of a key that requests and responses share.
func (p *parser) common(k []byte, m *message, seen *uint) (step string, ok bool) {
	switch string(k) {
	case "httpVersion":
		step = "httpVersion"
		p.again(seen, seenProto)
		m.proto, ok = p.str(maxName)
	case "headers":
		step = "headers"
		if p.again(seen, seenHeaders) {
			m.fields, m.size = m.fields[:0], 0
		}
		ok = p.headers(m)
	case "cookies":
		step = "cookies"
		if p.again(seen, seenCookies) {
			m.cookies = m.cookies[:0]
		}
		ok = p.cookies(m)
	case "headersSize":
		step = "headersSize"
		m.headersSize, ok = p.float()
	case "bodySize":
		step = "bodySize"
		var f float64
		if f, ok = p.float(); m == &p.req {
			m.bodySize = f
		}
	default:
		step, ok = "?", p.s.skip()
	}
	return step, ok
}

// headers reads header fields: objects with name and value, pairs (the Slack
// desktop client), or one object keyed by name.
func (p *parser) headers(m *message) bool {
	switch p.s.buf[p.s.i] {
	case '[':
	case '{':
		return p.keyed(m)
	default:
		return p.s.skip()
	}
	some, ok := p.s.array()
	if some && len(p.layout.open) == 0 && p.layout.tries < maxTries {
		p.layout.learn(p.s.buf[p.s.i:p.s.n])
	}
	for n := 0; ok && some; some, ok = p.s.nextElement() {
		switch p.s.buf[p.s.i] {
		case '{':
			ok = p.field(m, &n)
		case '[':
			ok = p.pair(m)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return p.s.in(itoa(n))
		}
		n++
	}
	return ok
}

// field reads one header field, the nth, and those behind it that are laid out
// in the same way.
func (p *parser) field(m *message, n *int) bool {
	if p.s.startsWith(p.layout.open) {
		if p.s.depth++; p.s.depth > maxDepth {
			return p.s.fail(reasonDeep, p.s.i)
		}
		f, seen, mark, ok := p.quick(m, n)
		if !ok {
			return false
		}
		some, ok := p.s.nextKey()
		return p.rest(m, f, seen, mark, some, ok)
	}
	some, ok := p.s.object()
	return p.rest(m, spans{}, 0, len(p.text), some, ok)
}

// rest reads the members of a header field from the next key on. some and ok
// are what object or nextKey returned.
func (p *parser) rest(m *message, f spans, seen uint, mark int, some, ok bool) bool {
	more := p.extra[:0]
	latin := false
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		step := "?"
		switch string(k) {
		case "name":
			step = "name"
			p.again(&seen, seenName)
			f.name, ok = p.str(maxValue)
		case "value":
			step = "value"
			p.again(&seen, seenValue)
			if p.s.buf[p.s.i] == '[' {
				f.value, more, ok = p.values(more)
			} else {
				f.value, ok = p.str(maxValue)
			}
		case "_encoding":
			latin, ok = p.is(latin1)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return p.s.in(step)
		}
	}
	if !ok {
		return false
	}
	if latin { // written by our own Writer
		p.raw(&f.name)
		p.raw(&f.value)
	}
	if seen&(seenName|seenValue) != 0 && p.add(m, f, mark) {
		for _, v := range more {
			p.add(m, spans{f.name, v}, len(p.text))
		}
	}
	p.extra = more
	return true
}

// raw turns a piece of text in which each character stands for a byte into
// those bytes.
func (p *parser) raw(v *span) {
	if b, ok := fromLatin1(p.bytes(*v)); ok {
		v.to = v.from + len(b)
	}
}

// values reads the list that Polly.JS writes for repeated fields.
func (p *parser) values(more []span) (first span, rest []span, ok bool) {
	some, ok := p.s.array()
	for n := 0; ok && some; some, ok = p.s.nextElement() {
		v, ok := p.str(maxValue)
		switch {
		case !ok:
			return first, more, false
		case n == 0:
			first = v
		case n < maxFields:
			more = append(more, v)
		}
		n++
	}
	return first, more, ok
}

// pair reads a header field written as [name, value].
func (p *parser) pair(m *message) bool {
	mark := len(p.text)
	var f spans
	some, ok := p.s.array()
	n := 0
	for ; ok && some; some, ok = p.s.nextElement() {
		switch n {
		case 0:
			f.name, ok = p.str(maxValue)
		case 1:
			f.value, ok = p.str(maxValue)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return false
		}
		n++
	}
	if ok && n > 0 {
		p.add(m, f, mark)
	}
	return ok
}

// keyed reads header fields written as one object.
func (p *parser) keyed(m *message) bool {
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		mark := len(p.text)
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		var f spans
		f.name.from = mark
		p.text = append(p.text, k...)
		f.name.to = len(p.text)
		more := p.extra[:0]
		if p.s.buf[p.s.i] == '[' {
			f.value, more, ok = p.values(more)
		} else {
			f.value, ok = p.str(maxValue)
		}
		if !ok {
			return p.s.in("?")
		}
		if p.add(m, f, mark) {
			for _, v := range more {
				p.add(m, spans{f.name, v}, len(p.text))
			}
		}
		p.extra = more
	}
	return ok
}

// add appends a field to m, or drops it and the text from mark on if the
// message is full.
func (p *parser) add(m *message, f spans, mark int) bool {
	// RFC 9112, section 5: name ":" SP value CRLF.
	size := f.name.to - f.name.from + f.value.to - f.value.from + 4
	if m.size+size > maxMessage || len(m.fields) >= maxFields {
		p.text = p.text[:mark]
		p.notes.long++
		m.cut = true
		return false
	}
	m.size += size
	m.fields = append(m.fields, f)
	return true
}

// cookies reads cookies[] into the jar.
func (p *parser) cookies(m *message) bool {
	if p.s.buf[p.s.i] != '[' {
		return p.s.skip()
	}
	some, ok := p.s.array()
	for n := 0; ok && some; some, ok = p.s.nextElement() {
		f, ok := p.nameValue(&p.jar)
		if !ok {
			return p.s.in(itoa(n))
		}
		if n++; len(m.cookies) < maxFields && f != (spans{}) {
			m.cookies = append(m.cookies, f)
		}
	}
	return ok
}

// nameValue reads an object that has a name and a value.
func (p *parser) nameValue(dst *[]byte) (f spans, ok bool) {
	if p.s.buf[p.s.i] != '{' {
		return f, p.s.skip()
	}
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return f, p.s.in("?")
		}
		step := "?"
		switch string(k) {
		case "name":
			step = "name"
			f.name, ok = p.into(dst, maxValue)
		case "value":
			step = "value"
			f.value, ok = p.into(dst, maxValue)
		default:
			ok = p.s.skip()
		}
		if !ok {
			return f, p.s.in(step)
		}
	}
	return f, ok
}
