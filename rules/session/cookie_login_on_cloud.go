package session

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cookie-login-on-cloud",
	Title: "Password or cookie login was tried on Cloud",
	Doc: `A program logs in to Cloud as it would to a Data Center (self-hosted) product: it posts user name and password to
` + "`/rest/auth/1/session`" + ` and goes on with the cookie, or it uses cookies that were copied out of a browser.
Atlassian has switched this off for programs since 3 June 2019. Sessions of Cloud are for browsers, end without notice
and are tied to single sign-on.

The proof is a post to ` + "`/rest/auth/1/session`" + ` of a Cloud site that is answered with 401; another error is a
strong sign. So is a failing request of a program, not a browser, with session cookies and no Authorization header. A
page of id.atlassian.com with a CAPTCHA that a program was given is a hint.

Exchanges from before that day, browsers, and answers that know the user are not reported. The text of the 401 is
translated, so it is not looked at.`,
	Area: rule.SessionAndCookie, Severity: rule.Error, Layer: rule.LayerKind,
	Products: target.CloudSite | target.SetOf(target.IdentityPages),
	When:     rule.Answered,
	Needs:    cookieSight,
	Explains: rule.Explaining([]string{"cloud-credential-refused", "session-cookie-stale"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token at id.atlassian.com > Security > API tokens and send it with the e-mail address as Basic; for an app use OAuth 2.0"),
		Command: redact.Const(`curl -s -u "$EMAIL:$T" https://SITE.atlassian.net/rest/api/3/myself`),
		PowerShell: redact.Const(`$h = @{Authorization = "Basic " + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))}
Invoke-RestMethod -Headers $h -Uri https://SITE.atlassian.net/rest/api/3/myself`),
	}},
	References: []rule.Reference{
		cookieLogin,
		{Title: "Cookie-based authentication for the REST API", URL: "https://developer.atlassian.com/cloud/jira/platform/jira-rest-api-cookie-based-authentication/"},
		{Title: "tulleuchen/jirastopwatch#138", URL: "https://github.com/tulleuchen/jirastopwatch/issues/138"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-cookie-auth", "captcha-on-cloud-login-page"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Recognized) || s.Target.Product != target.IdentityPages && s.Target.API != target.Session && !s.CookieOnly() {
			return // before the time is read, which takes longer
		}
		if t := s.Time(); !t.IsZero() && !rule.Dates.CookieLoginGone.Over(t) {
			return
		}
		switch {
		case s.Target.Product == target.IdentityPages:
			if text, ok := s.SaysText(redact.Const("recaptcha"), redact.Const("hcaptcha")); ok && program(s) && s.Target.API == target.Login {
				p.Possible(s, redact.Const("A program asks for the login page of Cloud and gets a CAPTCHA. That page is for people."), s.Body(text))
			}
		case s.Target.API == target.Session && s.Request.Method == "POST":
			message := redact.Const("The request logs in with user name and password and asks for a session cookie. Cloud has switched that off for programs.")
			switch {
			case s.Has(rule.Is401):
				p.Proven(s, message, s.Address(redact.Const("no login; a credential in each request")), s.StatusLine(redact.Const("200")))
			case s.Status() >= 400 && s.Status() < 500 && s.Status() != 429:
				p.Likely(s, redact.Const("The request logs in with user name and password and asks for a session cookie, and is refused. Cloud has switched that off for programs."), s.Address(redact.Const("no login; a credential in each request")), s.StatusLine(redact.Const("200")))
			}
		case s.Has(rule.Failing) && s.CookieOnly() && program(s) && !s.AnotherMatter():
			p.Report(s, rule.Finding{
				Certainty: rule.Likely, Rests: exchange.Credentials,
				Message: redact.Const("A program calls Cloud with the cookies of a session in place of a credential."),
				Evidence: []rule.Evidence{
					cookieSent(s, redact.Const("a session cookie"), redact.Const("no cookie")), noField(s), s.StatusLine(redact.Const("200")),
				},
			})
		}
	},
})

// program reports whether the client names itself, and not as a browser.
func program(s *rule.Subject) bool { return s.Agent() != "" && !s.Browser() }
