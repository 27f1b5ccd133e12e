// Package kind holds the rules about the kind of a credential against what the product takes.
package kind

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
