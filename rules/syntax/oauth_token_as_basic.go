package syntax

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-token-as-basic",
	Title: "An OAuth or JWT token was sent as Basic",
	Doc: `A JSON Web Token, as OAuth 2.0 and apps use them, was sent after Basic: as it is, or as user name or
password. It was put into the password field of a tool that knows nothing but user names and
passwords. Basic takes no such token; it belongs after Bearer, or for Connect apps after JWT.

Three parts of base64url text that begin like JSON are proof. Git with the user name x-token-auth
toward Bitbucket Cloud is right and not reported.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining(rule.Refusals, unread[1:]),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the token after Bearer (a Connect app: after JWT), without a user name and without encoding it"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri "URL"`),
	}},
	Repair: repairJWT,
	References: []rule.Reference{
		{Title: "RFC 6750, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-2.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c, b := s.Authorization, s.Basic()
		want := redact.Const("the token alone after Bearer")
		switch {
		case c.Masked:
		case b.ParamClass == credential.JWTToken:
			p.Proven(s, redact.Const("A JSON Web Token stands after Basic. It belongs after Bearer."),
				s.Auth([2]int{0, c.ParamAt}, redact.Const("Basic before a JSON Web Token"), want))
		case b.IsToken():
		case b.HasColon && b.PasswordClass == credential.JWTToken:
			if b.User == "x-token-auth" && s.Is(target.Bitbucket) {
				return
			}
			p.Proven(s, redact.Const("A JSON Web Token stands in the place of the password. It belongs after Bearer."),
				s.Decoded([2]int{}, redact.Const("a JSON Web Token as password"), want))
		case b.UserClass == credential.JWTToken:
			p.Proven(s, redact.Const("A JSON Web Token stands in the place of the user name. It belongs after Bearer."),
				s.Decoded([2]int{}, redact.Const("a JSON Web Token as user name"), want))
		}
	},
})
