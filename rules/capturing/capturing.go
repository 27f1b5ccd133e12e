// Package capturing holds the rules about the capture itself: what it hides, and what is wrong with it.
package capturing

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
