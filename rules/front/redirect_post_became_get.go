package front

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "redirect-post-became-get",
	Title: "A redirect turned the POST into a GET",
	Doc: `To a POST (PUT, DELETE) the server answers 301, 302 or 303, as it does when the URL was http instead of https, or the
old name of the host. Clients follow such a redirect with a GET and without the body (RFC 9110, section 15.4). The
call then fails with 405 or 404, or seems to work, while nothing was created or changed.

It is proven where both requests of one client are there: a call of an API that was to change something, the redirect,
and a GET for exactly the URL that it names. Only a redirect to the same resource at another place counts (another
scheme, host, port or context path, or a slash at the end): a form that leads on to the next page, and the 303 by
which Jira points to the task it has started, are right as they are. 307 and 308 keep the method.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Explains: []string{"hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Call the final URL directly: give the client the URL that the redirect names as its base URL"),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Send the same request to the URL that the redirect names.")},
	References: []rule.Reference{
		{Title: "RFC 9110, section 15.4", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for i, s := range ses.Subjects {
			if !s.Has(rule.Is3xx) || s.Response.Status > 303 || !changes(s) || s.ToLogin() {
				continue
			}
			j := ses.Follows(i)
			if j < 0 {
				continue
			}
			next := ses.Subjects[j]
			if next.Request.Method != "GET" || !sameResource(s, next) {
				continue
			}
			p.Report(next, rule.Finding{
				Certainty: rule.Proven, Fails: true,
				Message: redact.Const("The client followed a redirect with a GET and without the body, so what it wanted to change did not reach the server."),
				Evidence: []rule.Evidence{
					s.Part(redact.Const("request method"), redact.Method(s.Request.Method), redact.Text{}),
					s.StatusLine(redact.Const("no redirect, or 307 or 308")),
					location(s, redact.Text{}),
					next.Part(redact.Const("request method"), redact.Const("GET"), redact.Method(s.Request.Method)),
				},
			})
		}
	},
})

// changes reports whether s calls an API to change something.
func changes(s *rule.Subject) bool {
	switch s.Request.Method {
	case "POST", "PUT", "PATCH", "DELETE":
	default:
		return false
	}
	switch s.Target.API {
	case target.REST, target.Session, target.RPC, target.GraphQLQuery, target.OAuthToken:
		return true
	}
	return false
}

// sameResource reports whether b asks for what a asked for, at another place.
func sameResource(a, b *rule.Subject) bool {
	x, y := strings.TrimRight(a.Target.Resource, "/"), strings.TrimRight(b.Target.Resource, "/")
	return x == y && x != ""
}
