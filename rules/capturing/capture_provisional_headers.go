package capturing

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-provisional-headers",
	Title: "The browser shows only provisional headers",
	Doc: `For a request that never got an answer, because it was blocked, aborted or could not connect, a browser records the
headers it meant to send and not those that were sent. Nothing can be concluded from what is not among them.

It is recognised by a request without answer that has only a few headers, and no User-Agent among them.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who: rule.Nobody,
		Do:  redact.Const("Nothing to do here; look at why the request got no answer"),
	}},
	References: []rule.Reference{
		{Title: "Chrome DevTools, network features: provisional headers", URL: "https://developer.chrome.com/docs/devtools/network/reference/#provisional-headers"},
	},
	Since: "0.1",
	Whole: func(p *rule.Pass, c *rule.Capture) {
		var found []rule.Evidence
		for _, s := range c.Provisional {
			if !s.Request.Header.Has(":authority") {
				found = append(found, s.Part(redact.Const("request header"), redact.Const("a few provisional headers, no User-Agent"), redact.Const("all headers that were sent")))
			}
		}
		if len(found) == 0 {
			return
		}
		p.Report(nil, rule.Finding{
			Certainty: rule.Likely,
			Message:   redact.Const("Some requests got no answer, and the capture shows only the headers that the browser meant to send."),
			Evidence:  found[:min(len(found), 2)],
		})
	},
})
