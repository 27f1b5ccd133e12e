package tls

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-client-cert-required",
	Title: "The server wants a client certificate",
	Doc: `The server, or the proxy in front of it, lets only clients in that show a certificate of their own (mutual TLS). Without
one the login is not even looked at.

It is recognised by the text of the web server (nginx: ` + "`400 No required SSL certificate was sent`" + `; IIS:
403.7), by the error of the client, or in packets by the server's demand for a certificate together with its alert
116, or 40, 42, 46, 48. A demand that the server does not insist on, as Kerberos and smart card logins make it, is not
reported.`,
	Area: rule.TLS, Severity: rule.Error,
	When:     rule.Failing,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{
		"tls-alert", "connection-reset", "response-not-from-product", "dc-credential-refused", "dc-token-refused", "hidden-or-missing",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Give the client the certificate and key that the company issued for it (curl --cert and --key, jira-cli auth type mtls)"),
		Command:    redact.Const("curl --cert client.pem --key client.key -sI BASE"),
		PowerShell: redact.Const("Invoke-WebRequest -Uri BASE -Certificate (Get-PfxCertificate client.pfx)"),
	}},
	References: []rule.Reference{
		{Title: "RFC 8446, section 4.3.2", URL: "https://www.rfc-editor.org/rfc/rfc8446#section-4.3.2"},
		{Title: "ankitpokhrel/jira-cli, pkg/jira/client.go", URL: "https://github.com/ankitpokhrel/jira-cli/blob/main/pkg/jira/client.go"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		if s.Has(rule.Answered) {
			if s.Status() != 400 && s.Status() != 403 {
				return
			}
			if text, ok := s.SaysText(wanted...); ok {
				p.Proven(s, redact.Const("The web server says that it wants a client certificate."), s.Body(text), s.StatusLine(redact.Text{}))
			}
			return
		}
		if e, ok := s.FailedWith(
			redact.Const("ERR_SSL_CLIENT_AUTH_CERT_NEEDED"), redact.Const("ERR_BAD_SSL_CLIENT_AUTH_CERT"),
			redact.Const("ERR_SSL_CLIENT_AUTH_CERT_NO_PRIVATE_KEY"), redact.Const("ERR_SSL_CLIENT_AUTH_SIGNATURE_FAILED"),
			redact.Const("ERR_SSL_CLIENT_AUTH_PRIVATE_KEY_ACCESS_DENIED"), redact.Const("SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT"),
			redact.Const("SSL_ERROR_BAD_CERT_ALERT"), redact.Const("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")); ok {
			p.Proven(s, redact.Const("The server wants a client certificate, and the client has none that it takes."), e)
			return
		}
		a, ok := s.Alert(exchange.Server, certificateRequired, handshakeFailure, badCertificate, certificateUnknown, unknownCA)
		if !ok || a.Code != certificateRequired && !s.Handshake().CertificateAsked {
			return
		}
		p.Proven(s, redact.Const("The server wants a client certificate, and broke off the handshake without one that it takes."), alertEvidence(s, a))
	},
})

// wanted are what web servers say.
var wanted = []redact.Text{
	redact.Const("no required ssl certificate was sent"),
	redact.Const("the ssl certificate error"),
	redact.Const("ssl client certificate is required"),
	redact.Const("client certificate required"),
	redact.Const("requires your browser to have a secure sockets layer (ssl) client certificate"),
}
