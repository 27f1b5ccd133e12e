package refused

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dc-token-refused",
	Title: "Data Center refused the bearer token",
	Doc: `The request carried a bearer token, normally a personal access token, and the server answered 401 without recognising
it. A token that has expired, one that was deleted and one of another server look the same from outside.

It is recognised by a 401 to ` + "`Authorization: Bearer`" + ` in an answer that names no user. If the text has the
shape of a personal access token (44 characters, or BBDC- and more) or the product certainly wrote the answer, the
finding is likely, else possible: a gateway in front of the product may have refused.

An answer that says that an invalid cookie was sent is about the cookie (session-cookie-stale). A token of
another kind, a damaged one and a placeholder have rules of their own; this finding becomes their
consequence.`,
	Area: rule.Refused, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.OffersBearer | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"retrying-refused-credential", "credential-stopped-working"}, rule.AnonymousEffects),
	Alternatives: []string{
		"token-expired", "token-revoked", "token-of-other-instance", "product-older-than-tokens",
		"authorization-replaced", "session-cookie-stale",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Look at Profile > Personal access tokens on this server: if the token has expired, is gone or was made on another server, create a new one there"),
		Command:    redact.Const(tokenStatus),
		PowerShell: redact.Const(tokenStatusPS),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Send the token alone, without cookies, from the same machine, and look for it at Profile > Personal access tokens."),
		Command:    redact.Const(tokenStatus),
		PowerShell: redact.Const(tokenStatusPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200, and the failing client sends a cookie, too"), Means: "session-cookie-stale"},
			{Seen: redact.Const("200, and the failing client goes through a proxy or gateway"), Means: "authorization-replaced"},
			{Seen: redact.Const("401, and the list shows that the token has expired"), Means: "token-expired"},
			{Seen: redact.Const("401, and the list does not have it any more"), Means: "token-revoked"},
			{Seen: redact.Const("401, and the token is in the list of another server"), Means: "token-of-other-instance"},
			{Seen: redact.Const("401, and the profile has no personal access tokens (Jira before 8.14, Confluence before 7.9, Bitbucket before 5.5)"), Means: "product-older-than-tokens"},
		},
	},
	References: []rule.Reference{
		{Title: "401 Unauthorized error with the Jira Align Jira connector", URL: "https://confluence.atlassian.com/jakb/401-unauthorized-error-jira-align-jira-connector-1376031382.html"},
		{Title: "Using personal access tokens", URL: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Recognized) {
			return
		}
		f := rule.Finding{Message: redact.Const("The server answered 401 to a bearer token and did not recognise it.")}
		own := s.Authorization.Class == credential.PAT || s.Authorization.Class == credential.BitbucketPAT
		switch {
		case s.Has(rule.LoginFailed):
			f.Message = redact.Const("The server says that it tried the bearer token and refused it.")
			f.Certainty, f.Evidence = rule.Likely, []rule.Evidence{seraphSays(s)}
		case !s.Has(rule.Is401) || s.AnotherMatter():
			return
		case own && !acceptedBefore(p, s):
			f.Certainty = rule.Likely
		default:
			f.Certainty = byProduct(p, s)
		}
		if own {
			f.Evidence = append(f.Evidence, s.Auth([2]int{}, redact.Const("a text with the shape of a personal access token"), redact.Const("a token that this server knows")))
		}
		f.Evidence = append(f.Evidence, s.StatusLine(redact.Const("200")))
		p.Report(s, f)
	},
})

const (
	tokenStatus   = `curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" BASE/rest/api/2/myself`
	tokenStatusPS = `Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri BASE/rest/api/2/myself`
)
