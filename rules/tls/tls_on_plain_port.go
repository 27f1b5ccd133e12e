package tls

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-on-plain-port",
	Title: "TLS was spoken to a port that answers in plain HTTP",
	Doc: `The URL begins with https, but the port behind it speaks plain HTTP: 8080, 8090 and 7990 are the ports of Jira,
Confluence and Bitbucket as installed, and 80 is that of the web server in front. The handshake fails, and nothing was
sent to the product.

In packets the server answers the first message of TLS with ` + "`HTTP/1.`" + `, which is proof. Firefox and OpenSSL have an
error of their own for it (` + "`SSL_ERROR_RX_RECORD_TOO_LONG`" + `, ` + "`WRONG_VERSION_NUMBER`" + `), a strong sign. Chromium's
` + "`ERR_SSL_PROTOCOL_ERROR`" + ` is one only with such a port, and else a possibility; for Atlassian's cloud, which speaks TLS
and nothing else, nothing is concluded from it here.`,
	Area: rule.TLS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Explains: []string{"tls-alert", "wrong-port", "connection-reset"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Copy the URL from the address bar of a browser that gets there: http with this port, or https with the port that is made for it (often 443 or 8443)"),
		Command:    redact.Const("curl -sI http://HOST:8080 ; curl -sI https://HOST"),
		PowerShell: redact.Const("curl.exe -sI http://HOST:8080; curl.exe -sI https://HOST"),
	}},
	References: []rule.Reference{
		{Title: "super-productivity/super-productivity#4", URL: "https://github.com/super-productivity/super-productivity/issues/4"},
		{Title: "Ports used by Atlassian applications", URL: "https://confluence.atlassian.com/kb/ports-used-by-atlassian-applications-960136309.html"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Target.Scheme == "http" || !s.Meant() {
			return
		}
		port := s.Part(redact.Const("port of the request URL"), redact.Int(s.Target.Port), redact.Const("a port that speaks TLS"))
		if h := s.Handshake(); h != nil && h.PlainReply {
			p.Proven(s, redact.Const("The server answered the TLS handshake in plain HTTP."), port)
			return
		}
		if s.Target.Basis == target.ByHost {
			return
		}
		f := rule.Finding{Certainty: rule.Likely, Alternatives: []string{"tls-on-plain-port", "wrong-port"}}
		e, ok := s.FailedWith(redact.Const("SSL_ERROR_RX_RECORD_TOO_LONG"), redact.Const("ERR_SSL_WRONG_VERSION_NUMBER"))
		if ok {
			f.Message = redact.Const("What the server answered to the TLS handshake is no TLS: likely plain HTTP.")
		} else if e, ok = s.FailedWith(redact.Const("ERR_SSL_PROTOCOL_ERROR")); !ok {
			return
		} else if plainPort(s.Target.Port) {
			f.Message = redact.Sprintf("The URL says https, but port %s is one that speaks plain HTTP as installed.", redact.Int(s.Target.Port))
		} else {
			f.Certainty = rule.Possible
			f.Message = redact.Const("The TLS handshake failed; the browser does not say how. Ports that speak plain HTTP look like that.")
		}
		f.Evidence = []rule.Evidence{e, port}
		p.Report(s, f)
	},
})

// plainPort reports whether products, as installed, speak plain HTTP on a port.
func plainPort(n int) bool {
	switch n {
	case 80, // a web server in front
		8080,       // Jira
		8090,       // Confluence
		7990,       // Bitbucket
		8095,       // Crowd
		8085,       // Bamboo
		2990, 1990: // Jira and Confluence of the plug-in SDK
		return true
	}
	return false
}
