package har

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// marks is what the header fields of a draft show.
type marks struct {
	authorization, cookie, setCookie bool
	timed                            bool
	client                           string
}

// A slab is an exchange with what nearly every one has, in one allocation.
type slab struct {
	x exchange.Exchange
	r exchange.Response
}

// build makes an exchange of the draft. All its strings but the body share one
// backing string: a session keeps exchanges whole, or copies what it keeps.
func (p *parser) build() item {
	d := &p.draft
	text := string(d.text)
	cut := func(v span) string { return text[v.from:v.to] }
	s := new(slab)
	x := &s.x
	it := item{x: x, weight: len(text)}
	x.From = p.from
	x.Took = milliseconds(d.took)
	x.Comment = cut(d.comment)

	var m marks
	x.Start, m.timed = parseStamp(d.bytes(d.started))
	fields := make([]exchange.Field, 0, len(d.req.fields)+len(d.res.fields))
	fields = p.fields(fields, &d.req, text, &m)
	x.Request = exchange.Request{
		Method: methodName(cut(d.method)),
		URL:    cut(d.url),
		Proto:  protoName(cut(d.req.proto)),
		Header: fields[:len(fields):len(fields)],
		Body:   p.finish(&d.req),
	}
	x.Request.Body.Media = cut(d.req.media)
	if !m.cookie {
		x.Request.Cookies = p.cookieFields(d.req.cookies)
	}
	x.Client = p.client(m.client)

	rest := fields[len(fields):]
	rest = p.fields(rest, &d.res, text, &m)
	x.Failure = p.failureIn(x.Request.URL, cut(d.failure), len(rest) > 0)
	if d.haveRes && (d.status > 0 || len(rest) > 0) {
		s.r = exchange.Response{
			Status:   d.status,
			Reason:   cut(d.reason),
			Proto:    protoName(cut(d.res.proto)),
			Header:   rest,
			Body:     p.finish(&d.res),
			Redirect: cut(d.redirect),
		}
		s.r.Body.Media = cut(d.res.media)
		if !m.setCookie {
			s.r.Cookies = p.cookieFields(d.res.cookies)
		}
		x.Response = &s.r
		it.weight += cap(s.r.Body.Head)
	}
	it.link = p.linkOf(x.Request.URL, text)
	p.look(&it, m)
	it.notes = d.notes
	it.weight += cap(x.Request.Body.Head) + 40*cap(fields) + 1024
	return it
}

// failureIn returns the failure of the draft. A status of zero without a word
// is how Firefox writes all of them; with header fields it is an answer from
// its cache. An absent response is not one: it may just not be there yet.
func (p *parser) failureIn(url, text string, fields bool) *exchange.Failure {
	silent := p.haveRes && p.status == 0 && !fields && !p.rebuilt && hasAuthority(url)
	if text == "" && !p.aborted && !silent {
		return nil
	}
	return failure.Of(text, p.aborted, p.status > 0)
}

// hasAuthority tells requests to a server from data:, blob: and the like.
func hasAuthority(url string) bool {
	scheme, _, ok := strings.Cut(url, "://")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ws", "wss":
		return true
	}
	return false
}

// fields appends the header fields of m to h, with those taken apart again
// that the producer joined.
//
// The pseudo-header fields of HTTP/2 (":authority") stay: they show which
// protocol was spoken.
func (p *parser) fields(h exchange.Header, m *message, text string, seen *marks) exchange.Header {
	response := m == &p.res
	for _, f := range m.fields {
		name, value := text[f.name.from:f.name.to], text[f.value.from:f.value.to]
		kind := seen.note(name, value, response)
		if response || p.dialect == joiner {
			if n := len(h); p.split(&h, name, value, kind, response) {
				if h[n].Joined {
					p.notes.joined = 1
				}
				continue
			}
		}
		h = append(h, exchange.Field{Name: name, Value: value})
	}
	return h
}

