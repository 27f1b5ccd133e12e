// Package xsrf holds the rules about the protection against cross-site request forgery.
package xsrf

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
