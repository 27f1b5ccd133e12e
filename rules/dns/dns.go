// Package dns holds the rules about name look-ups.
package dns

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// The answers of a name server (RFC 1035, section 4.1.1) that rules ask for.
const (
	serverFailed = 2
	noSuchName   = 3
	refused      = 5
)

var (
	lookUp = redact.Const("look-up of the host name")

	rfc1035 = rule.Reference{Title: "RFC 1035, section 4.1.1", URL: "https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"}

	lookSh         = redact.Const("nslookup HOST ; nslookup HOST 1.1.1.1")
	lookPowerShell = redact.Const("Resolve-DnsName HOST; Resolve-DnsName HOST -Server 1.1.1.1")
)
