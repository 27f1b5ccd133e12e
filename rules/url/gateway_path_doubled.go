package url

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "gateway-path-doubled",
	Title: "The gateway prefix /ex/... is in the path twice",
	Doc: `Where a call is already bound to a site, the prefix ` + "`/ex/jira/{cloudId}`" + ` is put before the path by the
platform. Forge does so for ` + "`requestJira`" + ` and ` + "`requestConfluence`" + `, and so do clients whose base
URL has the prefix. If the path brings it as well, it is there twice, and the gateway knows no such URL.

It answers as if a scope were missing (` + "`X-Failure-Category: FAILURE_CLIENT_SCOPE_CHECK`" + `), although the app has all of
them. The doubled prefix in a request that fails proves it. In a Forge app one cannot reach another site in this way:
each call belongs to the site that it was started for.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.SetOf(target.Gateway),
	When:     rule.Answered,
	Explains: []string{"scope-missing", "gateway-token-refused", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Pass only the path that begins with /rest/ (Confluence: /wiki/), without /ex/, the product and the cloud ID"),
	}},
	References: []rule.Reference{{
		Title: "Forge app: 401 Unauthorized (FAILURE_CLIENT_SCOPE_CHECK) when calling /ex/jira/{cloudId}/rest/api/3/project/search from webtrigger",
		URL:   "https://community.developer.atlassian.com/t/forge-app-401-unauthorized-failure-client-scope-check-when-calling-ex-jira-cloudid-rest-api-3-project-search-from-webtrigger/96127",
	}},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		// /ex/{product}/{cloudId}/ex/
		parts := strings.SplitN(s.Target.Path, "/", 6)
		if !wrong(s) || len(parts) < 6 || parts[1] != "ex" || parts[4] != "ex" {
			return
		}
		p.Proven(s, redact.Const("The path has the prefix /ex/, product and cloud ID twice."),
			s.Address(redact.Const("the prefix once")), s.StatusLine(redact.Const("200")))
	},
})
