package refused

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dc-login-denied",
	Title: "Data Center refused the login without saying why",
	Doc: `The login was turned away before the password was looked at, and the answer does not say why. The account may be
locked behind a CAPTCHA, Basic authentication may be switched off, the account may have to use single sign-on or
two-step verification, or a firewall may have answered.

It is recognised by ` + "`AUTHENTICATION_DENIED`" + ` in ` + "`X-Seraph-LoginReason`" + ` or in the error page,
without ` + "`X-Authentication-Denied-Reason`" + `, which would tell the CAPTCHA; or by a 403 to user name and
password, or from ` + "`/rest/auth/1/session`" + `, that names neither a user nor a reason.

A 403 that names the user is a matter of permission, and one with a message of its own is left to the rule
about that message. AUTHENTICATION_DENIED with a status of success can only be the CAPTCHA, as switched-off
Basic would be refused; see captcha-required.`,
	Area: rule.Refused, Severity: rule.Error, Lasting: true,
	Products:     target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC),
	When:         rule.Failing | rule.Answered,
	Needs:        exchange.Credentials,
	Explains:     rule.Explaining([]string{"credential-stopped-working"}, rule.AnonymousEffects),
	Alternatives: []string{"captcha-required", "basic-auth-disabled", "sso-or-2sv-enforced", "waf-block"},
	Fix: []rule.Fix{
		{
			Who: rule.Admin,
			Do:  redact.Const("Look whether the account is locked after failed logins, whether Basic authentication is switched off (System > Authentication methods), and whether the account must use single sign-on or two-step verification"),
		},
		{
			Who:        rule.Caller,
			Do:         redact.Const("Log in once in the browser; if that does not help, use a personal access token"),
			Command:    redact.Const(tokenStatus),
			PowerShell: redact.Const(tokenStatusPS),
		},
	},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Repeat the request with a personal access token in place of the password, then log in once in the browser."),
		Command:    redact.Const(tokenStatus),
		PowerShell: redact.Const(tokenStatusPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200, and the login page in the browser shows a CAPTCHA"), Means: "captcha-required"},
			{Seen: redact.Const("200, and the browser logs in with the password as usual"), Means: "basic-auth-disabled"},
			{Seen: redact.Const("200, and the browser is sent to single sign-on or asks for a second step"), Means: "sso-or-2sv-enforced"},
			{Seen: redact.Const("403 again, and the answer has no X-AREQUESTID: a firewall wrote it"), Means: "waf-block"},
		},
	},
	References: []rule.Reference{
		{Title: "ankitpokhrel/jira-cli#323", URL: "https://github.com/ankitpokhrel/jira-cli/issues/323"},
		{Title: "solidify/jira-azuredevops-migrator#730", URL: "https://github.com/solidify/jira-azuredevops-migrator/issues/730"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Answer("X-Authentication-Denied-Reason") != "" || s.HasOne(rule.Is2xx|rule.Is3xx) {
			return
		}
		denied := redact.Const("The server refused the login before it looked at the password, and does not say why.")
		switch {
		case s.Has(rule.LoginDenied):
			if !s.AnotherMatter() {
				p.Likely(s, denied, seraphSays(s))
			}
		case s.Says(deniedText):
			p.Likely(s, denied, s.StatusLine(redact.Const("200")), s.Body(redact.Const(deniedText)))
		case s.Has(rule.Is403) && !s.HasOne(rule.Recognized|rule.LoginFailed) && s.Reasons&rule.ReasonUnauthorised == 0 && login(s) && wordless(s) && !s.AnotherMatter():
			p.Report(s, rule.Finding{
				Certainty: byProduct(p, s),
				Message:   redact.Const("The answer to the login is 403 and names neither a user nor a reason."),
				Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), s.AnswerField("X-Authentication-Denied-Reason", redact.Const("a reason"))},
			})
		}
	},
})

const deniedText = "reason : authentication_denied"

// login reports whether the request certainly tries to log in with a password.
func login(s *rule.Subject) bool {
	return s.Has(rule.OffersBasic) || s.Target.API == target.Session && s.Request.Method == "POST"
}

// wordless reports whether the answer gives no reason: it is empty, a page, or
// says no more than that the login was denied. A body that the capture lacks
// may give one.
func wordless(s *rule.Subject) bool {
	switch {
	case s.Sees(exchange.Bodies) != exchange.Shown:
		return false
	case !s.Has(rule.HasBody), s.HTML(), s.Says("login denied"):
		return true
	}
	return strings.HasPrefix(strings.TrimSpace(string(s.Response.Body.Head)), "<")
}
