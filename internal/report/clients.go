package report

import (
	"fmt"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// A TLSClient is what TLS handshakes of one client program have in common, as
// packets show it.
type TLSClient struct {
	// JA4 is the fingerprint of the program: equal ones mean the same TLS library
	// with the same settings.
	JA4 string `json:"ja4"`
	// ALPN are the application protocols offered.
	ALPN []redact.Text `json:"alpn"`
	// Protocol is the one chosen; empty if there is none, or TLS 1.3 hides it.
	Protocol redact.Text `json:"protocol"`
	// Version is the version of TLS chosen; empty if the handshake failed before.
	Version redact.Text `json:"version"`
	// Connections counts the handshakes.
	Connections int `json:"connections"`
}

// tlsClients returns what is known of the handshakes of a capture; nil: nothing.
func tlsClients(kinds []exchange.HandshakeKind) []TLSClient {
	var list []TLSClient
	for _, k := range kinds {
		c := TLSClient{
			JA4: fingerprint(k.JA4), ALPN: []redact.Text{}, Protocol: protocol(k.Protocol), Connections: k.N,
		}
		if k.Version != "" {
			c.Version = redact.OneOf(k.Version, "SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
		}
		for p := range strings.SplitSeq(k.Offered, ",") {
			if p != "" {
				c.ALPN = append(c.ALPN, protocol(p))
			}
		}
		list = append(list, c)
	}
	return list
}

// protocol names an application protocol of the IANA registry of ALPN that is
// spoken here; the name of any other is the client's own text.
func protocol(p string) redact.Text {
	if p == "" {
		return redact.Text{}
	}
	return redact.OneOf(p, "h2", "http/1.1", "http/1.0", "h3")
}

// fingerprint returns s if it has the form of a JA4, of which nothing but two
// letters of a protocol's name comes from the capture as it is.
func fingerprint(s string) string {
	if len(s) != 36 || s[10] != '_' || s[23] != '_' {
		return ""
	}
	for _, c := range s {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return ""
		}
	}
	return s
}

// text says it to people.
func (c TLSClient) text() string {
	s := fmt.Sprintf("TLS client %s: %s", c.JA4, plural(c.Connections, "connection"))
	if !c.Version.IsZero() {
		s += ", " + c.Version.String()
	}
	if len(c.ALPN) > 0 {
		var names []string
		for _, p := range c.ALPN {
			names = append(names, p.String())
		}
		s += "; offers " + strings.Join(names, ", ")
	}
	if !c.Protocol.IsZero() {
		s += "; speaks " + c.Protocol.String()
	}
	return s
}
