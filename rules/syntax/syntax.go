// Package syntax holds the rules about the syntax of the Authorization field.
package syntax

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
