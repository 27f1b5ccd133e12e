package rawhttp

import (
	"bytes"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// request makes an exchange of a request.
func (t *text) request(m *message) *exchange.Exchange {
	h, err := wire.ParseRequest(m.head)
	if err != nil {
		return nil
	}
	q, _, err := wire.StoredRequest(io.MultiReader(bytes.NewReader(h.Raw), bytes.NewReader(m.body)), t.o.Decoder)
	if err != nil {
		return nil
	}
	if h.Early {
		q.Raw = m.head[min(h.Lead, len(m.head)):] // the client meant all of it as the head
	}
	host := strings.TrimSpace(q.Header.Value("Host"))
	if q.URL = h.URL(scheme(&q, host), ""); host == "" && strings.HasPrefix(h.Target, "/") {
		q.URL = h.Target
	}
	x := &exchange.Exchange{Took: -1, Request: q}
	switch {
	case m.excerpt:
	case host != "":
		x.Sight = exchange.Credentials | exchange.Cookies
	case q.Header.Has("Authorization"): // lines of it that somebody chose
		x.Sight = exchange.Credentials
	}
	x.Client = q.Header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	if m.crlf && !m.excerpt && !m.short && strings.HasPrefix(q.Proto, "HTTP/1") {
		x.Sight |= exchange.Wire
	} else {
		x.Request.Raw = nil
	}
	return x
}

// scheme returns that of the URL of a request. The text does not tell it; where
// neither the port nor another field does, it is the common one.
func scheme(q *exchange.Request, host string) string {
	for _, name := range []string{"Origin", "Referer"} {
		v := q.Header.Value(name)
		s, rest, ok := strings.Cut(v, "://")
		if at, _, _ := strings.Cut(rest, "/"); ok && host != "" && strings.EqualFold(at, host) && (s == "http" || s == "https") {
			return s
		}
	}
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") || !strings.HasPrefix(q.Proto, "HTTP/1") {
		return "https"
	}
	switch host[i+1:] {
	case "443", "8443", "":
		return "https"
	}
	return "http"
}

// response makes an exchange of a response, of which nobody knows the request yet.
func (t *text) response(m *message) *exchange.Exchange {
	method := ""
	if n := len(t.asks); n > 0 {
		method = t.asks[n-1].Request.Method
	}
	p, _, err := wire.StoredResponse(io.MultiReader(bytes.NewReader(m.head), bytes.NewReader(m.body)), method, t.o.Decoder)
	if err != nil || p.Status == 0 {
		return nil
	}
	p.Raw = nil
	length, err := strconv.ParseInt(strings.TrimSpace(p.Header.Value("Content-Length")), 10, 64)
	empty := err == nil && length == 0 || p.Status == 204 || p.Status == 304 || method == "HEAD"
	if len(m.body) == 0 && !empty { // it was not copied
		if p.Body.Kept, p.Body.Size = false, -1; err == nil && length > 0 {
			p.Body.Size = length
		}
	}
	x := &exchange.Exchange{Took: -1, Response: p}
	x.Request.Body.Size = -1
	if p.Body.Kept {
		x.Sight |= exchange.Bodies
	}
	return x
}

var base = form.Pattern(`(?i)^OAuth realm="(https?(?:%3A%2F%2F|://)[\w.%:/-]{1,250})"`)

// realm returns the address that Jira, Confluence and Bitbucket name as the realm of
// OAuth: that of the server. Of an answer alone nothing else tells whose it is.
func realm(h exchange.Header) string {
	for _, v := range h.All("WWW-Authenticate") {
		m := base().FindStringSubmatch(strings.TrimSpace(v))
		if m == nil {
			continue
		}
		if s, err := url.PathUnescape(m[1]); err == nil && !strings.ContainsAny(s, "\r\n\x00 @") {
			return s
		}
	}
	return ""
}

// value is a line with a name and, in the same line or the next one, a value.
var value = form.Pattern(`^(:?[A-Za-z][\w-]*):?[ \t]*$`)

// fields makes an exchange of the fields of HTTP/2 as developer tools list them.
func (t *text) fields(m *message) *exchange.Exchange {
	lines := strings.Split(strings.TrimSuffix(string(m.head), "\r\n"), "\r\n")
	if !m.crlf {
		lines = strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(m.head), "\r\n", "\n"), "\n"), "\n")
	}
	twoLines := value().MatchString(lines[0]) // names and values in turns
	known := map[string]string{}
	var header exchange.Header
	for i := 0; i < len(lines); i++ {
		var name, v string
		if twoLines {
			if i+1 == len(lines) {
				break
			}
			name, v = strings.TrimRight(strings.TrimSpace(lines[i]), ":"), strings.TrimSpace(lines[i+1])
			i++
		} else {
			j := strings.IndexByte(lines[i][min(1, len(lines[i])):], ':')
			if j < 0 {
				break // other text
			}
			name, v = lines[i][:j+1], strings.TrimLeft(lines[i][j+2:], " \t")
		}
		if strings.HasPrefix(name, ":") {
			known[name] = v
		} else {
			header = append(header, exchange.Field{Name: name, Value: v})
		}
	}
	x := &exchange.Exchange{Took: -1}
	x.Request.Body.Size = -1
	if status, err := strconv.Atoi(known[":status"]); err == nil {
		if status < 100 || status > 999 {
			return nil
		}
		x.Response = &exchange.Response{Status: status, Proto: "h2", Header: header, Body: exchange.Body{Size: -1, Media: header.Value("Content-Type")}}
		return x
	}
	if known[":method"] == "" {
		return nil
	}
	q := &x.Request
	q.Method, q.Proto, q.Header = known[":method"], "h2", header
	q.URL = known[":path"]
	if host := known[":authority"]; host != "" {
		s := known[":scheme"]
		if s == "" {
			s = "https"
		}
		q.URL = s + "://" + host + q.URL
	}
	if !m.excerpt {
		x.Sight = exchange.Credentials | exchange.Cookies
	}
	x.Client = header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	return x
}
