package scrub

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

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
		b.Head = s.json(b.Head, true, s.member, nil)
	case bytes.IndexByte(head, '=') > 0 && !bytes.ContainsAny(head, "<\r\n"):
		b.Head = []byte(s.query(string(b.Head)))
	default:
		return s.dropped(b)
	}
	return b
}

// A member is what the key of a member of a JSON object says of its value.
type member uint8

const (
	textMember member = iota
	openMember        // it may be an address
	idMember
	userMember
	codeMember
	passwordMember
	secretMember
)

// A key is that of a member, and what it says.
type key struct {
	text string
	says member
}

// open reports whether the values are texts of which known words stay.
func (k *key) open() bool {
	return k.says == textMember || k.says == openMember || k.says == idMember
}

// keyOf returns what a key says.
func (s *Scrubber) keyOf(t []byte) *key {
	if k := s.keys[string(t)]; k != nil {
		return k
	}
	k := &key{text: string(t)}
	k.says = memberKind(strings.ToLower(k.text))
	if len(s.keys) < maxFields && len(t) <= maxMemoText {
		if s.keys == nil {
			s.keys = map[string]*key{}
		}
		s.keys[k.text] = k
	}
	return k
}

func memberKind(low string) member {
	switch {
	case low == "username" || low == "user" || low == "login" || low == "email" || low == "emailaddress" || low == "displayname":
		return userMember
	case low == "cloudid" || low == "id":
		return idMember
	case openMembers[low]:
		return openMember
	case strings.Contains(low, "pass") || low == "pin" || low == "pwd":
		return passwordMember
	case strings.HasSuffix(low, "code"):
		return codeMember
	case secretName(low), low == "client_id", low == "accountid":
		return secretMember
	}
	return textMember
}

// member replaces the value of a member.
func (s *Scrubber) member(k *key, v string) string {
	m := k.says
	return s.remember('J'+byte(m), "", v, func() string {
		switch m {
		case userMember:
			return s.user(v)
		case idMember:
			if len(v) == 36 && redact.Path("/"+v).String() == "/"+v {
				return v // the id of a site, which the path shows, too
			}
		case openMember:
			return s.address(v)
		case codeMember:
			if allKnown(v) && strings.ToUpper(v) == v {
				return v // of an error
			}
			return s.secret(v)
		case passwordMember:
			return s.password(v)
		case secretMember:
			return s.secret(v)
		}
		return s.urls(v)
	})
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
	if binary(head) {
		return s.dropped(b) // nobody can read in it what went wrong
	}
	if structured && json.Valid(head) {
		b.Head = s.json(b.Head, true, s.member, nil)
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

// binary reports whether b is no text, in whatever encoding: of random bytes every
// ninth is a control character.
func binary(b []byte) bool {
	if utf8.Valid(b) {
		return false
	}
	n := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' {
			n++
		}
	}
	return n*32 > len(b)
}

func oauth(u string) bool {
	return strings.Contains(u, "oauth") || strings.Contains(u, "/token")
}
