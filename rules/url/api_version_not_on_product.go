package url

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "api-version-not-on-product",
	Title: "A REST API version of Cloud was called on Data Center",
	Doc: `Version 3 of Jira's REST API and version 2 of Confluence's exist on Cloud only. Jira Data Center (self-hosted) has
` + "`/rest/api/2`" + ` and ` + "`/rest/api/latest`" + `, Confluence Data Center ` + "`/rest/api`" + `. A call to a
version that is not there is answered with 404, but also with 401, 403, 405, a redirect to the login, or a page where
data was asked for: it looks like a refused login and is none.

It is likely if a URL with ` + "`/rest/api/3/`" + ` fails on a server that is known by its answers to be a Data Center
(` + "`X-ASEN`" + `, ` + "`X-AREQUESTID: 123x456x1`" + `), or if a host that is no site of Cloud answers it with a
page. Where the server says that it tried the login and refused it, that comes first, and a host that only redirects
to single sign-on may do so for any path.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.Answered,
	Explains: rule.Explaining([]string{
		"dc-login-denied", "dc-token-refused", "dc-credential-refused", "permission-missing", "host-not-atlassian", "no-credentials-sent",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Call the version that Data Center has (Jira: /rest/api/2/ or /rest/api/latest/, Confluence: /rest/api/), or tell the client that the server is a Data Center"),
		Command: redact.Const(`curl -s BASE/rest/api/2/serverInfo`), PowerShell: redact.Const(`Invoke-RestMethod -Uri BASE/rest/api/2/serverInfo`),
	}},
	References: []rule.Reference{
		{Title: "JRASERVER-70688", URL: "https://jira.atlassian.com/browse/JRASERVER-70688"},
		{Title: "stablyai/orca#8538", URL: "https://github.com/stablyai/orca/issues/8538"},
		{Title: "whyisdifficult/jiratui#50", URL: "https://github.com/whyisdifficult/jiratui/issues/50"},
		{Title: "pchuri/jira-cli#20", URL: "https://github.com/pchuri/jira-cli/issues/20"},
		{Title: "raycast/extensions#11914", URL: "https://github.com/raycast/extensions/issues/11914"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		message, want := redact.Const("Version 3 of the REST API exists on Jira Cloud only, and this is no site of Cloud."), redact.Const("/rest/api/2/")
		switch t := &s.Target; {
		case !wrong(s), s.HasOne(rule.LoginFailed | rule.LoginDenied):
			return
		case strings.HasPrefix(t.Resource, "/rest/api/3/") && t.Product == target.JiraDC:
		case t.Product == target.ConfluenceDC && strings.HasSuffix(t.Path[:len(t.Path)-len(t.Resource)], "/wiki") && strings.HasPrefix(t.Resource, "/api/v2/"):
			message, want = redact.Const("Version 2 of the REST API exists on Confluence Cloud only, and this is no site of Cloud."), redact.Const("/rest/api/")
		default:
			return
		}
		known := s.Target.Strength >= target.Strong
		page := s.HTML() && s.Has(rule.Is2xx)
		if !known && !page || s.Status() >= 500 || s.Status() == 407 || s.Status() == 429 {
			return
		}
		p.Likely(s, message, s.Address(want), s.StatusLine(redact.Const("200")))
	},
})
