// Package permission holds the rules about permissions of an account that is logged in.
package permission

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
