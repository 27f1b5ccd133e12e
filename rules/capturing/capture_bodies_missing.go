package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-bodies-missing",
	Title: "The capture has no response bodies",
	Doc: `Products say in the body of an answer why they refuse. This capture holds failing answers without their body: it was
saved without content, or the browser had dropped the bodies when it went on to another page. Much can be told from
the headers alone, but the rules that look for a text are not checked.

Answers that have no body (status 204 or 304, HEAD, size 0) are not counted.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Record again with content: in Chrome switch on Preserve log, reproduce, and export before going to another page; " +
			"in Firefox use Save All As HAR with response bodies included"),
	}},
	References: []rule.Reference{
		{Title: "HAR 1.2, content", URL: "http://www.softwareishard.com/blog/har-12-spec/#content"},
	},
	Since: "0.1",
	Whole: func(p *rule.Pass, c *rule.Capture) {
		var missing []rule.Evidence
		for _, s := range c.FailedNoBody {
			if s.Response.Body.Size != 0 && s.Sees(exchange.Bodies) != exchange.Shown {
				missing = append(missing, s.Part(redact.Const("response body"), redact.Const("not in the capture"), redact.Const("what the server says")))
			}
		}
		if c.Failed == 0 || len(missing) == 0 {
			return
		}
		p.Report(nil, rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("Failing answers are in the capture without their body, in which the server says why it refuses."),
			Evidence:  missing[:min(len(missing), 2)],
		})
	},
})
