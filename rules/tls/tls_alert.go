package tls

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-alert",
	Title: "The TLS handshake failed with an alert",
	Doc: `Client and server did not agree on an encrypted connection, and one of them said why in an alert. Nothing was sent
to the product. The number of the alert and who sent it tell where to look:

| alert | sent by the server | sent by the client |
|---|---|---|
| 40 handshake_failure, 71 insufficient_security | no common cipher, or a client certificate is wanted | no common cipher |
| 70 protocol_version | the client is too old | the server is too old |
| 80 internal_error | the server is set up wrongly, or the name is unknown to it | |
| 112 unrecognized_name | it has no site of that name | |
| 116 certificate_required | it wants a client certificate | |
| 120 no_application_protocol | no common protocol such as HTTP/2 | |

An alert that was sent encrypted, as all are that follow the ServerHello of TLS 1.3, is not seen without keys. Alerts
about certificates that the client sends are left to tls-untrusted-ca and tls-certificate-invalid. Chromium's
` + "`ERR_SSL_PROTOCOL_ERROR`" + ` names no alert; for a host of Atlassian's cloud it is a possible sign of one.`,
	Area: rule.TLS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{"connection-reset"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Change what the alert names, and try the handshake by hand from the same machine"),
		Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST </dev/null"),
		PowerShell: certificatePowerShell,
	}},
	Alternatives: []string{"tls-no-shared-cipher", "tls-version-too-old", "tls-sni-missing", "tls-client-cert-required"},
	References: []rule.Reference{
		alerts,
		{Title: "RFC 6066, section 3", URL: "https://www.rfc-editor.org/rfc/rfc6066#section-3"},
	},
	Since:    "0.1",
	Formerly: []string{"tls-alert-fatal"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		for _, side := range [...]exchange.Side{exchange.Server, exchange.Client, exchange.NoSide} {
			a, ok := s.Alert(side)
			if !ok || side == exchange.Client && aboutCertificate(a.Code) {
				continue
			}
			p.Proven(s, alertMessage(a), alertEvidence(s, a))
			return
		}
		if e, ok := s.FailedWith(
			redact.Const("ERR_SSL_UNRECOGNIZED_NAME_ALERT"), redact.Const("SSL_ERROR_UNRECOGNIZED_NAME_ALERT"),
			redact.Const("ERR_SSL_TLSV1_UNRECOGNIZED_NAME")); ok {
			p.Proven(s, noSuchSite, e)
			return
		}
		for _, c := range alertCodes {
			if e, ok := s.FailedWith(c.codes...); ok {
				p.Proven(s, alertMessage(exchange.Alert{From: exchange.Server, Code: c.alert}), e)
				return
			}
		}
		if e, ok := s.FailedWith(redact.Const("ERR_SSL_PROTOCOL_ERROR")); ok && s.Target.Basis == target.ByHost {
			p.Possible(s, redact.Const("The TLS handshake failed; the browser does not say how. Atlassian's cloud speaks TLS, so a proxy or firewall in between is likely at fault."), e)
		}
	},
})

// noSuchSite is the message for alert 112.
var noSuchSite = redact.Const("The server has no site of that name: it refuses the TLS handshake for it.")

// aboutCertificate reports whether an alert of a client is about the
// certificate of the server.
func aboutCertificate(code uint8) bool {
	return code >= badCertificate && code <= certificateUnknown || code == unknownCA
}

// alertCodes are the errors of browsers and Node that name an alert of the
// server.
var alertCodes = []struct {
	alert uint8
	codes []redact.Text
}{
	{handshakeFailure, []redact.Text{redact.Const("SSL_ERROR_HANDSHAKE_FAILURE_ALERT"), redact.Const("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE")}},
	{internalError, []redact.Text{redact.Const("SSL_ERROR_INTERNAL_ERROR_ALERT"), redact.Const("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR")}},
	{insufficientSecurity, []redact.Text{redact.Const("SSL_ERROR_INSUFFICIENT_SECURITY_ALERT"), redact.Const("ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY")}},
	{noProtocol, []redact.Text{redact.Const("SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL"), redact.Const("ERR_ALPN_NEGOTIATION_FAILED")}},
	{accessDenied, []redact.Text{redact.Const("SSL_ERROR_ACCESS_DENIED_ALERT")}},
	{0, []redact.Text{redact.Const("SSL_ERROR_DECODE_ERROR_ALERT"), redact.Const("SSL_ERROR_ILLEGAL_PARAMETER_ALERT")}},
}

// alertMessage says what an alert means.
func alertMessage(a exchange.Alert) redact.Text {
	switch {
	case a.Code == unrecognizedName:
		return noSuchSite
	case a.From == exchange.Server && a.Code == certificateRequired:
		return redact.Const("The server wants a client certificate, and breaks off the TLS handshake without one.")
	case a.From == exchange.Server && (a.Code == handshakeFailure || a.Code == insufficientSecurity):
		return redact.Const("The server broke off the TLS handshake: it shares no cipher with the client, or it wants a client certificate.")
	case a.From == exchange.Server && a.Code == protocolVersion:
		return redact.Const("The server broke off the TLS handshake: the client offers only versions of TLS that are too old for it.")
	case a.From == exchange.Server && a.Code == internalError:
		return redact.Const("The server broke off the TLS handshake: it is set up wrongly, or does not know the host name.")
	case a.From == exchange.Server && a.Code == noProtocol:
		return redact.Const("The server broke off the TLS handshake: it shares no protocol, such as HTTP/2, with the client.")
	case a.From == exchange.Server && a.Code == accessDenied:
		return redact.Const("The server broke off the TLS handshake: the certificate of the client is valid, and it does not let that client in.")
	case a.From == exchange.Client && a.Code == handshakeFailure, a.From == exchange.Client && a.Code == insufficientSecurity:
		return redact.Const("The client broke off the TLS handshake: it shares no cipher with the server.")
	case a.From == exchange.Client && a.Code == protocolVersion:
		return redact.Const("The client broke off the TLS handshake: the server offers only versions of TLS that are too old for it.")
	case a.From == exchange.Server:
		return redact.Const("The server broke off the TLS handshake with an alert.")
	case a.From == exchange.Client:
		return redact.Const("The client broke off the TLS handshake with an alert.")
	}
	return redact.Const("The TLS handshake was broken off with an alert.")
}
