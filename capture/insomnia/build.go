package insomnia

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A builder makes one request.
type builder struct {
	*walk
	scope *scope
	x     *exchange.Exchange
}

// get resolves a text; all is false if something in it has no value.
func (b *builder) get(t text) (s string, all bool) {
	s, missing := b.scope.resolve(string(t))
	b.c.AddN(exchange.NoteUnresolved, missing)
	return s, missing == 0
}

// url returns the address with its query. What has no value stays as it is written,
// or is left out of the query; partial: there is such a thing.
func (b *builder) url(q *request) (u string, partial bool) {
	u, all := b.get(q.URL)
	partial = !all
	if u != "" && !strings.Contains(u, "://") && !strings.HasPrefix(u, "{") {
		u = "http://" + u // as Insomnia does
	}
	for _, f := range q.PathParameters {
		v, ok := b.get(f.Value)
		partial = partial || !ok
		if ok && f.Name != "" && v != "" {
			u = segment(u, ":"+string(f.Name), url.PathEscape(v))
		}
	}
	for _, f := range q.Parameters {
		if f.Disabled || f.Name == "" {
			continue
		}
		name, known := b.get(f.Name)
		value, all := b.get(f.Value)
		if partial = partial || !known || !all; known && all {
			u = query(u, name, value)
		}
	}
	return u[:min(len(u), maxResolved)], partial
}

// segment replaces a part of the path.
func segment(u, name, value string) string {
	head, query, some := strings.Cut(u, "?")
	parts := strings.Split(head, "/")
	for i := range parts {
		if i > 0 && parts[i] == name {
			parts[i] = value
		}
	}
	head = strings.Join(parts, "/")
	if some {
		head += "?" + query
	}
	return head
}

func query(u, name, value string) string {
	mark := "?"
	if strings.Contains(u, "?") {
		mark = "&"
	}
	u += mark + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	if value != "" {
		u += "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	}
	return u
}

// headers adds fields; one of the same name, of a folder further out, gives way.
func (b *builder) headers(list []field) {
	h := &b.x.Request.Header
	outer := len(*h)
	for _, f := range list {
		if f.Disabled || f.Name == "" {
			continue
		}
		name, known := b.get(f.Name)
		value, all := b.get(f.Value)
		if outer > 0 && known {
			kept := slices.DeleteFunc((*h)[:outer:outer], func(o exchange.Field) bool { return strings.EqualFold(o.Name, name) })
			*h = append(kept, (*h)[outer:]...)
			outer = len(kept)
		}
		switch secret := credentialField(name); {
		case known && all:
			*h = append(*h, exchange.Field{Name: name, Value: value})
			if secret {
				b.x.Sight |= exchange.Credentials
			}
		case !known || secret:
			b.x.Sight &^= exchange.Credentials
		}
	}
}

func credentialField(name string) bool {
	return strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Proxy-Authorization")
}

// authorize adds what the auth makes of the request when it is sent. A field that
// is typed in goes before it.
func (b *builder) authorize(a *auth) {
	x := b.x
	if a == nil || a.Type == "none" || x.Request.Header.Has("Authorization") || x.Sight&exchange.Credentials == 0 {
		return
	}
	name, value, ok := "Authorization", "", false
	switch a.Type {
	case "basic":
		user, known := b.get(a.Username)
		password, all := b.get(a.Password)
		pair, fits := encoded(user+":"+password, bool(a.UseISO88591))
		value, ok = "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)), known && all && fits
	case "bearer":
		token, known := b.get(a.Token)
		prefix, all := b.get(a.Prefix)
		token, prefix = strings.TrimSpace(token), strings.TrimSpace(prefix)
		value, ok = "Bearer "+token, known && all && token != ""
		switch prefix {
		case "":
		case "NO_PREFIX":
			value = token
		default:
			value = prefix + " " + token
		}
	case "apikey":
		key, known := b.get(a.Key)
		v, all := b.get(a.Value)
		switch name, value, ok = key, v, known && all && key != ""; {
		case !ok:
		case a.AddTo == "queryParams":
			x.Request.URL = query(x.Request.URL, key, v)
			return
		case a.AddTo == "cookie":
			x.Request.Header = append(x.Request.Header, exchange.Field{Name: "Cookie", Value: key + "=" + v})
			return
		}
	}
	if !ok {
		x.Sight &^= exchange.Credentials // it is made of what the export does not hold
		return
	}
	x.Request.Header = append(x.Request.Header, exchange.Field{Name: name, Value: value})
}

// encoded returns a pair in the encoding in which it is sent; ok: it can be.
func encoded(pair string, latin1 bool) (string, bool) {
	if !latin1 {
		return pair, true
	}
	var out []byte
	for _, r := range pair {
		if r > 0xff {
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), true
}

// body returns the start of the body. One with a template is shown as it is
// written.
func (b *builder) body(q *body) exchange.Body {
	out := exchange.Body{Media: strings.Trim(b.x.Request.Header.Value("Content-Type"), " \t\r\n"), Kept: true}
	if q == nil {
		return out
	}
	if out.Media == "" {
		out.Media = string(q.MimeType[:min(len(q.MimeType), maxComment)])
	}
	var s string
	switch {
	case q.FileName != "" || q.MimeType == "multipart/form-data" || q.MimeType == "application/graphql":
		return exchange.Body{Size: -1, Media: out.Media} // put together when it is sent
	case q.MimeType == "application/x-www-form-urlencoded" && len(q.Params) > 0:
		var pairs []string
		for _, f := range q.Params {
			if !f.Disabled && f.Name != "" {
				pairs = append(pairs, url.QueryEscape(string(f.Name))+"="+url.QueryEscape(string(f.Value)))
			}
		}
		s = strings.Join(pairs, "&")
	case q.Text != nil:
		s = string(*q.Text)
	}
	out.Head, out.Size = []byte(s[:min(len(s), exchange.MaxBody)]), int64(len(s))
	return out
}
