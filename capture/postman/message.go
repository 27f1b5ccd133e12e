package postman

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A request is one of Postman's, in any of the forms it has had.
type request struct {
	URL    address `json:"url"`
	Method text    `json:"method"`
	Header fields  `json:"header"`
	Body   *body   `json:"body"`
	Auth   *auth   `json:"auth"`
}

// UnmarshalJSON takes the short form, too: a URL alone.
func (q *request) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		q.Method = "GET"
		return json.Unmarshal(b, &q.URL)
	}
	type plain request
	return json.Unmarshal(b, (*plain)(q))
}

// An address is a URL, as text or in parts.
type address string

func (a *address) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, (*string)(a))
	}
	var u struct {
		Raw, Protocol, Hash, Port text
		Host, Path                parts
		Query, Variable           fields
	}
	if err := json.Unmarshal(b, &u); err != nil {
		return err
	}
	host := strings.Join(u.Host, ".")
	if host == "" {
		*a = address(u.Raw)
		return nil
	}
	var s strings.Builder
	if u.Protocol != "" {
		s.WriteString(strings.TrimSuffix(string(u.Protocol), "://") + "://")
	} else if i := strings.Index(string(u.Raw), "://"); i > 0 {
		s.WriteString(string(u.Raw[:i+3]))
	}
	s.WriteString(host)
	if u.Port != "" {
		s.WriteString(":" + string(u.Port))
	}
	for i, p := range u.Path { // /issue/:key
		for _, v := range u.Variable {
			if p == ":"+string(v.Key) && v.value() != "" {
				u.Path[i] = string(v.value())
			}
		}
	}
	if len(u.Path) > 0 {
		s.WriteString("/" + strings.TrimPrefix(strings.Join(u.Path, "/"), "/"))
	}
	mark := byte('?')
	for _, f := range u.Query {
		if f.Disabled {
			continue
		}
		s.WriteByte(mark)
		s.WriteString(string(f.Key))
		if f.Value != nil {
			s.WriteString("=" + string(*f.Value))
		}
		mark = '&'
	}
	*a = address(s.String())
	return nil
}

// text is a string; numbers and booleans are taken as written, null as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case len(b) > 0 && (b[0] == '{' || b[0] == '['), string(b) == "null":
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// parts is a list of strings, which older versions wrote as one. An element may
// be an object with the value in it.
type parts []string

func (p *parts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '[' {
		var t text
		if err := t.UnmarshalJSON(b); err != nil {
			return err
		}
		if t != "" {
			*p = parts{string(t)}
		}
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, e := range list {
		var o struct{ Value text }
		var t text
		if json.Unmarshal(e, &t) == nil && t != "" {
			*p = append(*p, string(t))
		} else if json.Unmarshal(e, &o) == nil {
			*p = append(*p, string(o.Value))
		}
	}
	return nil
}

// A field is a header field, a query parameter or a setting of an auth.
type field struct {
	Key      text
	Value    *text
	Disabled bool
}

// fields is a list of them, which older versions wrote as lines or as an object.
type fields []field

func (f *fields) UnmarshalJSON(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	switch b[0] {
	case '[':
		return json.Unmarshal(b, (*[]field)(f))
	case '"':
		var lines string
		if err := json.Unmarshal(b, &lines); err != nil {
			return err
		}
		for line := range strings.Lines(lines) {
			name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
			if ok {
				v := text(strings.TrimPrefix(value, " "))
				*f = append(*f, field{Key: text(name), Value: &v})
			}
		}
	}
	return nil
}

// header returns the fields that are sent.
func (f fields) header() exchange.Header {
	var h exchange.Header
	for _, x := range f {
		if !x.Disabled && x.Key != "" {
			h = append(h, exchange.Field{Name: string(x.Key), Value: string(x.value())})
		}
	}
	return h
}

func (x field) value() text {
	if x.Value == nil {
		return ""
	}
	return *x.Value
}

// A body is that of a request.
type body struct {
	Mode       string
	Raw        text
	Urlencoded fields
}

// of returns the start of a body.
func (b *body) of(h exchange.Header) exchange.Body {
	out := exchange.Body{Media: strings.Trim(h.Value("Content-Type"), " \t\r\n"), Kept: true}
	if b == nil {
		return out
	}
	var s string
	switch b.Mode {
	case "", "raw":
		s = string(b.Raw)
	case "urlencoded":
		var pairs []string
		for _, f := range b.Urlencoded {
			if !f.Disabled {
				pairs = append(pairs, url.QueryEscape(string(f.Key))+"="+url.QueryEscape(string(f.value())))
			}
		}
		s = strings.Join(pairs, "&")
	default: // a form with files, a file, GraphQL: put together when it is sent
		return exchange.Body{Size: -1, Media: out.Media}
	}
	out.Head, out.Size = []byte(s[:min(len(s), exchange.MaxBody)]), int64(len(s))
	return out
}
