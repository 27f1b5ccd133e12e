package connect

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-context-token",
	Title: "An iframe token was used for a REST call",
	Doc: `A page of a Connect app gets a token from the product (` + "`AP.context.getToken()`" + `, or the parameter jwt of its frame) with
which it can prove to its own server who looks at it. That token is made by the product and not by the app, and is
good for no request to the product.

It is recognised by its claim ` + "`qsh`" + `, which is the words ` + "`context-qsh`" + ` in place of a hash, in a
request to a product that was refused. Requests of the page to the server of the app are right and not reported.`,
	Area: rule.ConnectJWT, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway),
	When:     rule.OffersAny | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(
		[]string{"connect-jwt-refused", "connect-jwt-issuer", "gateway-token-refused", "bearer-not-accepted"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Call the product from the page with AP.request, or from the server of the app with a token that the app signs itself for this request"),
	}},
	References: []rule.Reference{
		understanding,
		{Title: "GitLab#328267", URL: "https://gitlab.com/gitlab-org/gitlab/-/issues/328267"},
	},
	Since:    "0.1",
	Formerly: []string{"connect-jwt-context-qsh-on-rest"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.ConnectToken()
		if s.Authorization != nil {
			c = s.Authorization // after Bearer it is no better
		}
		if c == nil || c.Masked || c.Cut || !refused(s) {
			return
		}
		if j := c.JWT(); j != nil && j.QSH == credential.ContextQSH {
			p.Likely(s, redact.Const("The token is the one that the product gives to a page of an app. It proves to the server of the app who looks at the page, and is good for no call to the product."),
				s.CredentialPart(c, [2]int{}, redact.Const("claim qsh: context-qsh"), redact.Const("the hash of this method, path and query")))
		}
	},
})
