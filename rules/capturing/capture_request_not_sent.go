package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-request-not-sent",
	Title: "The request was read from a command or from settings, not sent",
	Doc: `A pasted command, a collection or a file of requests says what would be sent; how the server answers is not
in it. What is wrong with the credential itself is found all the same, as a warning. What variables, files and other
commands add to the request is not in the text either, so that nothing is ever called missing for that reason.

Nothing is run to find it out. Requests of which the answer is known, as from curl -v below the command, are not
reported.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("To learn what the server says, save what the command prints with -v, or let why401 watch it"),
		Command: redact.Const("why401 run -- curl ..."),
	}},
	Since: "0.1",
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if c.NotSent == 0 {
			return
		}
		f := rule.Finding{Certainty: rule.Proven, Minor: true}
		f.Message = redact.Const("The text says what would be sent, not how the server answers.")
		switch {
		case noted(c, exchange.NoteUnresolved) > 0:
			f.Message = redact.Const("The text says what would be sent, not how the server answers. Values in it that only the shell or tool knows (variables, files, other commands) were not checked.")
		case c.Atlassian > 0 && c.CredentialsSeen == 0:
			f.Message = redact.Const("The text says what would be sent, not how the server answers. No credential can be seen in it.")
		}
		f.Evidence = append(f.Evidence, about(c, redact.Const("requests"),
			redact.Sprintf("%s without an answer", redact.Count(c.NotSent, "request", "requests")), redact.Text{}))
		p.Report(nil, f)
	},
})
