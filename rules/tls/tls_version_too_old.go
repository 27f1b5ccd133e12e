package tls

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-version-too-old",
	Title: "Client and server have no TLS 1.2 in common",
	Doc: `Atlassian's cloud and current versions of the products speak TLS 1.2 and newer. A client that offers TLS 1.1 or less
(.NET Framework with its old defaults, Java 7, OpenSSL before 1.0.1) is turned away before it can send anything.

In packets the ClientHello tells what is offered: the supported_versions extension, or else the version inside the
handshake. The version of the record around it is TLS 1.0 for many modern clients and is not looked at.

In a HAR there is only the client's word. Node and Firefox name the alert, which is proof. A browser's
` + "`net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH`" + ` tells that versions or ciphers do not fit, which is a strong sign;
as current browsers offer everything that is safe, it is then the server, or a proxy or firewall in front of it, that
is too old.`,
	Area: rule.TLS, Severity: rule.Error,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{"tls-alert", "connection-reset", "client-too-old"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Switch on TLS 1.2 in the client or update it: .NET Framework SecurityProtocol, Java 8 or newer, OpenSSL 1.0.1 or newer"),
		Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST -tls1_2 </dev/null"),
		PowerShell: redact.Const("[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12"),
	}},
	References: []rule.Reference{
		{Title: "Jira Align and SSL/TLS (Atlassian support)"},
		{Title: "RFC 8996", URL: "https://www.rfc-editor.org/rfc/rfc8996"},
		{Title: "RFC 8446, section 4.2.1", URL: "https://www.rfc-editor.org/rfc/rfc8446#section-4.2.1"},
		{Title: "sumoheavy/jira-ruby#307", URL: "https://github.com/sumoheavy/jira-ruby/issues/307"},
		{Title: "KilskyreMan/JiraToTfs#23", URL: "https://github.com/KilskyreMan/JiraToTfs/issues/23"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if h := s.Handshake(); h != nil && h.Hello != nil && s.Meant() {
			if v := h.Hello.Version; v != 0 && v < tls12 {
				p.Proven(s, redact.Const("The client offers no version of TLS that is new enough."),
					s.Part(redact.Const("TLS ClientHello, newest version offered"), versionName(v), redact.Const("TLS 1.2 or 1.3")))
			}
			return
		}
		if !broken(s) {
			return
		}
		if e, ok := s.FailedWith(
			redact.Const("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), redact.Const("SSL_ERROR_PROTOCOL_VERSION_ALERT"),
			redact.Const("SSL_ERROR_UNSUPPORTED_VERSION"), redact.Const("ERR_SSL_UNSUPPORTED_PROTOCOL"),
			redact.Const("ERR_SSL_NO_PROTOCOLS_AVAILABLE")); ok {
			p.Proven(s, redact.Const("Client and server have no version of TLS in common."), e)
			return
		}
		e, ok := s.FailedWith(redact.Const("ERR_SSL_VERSION_OR_CIPHER_MISMATCH"), redact.Const("ERR_SSL_OBSOLETE_VERSION"))
		if !ok {
			return
		}
		p.Report(s, rule.Finding{
			Certainty: rule.Likely,
			Message:   redact.Const("Client and server have no version of TLS, or no cipher, in common. A current browser offers all that are safe, so the server or a box in front of it is too old."),
			Evidence:  []rule.Evidence{e},
			Fix: []rule.Fix{{
				Who:        rule.Admin,
				Do:         redact.Const("Switch on TLS 1.2 or newer with current ciphers on the server, or find the box in between that answers in its place"),
				Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST -tls1_2 </dev/null"),
				PowerShell: redact.Const(`Test-NetConnection HOST -Port 443`),
			}},
		})
	},
})
