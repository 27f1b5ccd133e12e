package capturing

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-no-atlassian-traffic",
	Title: "No Atlassian traffic in this capture",
	Doc: `Nothing in the capture was recognised as a request to Jira, Confluence, Bitbucket or another product of Atlassian.
Cloud is known by its hosts; Data Center (self-hosted) on a host of your own is known by its URLs and by what its
answers carry, which a login page of a proxy, an error or a trimmed capture may not have.

If a host in the capture is yours, name it with ` + "`--host`" + `. Else the failing request is not in the capture.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Record while you reproduce the failure; if your Jira, Confluence or Bitbucket is in the capture and was not recognised, name its host"),
		Command:    redact.Const("why401 analyze --host jira.example.com capture.har"),
		PowerShell: redact.Const("why401 analyze --host jira.example.com capture.har"),
	}},
	Since: "0.1",
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if c.Atlassian > 0 || c.Exchanges == 0 {
			return
		}
		p.Proven(nil, redact.Const("No request in the capture goes to a product of Atlassian, as far as hosts, URLs and answers tell."),
			about(c, redact.Const("requests"), redact.Sprintf("%s, none to Atlassian", redact.Count(c.Exchanges, "request", "requests")), redact.Const("the failing request")))
	},
})
