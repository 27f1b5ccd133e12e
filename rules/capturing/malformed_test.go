package capturing_test

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// TestMalformed covers damage, which a golden capture cannot have and be read.
func TestMalformed(t *testing.T) {
	at := exchange.Locator{Capture: "cut.har", Index: 4, Offset: 9000}
	for _, tt := range []struct {
		name string
		err  *exchange.Unreadable
		note exchange.NoteKind
		want int
	}{
		{name: "one entry", err: &exchange.Unreadable{At: at, Line: 80, Column: 3, Reason: "not a JSON value"}, want: 1},
		{name: "the rest", err: &exchange.Unreadable{At: at, Reason: "the input ends early", Fatal: true}, want: 1},
		{name: "an early end", note: exchange.NoteTruncated, want: 1},
		{name: "a mark at the start", note: exchange.NoteBOM},
		{name: "something behind it", note: exchange.NoteTrailing},
		{name: "another file", err: &exchange.Unreadable{At: exchange.Locator{Capture: "other.har"}, Reason: "not a JSON value"}},
	} {
		c := &exchange.Capture{Name: "cut.har", Format: "har"}
		if tt.note != "" {
			c.Add(tt.note)
		}
		e := only(t, "capture-malformed")
		e.Opened(c)
		if tt.err != nil {
			e.See(nil, tt.err)
		}
		d := e.Diagnosis()
		if len(d.Findings) != tt.want {
			t.Errorf("%s: %d findings, want %d", tt.name, len(d.Findings), tt.want)
		}
		for _, f := range d.Findings {
			if f.Certainty != rule.Proven || f.Message.IsZero() || len(f.Evidence) != 1 {
				t.Errorf("%s: %v with %d pieces of evidence", tt.name, f.Certainty, len(f.Evidence))
			}
		}
		if len(d.Causes) > 0 {
			t.Errorf("%s: damage is a cause", tt.name)
		}
	}
}
