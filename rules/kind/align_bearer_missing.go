package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "align-bearer-missing",
	Title: "Jira Align wants the word bearer before the token",
	Doc: `The REST API 2.0 of Jira Align takes one thing: ` + "`Authorization: bearer user:ID|TOKEN`" + `. The token as the
profile page shows it (` + "`user:ID|...`" + `) looks like a complete value, so it is often sent as it is, or sent as
Basic by a tool that asks for a user name and a password. Align answers 401 to both.

A value without a scheme word proves it, as does a token of the form ` + "`user:ID|...`" + ` after another word than
bearer or inside Basic. Any other user name and password sent as Basic to the REST API is likely this if the call
failed. The word may be written in small or capital letters.

Not reported: values that the capture hides, calls that were answered with success, and calls without any
Authorization header, which are no-credentials-sent.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.Align),
	When:     rule.HasAuthorization | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"auth-scheme-missing", "auth-scheme-unknown", "no-credentials-sent", "basic-not-encoded", "basic-token-only", "basic-part-missing",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Write the word bearer and one space before the token: Authorization: bearer user:ID|TOKEN"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: bearer $T" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="bearer $t"} -Uri "URL"`),
	}},
	Repair: repairAlign,
	References: []rule.Reference{
		{Title: "When using the Jira Align REST API an HTTP 401 error is reported", URL: "https://support.atlassian.com/jira-align/kb/when-using-the-jira-align-rest-api-an-http-401-error-is-reported"},
		{Title: "How to pass a bearer token when making a Jira Align REST API call via Python", URL: "https://support.atlassian.com/jira-align/kb/how-to-pass-a-bearer-token-when-making-a-jira-align-rest-api-call-via-python"},
	},
	Since:    "0.1",
	Formerly: []string{"align-basic-used"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		worked := s.Has(rule.Is2xx) && !s.Has(rule.Failing)
		if worked || c.Masked || c.Scheme == credential.Bearer || standsIn(c.Class) && c.Scheme != credential.Basic {
			return
		}
		e := s.Auth([2]int{}, redact.Text{}, redact.Const("bearer user:ID|TOKEN"))
		if c.Class == credential.AlignToken {
			e.Saw = redact.Const("user:ID|... without the word bearer")
		}
		status := s.StatusLine(redact.Text{})
		switch {
		case c.Scheme == credential.NoScheme:
			if e.Saw.IsZero() {
				e.Saw = redact.Const("a value without a word before it")
			}
			p.Proven(s, redact.Const("The token was sent without the word bearer before it. Jira Align ignores such a value and treats the call as not logged in."), e, status)
		case c.Scheme != credential.Basic && c.Class == credential.AlignToken:
			e.Saw = redact.Const("user:ID|... after another word than bearer")
			p.Proven(s, redact.Const("Another word than bearer stands before the token. Jira Align takes no other."), e, status)
		case c.Scheme != credential.Basic: // Negotiate, a misspelt word: auth-scheme-unknown
		case alignPair(c.Basic):
			e.Saw = redact.Const("user:ID|... sent as Basic")
			p.Proven(s, redact.Const("The token was sent as Basic. Jira Align wants it as it is, after the word bearer."), e, status)
		case s.Target.API == target.REST && s.Has(rule.Failing) && judged(s):
			e.Saw = redact.Const("Basic")
			p.Likely(s, redact.Const("A user name and password were sent to the REST API of Jira Align, which takes only a token after the word bearer."), e, status)
		}
	},
})

// alignPair reports whether b is a token of Align in place of a pair: the colon
// in it makes a user called "user" of it, or it is the password.
func alignPair(b *credential.BasicPair) bool {
	if b.PasswordClass == credential.AlignToken || b.UserClass == credential.AlignToken || b.ParamClass == credential.AlignToken {
		return true
	}
	return strings.EqualFold(b.User, "user") && b.HasColon && credential.ClassOf("user:"+strings.TrimSpace(b.Password)) == credential.AlignToken
}
