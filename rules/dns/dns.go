// Package dns holds the rules about name look-ups.
package dns

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
