// Package oauth2 holds the rules about OAuth 2.0.
package oauth2

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// The pages of Atlassian's that several rules rest on.
var (
	threeLO = rule.Reference{
		Title: "OAuth 2.0 (3LO) apps", URL: "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
	}
	refreshTokens = rule.Reference{
		Title: "Use a refresh token", URL: "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens",
	}
)

const (
	sitesSh = `curl -s -H "Authorization: Bearer $T" https://api.atlassian.com/oauth/token/accessible-resources`
	sitesPS = `Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri https://api.atlassian.com/oauth/token/accessible-resources`
)

// tokenServers are the products at which apps ask for tokens of Cloud.
var tokenServers = target.Identity | target.SetOf(target.BitbucketCloud)

// claims returns what the bearer token of s says, if it is a whole JSON Web
// Token and none of a Connect app; else nil.
func claims(s *rule.Subject) *credential.Claims {
	c := s.Authorization
	if c == nil || c.Scheme != credential.Bearer || c.Masked || c.Cut {
		return nil
	}
	j := c.JWT()
	if j == nil || j.Malformed != "" || j.Encrypted || j.QSH != "" {
		return nil
	}
	return j
}

// ofAtlassian reports whether the issuer of a token is a token server of
// Atlassian's; names of issuers that are no address are not known to be foreign.
func ofAtlassian(issuer string) bool {
	u := target.ParseURL(issuer)
	if u.Scheme != "https" {
		return false
	}
	for _, domain := range [...]string{"atlassian.com", "atlassian.net", "atlassian.io", "atl-paas.net", "bitbucket.org"} {
		if u.Host == domain || strings.HasSuffix(u.Host, "."+domain) {
			return true
		}
	}
	return strings.HasPrefix(u.Host, "atlassian-account-") && strings.HasSuffix(u.Host, ".auth0.com")
}

// foreign reports whether the issuer of a token is the address of a server that
// is none of Atlassian's.
func foreign(issuer string) bool {
	u := target.ParseURL(issuer)
	return u.Scheme == "https" && strings.Contains(u.Host, ".") && !ofAtlassian(issuer)
}

// refused reports whether the answer turns the token down, and not for a reason
// that shows that the token is good.
func refused(s *rule.Subject) bool {
	return s.Has(rule.Failing) && !s.Has(rule.Recognized) && (s.Has(rule.LoginFailed) || !s.AnotherMatter())
}

// failed reports whether a call of the OAuth 2.0 dance was turned down.
func failed(s *rule.Subject) bool { return s.Status() >= 400 && s.Status() < 500 && s.Status() != 429 }

// errorCode shows the error code of an answer of a token server.
func errorCode(s *rule.Subject) rule.Evidence {
	code, _ := s.OAuth.Error()
	return s.Part(redact.Const("response body, error"), redact.OneOf(code,
		"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
		"access_denied", "server_error", ""), redact.Const("access_token"))
}

// grant returns the grant type that a token request names.
func grant(s *rule.Subject) string { return strings.ToLower(s.OAuth.Sent["grant_type"]) }
