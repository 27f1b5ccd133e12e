package url

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "endpoint-ui-only",
	Title: "This endpoint is closed to API callers",
	Doc: `Some endpoints of Cloud, such as the backup of a site, serve the browser only. Programs used them for years, until
Atlassian closed them in 2026: the answer is 403 with ` + "`This feature is only accessible from the UI.`" + `,
whatever credential is sent.

Only this text counts, so there is no innocent case.`,
	Area: rule.ProductAndURL, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: target.Cloud,
	When:     rule.Is403 | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"permission-missing", "product-access-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use the web page, or a backup tool that Atlassian supports: no credential opens this endpoint to a program"),
	}},
	References: []rule.Reference{{Title: "datreeio/jira-backup-py#39", URL: "https://github.com/datreeio/jira-backup-py/issues/39"}},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		text := redact.Const("only accessible from the ui")
		if s.Says(text.String()) {
			p.Proven(s, redact.Const("The server says that this endpoint serves its own pages only, and no program."), s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})
