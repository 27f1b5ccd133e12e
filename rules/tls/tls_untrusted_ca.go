package tls

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-untrusted-ca",
	Title: "The client does not trust the certificate of the server or of an inspecting proxy",
	Doc: `The certificate of the server is signed by an authority that this client does not know, so the client hung up before
it sent anything. For Atlassian's cloud that means a proxy or firewall in the company's network that opens TLS and
signs again with an authority of its own; browsers of the company trust it, scripts, containers and Java do not. For a
server of one's own it may just as well be the company's private authority, or a server that does not send the
intermediate certificate.

It is recognised by the error of the client (` + "`net::ERR_CERT_AUTHORITY_INVALID`" + `, ` + "`SEC_ERROR_UNKNOWN_ISSUER`" + `,
` + "`UNABLE_TO_VERIFY_LEAF_SIGNATURE`" + ` and the like), or in packets by the alert that the client sends: 48 says it, 46
and 42 are what Java and Go send also for other faults of a certificate. If the issuer is visible and belongs to a
known inspecting proxy, the message names it. Where requests get through, an inspecting proxy is no fault.

In TLS 1.3 the alert and the certificate are encrypted. A first record of the client that has the length of an alert
is a strong sign. Some clients (Node, wget) send no alert and close the connection as soon as the handshake is through:
that is only a possibility, as a client may also give up for another reason, or have opened the connection in advance;
it is not reported where the same client gets a request through to the same host, nor where it took its time.

Where why401 itself is the proxy, a client that refuses its certificate is told apart: that is no fault of the network.
Which program it is, where that is known, tells the User-Agent of its CONNECT request, or the command that is run; the
fix is then the step for that program, and for the authority that signed: the one that why401 keeps, the one that
--ca-cert names, or the one that why401 run makes for one command.`,
	Area: rule.TLS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{"tls-alert", "connection-reset"},
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Add the root certificate of that authority to the trust store of this client, or have the host exempted from inspection; do not switch verification off"),
		Command: certificateSh, PowerShell: certificatePowerShell,
	}},
	Confirm: &rule.Confirm{
		Do:      redact.Const("Read the issuer of the certificate from the same machine: the name of a security product or of the company, for a host of the cloud, is an inspecting proxy; on a server of your own it is a private authority."),
		Command: certificateSh, PowerShell: certificatePowerShell,
	},
	References: []rule.Reference{
		{Title: "RFC 8446, section 6.2", URL: "https://www.rfc-editor.org/rfc/rfc8446#section-6.2"},
		{Title: "pycontribs/jira#1159", URL: "https://github.com/pycontribs/jira/issues/1159"},
		{Title: "whyisdifficult/jiratui#19", URL: "https://github.com/whyisdifficult/jiratui/issues/19"},
		{Title: "apache/devlake#8709", URL: "https://github.com/apache/devlake/issues/8709"},
	},
	Since:    "0.1",
	Formerly: []string{"tls-untrusted-intercept"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		if ours(p, s) {
			return
		}
		f := rule.Finding{Certainty: rule.Proven}
		e, ok := s.FailedWith(untrusted...)
		if !ok {
			a, sent := s.Alert(exchange.Client, unknownCA, certificateUnknown, badCertificate)
			if !sent {
				left(p, s)
				return
			}
			if a.Code != unknownCA && fault(s) != sound {
				return
			}
			e = alertEvidence(s, a)
			if a.Code != unknownCA {
				f.Certainty = rule.Likely
				f.Alternatives = []string{"tls-untrusted-ca", "tls-certificate-invalid"}
			}
		}
		f.Evidence = []rule.Evidence{e}
		name, inspected := inspector(s)
		_, recorder := s.FailedWith(rejected)
		switch {
		case recorder:
			f.Message = redact.Const("The client rejected the certificate of the intercepting proxy that made this capture: it does not trust its authority. Nothing in the network is wrong.")
		case inspected:
			f.Certainty, f.Alternatives = rule.Proven, nil
			f.Message = redact.Sprintf("The certificate is signed by the authority of an inspecting proxy (%s), which this client does not trust.", name)
			f.Evidence = append(f.Evidence, s.Part(redact.Const("issuer of the server certificate"), name, redact.Const("a public authority")))
		case s.Target.Basis == target.ByHost:
			f.Message = redact.Const("The client does not trust the certificate that was shown for a host of Atlassian's cloud: likely a proxy in between opens TLS.")
		default:
			f.Message = redact.Const("The client does not know the authority that signed the certificate of the server.")
		}
		p.Report(s, f)
	},
})

