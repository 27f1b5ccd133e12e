package report

import (
	"slices"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Tried is what came of a request that the program sent again, repaired.
type Tried struct {
	// Capture and Index are the request of the client.
	Capture redact.Text `json:"capture"`
	Index   int         `json:"index"`
	// Did says what was changed.
	Did redact.Text `json:"did"`
	// Status is that of the answer; 0: none came.
	Status int `json:"status"`
	// Accepted is set if the server took the repaired request. That proves the
	// finding.
	Accepted bool `json:"accepted"`
	// Given is set if the client got that answer in place of its own.
	Given bool `json:"given"`
}

func triedOf(t rule.Try) Tried {
	return Tried{redact.Name(t.At.Capture), t.At.Index, t.Did, t.Status, t.Accepted, t.Given}
}

// TriedText says what came of a try, as a sentence without a full stop.
func TriedText(t rule.Try) redact.Text { return triedOf(t).text() }

func (t Tried) text() redact.Text {
	did := redact.Sprintf("Tried it: the same request with %s", t.Did)
	switch {
	case t.Status == 0:
		return redact.Sprintf("%s got no answer", did)
	case t.Given:
		return redact.Sprintf("%s was answered %s, and the client got that answer", did, redact.Int(t.Status))
	case t.Accepted && t.Status >= 400:
		return redact.Sprintf("%s was answered %s, and the login was accepted", did, redact.Int(t.Status))
	case t.Accepted:
		return redact.Sprintf("%s was answered %s", did, redact.Int(t.Status))
	}
	return redact.Sprintf("%s was answered %s: something else is wrong, too", did, redact.Int(t.Status))
}

// settled reports whether a repaired request worked: then nothing is left to tell.
func (f *Finding) settled() bool {
	return slices.ContainsFunc(f.Tried, func(t Tried) bool { return t.Accepted })
}

// tried writes what came of tries, each outcome once, those that worked first.
func (p *printer) tried(c *Finding) {
	said := map[redact.Text]bool{}
	for _, accepted := range []bool{true, false} {
		for _, t := range c.Tried {
			text := t.text()
			if t.Accepted != accepted || said[text] {
				continue
			}
			said[text] = true
			color := yellow
			if accepted {
				color = green
			}
			for _, l := range wrap(text.String()+".", p.st.Width-3) {
				p.line("   " + p.paint(color, l))
			}
		}
	}
	if len(said) > 0 {
		p.line("")
	}
}
