package tls

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-no-shared-cipher",
	Title: "Client and server share no cipher",
	Doc: `Client and server both speak TLS 1.2, but no cipher suite that one offers suits the other. Current servers take only
suites with a fresh key for each connection (ECDHE or DHE) and AES-GCM or ChaCha20; old clients, and those that a
policy restricts, offer others.

In packets it is the server's alert 40 or 71 to a ClientHello with none of those suites, a strong sign: the server
may have had another reason. Firefox and Node say in so many words that there is no common cipher.`,
	Area: rule.TLS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.TLSFacts,
	Explains: []string{"tls-alert", "client-too-old"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Update the client or its TLS library, or take the restriction of its ciphers back; if the client is current, the server offers only old ciphers"),
		Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST -cipher ECDHE+AESGCM </dev/null"),
		PowerShell: redact.Const("Get-TlsCipherSuite | Where-Object Name -like '*ECDHE*GCM*' | Select-Object Name"),
	}},
	References: []rule.Reference{
		{Title: "Jira Align and SSL/TLS (Atlassian support)"},
		{Title: "RFC 9325, section 4.2", URL: "https://www.rfc-editor.org/rfc/rfc9325#section-4.2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		if e, ok := s.FailedWith(
			redact.Const("SSL_ERROR_NO_CYPHER_OVERLAP"), redact.Const("ERR_SSL_NO_CIPHERS_AVAILABLE"), redact.Const("ERR_SSL_NO_SHARED_CIPHER")); ok {
			p.Likely(s, redact.Const("Client and server have no cipher in common."), e)
			return
		}
		h := s.Handshake()
		if h == nil || h.Hello == nil || len(h.Hello.Ciphers) == 0 || h.Hello.Version < tls12 {
			return
		}
		a, ok := s.Alert(exchange.Server, handshakeFailure, insufficientSecurity)
		if !ok || current(h.Hello.Ciphers) {
			return
		}
		p.Likely(s, redact.Const("None of the ciphers that the client offers is one that current servers take."),
			s.Part(redact.Const("TLS ClientHello, ciphers"), redact.Sprintf("%s, all old", redact.Count(len(h.Hello.Ciphers), "cipher", "ciphers")), redact.Const("ECDHE with AES-GCM")),
			alertEvidence(s, a))
	},
})

// current reports whether one of the suites is one with a fresh key and an
// authenticated cipher (IANA registry of TLS cipher suites).
func current(suites []uint16) bool {
	for _, c := range suites {
		switch {
		case c >= 0x1301 && c <= 0x1305, // TLS 1.3
			c >= 0xC02B && c <= 0xC030 && c != 0xC02D && c != 0xC02E, // ECDHE with AES-GCM
			c >= 0xCCA8 && c <= 0xCCAA,                               // ECDHE or DHE with ChaCha20
			c == 0x009E, c == 0x009F:                                 // DHE with AES-GCM
			return true
		}
	}
	return false
}
