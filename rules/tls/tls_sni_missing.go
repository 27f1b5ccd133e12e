package tls

import (
	"net/netip"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-sni-missing",
	Title: "The client sends no server name",
	Doc: `Thousands of sites share the IP addresses of Atlassian's cloud. The client has to say in the first message of the TLS
handshake which one it wants (server name indication); very old libraries do not, and get the certificate of somebody
else, or an alert.

Only packets show it: a ClientHello without the server_name extension to a host of the cloud, and a handshake that
failed. With an IP address instead of a name in the URL there is no name to send; then that is what to change.`,
	Area: rule.TLS, Severity: rule.Error,
	Products: target.Cloud | target.Identity | target.Bitbucket | target.SetOf(target.Align),
	When:     rule.Unanswered | rule.Failing,
	Needs:    exchange.TLSFacts,
	Explains: []string{"tls-alert", "tls-certificate-invalid", "tls-untrusted-ca", "client-too-old"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Use the host name in the URL, and update the client or its TLS library to one that sends it (server name indication)"),
		Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST </dev/null"),
		PowerShell: certificatePowerShell,
	}},
	References: []rule.Reference{
		{Title: "RFC 6066, section 3", URL: "https://www.rfc-editor.org/rfc/rfc6066#section-3"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		h := s.Handshake()
		if h == nil || h.Hello == nil || h.Hello.Version == 0 || h.Hello.ServerName != "" || s.Target.Basis != target.ByHost {
			return
		}
		if _, err := netip.ParseAddr(s.Target.Host); err == nil {
			return
		}
		e := []rule.Evidence{s.Part(redact.Const("TLS ClientHello, server name"), redact.Const("absent"), redact.Host(s.Target.Host))}
		if a, ok := s.Alert(exchange.Server, handshakeFailure, unrecognizedName); ok {
			e = append(e, alertEvidence(s, a))
		} else if a, ok := s.Alert(exchange.Client); ok {
			e = append(e, alertEvidence(s, a))
		}
		p.Likely(s, redact.Const("The client does not tell the server which site it wants, and the handshake failed."), e...)
	},
})
