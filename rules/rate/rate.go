// Package rate holds the rules about rate limits.
package rate

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
