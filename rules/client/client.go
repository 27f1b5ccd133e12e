// Package client holds the rules about clients that differ from one another.
package client

import (
	"strings"

	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// preflight reports whether s is the question that a browser asks before a
// request of a page of another site (Fetch standard, CORS-preflight fetch).
func preflight(s *rule.Subject) bool {
	return strings.EqualFold(s.Request.Method, "OPTIONS") && s.Request.Header.Has("Access-Control-Request-Method")
}
