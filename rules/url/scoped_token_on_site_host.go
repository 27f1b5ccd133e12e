package url

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "scoped-token-on-site-host",
	Title: "A token with scopes was used at the site URL instead of the gateway",
	Doc: `API tokens of Cloud come in two kinds. One made without scopes works at the URL of the site
(` + "`https://acme.atlassian.net`" + `), one made with scopes only at the gateway
(` + "`https://api.atlassian.com/ex/jira/{cloudId}`" + `). Tokens of service accounts always have scopes. At the other
URL each is refused like a wrong password.

The two look alike, so the token itself tells nothing. It is proven if the capture also shows the same token being
accepted at the gateway (or turned away there for want of a scope, which only a valid token is). It is likely for the
token of a service account, and where a call that the site serves even with a made-up user name and token is refused
with the token. Otherwise an API token that is refused by the site, with nothing wrong in its bytes, is a hint: one of
the alternatives of cloud-credential-refused.

A token that the same site accepted elsewhere in the capture is not reported, nor are pages and downloads, which take
no token at all (web-path-instead-of-rest).`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.CloudSite,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"cloud-credential-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("If the token was made with scopes (those of service accounts always are), call https://api.atlassian.com/ex/jira/ or /ex/confluence/ with the cloud ID of the site in place of its URL; else create a token without scopes"),
		Command:    redact.Const(`curl -s https://SITE.atlassian.net/_edge/tenant_info   # prints the cloud ID`),
		PowerShell: redact.Const(`(Invoke-RestMethod -Uri https://SITE.atlassian.net/_edge/tenant_info).cloudId`),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Try the token at the gateway, with the cloud ID of the site."),
		Command:    redact.Const(gatewayStatus),
		PowerShell: redact.Const(gatewayStatusPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200, or \"scope does not match\": the token has scopes"), Means: "scoped-token-on-site-host"},
			{Seen: redact.Const("401: the token is refused at both URLs"), Means: "cloud-credential-refused"},
		},
	},
	References: []rule.Reference{
		serviceAccount401, manageTokens,
		{Title: "sooperset/mcp-atlassian#968", URL: "https://github.com/sooperset/mcp-atlassian/issues/968"},
		{Title: "Scoped API tokens, measured (jwbron/egg#3094)", URL: "https://github.com/jwbron/egg/issues/3094"},
		{Title: "CLOUD-12617", URL: "https://jira.atlassian.com/browse/CLOUD-12617"},
		{Title: "API Token authentication failing", URL: "https://community.atlassian.com/forums/Confluence-questions/API-Token-authentication-failing-What-am-I-doing-wrong/qaq-p/3039044"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(target.CloudSite) || !s.Has(rule.Failing) || s.Has(rule.Recognized) || !s.HasOne(rule.Is401|rule.LoginFailed) {
				continue
			}
			b := apiToken(s)
			if b == nil || !s.Has(rule.LoginFailed) && s.AnotherMatter() || acceptedHere(p, s) {
				continue
			}
			e := tokenShape(s, b, redact.Const("a token without scopes, or the URL of the gateway"))
			status := s.StatusLine(redact.Const("200"))
			if at, ok := acceptedAt(p, ses, s, isGateway); ok {
				p.Report(s, scoped(rule.Proven,
					redact.Const("The gateway accepts this very token and the site refuses it: it was made with scopes, and those tokens work at api.atlassian.com/ex/ only."), e, at, status))
				continue
			}
			switch other := servedAnyway(ses, s); {
			case strings.HasSuffix(strings.ToLower(b.User), "@serviceaccount.atlassian.com") || b.PasswordClass == credential.ServiceToken:
				p.Report(s, scoped(rule.Likely,
					redact.Const("The token belongs to a service account. Those always have scopes and work at api.atlassian.com/ex/ only, not at the URL of the site."), e, status))
			case other != nil:
				p.Likely(s, redact.Const("The site serves this URL to anybody, even with a user name and token that it does not know, and refuses it with this token, as it does with tokens that have scopes."), e, status, other.StatusLine(redact.Text{}))
			case asksAPI(s) && intact(s):
				p.Possible(s, redact.Const("The site refuses an API token in which nothing is wrong. If it was made with scopes, it works at api.atlassian.com/ex/ only."), e, status)
			}
		}
	},
})

// scoped is a finding about a token that certainly has scopes.
func scoped(c rule.Certainty, message redact.Text, e ...rule.Evidence) rule.Finding {
	return rule.Finding{
		Certainty: c, Message: message, Evidence: e,
		Fix: []rule.Fix{{
			Who:        rule.Caller,
			Do:         redact.Const("Call https://api.atlassian.com/ex/jira/ or /ex/confluence/ with the cloud ID of the site in place of its URL, or use a token without scopes"),
			Command:    redact.Const(`curl -s https://SITE.atlassian.net/_edge/tenant_info   # prints the cloud ID`),
			PowerShell: redact.Const(`(Invoke-RestMethod -Uri https://SITE.atlassian.net/_edge/tenant_info).cloudId`),
		}},
		Confirm: &rule.Confirm{
			Do:         redact.Const("The token has scopes: send the same request to the gateway, with the cloud ID of the site."),
			Command:    redact.Const(gatewayStatus),
			PowerShell: redact.Const(gatewayStatusPS),
			Outcomes: []rule.Outcome{
				{Seen: redact.Const("200: change the base URL of the client to that of the gateway"), Means: "scoped-token-on-site-host"},
				{Seen: redact.Const("\"scope does not match\": the base URL is right, and the token needs another scope")},
			},
		},
	}
}

// acceptedHere reports whether the same site accepted the same pair elsewhere.
func acceptedHere(p *rule.Pass, s *rule.Subject) bool {
	return p.AcceptedAt(s, func(host string) bool { return host == s.Target.Host }) != nil
}

// servedAnyway returns an exchange in which the site answered the same address
// with success although it refused the pair that came with it; nil if there is
// none.
func servedAnyway(ses *rule.Session, s *rule.Subject) *rule.Subject {
	for _, o := range ses.Subjects {
		if o.Target.Host == s.Target.Host && o.Target.Path == s.Target.Path && o.Has(rule.Is2xx|rule.LoginFailed|rule.OffersBasic) &&
			o.Authorization.Raw != s.Authorization.Raw {
			return o
		}
	}
	return nil
}

const (
	gatewayStatus = `CLOUDID=$(curl -s https://SITE.atlassian.net/_edge/tenant_info | sed 's/.*"cloudId":"\([^"]*\)".*/\1/')
curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" "https://api.atlassian.com/ex/jira/$CLOUDID/rest/api/3/myself"`
	gatewayStatusPS = pairPowerShell + `$id = (Invoke-RestMethod -Uri https://SITE.atlassian.net/_edge/tenant_info).cloudId
Invoke-RestMethod -Headers $h -Uri https://api.atlassian.com/ex/jira/$id/rest/api/3/myself`
)
