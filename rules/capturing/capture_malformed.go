package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-malformed",
	Title: "The file is damaged",
	Doc: `Part of the capture could not be read: it ends early (an upload or a copy was cut off), it was edited by hand, or
it is not what its name says. What could be read was analysed; the failing request may be in the part that
could not.

Harmless oddities (a byte order mark, UTF-16, compression, text after the end) are read and not reported here.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Export the capture again and hand it over as it is, without opening it in an editor; compressed files can stay compressed"),
	}},
	References: []rule.Reference{
		{Title: "HAR 1.2", URL: "http://www.softwareishard.com/blog/har-12-spec/"},
	},
	Since: "0.1",
	Whole: func(p *rule.Pass, c *rule.Capture) {
		cut := noted(c, exchange.NoteTruncated) > 0
		switch {
		case c.Unreadable > 0 && c.First != nil:
			e := rule.Evidence{At: c.First.At, Part: redact.Const("capture"), Want: redact.Const("a whole capture")}
			e.Saw = redact.Count(c.Unreadable, "part that cannot be read", "parts that cannot be read")
			if c.First.Line > 0 {
				e.Saw = redact.Sprintf("%s, the first at line %s, column %s", e.Saw, redact.Int(c.First.Line), redact.Int(c.First.Column))
			}
			if c.First.Fatal || cut {
				p.Proven(nil, redact.Const("The capture is damaged: from one place on, nothing could be read."), e)
				return
			}
			p.Proven(nil, redact.Const("The capture is damaged: parts of it could not be read, the rest was analysed."), e)
		case cut:
			p.Proven(nil, redact.Const("The capture ends early: what came after is missing."),
				about(c, redact.Const("capture"), redact.Const("an early end"), redact.Const("a whole capture")))
		}
	},
})
