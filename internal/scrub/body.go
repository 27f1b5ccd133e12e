package scrub

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// openMembers are the members of JSON bodies whose values are looked at and name
// nobody.
var openMembers = map[string]bool{
	"grant_type": true, "redirect_uri": true, "scope": true, "audience": true, "error": true, "error_description": true,
	"token_type": true, "expires_in": true, "message": true, "errormessages": true, "errors": true, "title": true, "detail": true,
}

// requestBody keeps the names in a form or a JSON object, and replaces the values.
// Other bodies are dropped.
func (s *Scrubber) requestBody(x *exchange.Exchange) exchange.Body {
	b := x.Request.Body
	b.Media = s.text(b.Media)
	head := bytes.TrimSpace(b.Head)
	switch {
	case len(head) == 0:
		return b
	case s.broken("request body"):
		return b
	case (head[0] == '{' || head[0] == '[') && json.Valid(head):
		b.Head = s.json(b.Head, s.member, nil)
	case bytes.IndexByte(head, '=') > 0 && !bytes.ContainsAny(head, "<\r\n"):
		b.Head = []byte(s.query(string(b.Head)))
	default:
		return s.dropped(b)
	}
	return b
}

func (s *Scrubber) member(key, v string) string {
	return s.remember('j', key, v, func() string { return s.memberOf(key, v) })
}

func (s *Scrubber) memberOf(key, v string) string {
	low := strings.ToLower(key)
	switch {
	case low == "username" || low == "user" || low == "login" || low == "email" || low == "emailaddress" || low == "displayname":
		return s.user(v)
	case (low == "cloudid" || low == "id") && len(v) == 36 && redact.Path("/"+v).String() == "/"+v:
		return v // the id of a site, which the path shows, too
	case openMembers[low]:
		return s.address(v)
	case strings.HasSuffix(low, "code") && allKnown(v) && strings.ToUpper(v) == v:
		return v // of an error
	case strings.Contains(low, "pass") || low == "pin" || low == "pwd":
		return s.password(v)
	case secretName(low), low == "client_id", low == "accountid":
		return s.secret(v)
	}
	return s.urls(v)
}

// dropped leaves of a body that there was one, and how long it was.
func (s *Scrubber) dropped(b exchange.Body) exchange.Body {
	if len(b.Head) > 0 {
		s.count.Bodies++
		b.Head, b.Kept = nil, false
	}
	return b
}

// responseBody keeps the bodies in which servers say what went wrong, word for
// word as far as the words are known ones.
func (s *Scrubber) responseBody(x *exchange.Exchange) exchange.Body {
	b := x.Response.Body
	b.Media = s.text(b.Media)
	head := bytes.TrimSpace(b.Head)
	if len(head) == 0 {
		return b
	}
	if s.broken("response body") {
		return b
	}
	structured := head[0] == '{' || head[0] == '['
	telling := x.Response.Status >= 300 || strings.Contains(b.Media, "html") || oauth(x.Request.URL) ||
		len(head) < 4096 && structured
	if !telling {
		return s.dropped(b)
	}
	if structured && json.Valid(head) {
		b.Head = s.json(b.Head, s.member, nil)
	} else if bytes.HasPrefix(head, []byte("oauth_")) && !bytes.ContainsAny(head, " <\n") {
		b.Head = []byte(s.query(string(head)))
	} else {
		b.Head = []byte(s.urls(string(b.Head)))
	}
	if len(b.Head) > exchange.MaxBody {
		b.Head = b.Head[:exchange.MaxBody]
	}
	return b
}

func oauth(u string) bool {
	return strings.Contains(u, "oauth") || strings.Contains(u, "/token")
}
