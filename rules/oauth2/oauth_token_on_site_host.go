package oauth2

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-token-on-site-host",
	Title: "An OAuth token was sent to the site URL instead of the gateway",
	Doc: `Access tokens of OAuth 2.0 (3LO) are good at the gateway only:
` + "`https://api.atlassian.com/ex/{jira|confluence}/{cloudId}/...`" + `. At the URL of the site (acme.atlassian.net)
the same request is refused, or answered as if nobody had logged in, however good the token is.

It is recognised by a bearer token whose issuer is auth.atlassian.com in a refused request to a site. Tokens of
Connect apps (with the hash of the request) and of other issuers are not reported; an ID or refresh token, which is
good at neither URL, is left to not-an-access-token.`,
	Area: rule.OAuth2, Severity: rule.Error, Layer: rule.LayerURL,
	Products: target.CloudSite,
	When:     rule.OffersBearer | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: []string{
		"gateway-token-refused", "bearer-not-accepted", "answered-as-anonymous", "hidden-or-missing", "login-page-answer", "confluence-not-permitted",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Look up the cloud ID of the site with the token, and send the request to https://api.atlassian.com/ex/jira/ or /ex/confluence/ and that id in place of the URL of the site"),
		Command:    redact.Const(sitesSh),
		PowerShell: redact.Const(sitesPS),
	}},
	References: []rule.Reference{
		threeLO,
		{Title: "mattermost/mattermost-plugin-jira#953", URL: "https://github.com/mattermost/mattermost-plugin-jira/pull/953"},
		{Title: "aws-samples/sample-autonomous-cloud-coding-agents#375", URL: "https://github.com/aws-samples/sample-autonomous-cloud-coding-agents/pull/375"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-token-on-site-host"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		j := claims(s)
		if j == nil || !refused(s) || notAccess(j) != noToken {
			return
		}
		if host := target.ParseURL(j.Issuer).Host; host != "auth.atlassian.com" && !strings.HasPrefix(host, "atlassian-account-") {
			return
		}
		p.Likely(s, redact.Const("The token is an access token of OAuth 2.0, which is good at api.atlassian.com only and not at the URL of the site."),
			s.Auth([2]int{}, redact.Const("a token issued by auth.atlassian.com"), redact.Text{}),
			s.Address(redact.Const("https://api.atlassian.com/ex/, the product and the cloud ID")))
	},
})
