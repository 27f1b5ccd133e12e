package refused

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "gateway-token-refused",
	Title: "The API gateway refused the token",
	Doc: `api.atlassian.com did not take the token: it may be revoked or expired, of a kind that works only at the site, or good
for other sites than the one whose cloud ID is in the URL. The gateway says the same to all of them.

It is recognised by a 401 with ` + "`{\"code\":401,\"message\":\"Unauthorized\"}`" + `, or by the challenge
` + "`Bearer error=\"invalid_token\"`" + `. ` + "`Unauthorized; scope does not match`" + ` means that the token is good
(scope-missing), and a token whose own date of expiry has passed is access-token-expired, of which this
finding becomes a consequence. A call without a credential gets the same answer and is left to
no-credentials-sent.`,
	Area: rule.Refused, Severity: rule.Error,
	Products: target.SetOf(target.Gateway, target.GraphQL),
	When:     rule.HasAuthorization | rule.Is401,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: []string{"answered-as-anonymous", "credential-stopped-working"},
	Alternatives: []string{
		"access-token-revoked", "api-token-expired", "gateway-wrong-cloudid", "classic-token-on-gateway",
		"oauth-site-not-granted", "scope-missing",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Refresh or re-create the token, and check that the cloud ID in the URL is one of the sites that it was granted for"),
		Command:    redact.Const(resources),
		PowerShell: redact.Const(resourcesPS),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask the gateway which sites the token is good for. That is for OAuth tokens; an API token is tried at its site, with the e-mail address."),
		Command:    redact.Const(resources),
		PowerShell: redact.Const(resourcesPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("401"), Means: "access-token-revoked"},
			{Seen: redact.Const("a list with the site, but under another id than the one in the failing URL"), Means: "gateway-wrong-cloudid"},
			{Seen: redact.Const("a list without the site"), Means: "oauth-site-not-granted"},
			{Seen: redact.Const("a list with the site and the same id"), Means: "scope-missing"},
			{Seen: redact.Const("it is an API token, and the site takes it: it was made without scopes"), Means: "classic-token-on-gateway"},
			{Seen: redact.Const("it is an API token, and id.atlassian.com shows that its date has passed"), Means: "api-token-expired"},
		},
	},
	References: []rule.Reference{
		{Title: "aws-samples/sample-autonomous-cloud-coding-agents#375", URL: "https://github.com/aws-samples/sample-autonomous-cloud-coding-agents/pull/375"},
		{Title: "RFC 6750, section 3.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Recognized) {
			return
		}
		message := redact.Const("The gateway did not take the token that was sent.")
		challenge := strings.ToLower(s.Answer("WWW-Authenticate"))
		switch {
		case strings.HasPrefix(challenge, "bearer") && strings.Contains(challenge, "invalid_token"):
			p.Likely(s, message, s.StatusLine(redact.Const("200")), s.AnswerField("WWW-Authenticate", redact.Const("absent")))
		case s.AnotherMatter():
		case s.Says(`"message":"unauthorized"`), s.Says(`"message": "unauthorized"`):
			p.Likely(s, message, s.StatusLine(redact.Const("200")), s.Part(redact.Const("response body"), redact.Const("code 401, message Unauthorized"), redact.Text{}))
		}
	},
})

const (
	resources   = `curl -s -H "Authorization: Bearer $T" https://api.atlassian.com/oauth/token/accessible-resources`
	resourcesPS = `Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri https://api.atlassian.com/oauth/token/accessible-resources`
)
