package dns

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "ipv6-blackhole",
	Title: "IPv6 to this host does not work",
	Doc: `A connection to the IPv6 address of the host got no answer, while the same client reaches the host over IPv4. The
network announces IPv6 and then drops it. Browsers fall back to IPv4 within a fraction of a second, so it works in the
browser; programs that try one IP address after the other wait for minutes or fail.

It is recognised by a failed connection to an IPv6 address (packets without an answer, or the timeout of the client)
and another exchange of the same client with the same host that was answered over IPv4. A client that falls back by
itself did not fail, and is not reported.`,
	Area: rule.DNS, Severity: rule.Warning,
	Layer:    rule.LayerTCP,
	Explains: []string{"connection-timeout"},
	Fix: []rule.Fix{{
		Who:     rule.Network,
		Do:      redact.Const("Mend IPv6 on this path, or let the client prefer IPv4 (curl -4, Java -Djava.net.preferIPv4Stack=true)"),
		Command: redact.Const("curl -4 -sI BASE ; curl -6 -sI BASE"), PowerShell: redact.Const("curl.exe -4 -sI BASE; curl.exe -6 -sI BASE"),
	}},
	References: []rule.Reference{
		{Title: "RFC 8305", URL: "https://www.rfc-editor.org/rfc/rfc8305"},
	},
	Since:    "0.1",
	Formerly: []string{"dns-ipv6-blackhole"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		fine := map[string]*rule.Subject{} // an exchange that IPv4 carried, by host
		for _, s := range ses.Subjects {
			if s.Has(rule.Answered) && s.Conn != nil && strings.Contains(s.Conn.ServerAddr, ".") {
				fine[s.Target.Host] = s
			}
		}
		for _, s := range ses.Subjects {
			other := fine[s.Target.Host]
			if other == nil || !s.Has(rule.Unanswered|rule.Failing) || !silent(s) {
				continue
			}
			p.Likely(s, redact.Const("The connection to the IPv6 address of the host got no answer; over IPv4 the host is reached."),
				s.Part(redact.Const("IP address of the server"), redact.Host(s.Conn.ServerAddr), redact.Const("an answer")),
				other.Part(redact.Const("IP address of the server"), redact.Host(other.Conn.ServerAddr), redact.Text{}))
		}
	},
})

// silent reports whether a connection over IPv6 was tried and not answered.
func silent(s *rule.Subject) bool {
	c := s.Conn
	if c == nil || !strings.Contains(c.ServerAddr, ":") {
		return false
	}
	if c.TCP != nil {
		return c.TCP.Attempts >= 2 && !c.TCP.Accepted
	}
	return s.Broke("ERR_CONNECTION_TIMED_OUT", "ERR_ADDRESS_UNREACHABLE", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "NS_ERROR_NET_TIMEOUT")
}
