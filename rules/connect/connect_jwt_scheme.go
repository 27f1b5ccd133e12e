package connect

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-scheme",
	Title: "A Connect token was sent under the wrong scheme",
	Doc: `Two kinds of JSON Web Token are used toward Cloud. A Connect app signs one for each request, with the hash of the
request in the claim ` + "`qsh`" + `, and sends it after the word ` + "`JWT`" + `. The access token of OAuth 2.0 comes from
auth.atlassian.com and goes after ` + "`Bearer`" + `, to api.atlassian.com. Under the word of the other a token is not even read.

The claims prove it: ` + "`qsh`" + ` in a token after Bearer, or scopes or a URL as issuer in one without
` + "`qsh`" + ` after JWT, in a request that was refused. The token of a page (context-qsh) is good after neither word
and has a rule of its own.`,
	Area: rule.ConnectJWT, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway, target.BitbucketCloud),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(
		[]string{"connect-jwt-refused", "bearer-not-accepted", "gateway-token-refused", "bitbucket-token-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Send the token that a Connect app makes as Authorization: JWT and the token"),
	}},
	References: []rule.Reference{
		understanding,
		{Title: "REST API errors when JWT in header", URL: "https://community.developer.atlassian.com/t/rest-api-errors-when-jwt-in-header-but-as-a-url-param-its-fine/19388"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if c.Masked || c.Cut || c.Scheme != credential.Bearer && c.Scheme != credential.JWT || !refused(s) {
			return
		}
		j := c.JWT()
		if j == nil || j.Malformed != "" || j.QSH == credential.ContextQSH {
			return
		}
		word := [2]int{0, c.ParamAt}
		switch {
		case c.Scheme == credential.Bearer && j.QSH != "":
			p.Proven(s, redact.Const("The token of a Connect app was sent after Bearer. It belongs after the word JWT."),
				s.Auth(word, redact.Const("Bearer before a token with the claim qsh"), redact.Const("JWT")))
		case c.Scheme == credential.JWT && oauthToken(j):
			p.Report(s, rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The token after the word JWT is none that a Connect app makes: it has no hash of the request, but the claims of OAuth 2.0."),
				Evidence: []rule.Evidence{
					s.Auth(word, redact.Const("JWT before a token with scopes or a URL as issuer"), redact.Const("Bearer, toward api.atlassian.com/ex/")),
				},
				Fix: []rule.Fix{{
					Who: rule.Caller,
					Do:  redact.Const("Send the access token as Authorization: Bearer to https://api.atlassian.com/ex/, the product and the cloud ID"),
				}},
			})
		}
	},
})
