// Package oauth1 holds the rules about OAuth 1.0a.
package oauth1

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
