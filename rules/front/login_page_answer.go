package front

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "login-page-answer",
	Title: "A login page came instead of data",
	Doc: `The request asks for data, and the answer is the login page of the product, or a redirect to it. A program then
stumbles over HTML: ` + "`invalid character '<'`" + `, ` + "`Unexpected token <`" + `. The server did not see a login that it
accepts. Why not, another finding tells: look there first.

It is proven where the page itself came with a status of success and has the login form of Jira, Confluence or
Bitbucket or a SAML request in it, and likely where the answer redirects to one of the known login URLs, or where the
product sends the caller to an identity provider.

Pages that a person opens in the browser are not reported: being led to the login is right there. Nor is every HTML
answer of a REST endpoint; without a login form it may be a help page or an error. Where a gateway in front of the
product asks for the login, that is the cause: see gateway-needs-own-session.`,
	Area: rule.RedirectAndFront, Severity: rule.Warning,
	When: rule.Failing | rule.Answered,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Send a token in Authorization and no cookies; if one is sent already, put right what else is found about it"),
	}},
	References: []rule.Reference{
		{Title: "strongdm/comply#72", URL: "https://github.com/strongdm/comply/issues/72"},
	},
	Since:    "0.1",
	Formerly: []string{"redirect-to-login", "login-page-instead-of-json"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		switch {
		case s.Has(rule.Is2xx) && s.HTML() && strings.Contains(s.Target.Path, "/rest/"):
			if text, ok := s.SaysText(loginForms...); ok {
				p.Proven(s, redact.Const("The answer to a request for data is a login page, although its status is one of success."),
					s.AnswerField("Content-Type", redact.Const("application/json")), s.Body(text))
			}
		case s.Has(rule.Is3xx) && toProductLogin(s):
			p.Likely(s, redact.Const("The answer to a request for data is a redirect to the login page."),
				s.StatusLine(redact.Const("200")), location(s, redact.Const("none")))
		case s.Has(rule.Is3xx) && !s.WebSudo() && toProvider(s) && !byFront(s):
			p.Likely(s, redact.Const("The product answers a request for data by sending the caller to an identity provider."),
				s.StatusLine(redact.Const("200")), location(s, redact.Const("none")))
		}
	},
})

var loginForms = []redact.Text{
	redact.Const("os_username"), redact.Const("login-form"), redact.Const(`id="login-container"`), redact.Const("samlrequest"),
}

// productLogins are parts of the addresses at which the products let people in.
var productLogins = []string{
	"/login.jsp", "/login.action", "/plugins/servlet/samlsso", "/plugins/servlet/external-login",
	"id.atlassian.com/login", "start.atlassian.com", "auth.atlassian.com/authorize",
}

func toProductLogin(s *rule.Subject) bool {
	to, ok := s.Redirect()
	if !ok {
		return false
	}
	where := strings.ToLower(to.Host + to.Path)
	if strings.HasSuffix(where, "/login") && strings.HasPrefix(to.Query, "next=") {
		return true // Bitbucket
	}
	for _, part := range productLogins {
		if strings.Contains(where, part) {
			return true
		}
	}
	return false
}
