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

In TLS 1.3 the alert and the certificate are encrypted, and some clients (Node, wget) send no alert: then packets
without keys show nothing.`,
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
		f := rule.Finding{Certainty: rule.Proven}
		e, ok := s.FailedWith(untrusted...)
		if !ok {
			a, sent := s.Alert(exchange.Client, unknownCA, certificateUnknown, badCertificate)
			if !sent || a.Code != unknownCA && fault(s) != sound {
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
		switch {
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

// untrusted are the errors for a certificate whose authority is not trusted: of
// Chromium, Firefox and Node (OpenSSL).
var untrusted = []redact.Text{
	redact.Const("ERR_CERT_AUTHORITY_INVALID"),
	redact.Const("SEC_ERROR_UNKNOWN_ISSUER"), redact.Const("SEC_ERROR_UNTRUSTED_ISSUER"), redact.Const("SEC_ERROR_CA_CERT_INVALID"),
	redact.Const("SEC_ERROR_UNTRUSTED_CERT"), redact.Const("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"),
	redact.Const("MOZILLA_PKIX_ERROR_MITM_DETECTED"), redact.Const("MOZILLA_PKIX_ERROR_ADDITIONAL_POLICY_CONSTRAINT_FAILED"),
	redact.Const("SSL_ERROR_UNKNOWN_CA_ALERT"),
	redact.Const("DEPTH_ZERO_SELF_SIGNED_CERT"), redact.Const("SELF_SIGNED_CERT_IN_CHAIN"), redact.Const("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
	redact.Const("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"), redact.Const("UNABLE_TO_GET_ISSUER_CERT"), redact.Const("CERT_UNTRUSTED"),
}
