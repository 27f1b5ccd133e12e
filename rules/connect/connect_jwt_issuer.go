package connect

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-issuer",
	Title: "The Connect token names the wrong issuer",
	Doc: `The claim ` + "`iss`" + ` says who made a token. In a call of a Connect app to a product it must be the key of the app, as in
its descriptor. Programs often take the ` + "`clientKey`" + ` from the installed event instead, which names the site and is the
issuer of calls in the other direction.

It is recognised by an issuer that has the form of a client key (a UUID, perhaps after the name of a product), or that
is missing, in a call that was refused. The other direction, a call of the product to the app, is not looked at: there
the product writes the token.`,
	Area: rule.ConnectJWT, Severity: rule.Error,
	Products: target.CloudSite,
	When:     rule.OffersAny | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"connect-jwt-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Put the key of the app (key in atlassian-connect.json) into iss, and use the client key only to find the shared secret of the site"),
	}},
	References: []rule.Reference{
		understanding,
		{Title: "Using JWT to authenticate REST API calls", URL: "https://community.developer.atlassian.com/t/using-jwt-to-auth-rest-api-calls/68855"},
		{Title: "401 for Jira Cloud API requests with JWT", URL: "https://community.developer.atlassian.com/t/getting-401-unauthorized-for-jira-cloud-api-requests-with-atlassian-cloud-jwt-authentication/54123"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c, j := appToken(s)
		if c == nil || !refused(s) || oauthToken(j) || j.QSH == credential.ContextQSH {
			return
		}
		want := redact.Const("the key of the app")
		switch {
		case j.Issuer == "":
			p.Likely(s, redact.Const("The token of the app does not say who made it: the claim iss is missing."),
				s.CredentialPart(c, [2]int{}, redact.Const("no iss"), want))
		case clientKey(j.Issuer) || j.ClientKey != "" && j.Issuer == j.ClientKey:
			p.Likely(s, redact.Const("The issuer of the token has the form of a client key, which names the site. In a call of an app the issuer is the key of the app."),
				s.CredentialPart(c, [2]int{}, redact.Const("claim iss: a text with the form of a client key"), want))
		}
	},
})

// clientKey reports whether s has the form of the client key of a site: a UUID,
// in older installations after the name of the product.
func clientKey(s string) bool {
	if product, rest, ok := strings.Cut(s, ":"); ok {
		switch strings.ToLower(product) {
		case "jira", "confluence", "wiki", "bitbucket", "connection", "ari":
			s = rest
		}
	}
	return credential.ClassOf(s) == credential.UUIDKey
}
