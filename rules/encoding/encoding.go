// Package encoding holds the rules about the bytes of a credential: what went wrong when it was encoded or copied.
package encoding

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
