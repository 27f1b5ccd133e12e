package capturing

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-nothing-failed",
	Title: "Nothing failed in this capture",
	Doc: `There are requests to Atlassian products in the capture, and all of them were answered as they should be. If
something is wrong nevertheless, the failing request is not in the capture.

An answer of success can be a failure (an empty list because the caller is not logged in, a login page in place of
data); those count as failures, and so does anything with a status of 400 or more. Where no answer is in the capture,
nothing is said: a command that was pasted is capture-request-not-sent.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who: rule.Nobody,
		Do:  redact.Const("Nothing to do; if something fails, record while it happens"),
	}},
	Since:    "0.1",
	Formerly: []string{"capture-only-success"},
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if c.Judged == 0 || c.Failed > 0 || c.Troubled > 0 || c.Unreadable > 0 {
			return
		}
		message := redact.Const("Every request to an Atlassian product in this capture was answered as it should be.")
		if c.Judged < c.Atlassian {
			message = redact.Const("Every request to an Atlassian product of which this capture holds the answer was answered as it should be.")
		}
		p.Proven(nil, message,
			about(c, redact.Const("requests"), redact.Sprintf("%s to Atlassian, none failed", redact.Count(c.Judged, "request", "requests")), redact.Text{}))
	},
})
