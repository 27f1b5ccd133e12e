package policy

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "crowd-address-not-allowed",
	Title: "Crowd does not know the IP address of this application",
	Doc: `Crowd, and a Jira that serves as user directory for others, answers only applications whose IP address is listed with
them. After a move to another machine, behind a new proxy or over IPv6, it is another one, and each request is refused
with 403, although name and password of the application are right.

The answer says so: ` + "`Client with address \"...\" is forbidden from making requests to the application`" + `. Only these
words count.`,
	Area: rule.LockAndPolicy, Severity: rule.Error,
	Products: crowds,
	When:     rule.Is403 | rule.HasBody,
	Needs:    exchange.Bodies,
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Add the IP address that the answer names in Crowd: Applications > the application > Remote addresses (Jira: User management > Jira user server)"),
	}},
	References: []rule.Reference{
		{Title: "PatrickRoumanoff/nexus-crowd-plugin#15", URL: "https://github.com/PatrickRoumanoff/nexus-crowd-plugin/issues/15"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		const text = "is forbidden from making requests to the application"
		if s.Says(text) {
			p.Proven(s, redact.Const("Crowd refuses requests from this IP address: it is not listed with the application."),
				s.StatusLine(redact.Const("200")), s.Body(redact.Const(text)))
		}
	},
})

// crowds are the products that serve users to other applications.
const crowds = target.Set(1<<target.Crowd | 1<<target.JiraDC | 1<<target.UnknownDC)
