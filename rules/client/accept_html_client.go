package client

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "accept-html-client",
	Title: "The client asks for HTML",
	Doc: `The request is for data, but its ` + "`Accept`" + ` header asks for an HTML page first, as browsers do. A product or a
single sign-on in front of it takes the caller for a person and redirects to the login page, where a program would
have been told 401.

It is a possible case only: it is seen in a redirect to a login page, of a REST endpoint, to a client that asks for
HTML. The missing or refused login is the reason that it comes to that.`,
	Area: rule.Client, Severity: rule.Info,
	When: rule.Answered | rule.Is3xx,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send Accept: application/json"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Accept: application/json" -u "$EMAIL:$T" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Accept="application/json"} -Uri BASE/rest/api/2/myself`),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 12.5.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		accept := strings.ToLower(strings.TrimSpace(s.Sent("Accept")))
		if s.Target.API != target.REST || !strings.HasPrefix(accept, "text/html") || !s.ToLogin() {
			return
		}
		p.Possible(s, redact.Const("The client asks a REST endpoint for an HTML page first, and was sent to a login page."),
			s.Part(redact.Const("request header Accept"), redact.Const("text/html first"), redact.Const("application/json")), s.StatusLine(redact.Const("401")))
	},
})
