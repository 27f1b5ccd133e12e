package edge

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-auth-required",
	Title: "Your outgoing proxy wants a login",
	Doc: `Between the client and the Internet stands a proxy that lets nobody through without a login of its own. Its refusal
has the status 407 and names the ways to log in in ` + "`Proxy-Authenticate`" + `. The product was not reached: its
user names and tokens have nothing to do with it, and belong in another header (Authorization) than the login of the
proxy (Proxy-Authorization).

A 407 proves it, on the request itself or on the CONNECT with which a client asks a proxy for a tunnel, and so does the error
by which a browser says that it could not log in to its proxy. A 401 or 403 with ` + "`Proxy-Authenticate`" + ` makes it likely.

A 407 that the client answers with success is an ordinary handshake (Negotiate and NTLM take two or three). Of a
CONNECT to a host that is not known to be Atlassian's, and is not named after one of its products, nothing is
reported.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	When: rule.Failing,
	Explains: rule.Explaining([]string{
		"proxy-tunnel-refused", "kerberos-required", "proxy-own-basic", "upstream-trouble", "web-filter-block", "proxy-bypass-missing",
	}, untested),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Give the client a login for the proxy, apart from that of the product; curl asks for the password. " +
			"A proxy that takes only Negotiate or NTLM needs --proxy-negotiate or --proxy-ntlm as well"),
		Command:    redact.Const(`curl -x http://PROXY:8080 -U PROXY_USER "BASE/"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Proxy http://PROXY:8080 -ProxyUseDefaultCredentials -Uri "BASE/"`),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Let this machine through the proxy without a login, for the hosts of Atlassian"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 15.5.8", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.8"},
		{Title: "RFC 9110, section 11.7.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.7.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		wants := redact.Const("The proxy between client and product wants a login of its own. The product was not reached.")
		switch {
		case s.Status() == 407:
			p.Proven(s, wants, s.StatusLine(redact.Const("200")), s.AnswerField("Proxy-Authenticate", redact.Text{}))
		case s.Broke("ERR_PROXY_AUTH_REQUESTED", "ERR_PROXY_AUTH_UNSUPPORTED", "ERR_PROXY_AUTH_REQUESTED_WITH_NO_CONNECTION",
			"NS_ERROR_PROXY_AUTHENTICATION_FAILED"):
			p.Proven(s, wants, broken(s, redact.Const("the proxy asks for a login")))
		case s.HasOne(rule.Is401|rule.Is403) && s.Answer("Proxy-Authenticate") != "" && !fromProduct(s):
			p.Likely(s, wants, s.StatusLine(redact.Const("200")), s.AnswerField("Proxy-Authenticate", redact.Const("none")))
		}
	},
})
