// Package connect holds the rules about JSON Web Tokens of Atlassian Connect apps.
package connect

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
