// Package front holds the rules about redirects, and servers that stand in front of the product.
package front

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
