package front

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "gateway-needs-own-session",
	Title: "A gateway in front of the product wants its own login first",
	Doc: `Before the product stands a gateway that lets nobody through without its own session: Cloudflare Access, F5 APM,
an Azure application proxy, an Okta or Duo gateway. It answers a call with a redirect to a login page for people. The
product never sees the call, so no credential for the product, however right, gets past it, and a program
cannot log in there.

It is likely where a request for data is redirected to a known identity provider, to a URL with a SAML request or an
OAuth authorization request on another host, or to the login of F5 APM (` + "`/my.policy`" + `), and the answer bears
no mark of the product.

Where the product itself wrote the redirect, its own single sign-on is at work: see login-page-answer. A person who
opens a page and is sent to single sign-on is not reported, nor are Atlassian's own login pages.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	When: rule.Failing | rule.Answered | rule.Is3xx,
	Explains: rule.Explaining([]string{
		"login-page-answer", "response-not-from-product", "no-credentials-sent", "no-preemptive-auth", "sso-or-2sv-enforced",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Let requests under /rest/ past the gateway without its login (limited by IP address or client certificate), or give the program a service token of the gateway, to send in a header of its own beside Authorization"),
	}},
	References: []rule.Reference{
		{Title: "nbconflux#23 (Cloudflare Access in front of Confluence)"},
		{Title: "pchuri/confluence-cli#230", URL: "https://github.com/pchuri/confluence-cli/issues/230"},
		{Title: "solidify/jira-azuredevops-migrator#508", URL: "https://github.com/solidify/jira-azuredevops-migrator/issues/508"},
		{Title: "mikebowler/jirametrics#29", URL: "https://github.com/mikebowler/jirametrics/issues/29"},
	},
	Since:    "0.1",
	Formerly: []string{"redirect-to-idp"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.WebSudo() || toProductLogin(s) || !toProvider(s) || !byFront(s) {
			return
		}
		p.Likely(s, redact.Const("A gateway in front of the product answers with a redirect to its own login, which no credential for the product can replace."),
			s.StatusLine(redact.Const("200")), location(s, redact.Const("no redirect")), s.AnswerField("Server", redact.Text{}))
	},
})

// byFront reports whether the answer bears no mark of the product.
func byFront(s *rule.Subject) bool {
	return target.FromProduct(s.Target, s.Response) != target.Yes
}

// providers are identity providers by the end of their host names.
var providers = []string{
	"login.microsoftonline.com", "login.microsoftonline.us", "login.windows.net", "okta.com", "oktapreview.com", "onelogin.com",
	"accounts.google.com", "duosecurity.com", "cloudflareaccess.com", "pingone.com", "pingidentity.com", "auth0.com",
}

// toProvider reports whether the answer sends the client to an identity
// provider or to the login of a gateway.
func toProvider(s *rule.Subject) bool {
	to, ok := s.Redirect()
	if !ok || strings.HasSuffix(to.Host, ".atlassian.com") {
		return false
	}
	for _, h := range providers {
		if to.Host == h || strings.HasSuffix(to.Host, "."+h) {
			return true
		}
	}
	path, query := strings.ToLower(to.Path), strings.ToLower(to.Query)
	elsewhere := to.Host != s.Target.Host
	return strings.HasSuffix(path, "/my.policy") || elsewhere && (strings.Contains(query, "samlrequest=") ||
		strings.Contains(query, "client_id=") && strings.Contains(query, "response_type=") || strings.HasPrefix(path, "/adfs/ls"))
}
