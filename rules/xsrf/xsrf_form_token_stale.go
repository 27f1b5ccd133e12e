package xsrf

import (
	"net/url"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "xsrf-form-token-stale",
	Title: "The form token is stale",
	Doc: `A form of Jira or Confluence was sent with a token (` + "`atl_token`" + `) that no longer belongs to the session: the page was
open while the session ended, the user logged in again in another tab, or a load balancer moved the session to
another node.

The proof is the page ` + "`XSRF Security Token Missing`" + ` in answer to the form. It is likely where a form is refused with 403 and
its ` + "`atl_token`" + ` differs from the cookie ` + "`atlassian.xsrf.token`" + ` in the same request.

Requests to REST endpoints have a check of their own: see xsrf-no-check-missing.`,
	Area: rule.XSRF, Severity: rule.Warning,
	Products: target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC),
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Bodies,
	Explains: []string{"permission-missing", "product-access-missing"},
	Fix: []rule.Fix{
		{
			Who: rule.Caller,
			Do:  redact.Const("Load the page anew and send the form again; a script should use the REST endpoint in place of the form"),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("If it comes again and again, check that the load balancer keeps a session on its node"),
		},
	},
	References: []rule.Reference{
		{Title: "Jira KB 1032258314: compare JSESSIONID and node id in a HAR", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=1032258314"},
		{Title: "Form token handling", URL: "https://developer.atlassian.com/server/jira/platform/form-token-handling/"},
	},
	Since:    "0.1",
	Formerly: []string{"xsrf-token-form-expired"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Target.API == target.REST {
			return
		}
		if s.HTML() {
			if text, ok := s.SaysText(redact.Const("xsrf security token missing"), redact.Const("missing token")); ok && (s.Has(rule.Is403) || s.Request.Method == "POST") {
				p.Proven(s, redact.Const("The page says that the security token of the form is missing or no longer valid."), s.StatusLine(redact.Text{}), s.Body(text))
				return
			}
		}
		if form, session := formToken(s), cookieToken(s); s.Has(rule.Is403) && form != "" && session != "" && form != session {
			p.Likely(s, redact.Const("The token of the form is not the one of the session, and the form is refused."),
				s.Part(redact.Const("form field atl_token"), redact.Secret(form), redact.Secret(session)), s.StatusLine(redact.Const("200")))
		}
	},
})

// formToken returns the token of the form, from the query or the body.
func formToken(s *rule.Subject) string {
	for _, text := range [...]string{s.Target.Query, string(s.Request.Body.Head)} {
		for len(text) > 0 {
			var pair string
			pair, text, _ = strings.Cut(text, "&")
			if v, ok := strings.CutPrefix(pair, "atl_token="); ok {
				return plain(v)
			}
		}
	}
	return ""
}

// cookieToken returns the token of the session.
func cookieToken(s *rule.Subject) string {
	for _, v := range s.Request.Header.All("Cookie") {
		for len(v) > 0 {
			var pair string
			pair, v, _ = strings.Cut(v, ";")
			if t, ok := strings.CutPrefix(strings.TrimSpace(pair), "atlassian.xsrf.token="); ok {
				return plain(t)
			}
		}
	}
	for _, c := range s.Request.Cookies {
		if c.Name == "atlassian.xsrf.token" {
			return plain(c.Value)
		}
	}
	return ""
}

// plain undoes percent escapes and quotes.
func plain(v string) string {
	if u, err := url.QueryUnescape(v); err == nil {
		v = u
	}
	return strings.Trim(v, `"`)
}
