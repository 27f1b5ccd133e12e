// Package oauth1 holds the rules about OAuth 1.0a, with which application links and older clients log in to Data Center.
package oauth1

import (
	"slices"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// providers are the products that take, or took, OAuth 1.0a.
var providers = target.DataCenter | target.CloudSite

// The pages of Atlassian's about what can go wrong.
var (
	troubleshooting = rule.Reference{
		Title: "OAuth troubleshooting guide",
		URL:   "https://confluence.atlassian.com/kb/oauth-troubleshooting-guide-719095274.html",
	}
	applinks = rule.Reference{
		Title: "OAuth troubleshooting guide, application links",
		URL:   "https://confluence.atlassian.com/applinks/oauth-troubleshooting-guide-790632058.html",
	}
)

// problem reports whether the answer names one of the given codes in
// oauth_problem, with the evidence for it. The codes are those of the extension
// "Problem Reporting" to OAuth 1.0, which all products of Atlassian's use.
func problem(s *rule.Subject, codes ...redact.Text) ([]rule.Evidence, bool) {
	code, inChallenge := s.OAuth1Problem()
	if code == "" {
		return nil, false
	}
	i := slices.IndexFunc(codes, func(c redact.Text) bool { return c.String() == code })
	if i < 0 {
		return nil, false
	}
	part := redact.Const("response body")
	if inChallenge {
		part = redact.Const("response header WWW-Authenticate")
	}
	return []rule.Evidence{
		s.Part(part, redact.Sprintf("oauth_problem=%s", codes[i]), redact.Const("no oauth_problem")),
		s.StatusLine(redact.Const("200")),
	}, true
}

// signed returns the Authorization credential if it holds parameters of OAuth
// 1.0a that can be looked at; else nil.
func signed(s *rule.Subject) *credential.Credential {
	c := s.Authorization
	if c == nil || c.Scheme != credential.OAuth1 || c.Masked || c.Cut || len(c.OAuth1) == 0 {
		return nil
	}
	return c
}

// tokenStep reports whether the request asks for a token, which is signed like
// any other.
func tokenStep(s *rule.Subject) bool { return s.PathHas("/plugins/servlet/oauth/") }
