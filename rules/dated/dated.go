// Package dated holds the rules about clocks, expiry and dated facts.
package dated

import (
	"net/http"
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// milliseconds is the least time since 1970 that cannot be meant in seconds: it
// has 13 digits.
const milliseconds = 1e12

// A claimed is a JSON Web Token in a request, and where it was found.
type claimed struct {
	*credential.Claims
	at func(saw, want redact.Text) rule.Evidence
}

// own returns the token that the client itself made for this request: that of a
// Connect app, or the assertion with which an app asks for the token of a user.
func own(s *rule.Subject) (claimed, bool) {
	if s.OAuth != nil && s.OAuth.Sent["assertion"] != "" {
		j := credential.ParseJWT(s.OAuth.Sent["assertion"])
		return claimed{j, func(saw, want redact.Text) rule.Evidence {
			return s.Part(redact.Const("request body, assertion"), saw, want)
		}}, readable(j)
	}
	c := s.ConnectToken()
	if c == nil || c.Masked || c.Cut {
		return claimed{}, false
	}
	j := c.JWT()
	return claimed{j, func(saw, want redact.Text) rule.Evidence { return s.CredentialPart(c, [2]int{}, saw, want) }}, readable(j)
}

// sent returns the token of the request, whoever made it.
func sent(s *rule.Subject) (claimed, bool) {
	if j, ok := own(s); ok {
		return j, true
	}
	c := s.Authorization
	if c == nil || c.Scheme != credential.Bearer || c.Masked || c.Cut {
		return claimed{}, false
	}
	j := c.JWT()
	return claimed{j, func(saw, want redact.Text) rule.Evidence { return s.Auth([2]int{}, saw, want) }}, readable(j)
}

func readable(j *credential.Claims) bool { return j != nil && j.Malformed == "" && !j.Encrypted }

// serverTime returns the time of the answer by the clock of the server; zero if
// it does not tell, or if a cache may have kept the answer.
func serverTime(s *rule.Subject) time.Time {
	if s.Answer("Age") != "" || s.Status() == http.StatusNotModified || strings.HasPrefix(strings.ToLower(s.Answer("X-Cache")), "hit") {
		return time.Time{}
	}
	t, err := http.ParseTime(s.Answer("Date"))
	if err != nil {
		return time.Time{}
	}
	return t
}
