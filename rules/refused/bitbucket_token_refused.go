package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-token-refused",
	Title: "Bitbucket refused the token",
	Doc: `Bitbucket Cloud answered ` + "`Token is invalid, expired, or not supported for this endpoint.`" + ` It says so of
three things that it does not tell apart: a token that has expired, one that was revoked or damaged, and one
that was created without scopes for Bitbucket, as all classic API tokens are.

Only this text counts. What is wrong with the credential itself (an e-mail address with git, an app password,
a damaged token) has rules of its own, and this finding becomes their consequence.`,
	Area: rule.Refused, Severity: rule.Error,
	Products:     target.Bitbucket,
	When:         rule.Is401 | rule.HasBody,
	Needs:        exchange.Credentials | exchange.Bodies,
	Explains:     []string{"credential-stopped-working"},
	Alternatives: []string{"api-token-expired", "token-revoked", "bitbucket-token-unscoped"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Create an API token with scopes, for Bitbucket (id.atlassian.com > Security > API tokens > Create API token with scopes), and send it as Basic with your e-mail address"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://api.bitbucket.org/2.0/user`),
		PowerShell: redact.Const(pairPS + `Invoke-RestMethod -Headers $h -Uri https://api.bitbucket.org/2.0/user`),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Try the same token at a Jira site of the account, in place of YOUR-SITE."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://YOUR-SITE.atlassian.net/rest/api/3/myself`),
		PowerShell: redact.Const(pairPS + `Invoke-RestMethod -Headers $h -Uri https://YOUR-SITE.atlassian.net/rest/api/3/myself`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200: the token lives, and has no scopes for Bitbucket"), Means: "bitbucket-token-unscoped"},
			{Seen: redact.Const("401, and id.atlassian.com shows that its date has passed"), Means: "api-token-expired"},
			{Seen: redact.Const("401, and id.atlassian.com does not list it"), Means: "token-revoked"},
			{Seen: redact.Const("401, although it is listed and in date: it has scopes, but not those of this endpoint; create one with them")},
		},
	},
	References: []rule.Reference{
		{Title: "avivsinai/bitbucket-cli#30", URL: "https://github.com/avivsinai/bitbucket-cli/issues/30"},
		{Title: "Using API tokens", URL: "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens"},
	},
	Since:    "0.1",
	Formerly: []string{"bitbucket-unscoped-token"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		// Without any credential the text would be about none: not our case.
		if !bitbucketRefused(s) || !s.Has(rule.OffersAny) && s.Sees(exchange.Credentials) == exchange.Shown {
			return
		}
		p.Likely(s, redact.Const("Bitbucket says that the token is invalid, expired or not made for it, and does not tell which."),
			s.StatusLine(redact.Const("200")), s.Body(redact.Const(notSupported)))
	},
})

const notSupported = "token is invalid, expired, or not supported for this endpoint"

func bitbucketRefused(s *rule.Subject) bool { return s.Is(target.Bitbucket) && s.Says(notSupported) }
