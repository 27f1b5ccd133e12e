// Package url holds the rules about which product and which address a request is for.
package url

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
