package policy

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "crowd-application-credentials",
	Title: "The application name or password for Crowd is wrong",
	Doc: `The REST interface of Crowd is for applications, not for people: user name and password in Basic name the application,
and the person to be checked travels in the request. People put their own name and password into it, or the password
of the application was changed.

It is recognised by a 401 to a request with a credential, in the realm ` + "`Crowd REST Service`" + ` or with the
words ` + "`Application failed to authenticate`" + `. A wrong person gives 400 and INVALID_USER_AUTHENTICATION
instead. A request without a credential gets the same challenge, and is left to no-credentials-sent.`,
	Area: rule.LockAndPolicy, Severity: rule.Error,
	Products: crowds,
	When:     rule.HasAuthorization | rule.Is401,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: []string{"dc-credential-refused"},
	Fix: []rule.Fix{{
		Who:        rule.Admin,
		Do:         redact.Const("Set the application name and the password as they are in Crowd > Applications, and put them in place of APP below to try"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u APP BASE/rest/usermanagement/1/config/cookie`),
		PowerShell: redact.Const(`curl.exe -s -o NUL -w "%{http_code}" -u APP BASE/rest/usermanagement/1/config/cookie`),
	}},
	References: []rule.Reference{
		{Title: "martinspielmann/nexus3-crowd-plugin#26", URL: "https://github.com/martinspielmann/nexus3-crowd-plugin/issues/26"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.PathHas("/crowd/rest/") && !s.PathHas("/rest/usermanagement/") {
			return
		}
		const text = "application failed to authenticate"
		message := redact.Const("Crowd does not know the application name and password in the Authorization header. They name the application, not a person.")
		switch {
		case s.Says(text):
			p.Proven(s, message, s.StatusLine(redact.Const("200")), s.Body(redact.Const(text)))
		case strings.Contains(strings.ToLower(s.Answer("WWW-Authenticate")), `realm="crowd rest service"`):
			p.Proven(s, message, s.StatusLine(redact.Const("200")), s.AnswerField("WWW-Authenticate", redact.Text{}))
		}
	},
})
