package front

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// loopTurns is how often the same address must come up in one chain. Twice is
// common: a server sets a cookie and sends the client back.
const loopTurns = 3

var _ = Set.Add(&rule.Rule{
	ID:    "redirect-loop",
	Title: "The request is redirected in a circle",
	Doc: `Each answer redirects to a URL that redirects back, until the client gives up. Mostly the proxy in front of the
product ends TLS and the product, which sees plain http, sends everybody to https (scheme and proxy settings of the
connector are missing); or the base URL of the product is not the URL that is used; or the client keeps no cookies and
is sent to get one again and again.

It is proven where one chain of redirects comes to the same URL three times or more, and where the client itself says
so (` + "`net::ERR_TOO_MANY_REDIRECTS`" + `). Coming back once is no loop: that is how a cookie is set.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Explains: []string{"login-page-answer", "answered-as-anonymous"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Make the base URL of the product, and scheme, proxyName and proxyPort of its connector (server.xml), those of the URL that people use"),
	}, {
		Who: rule.Caller,
		Do:  redact.Const("Let the client keep the cookies that it is given on the way"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 15.4", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		inChain := map[int]bool{}
		for i, s := range ses.Subjects {
			if s.Broke("ERR_TOO_MANY_REDIRECTS", "NS_ERROR_REDIRECT_LOOP") {
				p.Proven(s, redact.Const("The client gave up because it was redirected too many times."),
					s.Part(redact.Const("error of the client"), redact.Const("too many redirects"), redact.Const("an answer")))
				continue
			}
			if s.Has(rule.Is3xx) && !inChain[i] {
				circle(p, ses, i, inChain)
			}
		}
	},
})

// circle follows the chain of redirects that starts at i and reports its last
// request if it came to one address again and again.
func circle(p *rule.Pass, ses *rule.Session, i int, inChain map[int]bool) {
	turns := map[string]int{}
	for range len(ses.Subjects) {
		s := ses.Subjects[i]
		inChain[i] = true
		turns[s.Request.Method+" "+s.Request.URL]++
		j := ses.Follows(i)
		if j >= 0 && ses.Subjects[j].Has(rule.Is3xx) {
			i = j
			continue
		}
		if j >= 0 { // it came to an end
			return
		}
		most := 0
		for _, n := range turns {
			most = max(most, n)
		}
		if most >= loopTurns {
			p.Report(s, rule.Finding{
				Certainty: rule.Proven, Fails: true,
				Message: redact.Const("The redirects lead back to the same URL again and again, until the client gives up."),
				Evidence: []rule.Evidence{
					s.Part(redact.Const("times the same URL came up"), redact.Int(most), redact.Const("1")),
					location(s, redact.Const("none")),
				},
			})
		}
		return
	}
}
