package url

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "site-unknown",
	Title: "The site does not exist, was renamed or deactivated",
	Doc: `Every name under atlassian.net leads to the proxies in front of Atlassian's cloud, whether there is a site of that
name or not. Where there is none, because the name is misspelt or the site was renamed or deactivated, they answer
every path with 404 and the page ` + "`Your Atlassian Cloud site is currently unavailable`" + `, or with
` + "`Site temporarily unavailable`" + ` in JSON. The credential is never looked at.

The text makes it likely, unless the same host serves other calls in the capture. Atlassian shows the same page in an
outage of a single site, so the finding is never more than likely. A renamed site redirects to its new name for a while;
where a request for data gets such a redirect, the old name is still in the base URL.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.GraphQL),
	Needs:    exchange.Bodies,
	Explains: []string{"hidden-or-missing", "response-not-from-product", "no-credentials-sent", "redirect-drops-authorization", "redirect-post-became-get"},
	Fix: []rule.Fix{
		{
			Who:     rule.Caller,
			Do:      redact.Const("Compare the name of the site with that in the address bar of the browser"),
			Command: redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" https://SITE.atlassian.net/_edge/tenant_info`), PowerShell: redact.Const(`curl.exe -s -o NUL -w "%{http_code}\n" https://SITE.atlassian.net/_edge/tenant_info`),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("If the name is right, look in admin.atlassian.com whether the site was renamed or deactivated (billing), and at status.atlassian.com for an outage"),
		},
	},
	References: []rule.Reference{
		{Title: "prometheus/alertmanager#4609", URL: "https://github.com/prometheus/alertmanager/issues/4609"},
		{Title: "atlassian/github-for-jira, pull request 2103 (renamed)", URL: "https://github.com/atlassian/github-for-jira/pull/2103"},
	},
	Since:    "0.1",
	Formerly: []string{"site-unknown-or-deactivated"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(target.CloudSite|target.SetOf(target.GraphQL)) || s.Has(rule.Recognized) {
				continue
			}
			if to, ok := s.Redirect(); ok && asksAPI(s) && renamed(s, &to) {
				p.Likely(s, redact.Const("The site sends the client to another site: it was renamed, and the base URL has its old name."),
					s.AnswerField("Location", redact.Const("absent")), s.Address(redact.Const("the new name")))
				continue
			}
			text, ok := s.SaysText(unavailable...)
			if ok && s.HasOne(rule.Is404|rule.Troubled) && !serves(ses, s.Target.Host) {
				p.Likely(s, redact.Const("Atlassian's cloud knows no site of this name that is in service: it does not exist, was renamed or deactivated, or has an outage."),
					s.StatusLine(redact.Const("200")), s.Body(text), s.Address(redact.Const("the name of a site")))
			}
		}
	},
})

// unavailable are what the edge says of a name under which no site is in service.
var unavailable = []redact.Text{
	redact.Const("your atlassian cloud site is currently unavailable"),
	redact.Const("atlassian cloud notifications - page unavailable"),
	redact.Const("site temporarily unavailable"),
}

// renamed reports whether to is the same address on another site.
func renamed(s *rule.Subject, to *target.URL) bool {
	return isSite(s.Target.Host) && isSite(to.Host) && to.Host != s.Target.Host && strings.TrimRight(to.Path, "/") == strings.TrimRight(s.Target.Path, "/")
}

// serves reports whether the host answered a call with success.
func serves(ses *rule.Session, host string) bool {
	for _, o := range ses.Subjects {
		if o.Target.Host == host && o.Has(rule.Is2xx) {
			return true
		}
	}
	return false
}