// left reports a client that went away when it had the certificate before it.
func left(p *rule.Pass, s *rule.Subject) {
	e, how := quitEvidence(s)
	if how == exchange.NoQuit || fault(s) != sound {
		return
	}
	f := rule.Finding{Certainty: rule.Likely, Evidence: []rule.Evidence{e}}
	name, inspected := inspector(s)
	switch {
	case inspected:
		f.Message = redact.Sprintf("The certificate is signed by the authority of an inspecting proxy (%s), and the client went away when it saw it.", name)
		f.Evidence = append(f.Evidence, s.Part(redact.Const("issuer of the server certificate"), name, redact.Const("a public authority")))
	case how == exchange.QuitAlert:
		f.Message = redact.Const("The client answered the certificate of the server with an encrypted alert and left: very likely it does not trust the authority that signed it.")
		f.Alternatives = []string{"tls-untrusted-ca", "tls-certificate-invalid"}
	default:
		f.Certainty = rule.Possible
		f.Message = redact.Const("The client closed the connection as soon as the handshake was through, without a request. Clients that do not trust the certificate of the server do that; encryption hides whether it was so.")
		f.Alternatives = []string{"tls-untrusted-ca", "tls-certificate-invalid", "tls-client-cert-required"}
	}
	p.Report(s, f)
}

// quitEvidence returns how the client left in view of the certificate.
func quitEvidence(s *rule.Subject) (rule.Evidence, exchange.Quit) {
	h := s.Handshake()
	if h == nil || s.Has(rule.Answered) || len(h.Alerts) > 0 {
		return rule.Evidence{}, exchange.NoQuit
	}
	want := redact.Const("a request")
	switch h.Quit {
	case exchange.QuitAlert:
		return s.Part(redact.Const("TLS record after the certificate"), redact.Const("encrypted, with the length of an alert, sent by the client"), want), h.Quit
	case exchange.QuitSilent:
		return s.Part(redact.Const("TLS connection"), redact.Const("closed by the client after the certificate, without a request"), want), h.Quit
	}
	return rule.Evidence{}, exchange.NoQuit
}

// rejected is how an intercepting proxy tells that its client refused the
// certificate that it made.
var rejected = redact.Const("ERR_CERT_REJECTED")

// untrusted are the errors for a certificate whose authority is not trusted: of
// Chromium, Firefox and Node (OpenSSL).
var untrusted = []redact.Text{
	rejected,
	redact.Const("ERR_CERT_AUTHORITY_INVALID"),
	redact.Const("SEC_ERROR_UNKNOWN_ISSUER"), redact.Const("SEC_ERROR_UNTRUSTED_ISSUER"), redact.Const("SEC_ERROR_CA_CERT_INVALID"),
	redact.Const("SEC_ERROR_UNTRUSTED_CERT"), redact.Const("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"),
	redact.Const("MOZILLA_PKIX_ERROR_MITM_DETECTED"), redact.Const("MOZILLA_PKIX_ERROR_ADDITIONAL_POLICY_CONSTRAINT_FAILED"),
	redact.Const("SSL_ERROR_UNKNOWN_CA_ALERT"),
	redact.Const("DEPTH_ZERO_SELF_SIGNED_CERT"), redact.Const("SELF_SIGNED_CERT_IN_CHAIN"), redact.Const("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
	redact.Const("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), redact.Const("UNABLE_TO_GET_ISSUER_CERT"), redact.Const("CERT_UNTRUSTED"),
}
