// Package tls holds the rules about TLS handshakes and certificates.
package tls

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// Set is the rules of this area.
var Set rule.Set

// The alerts that rules ask for (RFC 8446, section 6, and RFC 5246, section 7.2).
const (
	handshakeFailure     = 40
	badCertificate       = 42
	unsupportedCert      = 43
	certificateRevoked   = 44
	certificateExpired   = 45
	certificateUnknown   = 46
	unknownCA            = 48
	accessDenied         = 49
	protocolVersion      = 70
	insufficientSecurity = 71
	internalError        = 80
	unrecognizedName     = 112
	certificateRequired  = 116
	noProtocol           = 120
)

// tls12 is the version that the products ask for at least.
const tls12 = 0x0303

// Commands and sources that several rules give.
var (
	alerts  = rule.Reference{Title: "RFC 8446, section 6", URL: "https://www.rfc-editor.org/rfc/rfc8446#section-6"}
	rfc9525 = rule.Reference{Title: "RFC 9525", URL: "https://www.rfc-editor.org/rfc/rfc9525"}

	// -k is harmless here: no credential is sent.
	certificateSh         = redact.Const(`curl -skvo /dev/null BASE 2>&1 | grep -iE "subject|issuer:|date:"`)
	certificatePowerShell = redact.Const(`$c = [Net.Sockets.TcpClient]::new("HOST", 443); $s = [Net.Security.SslStream]::new($c.GetStream(), $false, {$true}); $s.AuthenticateAsClient("HOST"); [Security.Cryptography.X509Certificates.X509Certificate2]$s.RemoteCertificate | Format-List Subject, DnsNameList, NotBefore, NotAfter, Issuer`)
)

// broken reports whether s is a request to a product that got no answer, or
// only one that the edge of TLS gave.
func broken(s *rule.Subject) bool { return s.Has(rule.Unanswered|rule.Failing) && s.Meant() }

// alertEvidence shows an alert and who sent it.
func alertEvidence(s *rule.Subject, a exchange.Alert) rule.Evidence {
	return s.Part(redact.Const("TLS alert"), redact.Sprintf("%s, sent by the %s", alertName(a.Code), sideName(a.From)), redact.Const("a handshake without alert"))
}

func sideName(side exchange.Side) redact.Text {
	switch side {
	case exchange.Client:
		return redact.Const("client")
	case exchange.Server:
		return redact.Const("server")
	}
	return redact.Const("one side")
}

// alertNames are the names that the RFCs give.
var alertNames = map[uint8]redact.Text{
	10: redact.Const("unexpected_message"), 20: redact.Const("bad_record_mac"), 22: redact.Const("record_overflow"),
	handshakeFailure: redact.Const("handshake_failure"), badCertificate: redact.Const("bad_certificate"),
	unsupportedCert: redact.Const("unsupported_certificate"), certificateRevoked: redact.Const("certificate_revoked"),
	certificateExpired: redact.Const("certificate_expired"), certificateUnknown: redact.Const("certificate_unknown"),
	47: redact.Const("illegal_parameter"), unknownCA: redact.Const("unknown_ca"), accessDenied: redact.Const("access_denied"),
	50: redact.Const("decode_error"), 51: redact.Const("decrypt_error"), protocolVersion: redact.Const("protocol_version"),
	insufficientSecurity: redact.Const("insufficient_security"), internalError: redact.Const("internal_error"),
	86: redact.Const("inappropriate_fallback"), 109: redact.Const("missing_extension"),
	unrecognizedName: redact.Const("unrecognized_name"), certificateRequired: redact.Const("certificate_required"),
	noProtocol: redact.Const("no_application_protocol"),
}

func alertName(code uint8) redact.Text {
	name, ok := alertNames[code]
	if !ok {
		return redact.Int(int(code))
	}
	return redact.Sprintf("%s (%s)", redact.Int(int(code)), name)
}

// versionName names a version of TLS as in a ClientHello.
func versionName(v uint16) redact.Text {
	switch v {
	case 0x0300:
		return redact.Const("SSL 3.0")
	case 0x0301:
		return redact.Const("TLS 1.0")
	case 0x0302:
		return redact.Const("TLS 1.1")
	case tls12:
		return redact.Const("TLS 1.2")
	case 0x0304:
		return redact.Const("TLS 1.3")
	}
	return redact.Const("an unknown version")
}

// inspectors are names by which authorities of boxes and programs that open
// TLS are known, in lower case, and how they are shown.
var inspectors = []struct {
	part string
	name redact.Text
}{
	{"zscaler", redact.Const("Zscaler")},
	{"netskope", redact.Const("Netskope")},
	{"fortinet", redact.Const("Fortinet")},
	{"fortigate", redact.Const("Fortinet")},
	{"palo alto", redact.Const("Palo Alto Networks")},
	{"paloalto", redact.Const("Palo Alto Networks")},
	{"blue coat", redact.Const("Blue Coat (Symantec)")},
	{"bluecoat", redact.Const("Blue Coat (Symantec)")},
	{"cisco umbrella", redact.Const("Cisco Umbrella")},
	{"skyhigh", redact.Const("Skyhigh")},
	{"mcafee", redact.Const("McAfee")},
	{"sophos", redact.Const("Sophos")},
	{"check point", redact.Const("Check Point")},
	{"forcepoint", redact.Const("Forcepoint")},
	{"kaspersky", redact.Const("Kaspersky")},
	{"eset ssl", redact.Const("ESET")},
	{"mitmproxy", redact.Const("mitmproxy")},
	{"fiddler", redact.Const("Fiddler")},
	{"charles proxy", redact.Const("Charles")},
	{"portswigger", redact.Const("Burp")},
	{"martian", redact.Const("martian")},
	{"http toolkit", redact.Const("HTTP Toolkit")},
	{"why401", redact.Const("why401")},
}

// inspector returns the name of the box or program whose authority issued the
// certificate of the server, if it is a known one.
func inspector(s *rule.Subject) (redact.Text, bool) {
	for _, issuer := range issuers(s) {
		issuer = strings.ToLower(issuer)
		for _, i := range inspectors {
			if strings.Contains(issuer, i.part) {
				return i.name, true
			}
		}
	}
	return redact.Text{}, false
}

// issuers are the names in the certificates of the server that say who signed.
func issuers(s *rule.Subject) []string {
	var names []string
	if s.Conn == nil {
		return nil
	}
	if t := s.Conn.TLS; t != nil && t.Issuer != "" {
		names = append(names, t.Issuer)
	}
	if h := s.Conn.Handshake; h != nil {
		for _, c := range h.Chain {
			names = append(names, c.Issuer, c.Organization)
		}
	}
	return names
}
