package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-on-cloud",
	Title: "OAuth 1 is used on Cloud",
	Doc: `OAuth 1.0a is the way of application links on Data Center (self-hosted). On Cloud apps use OAuth 2.0, which is set up
in another place and called at another URL; what is left of OAuth 1.0a there serves old application links.

It is recognised by an Authorization header of OAuth 1.0a at the URL of a Cloud site, in a request that was refused
without a word of OAuth 1.0a in the answer. As old links may still work, and the challenge
` + "`WWW-Authenticate: OAuth realm`" + ` is sent to everybody, it is only possible.`,
	Area: rule.OAuth1, Severity: rule.Warning, Layer: rule.LayerKind,
	Products: target.CloudSite | target.SetOf(target.Gateway),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"gateway-token-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use OAuth 2.0 (3LO): create the app in the developer console, and call https://api.atlassian.com/ex/, the product and the cloud ID"),
	}},
	References: []rule.Reference{
		{Title: "OAuth 2.0 (3LO) apps", URL: "https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if signed(s) == nil || s.Has(rule.Recognized) || tokenStep(s) {
			return
		}
		if code, _ := s.OAuth1Problem(); code != "" || s.AnotherMatter() {
			return
		}
		p.Possible(s, redact.Const("The request is signed with OAuth 1.0a, for which Cloud has OAuth 2.0."),
			s.Auth([2]int{}, redact.Const("parameters of OAuth 1.0a"), redact.Const("Bearer and an access token of OAuth 2.0, at api.atlassian.com")))
	},
})
