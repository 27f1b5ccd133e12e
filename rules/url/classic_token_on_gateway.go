package url

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "classic-token-on-gateway",
	Title: "A token without scopes was used at the gateway",
	Doc: `An API token that was made without scopes works at the URL of its site only. The gateway
(` + "`https://api.atlassian.com/ex/...`" + `) takes those with scopes, and answers
` + "`{\"code\":401,\"message\":\"Unauthorized\"}`" + ` to any other.

The two kinds look alike. The difference shows only where the capture holds both: a site accepted the same token (the
answer named the user) and the gateway refused it. It is proven if the cloud ID in the URL is known to be right,
because the gateway gives the same answer to a wrong one, and likely otherwise.

Basic at the gateway is right for tokens with scopes and is never reported for itself, and neither is a token of which
no acceptance was seen: that is gateway-token-refused.`,
	Area: rule.ProductAndURL, Severity: rule.Warning,
	Products: target.SetOf(target.Gateway),
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: []string{"gateway-token-refused", "retrying-refused-credential"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Use this token at the URL of the site, or create one with scopes for the gateway"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://YOUR-SITE.atlassian.net/rest/api/3/myself`),
		PowerShell: redact.Const(pairPowerShell + `Invoke-RestMethod -Headers $h -Uri https://YOUR-SITE.atlassian.net/rest/api/3/myself`),
	}},
	References: []rule.Reference{manageTokens},
	Since:      "0.1",
	Formerly:   []string{"gateway-classic-token"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if s.Target.GatewayProduct == "" || !s.Has(rule.Is401|rule.Failing) || s.Has(rule.Recognized) || s.AnotherMatter() ||
				!s.Says("unauthorized") {
				continue
			}
			b := apiToken(s)
			if b == nil || b.PasswordClass != credential.APIToken {
				continue
			}
			if _, ok := acceptedAt(p, ses, s, isGateway); ok {
				continue
			}
			at, ok := acceptedAt(p, ses, s, isSite)
			if !ok {
				continue
			}
			f := rule.Finding{
				Certainty: rule.Likely,
				Message:   redact.Const("A site accepts this very token and the gateway refuses it: it was made without scopes, and those tokens work at the URL of the site only."),
				Evidence: []rule.Evidence{
					tokenShape(s, b, redact.Const("a token with scopes, or the URL of the site")), at,
					s.Part(redact.Const("response body"), redact.Const("code 401, message Unauthorized"), redact.Text{}),
				},
			}
			if rightID(ses, s) {
				f.Certainty = rule.Proven
				f.Message = redact.Const("A site accepts this very token and the gateway, asked with a cloud ID that is right, refuses it: it was made without scopes, and those tokens work at the URL of the site only.")
			}
			p.Report(s, f)
		}
	},
})

// rightID reports whether another exchange shows that the cloud id in the
// address of s is one: a site named it as its own, or the gateway served
// another call for it.
func rightID(ses *rule.Session, s *rule.Subject) bool {
	for _, o := range ses.Subjects {
		if id := tenant(o); id != "" && id == s.Target.CloudID {
			return true
		}
		if o.Has(rule.Recognized|rule.Is2xx) && o.Target.CloudID != "" && o.Target.CloudID == s.Target.CloudID {
			return true
		}
	}
	return false
}
