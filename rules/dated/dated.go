// Package dated holds the rules about clocks, expiry and dated facts.
package dated

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
