// Package refused holds the rules about credentials that the server looked at and refused, where one capture cannot tell why.
package refused

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
