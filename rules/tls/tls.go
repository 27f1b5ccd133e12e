// Package tls holds the rules about TLS handshakes and certificates.
package tls

import "github.com/why401/why401/internal/rule"

// Set is the rules of this area.
var Set rule.Set
