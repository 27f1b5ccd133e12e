package rule

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// Evidence helpers name places of the exchange always in the same words.

// Part makes evidence about a part of the exchange.
func (s *Subject) Part(part, saw, want redact.Text) Evidence {
	return Evidence{At: s.At, Part: part, Saw: saw, Want: want}
}

// Auth makes evidence about the Authorization field as captured; span is a
// range of bytes of its value.
func (s *Subject) Auth(span [2]int, saw, want redact.Text) Evidence {
	return s.CredentialPart(s.Authorization, span, saw, want)
}

// CredentialPart makes evidence about the place where c was found; span is a
// range of bytes of its raw value.
func (s *Subject) CredentialPart(c *credential.Credential, span [2]int, saw, want redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	return Evidence{At: s.At, Part: CredentialPlace(c), Span: span, Saw: saw, Want: want}
}

// Decoded makes evidence about the decoded pair of the Authorization field;
// span is a range of bytes of the decoded pair.
//
// An offset beyond the colon tells how long the password is at least, which
// shortens the search for it. So a place in a password is named in words; only
// for tokens, which a machine made and whose length is no secret, it is kept.
func (s *Subject) Decoded(span [2]int, saw, want redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	place := redact.Sprintf("%s, decoded", CredentialPlace(s.Authorization))
	b := s.Basic()
	if b == nil || !b.HasColon || span[1] <= len(b.User) || b.PasswordClass.MachineMade() {
		return Evidence{At: s.At, Part: place, Span: span, Saw: saw, Want: want}
	}
	part := redact.Sprintf("%s, in the password", place)
	switch {
	case span[1] == len(b.Decoded):
		n := redact.Count(span[1]-span[0], "byte", "bytes")
		part = redact.Sprintf("%s, last %s", place, n)
	case span[0] == len(b.User)+1:
		part = redact.Sprintf("%s, start of the password", place)
	}
	return Evidence{At: s.At, Part: part, Saw: saw, Want: want}
}

// CredentialPlace names the place where c was found.
func CredentialPlace(c *credential.Credential) redact.Text {
	switch {
	case c == nil:
		return redact.Const("request")
	case c.Place == credential.InUserinfo:
		return redact.Const("user information in the URL")
	case c.Place == credential.InQuery:
		return redact.Sprintf("query parameter %s", redact.HeaderName(c.Name))
	case c.Place == credential.InCookie:
		return redact.Sprintf("cookie %s", redact.HeaderName(c.Name))
	}
	return redact.Sprintf("request header %s", redact.HeaderName(c.Name))
}

// SentField makes evidence about a request field, or about its absence.
func (s *Subject) SentField(name string, want redact.Text) Evidence {
	return s.field(redact.Const("request header %s"), s.Request.Header, name, want)
}

// AnswerField makes evidence about a response field, or about its absence.
func (s *Subject) AnswerField(name string, want redact.Text) Evidence {
	var h exchange.Header
	if s.Response != nil {
		h = s.Response.Header
	}
	return s.field(redact.Const("response header %s"), h, name, want)
}

func (s *Subject) field(place redact.Text, h exchange.Header, name string, want redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	e := Evidence{At: s.At, Part: place.Fill("%s", redact.HeaderName(name)), Want: want}
	i := h.Index(name)
	if i < 0 {
		e.Saw = redact.Const("absent")
		return e
	}
	e.Part = place.Fill("%s", redact.HeaderName(h[i].Name))
	if h[i].Derived {
		e.Part = redact.Sprintf("log of the server, told as %s", e.Part)
	}
	var values []redact.Text
	for _, v := range h.All(name) {
		values = append(values, redact.HeaderValue(name, v))
	}
	e.Saw = redact.Join(" | ", values...)
	return e
}

// StatusLine makes evidence about the response status.
func (s *Subject) StatusLine(want redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	saw := redact.Const("no response")
	if s.Response != nil && s.Response.Status > 0 {
		saw = redact.Int(s.Response.Status)
	}
	return Evidence{At: s.At, Part: redact.Const("response status"), Saw: saw, Want: want}
}

// Body makes evidence about a text that the response body holds, which the
// rule looked for and therefore names as a constant.
func (s *Subject) Body(text redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	e := Evidence{At: s.At, Part: redact.Const("response body"), Saw: redact.Sprintf("\"%s\"", text)}
	if i := strings.Index(s.lower, strings.ToLower(text.String())); i >= 0 {
		e.Span = [2]int{i, i + len(text.String())}
	}
	return e
}

// Address makes evidence about the URL of the request.
func (s *Subject) Address(want redact.Text) Evidence {
	if s.brief {
		return Evidence{At: s.At}
	}
	return Evidence{At: s.At, Part: redact.Const("request URL"), Saw: s.Shown(), Want: want}
}
