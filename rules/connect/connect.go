// Package connect holds the rules about the tokens of Connect apps.
package connect

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// understanding is the page of Atlassian's that says how such a token is made.
var understanding = rule.Reference{
	Title: "Understanding JWT for Connect apps",
	URL:   "https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps",
}

// appToken returns the token of an app that the product looks at, and what it
// says; nil if there is none that can be read.
func appToken(s *rule.Subject) (*credential.Credential, *credential.Claims) {
	c := s.ConnectToken()
	if c == nil || c.Masked || c.Cut {
		return nil, nil
	}
	j := c.JWT()
	if j == nil || j.Malformed != "" || j.Encrypted {
		return nil, nil
	}
	return c, j
}

// oauthToken reports whether the claims are those of an OAuth 2.0 access token
// and not of the token that a Connect app makes.
func oauthToken(j *credential.Claims) bool {
	return j.QSH == "" && (len(j.Scope) > 0 || strings.HasPrefix(j.Issuer, "https://"))
}

// refused reports whether the answer can have to do with the token of an app.
func refused(s *rule.Subject) bool {
	return !s.Has(rule.Recognized) && (s.Has(rule.LoginFailed) || !s.AnotherMatter())
}
