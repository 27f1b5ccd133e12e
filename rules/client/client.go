// Package client holds the rules about clients that differ from one another.
package client

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
