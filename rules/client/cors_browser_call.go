package client

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cors-browser-call",
	Title: "A web page calls the API directly, which the product does not allow",
	Doc: `A script in a page of another site calls the API. Before such a call the browser asks the server with a request of
its own (OPTIONS, the preflight) whether that is allowed; it carries no credential by its nature. The product answers
it with 401, 403 or 405, or without ` + "`Access-Control-Allow-Origin`" + `, and the browser does not make the call.
The credential is not at fault, as it was never sent.

It is recognised by the answer to the preflight, and the call that the browser gave up (` + "`net::ERR_FAILED`" + `)
is put down to it. A call that the browser gave up without a preflight in the capture is a possible case. A preflight
that was allowed is not reported, nor is one that failed for want of a connection.`,
	Area: rule.Client, Severity: rule.Error,
	Layer: rule.LayerFront,
	Explains: rule.Explaining([]string{
		"no-credentials-sent", "no-preemptive-auth", "cloud-credential-refused", "dc-credential-refused", "dc-login-denied",
		"bearer-not-accepted", "response-not-from-product", "xsrf-origin-behind-proxy",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{
		{Who: rule.Caller, Do: redact.Const("Make the call from a server of yours and let the page ask that; for Cloud, an app (Forge, OAuth 2.0 at api.atlassian.com) is the way for pages")},
		{Who: rule.Admin, Do: redact.Const("On Data Center, add the origin of the page to the allowlist for incoming requests (Administration > System > Allowlist)")},
	},
	References: []rule.Reference{
		{Title: "Fetch standard, CORS-preflight fetch", URL: "https://fetch.spec.whatwg.org/#cors-preflight-fetch"},
		{Title: "floralvikings/jira-connector#239", URL: "https://github.com/floralvikings/jira-connector/issues/239"},
		{Title: "MrRefactoring/jira.js#81", URL: "https://github.com/MrRefactoring/jira.js/issues/81"},
	},
	Since:    "0.1",
	Formerly: []string{"cors-preflight-unauthenticated"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		asked := map[string]*rule.Subject{} // the preflight, by the address it asks about
		for _, s := range ses.Subjects {
			if !preflight(s) || !s.Has(rule.Answered) {
				continue
			}
			asked[s.Request.URL] = s
			if s.HasOne(rule.Failing|rule.Troubled) && !allowed(s) {
				p.Likely(s, turnedDown, s.StatusLine(redact.Const("200 or 204")), s.AnswerField("Access-Control-Allow-Origin", redact.Const("the origin of the page")))
			}
		}
		for _, s := range ses.Subjects {
			if preflight(s) || !s.Has(rule.Unanswered|rule.Failing) || !s.Broke("ERR_FAILED") || s.Sent("Origin") == "" {
				continue
			}
			e := s.SentField("Origin", redact.Text{})
			switch q := asked[s.Request.URL]; {
			case q == nil:
				p.Possible(s, redact.Const("The browser gave up a call of a page to the API of another site; not being allowed to is the usual reason."), e)
			case !allowed(q):
				p.Likely(s, turnedDown, e, q.StatusLine(redact.Const("200 or 204")), q.AnswerField("Access-Control-Allow-Origin", redact.Const("the origin of the page")))
			}
		}
	},
})

var turnedDown = redact.Const("A page of another site calls the API, and the product does not allow it: the browser's question before the call was turned down.")

// allowed reports whether the answer to a preflight lets the browser go on.
func allowed(s *rule.Subject) bool {
	return s.Has(rule.Is2xx) && s.Answer("Access-Control-Allow-Origin") != ""
}