// A fieldKind is a header field that matters to the reader itself.
type fieldKind uint8

const (
	otherField fieldKind = iota
	authorizationField
	setCookieField
	dateField
)

// note records what the presence of a field shows.
func (s *marks) note(name, value string, response bool) fieldKind {
	switch len(name) {
	case len("cookie"):
		if !response && strings.EqualFold(name, "cookie") && value != "" {
			s.cookie = true
		}
	case len("user-agent"): // and set-cookie
		switch {
		case response && strings.EqualFold(name, "set-cookie"):
			s.setCookie = true
			return setCookieField
		case !response && s.client == "" && strings.EqualFold(name, "user-agent"):
			s.client = value
		}
	case len("authorization"): // and last-modified
		switch {
		case !response && strings.EqualFold(name, "authorization"):
			s.authorization = true
			return authorizationField
		case strings.EqualFold(name, "last-modified"):
			return dateField
		}
	case len("proxy-authorization"):
		if strings.EqualFold(name, "proxy-authorization") {
			return authorizationField
		}
	case len("date"):
		if strings.EqualFold(name, "date") {
			return dateField
		}
	case len("expires"):
		if strings.EqualFold(name, "expires") {
			return dateField
		}
	}
	return otherField
}

// split appends a field that may be a joined one and reports whether it did.
//
// A line feed cannot be part of a response field, but it may be evidence in a
// request field, above all in Authorization. Set-Cookie is joined with line
// feeds by the DevTools protocol, whatever the producer; Safari joins with
// commas, and nobody can tell those from commas of the value.
func (p *parser) split(h *exchange.Header, name, value string, kind fieldKind, response bool) bool {
	if strings.IndexByte(value, '\n') >= 0 {
		switch {
		case !response && kind == authorizationField:
			return false
		case p.dialect == joiner || kind == setCookieField:
			for part := range strings.SplitSeq(value, "\n") {
				*h = append(*h, exchange.Field{Name: name, Value: part, Joined: true})
			}
			return true
		}
		*h = append(*h, exchange.Field{Name: name, Value: value, Joined: true})
		return true
	}
	if p.dialect == safari && response && kind != dateField && strings.Contains(value, ", ") {
		*h = append(*h, exchange.Field{Name: name, Value: value, Joined: true})
		return true
	}
	return false
}

// cookieFields returns cookies that the source lists apart.
func (p *parser) cookieFields(cookies []spans) []exchange.Field {
	if len(cookies) == 0 {
		return nil
	}
	text := string(p.jar)
	fs := make([]exchange.Field, len(cookies))
	for i, c := range cookies {
		fs[i] = exchange.Field{Name: text[c.name.from:c.name.to], Value: text[c.value.from:c.value.to]}
	}
	return fs
}

// client returns ua from a small stock, so that a session that keeps it does
// not keep the text of an exchange alive.
func (p *parser) client(ua string) string {
	if ua == "" {
		return ""
	}
	ua = ua[:min(len(ua), maxClient)]
	for i, c := range p.clients {
		if c == ua {
			if i > 0 {
				p.clients[i-1], p.clients[i] = c, p.clients[i-1]
			}
			return c
		}
	}
	ua = strings.Clone(ua)
	p.clients[len(p.clients)-1] = ua
	return ua
}

func methodName(s string) string {
	switch s {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "PUT":
		return "PUT"
	case "DELETE":
		return "DELETE"
	case "OPTIONS":
		return "OPTIONS"
	case "HEAD":
		return "HEAD"
	}
	return s
}

func protoName(s string) string {
	switch s {
	case "HTTP/1.1":
		return "HTTP/1.1"
	case "http/1.1":
		return "http/1.1"
	case "http/2.0":
		return "http/2.0"
	case "HTTP/2.0":
		return "HTTP/2.0"
	case "h2":
		return "h2"
	case "h3":
		return "h3"
	}
	return s
}
