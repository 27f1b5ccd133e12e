package edge

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-tunnel-refused",
	Title: "Your outgoing proxy refuses the connection",
	Doc: `For https a client asks its proxy for a tunnel to the server (CONNECT). The proxy refused: its rules do not allow the
host or port, or it could not reach the host itself. Or the proxy was not reached at all. The product is not
involved.

It is proven by a CONNECT that was answered with an error other than 407 (that is a login: see
proxy-auth-required), by the error of a browser that means the same (` + "`net::ERR_TUNNEL_CONNECTION_FAILED`" + `,
` + "`net::ERR_PROXY_CONNECTION_FAILED`" + `), and, for plain http, by the page of a proxy that says it could not
reach the host.

For an internal host that the proxy cannot reach, the better cause is proxy-bypass-missing; then this is only
likely.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Explains: rule.Explaining([]string{"upstream-trouble"}, untested),
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Allow *.atlassian.net, *.atlassian.com, *.atl-paas.net, bitbucket.org and *.jiraalign.com (or the host of your own product) on the proxy, port 443"),
	}, {
		Who:        rule.Caller,
		Do:         redact.Const("Check the host name and port of the proxy in the settings of the client"),
		Command:    redact.Const(`curl -v -x http://PROXY:8080 -o /dev/null "BASE/"`),
		PowerShell: redact.Const(`curl.exe -v -x http://PROXY:8080 -o NUL "BASE/"`),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 9.3.6", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6"},
		{Title: "Chromium, net_error_list.h", URL: "https://chromium.googlesource.com/chromium/src/+/main/net/base/net_error_list.h"},
	},
	Since:    "0.1",
	Formerly: []string{"proxy-connect-refused"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The proxy refused the tunnel to the host of the product, or could not reach it."),
		}
		switch {
		case s.Target.API == target.Tunnel && s.Status() >= 400 && s.Status() != 407:
			f.Evidence = []rule.Evidence{s.Part(redact.Const("request method"), redact.Const("CONNECT"), redact.Text{}), s.StatusLine(redact.Const("200"))}
		case s.Broke("ERR_TUNNEL_CONNECTION_FAILED", "NS_ERROR_PROXY_FORBIDDEN", "NS_ERROR_PROXY_BAD_GATEWAY", "NS_ERROR_PROXY_GATEWAY_TIMEOUT"):
			f.Evidence = []rule.Evidence{broken(s, redact.Const("the proxy refused the tunnel"))}
		case s.Broke("ERR_PROXY_CONNECTION_FAILED", "NS_ERROR_PROXY_CONNECTION_REFUSED", "NS_ERROR_UNKNOWN_PROXY_HOST",
			"ERR_SOCKS_CONNECTION_FAILED", "ERR_MANDATORY_PROXY_CONFIGURATION_FAILED"):
			f.Message = redact.Const("The client could not reach its proxy.")
			f.Evidence = []rule.Evidence{broken(s, redact.Const("no connection to the proxy"))}
		case s.Broke("ERR_SOCKS_CONNECTION_HOST_UNREACHABLE"), squidCannot(s):
			f.Message = redact.Const("The proxy could not reach the host of the product.")
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), s.AnswerField("X-Squid-Error", redact.Const("none"))}
		default:
			return
		}
		if cannotReach(s) {
			f.Certainty = rule.Likely
		}
		p.Report(s, f)
	},
})

// squidCannot reports whether a Squid proxy says that it could not reach the
// host; what it refuses by its rules is a matter of web-filter-block.
func squidCannot(s *rule.Subject) bool {
	if s.Status() < 500 {
		return false
	}
	v := s.Answer("X-Squid-Error")
	for _, code := range [...]string{"ERR_DNS_FAIL", "ERR_CONNECT_FAIL", "ERR_CANNOT_FORWARD", "ERR_READ_TIMEOUT", "ERR_SECURE_CONNECT_FAIL"} {
		if strings.HasPrefix(v, code) {
			return true
		}
	}
	return false
}

// cannotReach reports whether a proxy failed to reach a host that only the local
// network knows.
func cannotReach(s *rule.Subject) bool {
	if !s.Target.InternalName {
		return false
	}
	switch s.Status() {
	case 502, 503, 504:
		return s.Target.API == target.Tunnel || squidCannot(s)
	}
	return s.Broke("ERR_TUNNEL_CONNECTION_FAILED", "NS_ERROR_PROXY_BAD_GATEWAY", "NS_ERROR_PROXY_GATEWAY_TIMEOUT", "ERR_SOCKS_CONNECTION_HOST_UNREACHABLE")
}
