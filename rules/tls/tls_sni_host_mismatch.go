package tls

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "tls-sni-host-mismatch",
	Title: "Server name and Host header differ",
	Doc: `The name that the client gave in the TLS handshake is another than the one in the request. The server or proxy chooses
the site by one of them and answers for the wrong one, or with 421 (Misdirected Request). A proxy that is set up
wrongly, or ` + "`curl --resolve`" + ` and ` + "`--connect-to`" + ` with the wrong name, do that.

Only packets and a proxy show both names. The finding is made where the request failed. Over HTTP/2 and HTTP/3 a
browser may use one connection for several names of one domain; that is not reported.`,
	Area: rule.TLS, Severity: rule.Error,
	Needs:    exchange.TLSFacts,
	Explains: []string{"response-not-from-product", "host-header-wrong", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Give the same host name for the connection and the request; on a proxy, pass the name on in both"),
	}},
	References: []rule.Reference{
		{Title: "RFC 6066, section 3", URL: "https://www.rfc-editor.org/rfc/rfc6066#section-3"},
		{Title: "RFC 9110, section 7.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-7.2"},
		{Title: "RFC 9113, section 9.1.1", URL: "https://www.rfc-editor.org/rfc/rfc9113#section-9.1.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		h := s.Handshake()
		if h == nil || h.Hello == nil || h.Hello.ServerName == "" || !s.HasOne(rule.Failing|rule.Troubled) || !s.Has(rule.Answered) {
			return
		}
		sni, host := bare(h.Hello.ServerName), bare(s.Target.Host)
		if sni == host || host == "" || shared(s, sni, host) {
			return
		}
		p.Likely(s, redact.Const("The TLS handshake names another host than the request."),
			s.Part(redact.Const("TLS ClientHello, server name"), redact.Host(sni), redact.Host(host)), s.StatusLine(redact.Text{}))
	},
})

func bare(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// shared reports whether one connection may carry requests for both hosts.
func shared(s *rule.Subject, a, b string) bool {
	v1 := strings.HasPrefix(s.Request.Proto, "HTTP/1") || s.Request.Proto == ""
	return !v1 && s.Status() != 421 && zone(a) == zone(b)
}

// zone returns the last two labels of a host.
func zone(host string) string {
	i := strings.LastIndexByte(host, '.')
	if i < 0 {
		return host
	}
	return host[strings.LastIndexByte(host[:i], '.')+1:]
}
