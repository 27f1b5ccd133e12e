package tls

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-no-shared-cipher",
	Title: "Client and server share no cipher",
	Doc: `Client and server both speak TLS 1.2, but no cipher suite that one offers suits the other. Current servers take only
suites with a fresh key for each connection (ECDHE or DHE) and AES-GCM or ChaCha20; old clients, and those that a
policy restricts, offer others.

In packets it is the server's alert 40 or 71 to a ClientHello with none of those suites, a strong sign: the server
may have had another reason. Firefox and Node say in so many words that there is no common cipher.

Where why401 is the proxy, a client gets on for as long as it is there: the proxy takes 3DES, RC4 and keys of RSA alone
from it, and the finding rests on what the client offered, not on the proxy's own connection to the server. Bitbucket
and Jira Align say which ciphers they take, and no part of the cloud takes RC4 or 3DES, which is proof. A client that
offers nothing but DHE the proxy cannot carry; a server may.`,
	Area: rule.TLS, Severity: rule.Error,
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
		{Title: "Update to supported cipher suites in Bitbucket Cloud", URL: "https://bitbucket.org/blog/update-to-supported-cipher-suites-in-bitbucket-cloud"},
		{Title: "RFC 9325, section 4.2", URL: "https://www.rfc-editor.org/rfc/rfc9325#section-4.2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		h := s.Handshake()
		old := h != nil && h.Hello != nil && len(h.Hello.Ciphers) > 0 && h.Hello.Version >= tls12 && !current(h.Hello.Ciphers)
		went := s.Has(rule.Unanswered | rule.Failing)
		if !old && !went || !s.Meant() {
			return
		}
		if s.Conn != nil && s.Conn.Client != nil && (old || s.Conn.Client.Version == "") {
			byProxy(p, s, old)
			return
		}
		if !went {
			return
		}
		if e, ok := s.FailedWith(
			redact.Const("SSL_ERROR_NO_CYPHER_OVERLAP"), redact.Const("ERR_SSL_NO_CIPHERS_AVAILABLE"), redact.Const("ERR_SSL_NO_SHARED_CIPHER")); ok {
			p.Likely(s, redact.Const("Client and server have no cipher in common."), e)
			return
		}
		if !old {
			return
		}
		if a, ok := s.Alert(exchange.Server, handshakeFailure, insufficientSecurity); ok {
			p.Likely(s, redact.Const("None of the ciphers that the client offers is one that current servers take."), offeredSuites(s), alertEvidence(s, a))
		}
	},
})

func offeredSuites(s *rule.Subject) rule.Evidence {
	return s.Part(redact.Const("TLS ClientHello, ciphers"),
		redact.Sprintf("%s, all old", redact.Count(len(s.Handshake().Hello.Ciphers), "cipher", "ciphers")), redact.Const("ECDHE with AES-GCM"))
}

// byProxy is about a client of why401's proxy, which takes old ciphers to look
// into what they carry.
func byProxy(p *rule.Pass, s *rule.Subject, old bool) {
	if s.Conn.Client.Version == "" {
		e, ok := s.FailedWith(redact.Const("ERR_SSL_NO_SHARED_CIPHER"))
		switch {
		case !ok: // the handshake failed for something else
		case old:
			p.Likely(s, redact.Const("None of the ciphers that the client offers is one that current servers take, nor one that why401's proxy still takes."), offeredSuites(s), e)
		default:
			p.Report(s, rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("None of the ciphers that the client offers is one that why401's proxy takes: it does not know DHE. That says nothing of the server, which may."),
				Evidence:  []rule.Evidence{e},
				Fix: []rule.Fix{{
					Who: rule.Caller,
					Do:  redact.Const("Let the client offer ECDHE as current ones do, or leave the proxy out and look at packets in its place: why401 sniff"),
				}},
			})
		}
		return
	}
	f := rule.Finding{
		Certainty: rule.Likely, // the server may take some old ones, too
		Message:   redact.Const("None of the ciphers that the client offers is one that current servers take. Through why401's proxy, which takes old ones to look into them, its requests get on; without it the server may well turn it away before it can send anything."),
		Evidence:  []rule.Evidence{offeredSuites(s)},
	}
	if s.Target.Basis == target.ByHost && (s.Is(target.Bitbucket|target.SetOf(target.Align)) || !slices.ContainsFunc(s.Handshake().Hello.Ciphers, aes)) {
		f.Certainty = rule.Proven
		f.Message = redact.Const("None of the ciphers that the client offers is one that the server takes. Through why401's proxy, which takes old ones to look into them, its requests get on; without it the server turns it away before it can send anything.")
	}
	if s.Has(rule.Answered) {
		// It is not why this request was refused, if it was; but what got on here
		// would have failed.
		f.Fails = !s.Has(rule.Failing) && f.Certainty == rule.Proven
		f.Minor = !f.Fails
	}
	p.Report(s, f)
}

// aes reports whether a suite encrypts with AES. What does not, and is not
// current, is RC4, 3DES or something that hardly anybody speaks in HTTP.
func aes(c uint16) bool {
	switch {
	case c >= 0x002F && c <= 0x003A, c >= 0x003C && c <= 0x0040, c >= 0x0067 && c <= 0x006D, // CBC
		c >= 0x009C && c <= 0x00A7, c >= 0xC09C && c <= 0xC0AF, // GCM, CCM
		c >= 0xC01D && c <= 0xC032: // SRP, elliptic curves
		return true
	case c >= 0xC001 && c <= 0xC019: // elliptic curves, in fives: none, RC4, 3DES, AES-128, AES-256
		return (c-0xC001)%5 > 2
	}
	return false
}

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
