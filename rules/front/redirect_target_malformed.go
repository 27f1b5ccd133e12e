package front

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "redirect-target-malformed",
	Title: "The server redirects to a broken URL",
	Doc: `The redirect joins two parts of a URL badly. Apache's ` + "`Redirect / https://jira.example.com`" + ` without a slash
at its end makes ` + "`https://jira.example.comrest/api/2/...`" + `; a context path without its slash makes
` + "`/jirarest/api/2/...`" + `; a base URL joined to a whole URL makes ` + "`https://example.comhttps://...`" + `.
The client follows it to a host that does not exist or a page that nobody has.

It is proven by comparing the URL in Location with the one that was asked: the same path comes back with something
stuck to it. A scheme or port given twice, a host left out or a template that was not filled in count as well. The
request that follows such a redirect fails because of it.

A redirect to a path that merely ends alike is not reported: only paths that begin as those of the products do are
compared.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Products: behind,
	Explains: []string{"dns-name-not-found", "host-misspelt", "context-path-wrong", "hidden-or-missing", "web-path-instead-of-rest"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Mend the redirect in the proxy (Apache: both arguments of Redirect end with a slash) or the base URL in the settings of the product or of its SSO plug-in"),
	}, {
		Who: rule.Caller,
		Do:  redact.Const("Until then give the client the final URL as its base URL"),
	}},
	References: []rule.Reference{
		{Title: "go-jira/jira#225", URL: "https://github.com/go-jira/jira/issues/225"},
		{Title: "MicrosoftDocs/azure-docs#56903", URL: "https://github.com/MicrosoftDocs/azure-docs/issues/56903"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for i, s := range ses.Subjects {
			if !s.Is(behind) {
				continue
			}
			message := brokenIn[s.BrokenRedirect()]
			if message.IsZero() {
				continue
			}
			e := location(s, redact.Const("the URL with a slash between its parts"))
			p.Report(s, rule.Finding{Certainty: rule.Proven, Message: message, Evidence: []rule.Evidence{e}, Fails: true})
			if j := ses.Follows(i); j >= 0 && ses.Subjects[j].HasOne(rule.Failing|rule.Troubled) && ses.Subjects[j].Is(behind) {
				p.Proven(ses.Subjects[j], message, e)
			}
		}
	},
})

var brokenIn = [...]redact.Text{
	rule.NotBroken:  {},
	rule.PathGlued:  redact.Const("The path in the redirect is stuck to the path before it: a slash is missing between them."),
	rule.HostGlued:  redact.Const("The path in the redirect is stuck to the name of the host: a slash is missing between them."),
	rule.SchemeLeft: redact.Const("The redirect joins a whole URL to the name of a host."),
	rule.NoAddress:  redact.Const("What the redirect names is no valid URL."),
}
