// Package policy holds the rules about locks and policies: CAPTCHA, switched-off logins, allowlists.
package policy

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
