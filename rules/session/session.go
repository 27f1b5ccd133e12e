// Package session holds the rules about sessions and cookies, and requests without a credential.
package session

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
