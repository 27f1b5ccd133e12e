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

An access log has none ever; there the security log of the same time decides, or a capture of the request itself.

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
		logged := true // all of them are lines of a log
		for _, s := range c.FailedNoBody {
			if s.Response.Body.Size != 0 && s.Sees(exchange.Bodies) != exchange.Shown {
				logged = logged && s.Log != nil
				missing = append(missing, s.Part(redact.Const("response body"), redact.Const("not in the capture"), redact.Const("what the server says")))
			}
		}
		if c.Failed == 0 || len(missing) == 0 {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("Failing answers are in the capture without their body, in which the server says why it refuses."),
			Evidence:  missing[:min(len(missing), 2)],
		}
		if logged {
			f.Message = redact.Const("An access log shows that requests were refused, but neither what they offered nor why. Jira's security log of the same time does: hand it in together with this one, or a capture of the request itself.")
			f.Fix = logFix
		}
		p.Report(nil, f)
	},
})

// logFix is what decides where there is only an access log.
var logFix = []rule.Fix{{
	Who:        rule.Admin,
	Do:         redact.Const("Hand in atlassian-jira-security.log of the same time together with it (the folder log of Jira's home, or application-logs in a support zip): it says whether the login failed, for whom, and whether a CAPTCHA is due"),
	Command:    redact.Const("why401 analyze access_log.2026-03-02 atlassian-jira-security.log"),
	PowerShell: redact.Const("why401 analyze access_log.2026-03-02 atlassian-jira-security.log"),
}, {
	Who: rule.Caller,
	Do:  redact.Const("If the security log has no line for the request, no login was tried: record the request itself (curl -v, why401 run, or a HAR with sensitive data)"),
}}
