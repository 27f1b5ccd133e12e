package url

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "gateway-wrong-product-segment",
	Title: "The gateway path names the wrong product",
	Doc: `The gateway is told by the path which product is meant: ` + "`/ex/jira/{cloudId}/rest/api/3/...`" + ` or
` + "`/ex/confluence/{cloudId}/wiki/rest/api/...`" + `. If the product and the rest of the path do not belong together, it answers 404, or
that the scope does not match.

It is likely if a call that fails names jira and goes on with ` + "`/wiki`" + ` or a resource of Confluence, or names confluence and
goes on with one of Jira. A Confluence resource without ` + "`/wiki`" + ` is only possible: the gateway was seen to serve such calls,
so it is named where the answer is a 404 and nothing else is known.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.SetOf(target.Gateway),
	When:     rule.Answered,
	Explains: []string{"scope-missing", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use /ex/jira/ and the cloud ID with /rest/api/3/ for Jira, and /ex/confluence/ and the cloud ID with /wiki/rest/api/ or /wiki/api/v2/ for Confluence"),
	}},
	References: []rule.Reference{
		{Title: "pchuri/confluence-cli#57", URL: "https://github.com/pchuri/confluence-cli/issues/57"},
		{Title: "kovetskiy/mark#259", URL: "https://github.com/kovetskiy/mark/issues/259"},
		{Title: "Served without /wiki (jwbron/egg#3094)", URL: "https://github.com/jwbron/egg/issues/3094"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		t := &s.Target
		if !wrong(s) || !s.HasOne(rule.Is401|rule.Is403|rule.Is404) {
			return
		}
		switch {
		case forConfluence(s):
			p.Likely(s, redact.Const("The URL names Jira to the gateway and goes on with a resource of Confluence."),
				s.Address(redact.Const("/ex/confluence/, the cloud ID and /wiki/")), s.StatusLine(redact.Const("200")))
		case forJira(s):
			p.Likely(s, redact.Const("The URL names Confluence to the gateway and goes on with a resource of Jira."),
				s.Address(redact.Const("/ex/jira/, the cloud ID and /rest/api/3/")), s.StatusLine(redact.Const("200")))
		case t.GatewayProduct == "confluence" && t.Context == "" && t.PathFamily == target.ConfluenceFamily && s.Has(rule.Is404|rule.Troubled):
			p.Possible(s, redact.Const("The URL of Confluence at the gateway lacks /wiki."),
				s.Address(redact.Const("/wiki after the cloud ID")), s.StatusLine(redact.Const("200")))
		}
	},
})

// forConfluence reports whether the gateway is asked for Jira and a resource of
// Confluence.
func forConfluence(s *rule.Subject) bool {
	t := &s.Target
	return t.GatewayProduct == "jira" &&
		(t.Context == "/wiki" || strings.HasPrefix(t.Resource, "/api/v2/") || t.PathFamily == target.ConfluenceFamily)
}

// forJira reports whether the gateway is asked for Confluence and a resource of
// Jira.
func forJira(s *rule.Subject) bool {
	return s.Target.GatewayProduct == "confluence" && s.Target.PathFamily == target.JiraFamily
}
