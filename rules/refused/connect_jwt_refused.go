package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-refused",
	Title: "The product refused the Connect token",
	Doc: `A Connect app signs each request with a token of its own: who it is (the issuer), which request it is for (a
hash of method, path and query), how long it is good, all signed with the secret that the site gave the app
at its installation. Cloud answers 401 if any of it is wrong, and does not say which.

It is recognised by a 401 to a token after the scheme word JWT, or in the query parameter jwt. Issuer, hash
and lifetime can be read and are checked by rules of their own, whose consequence this finding becomes; what
is left is mostly the secret.`,
	Area: rule.Refused, Severity: rule.Error,
	Products: target.CloudSite,
	When:     rule.Is401 | rule.OffersAny,
	Needs:    exchange.Credentials,
	Explains: rule.AnonymousEffects,
	Alternatives: []string{
		"connect-jwt-issuer", "connect-jwt-qsh-mismatch", "shared-secret-wrong", "clock-skew", "app-not-installed",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Check, in this order: the issuer is the key of the app, qsh is made for exactly this method and URL, the clock is right, and the shared secret is that of the latest installation"),
		Command:    redact.Const("date -u; curl -sI https://SITE.atlassian.net/ | grep -i '^date:'"),
		PowerShell: redact.Const("(Get-Date).ToUniversalTime(); curl.exe -sI https://SITE.atlassian.net/ | Select-String '^date:'"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Sign GET /rest/api/2/myself with Atlassian's library (atlassian-jwt) and the shared secret of the newest installed event, and send that token."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: JWT $T" https://SITE.atlassian.net/rest/api/2/myself`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "JWT $t"} -Uri https://SITE.atlassian.net/rest/api/2/myself`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200, and the app makes another qsh than the library"), Means: "connect-jwt-qsh-mismatch"},
			{Seen: redact.Const("200, and the app writes another issuer"), Means: "connect-jwt-issuer"},
			{Seen: redact.Const("200, and the clock of the app is minutes off"), Means: "clock-skew"},
			{Seen: redact.Const("401, and the site lists the app"), Means: "shared-secret-wrong"},
			{Seen: redact.Const("401, and the site does not list the app"), Means: "app-not-installed"},
		},
	},
	References: []rule.Reference{
		{Title: "Understanding JWT for Connect apps", URL: "https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.ConnectToken()
		if c == nil || c.Masked || s.Has(rule.Recognized) || !s.Has(rule.LoginFailed) && s.AnotherMatter() {
			return
		}
		p.Likely(s, redact.Const("The product answered 401 to the token of the app, and nothing in the answer says why."),
			s.CredentialPart(c, [2]int{}, redact.Const("the token of an app"), redact.Const("a token signed for this request with the secret of this installation")),
			s.StatusLine(redact.Const("200")))
	},
})
