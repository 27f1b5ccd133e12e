package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-no-atlassian-traffic",
	Title: "No Atlassian traffic in this capture",
	Doc: `Nothing in the capture was recognised as a request to Jira, Confluence, Bitbucket or another product of Atlassian.
Cloud is known by its hosts; Data Center (self-hosted) on a host of your own is known by its URLs and by what its
answers carry, which a login page of a proxy, an error or a trimmed capture may not have. A command or collection with
its address in a variable that has no value here cannot be judged before the value is put in.

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
		if c.NotSent == c.Exchanges && noted(c, exchange.NoteUnresolved) > 0 {
			p.Report(nil, rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The address is missing: a variable stands for it whose value only the shell or tool knows, so the product is not known and nothing was judged by it. Put the address in its place and hand it in again."),
				Evidence: []rule.Evidence{about(c, redact.Const("request URL"),
					redact.Const("a variable without a value"), redact.Const("https://, the host and the path"))},
				Fix: []rule.Fix{{
					Who: rule.Caller,
					Do:  redact.Const("Put the address in place of the variable, or the line that sets it above the command; for a Postman collection hand in the environment, too (--env FILE). The credential may stay a variable"),
				}},
			})
			return
		}
		p.Proven(nil, redact.Const("No request in the capture goes to a product of Atlassian, as far as hosts, URLs and answers tell."),
			about(c, redact.Const("requests"), redact.Sprintf("%s, none to Atlassian", redact.Count(c.Exchanges, "request", "requests")), redact.Const("the failing request")))
	},
})
