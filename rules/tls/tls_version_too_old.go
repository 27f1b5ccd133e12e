package tls

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-version-too-old",
	Title: "Client and server have no TLS version in common",
	Doc: `Atlassian's cloud and current versions of the products speak TLS 1.2 and newer. A client that offers TLS 1.1 or less
(.NET Framework with its old defaults, Java 7, OpenSSL before 1.0.1) is turned away before it can send anything.

In packets the ClientHello tells what is offered: the supported_versions extension, or else the version inside the
handshake. The version of the record around it is TLS 1.0 for many modern clients and is not looked at. Where a client
that offers TLS 1.2 or newer is told in alert 70 that its versions do not suit, it is the server that is too old, or a
proxy or firewall that answers in its place.

Where why401 is the proxy, the client gets on for as long as it is there: the proxy speaks TLS 1.0 and old ciphers to it,
and the finding rests on what the client offered, not on the proxy's own connection to the server.

In a HAR there is only the client's word. Node and Firefox name the alert, which is proof. A browser's
` + "`net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH`" + ` tells that versions or ciphers do not fit, which is a strong sign;
as current browsers offer everything that is safe, it is then the server, or a proxy or firewall in front of it, that
is too old; a host of Atlassian's cloud speaks current versions, so there it is the client or a proxy in between.`,
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
			if v := h.Hello.Version; v != 0 && v < tls12 && s.Conn.Client != nil {
				carried(p, s, v)
			} else if v != 0 && v < tls12 {
				p.Proven(s, redact.Const("The client offers no version of TLS that is new enough."), offered(s, v))
			} else if a, ok := s.Alert(exchange.Server, protocolVersion); ok && v != 0 && broken(s) {
				f := serverTooOld(s)
				f.Certainty, f.Evidence = rule.Proven, []rule.Evidence{alertEvidence(s, a), offered(s, v)}
				p.Report(s, f)
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
		if s.Target.Basis == target.ByHost {
			p.Report(s, cloudRefuses(s, e))
			return
		}
		p.Report(s, rule.Finding{
			Certainty: rule.Likely,
			Message:   redact.Const("Client and server have no version of TLS, or no cipher, in common. A current browser offers all that are safe, so the server, or a proxy or firewall in front of it, is too old."),
			Evidence:  []rule.Evidence{e},
			Fix:       []rule.Fix{updateServer},
		})
	},
})

// carried reports an old client whose requests why401's proxy, which speaks old
// versions for that, carries to a server that does not.
func carried(p *rule.Pass, s *rule.Subject, v uint16) {
	f := rule.Finding{
		Certainty: rule.Proven,
		Message:   redact.Const("The client offers no version of TLS that is new enough. Through why401's proxy, which speaks the old ones to look into them, its requests get on; without it the server turns it away before it can send anything."),
		Evidence:  []rule.Evidence{offered(s, v)},
	}
	if chosen := s.Conn.Client.Version; chosen == "" {
		f.Message = redact.Const("The client offers no version of TLS that is new enough, nor one that why401's proxy still speaks.")
	} else if t := s.Conn.TLS; t != nil && (t.Version == "TLS 1.0" || t.Version == "TLS 1.1") {
		return // the server speaks them, too
	} else if s.Target.Basis != target.ByHost {
		f.Certainty = rule.Likely // it speaks newer ones, perhaps besides the old ones
		f.Message = redact.Const("The client offers no version of TLS that current servers take. Through why401's proxy, which speaks the old ones to look into them, its requests get on; without it the server may well turn it away before it can send anything.")
	}
	if s.Has(rule.Answered) {
		// It is not why this request was refused, if it was; but what got on here
		// would have failed.
		f.Fails = !s.Has(rule.Failing) && f.Certainty == rule.Proven
		f.Minor = !f.Fails
	}
	p.Report(s, f)
}

// updateServer is what to do where the client is current.
var updateServer = rule.Fix{
	Who:        rule.Admin,
	Do:         redact.Const("Switch on TLS 1.2 or newer with current ciphers on the server, or find the proxy or firewall in between that answers in its place"),
	Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST -tls1_2 </dev/null"),
	PowerShell: redact.Const(`Test-NetConnection HOST -Port 443`),
}

func offered(s *rule.Subject, v uint16) rule.Evidence {
	return s.Part(redact.Const("TLS ClientHello, newest version offered"), versionName(v), redact.Const("TLS 1.2 or 1.3"))
}

// serverTooOld is the finding where a current client is refused for its versions.
func serverTooOld(s *rule.Subject) rule.Finding {
	if s.Target.Basis == target.ByHost {
		return rule.Finding{
			Message: redact.Const("What answered has no version of TLS in common with the client, which is current. Atlassian's cloud speaks TLS 1.2 and 1.3, so a proxy or firewall in between answered in its place."),
			Fix:     []rule.Fix{{Who: rule.Network, Do: redact.Const("Look for a proxy or firewall in between that opens TLS with old versions")}},
		}
	}
	return rule.Finding{
		Message: redact.Const("The server, or a proxy in front of it, has no version of TLS in common with the client, which is current: it speaks only older ones."),
		Fix:     []rule.Fix{updateServer},
	}
}

// cloudRefuses is the finding for a host of Atlassian's cloud, which speaks TLS
// 1.2 and 1.3: there is nothing to switch on at the server.
func cloudRefuses(s *rule.Subject, e rule.Evidence) rule.Finding {
	f := rule.Finding{
		Certainty: rule.Likely,
		Message:   redact.Const("Client and server have no version of TLS, or no cipher, in common. Atlassian's cloud speaks TLS 1.2 and 1.3 with current ciphers, so the client is too old, or a proxy or firewall in between answered."),
		Evidence:  []rule.Evidence{e},
		Fix: []rule.Fix{
			{
				Who:        rule.Caller,
				Do:         redact.Const("Switch on TLS 1.2 in the client or update it: .NET Framework SecurityProtocol, Java 8 or newer, OpenSSL 1.0.1 or newer"),
				Command:    redact.Const("openssl s_client -connect HOST:443 -servername HOST -tls1_2 </dev/null"),
				PowerShell: redact.Const("[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12"),
			},
			{
				Who: rule.Network,
				Do:  redact.Const("If the client is current, look for a proxy or firewall in between that opens TLS with old versions"),
			},
		},
	}
	for _, old := range [...]struct {
		part string
		name redact.Text
	}{
		{"java/1.6", redact.Const("Java 6")},
		{"java/1.7", redact.Const("Java 7")},
		{"openssl/0.", redact.Const("OpenSSL before 1.0")},
		{"openssl/1.0.0", redact.Const("OpenSSL 1.0.0")},
		{".net framework", redact.Const(".NET Framework")},
		{".net clr", redact.Const(".NET Framework")},
	} {
		if strings.Contains(s.Agent(), old.part) {
			f.Message = redact.Const("Client and server have no version of TLS, or no cipher, in common. Atlassian's cloud speaks TLS 1.2 and 1.3 with current ciphers; by its User-Agent the client is one that offers only older ones.")
			f.Evidence = append(f.Evidence, s.Part(redact.Const("request header User-Agent"), old.name, redact.Const("a current client")))
			break
		}
	}
	return f
}
