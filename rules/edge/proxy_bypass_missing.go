package edge

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-bypass-missing",
	Title: "An internal host is sent to the outgoing proxy, which cannot reach it",
	Doc: `The client sends every request to the proxy for the Internet, also those for a host in the own network. The proxy does not
know that host, or must not go back into the network, and answers that it cannot reach it. With the proxy left out for this
host, the call works.

It is likely where a proxy answers 502, 503 or 504 (or the client reports the same) for a name or IP address that only
the local network knows: a name without a dot, ` + "`.local`" + `, ` + "`.internal`" + `, ` + "`.corp`" + ` and the
like, a private IP address.

Internal hosts with a public name look like any other: for them proxy-tunnel-refused is reported. A refusal by the
rules of the proxy (403) is not this.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Explains: rule.Explaining([]string{"proxy-tunnel-refused", "upstream-trouble"}, untested),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Exempt the host from the proxy, in the environment or where this client keeps its proxy settings (Java: -Dhttp.nonProxyHosts)"),
		Command:    redact.Const("export NO_PROXY=HOST,localhost"),
		PowerShell: redact.Const("$env:NO_PROXY='HOST,localhost'"),
	}},
	References: []rule.Reference{
		{Title: "atlassian-api/atlassian-python-api#251", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/251"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !cannotReach(s) {
			return
		}
		said := s.StatusLine(redact.Const("no proxy for this host"))
		if s.Failure != nil && s.Status() == 0 {
			said = broken(s, redact.Const("the proxy could not reach the host"))
		}
		p.Likely(s, redact.Const("The host is one of the local network, and its request went to a proxy that cannot reach it."),
			s.Part(redact.Const("host"), redact.Host(s.Target.Host), redact.Const("asked directly")), said)
	},
})
