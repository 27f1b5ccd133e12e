package edge

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "waf-blocks-user-agent",
	Title: "A firewall blocks this client by its User-Agent",
	Doc: `Some firewalls turn away the User-Agent that a library sends unless it is told otherwise (` + "`python-requests/2.31`" + `,
` + "`Java/17`" + `, ` + "`Go-http-client/1.1`" + `), because attackers use such libraries, too. The same request with another name
passes. The credential has nothing to do with it.

It is proven where the very same request, with the same credential, was refused with 403 or 406 by something that is not the
product, and was answered well with another User-Agent, which never happened with this one. A refusal by a firewall and
the User-Agent of a library are no more than a hint: then it is one possibility behind waf-block.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Products: behind,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"waf-block", "only-one-client-fails", "intermittent-refusal"}, untested),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Set a User-Agent of your own"),
		Command:    redact.Const(`curl -A my-tool/1.2 "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -UserAgent "my-tool/1.2" -Uri "URL"`),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Allow the User-Agent of this client in the firewall, at least for /rest/"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Repeat the same request with another User-Agent."),
		Command:    redact.Const(`curl -A my-tool/1.2 "URL"`),
		PowerShell: redact.Const(`curl.exe -A my-tool/1.2 "URL"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("it passes: the firewall goes by the User-Agent")},
			{Seen: redact.Const("it is blocked again: the firewall objects to something else"), Means: "waf-block"},
		},
	},
	References: []rule.Reference{
		{Title: "sooperset/mcp-atlassian#1326", URL: "https://github.com/sooperset/mcp-atlassian/issues/1326"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(behind) || s.Status() != 403 && s.Status() != 406 || !refusedByBox(s) {
				continue
			}
			if at, ok := p.OtherAgent(s); ok {
				p.Proven(s, redact.Const("The same request with the same credential is answered well with another User-Agent. Something in front of the product refuses this one."),
					s.SentField("User-Agent", redact.Const("a name of your own")), s.StatusLine(redact.Const("200")),
					rule.Evidence{At: at, Part: redact.Const("response status"), Saw: redact.Const("success, with another User-Agent")})
				continue
			}
			if m, _ := firewall(s); m != nil && library(s.Agent()) {
				p.Possible(s, redact.Const("A firewall refuses a request whose User-Agent is that of a library. Some firewalls go by that name."),
					s.SentField("User-Agent", redact.Const("a name of your own")))
			}
		}
	},
})

// library reports whether agent is what a library sends unless told otherwise.
func library(agent string) bool {
	for _, l := range [...]string{
		"python-requests/", "python-urllib", "python-httpx/", "aiohttp/", "python/", "java/", "java-http-client/", "apache-httpclient/", "okhttp/",
		"go-http-client/", "curl/", "wget/", "libwww-perl/", "node-fetch", "axios/", "undici", "node", "ruby", "powershell",
	} {
		if strings.HasPrefix(agent, l) {
			return true
		}
	}
	return false
}
