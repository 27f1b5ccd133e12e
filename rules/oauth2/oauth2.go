// Package oauth2 holds the rules about OAuth 2.0.
package oauth2

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
