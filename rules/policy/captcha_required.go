package policy

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "captcha-required",
	Title: "The account is locked behind a CAPTCHA",
	Doc: `After some failed logins (3 by default on Jira and Confluence, 5 on Bitbucket) the server no longer looks at the
password of the account: it asks for a CAPTCHA, which a program cannot solve. The right password is refused, too,
until a person has logged in once in the browser. Behind single sign-on the login page may never show it; then only an
administrator can lift the lock.

The proof is ` + "`X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE`" + `, which may go on with the URL of the login
page, or on Bitbucket, which answers 401 and has no such header, the exception
` + "`CaptchaRequiredAuthenticationException`" + ` or the words ` + "`CAPTCHA required`" + `.
` + "`AUTHENTICATION_DENIED`" + ` in ` + "`X-Seraph-LoginReason`" + ` makes it likely where the page asks for a
CAPTCHA, or where the status is one of success: a server on which Basic is switched off would have refused. With a
refusal it can also mean that, and is left to dc-login-denied.

AUTHENTICATED_FAILED is not this: there the password was tried. If the same client sent a wrong or damaged
credential before, that is the cause and must be mended first, or the account locks again.`,
	Area: rule.LockAndPolicy, Severity: rule.Error, Lasting: true,
	Products: target.DataCenter,
	When:     rule.Failing | rule.Answered,
	Explains: rule.Explaining([]string{"dc-login-denied"}, rule.AnonymousEffects),
	Fix:      []rule.Fix{solve, resetJira, resetConfluence, resetBitbucket},
	Confirm: &rule.Confirm{
		Do: redact.Const("Send one request with the right credential, after the lock was lifted."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("X-Seraph-LoginReason: OK, or an answer that names the user: it was the lock")},
			{Seen: redact.Const("AUTHENTICATED_FAILED: the credential is wrong, and will lock the account again"), Means: "dc-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "CAPTCHA after failed logins, Confluence (966681459)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=966681459"},
		{Title: "CAPTCHA on Bitbucket (779171704)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=779171704"},
		{Title: "JRASERVER-72572", URL: "https://jira.atlassian.com/browse/JRASERVER-72572"},
		{Title: "jenkinsci/stashnotifier-plugin#263", URL: "https://github.com/jenkinsci/stashnotifier-plugin/issues/263"},
		{Title: "gioboa/jira-plugin#173", URL: "https://github.com/gioboa/jira-plugin/issues/173"},
		{Title: "go-jira/jira#8", URL: "https://github.com/go-jira/jira/issues/8"},
	},
	Since:    "0.1",
	Formerly: []string{"captcha-denied-reason", "captcha-login-denied", "captcha-bitbucket"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		message := redact.Const("After too many failed logins the server asks for a CAPTCHA: it no longer looks at the password of this account.")
		f := rule.Finding{Certainty: rule.Proven, Message: message, Fix: []rule.Fix{solve, resetJira}}
		switch {
		case s.Target.Product == target.BitbucketDC:
			f.Fix[1] = resetBitbucket
		case s.Is(target.Confluence):
			f.Fix[1] = resetConfluence
		}
		text, says := s.SaysText(captchaTexts...)
		denied := s.AnswerField("X-Seraph-LoginReason", redact.Const("OK"))
		switch {
		case s.DeniedReason("CAPTCHA_CHALLENGE"):
			f.Evidence = []rule.Evidence{s.AnswerField("X-Authentication-Denied-Reason", redact.Const("absent"))}
		case says && s.HasOne(rule.Is401|rule.Is403):
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)}
		case s.Has(rule.LoginDenied) && s.HasOne(rule.Is2xx|rule.Is3xx):
			f.Certainty = rule.Likely
			f.Message = redact.Const("The server did not even look at the password that was sent along, although it served the request: the account waits for a CAPTCHA.")
			f.Evidence = []rule.Evidence{denied, s.StatusLine(redact.Text{})}
		case s.Has(rule.LoginDenied) && s.Says("captcha"):
			f.Certainty = rule.Likely
			f.Message = redact.Const("The server did not even look at the password, and its page asks for a CAPTCHA.")
			f.Evidence = []rule.Evidence{denied, s.Body(redact.Const("captcha"))}
		default:
			return
		}
		p.Report(s, f)
	},
})

var (
	solve = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Stop every script that has the wrong credential, then log in once in the browser and solve the CAPTCHA"),
	}
	resetJira = rule.Fix{
		Who:        rule.Admin,
		Do:         redact.Const("Open this page of Jira as an administrator, with the account in place of USER: it resets the failed login count"),
		Command:    redact.Const(`xdg-open "BASE/secure/admin/user/ResetFailedLoginCount.jspa?name=USER"`),
		PowerShell: redact.Const(`Start-Process "BASE/secure/admin/user/ResetFailedLoginCount.jspa?name=USER"`),
	}
	resetConfluence = rule.Fix{
		Who: rule.Admin,
		Do:  redact.Const("Reset the failed login count of the account in the user management of Confluence"),
	}
	resetBitbucket = rule.Fix{
		Who:        rule.Admin,
		Do:         redact.Const("Clear the CAPTCHA of the account in Bitbucket (put the account in place of USER, yourself in place of ADMIN)"),
		Command:    redact.Const(`curl -X DELETE -u ADMIN "BASE/rest/api/1.0/admin/users/captcha?name=USER"`),
		PowerShell: redact.Const(`curl.exe -X DELETE -u ADMIN "BASE/rest/api/1.0/admin/users/captcha?name=USER"`),
	}
)

// captchaTexts are what Bitbucket says, over REST and over git.
var captchaTexts = []redact.Text{
	redact.Const("captcharequiredauthenticationexception"),
	redact.Const("captcha required"),
	redact.Const("must solve a captcha"),
}
