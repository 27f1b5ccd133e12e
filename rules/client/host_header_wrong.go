package client

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "host-header-wrong",
	Title: "The Host header is not the public name",
	Doc: `The request was sent to one host and names another in its ` + "`Host`" + ` header. The web server in front of the
product chooses by that header, and the product compares it with its base URL: the answer is 400 or 403, or a redirect
to the public name, on which clients drop the credential.

It is recognised where both names are in the capture, differ, and the answer is one of these. Ports and letter case do
not count. A redirect counts only if it leads to a third name or back to the host of the URL.`,
	Area: rule.Client, Severity: rule.Warning,
	Products: target.DataCenter,
	When:     rule.Answered,
	Explains: []string{"response-not-from-product", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Send the public host name: use it in the URL and do not set the Host header by hand; on a proxy, pass the name on that the client asked for"),
		Command: redact.Const("curl -sI BASE/status"), PowerShell: redact.Const("curl.exe -sI BASE/status"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 7.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-7.2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		host := s.Sent("Host")
		if host == "" || s.Has(rule.Recognized) || !wrongAnswer(s, host) {
			return
		}
		asked := target.ParseURL("https://" + host).Host
		if asked == "" || strings.EqualFold(asked, s.Target.Host) {
			return
		}
		p.Likely(s, redact.Const("The Host header names another host than the URL, and the server does not answer to that name."),
			s.Part(redact.Const("request header Host"), redact.Host(asked), redact.Host(s.Target.Host)), s.StatusLine(redact.Text{}))
	},
})

// wrongAnswer reports whether the answer is one that a server gives to a name
// that it does not know.
func wrongAnswer(s *rule.Subject, host string) bool {
	if s.Status() == 400 || s.Status() == 403 || s.Status() == 421 {
		return true
	}
	to, ok := s.Redirect()
	return ok && to.Host != "" && !strings.EqualFold(to.Host, target.ParseURL("https://"+host).Host)
}
