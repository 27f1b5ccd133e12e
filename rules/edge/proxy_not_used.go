package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-not-used",
	Title: "The client ignores the configured proxy",
	Doc: `In this network the way out leads through a proxy, and connections that leave directly are dropped. The client does
not know of the proxy: each program reads its settings in another place (environment, Java system properties, the
registry, its own file).

It is a hint only: a connection that left directly got no answer, while another client in the same capture
reaches Atlassian through a proxy (CONNECT that was granted). It gives way to anything better, and is then named among
the possible causes of connection-timeout.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Layer:    rule.LayerTCP,
	Needs:    exchange.Timing,
	Explains: []string{"connection-timeout"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Set the proxy where this client reads it (HTTPS_PROXY; Java: -Dhttps.proxyHost and -Dhttps.proxyPort)"),
		Command:    redact.Const("export HTTPS_PROXY=http://PROXY:8080"),
		PowerShell: redact.Const("$env:HTTPS_PROXY='http://PROXY:8080'"),
	}},
	References: []rule.Reference{
		{Title: "jenkinsci/jira-plugin#385", URL: "https://github.com/jenkinsci/jira-plugin/issues/385"},
	},
	Since:    "0.1",
	Formerly: []string{"env-proxy-ignored"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if s.Has(rule.Failing|rule.Unanswered) && timedOut(s) && p.OthersTunnel(s) {
				p.Possible(s, redact.Const("This client connects directly and gets no answer, while another in the same capture goes through a proxy."),
					s.Part(redact.Const("connection"), redact.Const("direct"), redact.Const("through the proxy, as the other client")))
			}
		}
	},
})
