// Package capturing holds the rules about the capture itself: what it hides, and what is wrong with it.
package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// noted returns how often the source made a remark of kind k.
func noted(c *rule.Capture, k exchange.NoteKind) int {
	for _, n := range c.Notes {
		if n.Kind == k {
			return n.N
		}
	}
	return 0
}

// about makes evidence about a capture as a whole.
func about(c *rule.Capture, part, saw, want redact.Text) rule.Evidence {
	return rule.Evidence{At: exchange.Locator{Capture: c.Name, Index: -1, Offset: -1}, Part: part, Saw: saw, Want: want}
}
