package url

import (
	"net/netip"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "http-instead-of-https",
	Title: "The base URL says http and the server redirects to https",
	Doc: `The client was given ` + "`http://`" + `, the server sends it to ` + "`https://`" + `. Many clients then drop the credential (curl, Node), most
turn a POST into a GET, and the first request carried the credential over the network unencrypted.

The proof is a redirect from http to https of the same host in answer to a request for data. It counts as the cause
where the request that follows it fails because it came without the credential or with another method. Where the
redirected call succeeds, it is a warning: the login works, and the credential travelled in clear.

A page that a person opens is not reported, nor are the URLs of the same machine, nor a redirect that the browser
makes up itself because it knows that the host wants https (HSTS): nothing is sent in clear then.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Explains: []string{"redirect-drops-authorization", "redirect-post-became-get", "credential-sent-in-clear", "no-credentials-sent"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Write https:// in the base URL, and replace the credential that was sent in clear"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 15.4", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4"},
		rfc7617Clear,
		{Title: "atlassian-api/atlassian-python-api#331", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/331"},
		{Title: "go-jira/jira#222", URL: "https://github.com/go-jira/jira/issues/222"},
		{Title: "dorack/jiralicious#41", URL: "https://github.com/dorack/jiralicious/issues/41"},
	},
	Since:    "0.1",
	Formerly: []string{"redirect-http-to-https", "plain-http-url"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for i, s := range ses.Subjects {
			to, ok := s.Redirect()
			if !ok || s.Target.Scheme != "http" || to.Scheme != "https" || to.Host != s.Target.Host || sameMachine(s.Target.Host) ||
				!s.AsksForData() || s.Response.Header.Has("Non-Authoritative-Reason") || s.ToLogin() || !target.Atlassian.Has(s.Target.Product) {
				continue
			}
			e := []rule.Evidence{s.Address(redact.Const("https://")), s.StatusLine(redact.Text{}), s.AnswerField("Location", redact.Const("absent"))}
			p.Proven(s, redact.Const("The base URL says http, and the server sends the client to https."), e...)
			if j := ses.Follows(i); j >= 0 {
				broke(p, s, ses.Subjects[j], e)
			}
		}
	},
})

// broke reports the request that follows the redirect if it fails for want of
// what got lost on the way.
func broke(p *rule.Pass, s, next *rule.Subject, e []rule.Evidence) {
	f := rule.Finding{Certainty: rule.Proven}
	switch {
	case !next.Has(rule.Failing) || next.Has(rule.Recognized):
		return
	case s.Has(rule.HasAuthorization) && !next.Offered():
		f.Message = redact.Const("The base URL says http, the server sends the client to https, and on the way the client leaves its credential out.")
		f.Evidence = append(e, next.SentField("Authorization", redact.Const("the credential of the first request")), next.StatusLine(redact.Const("200")))
		f.Rests = exchange.Credentials
	case s.Request.Method == "POST" && next.Request.Method == "GET":
		f.Message = redact.Const("The base URL says http, the server sends the client to https, and on the way POST becomes GET and the body is lost.")
		f.Evidence = append(e, next.Part(redact.Const("request method"), redact.Const("GET"), redact.Const("POST")), next.StatusLine(redact.Const("200")))
	default:
		return
	}
	p.Report(next, f)
}

// sameMachine reports whether nothing that is sent to the host leaves the
// machine.
func sameMachine(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "host.docker.internal" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
