package policy

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "sso-or-2sv-enforced",
	Title: "The account must use single sign-on or two-step verification, so its password is refused",
	Doc: `Where an account must log in by single sign-on or with two-step verification, its password alone is refused, although
it is right. Programs then need a personal access token (Data Center, self-hosted) or an API token (Cloud).

There is no sure sign, only hints: the server refuses the password of a user and accepts a personal access
token of the same user; the two-step check of the server (` + "`/rest/tsv/1.0/authenticate`" + `) refuses; a request
with a user name and password is sent on to single sign-on. The finding is therefore only ever possible, and
gives way to any better one.`,
	Area: rule.LockAndPolicy, Severity: rule.Warning,
	Products: target.DataCenter | target.CloudSite,
	Needs:    exchange.Credentials,
	Explains: []string{"dc-login-denied", "cloud-password"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Use a personal access token (Data Center, as Bearer) or an API token (Cloud, with the e-mail address) in place of the password"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri BASE/rest/api/2/myself`),
	}},
	References: []rule.Reference{
		{Title: "Deprecation notice: basic authentication with passwords and cookie-based authentication", URL: "https://developer.atlassian.com/cloud/jira/platform/deprecation-notice-basic-auth-and-cookie-based-auth/"},
		{Title: "guilhemmarchand/TA-jira-service-desk-simple-addon#215", URL: "https://github.com/guilhemmarchand/TA-jira-service-desk-simple-addon/issues/215"},
		{Title: "strongdm/comply#72", URL: "https://github.com/strongdm/comply/issues/72"},
	},
	Since:    "0.1",
	Formerly: []string{"two-step-or-sso-enforced"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Has(rule.Failing) || s.Has(rule.Recognized) || !s.Is(target.DataCenter|target.CloudSite) {
				continue
			}
			switch {
			case s.PathHas("/rest/tsv/1.0/authenticate"):
				p.Possible(s, redact.Const("The two-step check of the server refused the login."), s.Address(redact.Text{}), s.StatusLine(redact.Const("200")))
			case !password(s):
			case s.Has(rule.Is3xx) && toSignOn(s.Answer("Location")):
				p.Possible(s, redact.Const("A request with a user name and password is sent on to single sign-on."), s.AnswerField("Location", redact.Const("absent")))
			case s.Refused() && tokenAccepted(ses, s):
				p.Possible(s, redact.Const("The server refuses the password of a user and accepts a personal access token of the same user."), s.StatusLine(redact.Const("200")))
			}
		}
	},
})

// password reports whether the request carries a pair whose second half has the
// shape of no token.
func password(s *rule.Subject) bool {
	b := s.Basic()
	return b != nil && b.HasColon && !b.IsToken() && b.PasswordClass == credential.Unrecognized
}

// signOn are parts of the addresses of single sign-on.
var signOn = []string{
	"samlrequest=", "/plugins/servlet/samlsso", "/plugins/servlet/external-login", "id.atlassian.com/login",
	"login.microsoftonline.com", ".okta.com", ".onelogin.com", "accounts.google.com", ".duosecurity.com",
}

func toSignOn(location string) bool {
	location = strings.ToLower(location)
	for _, part := range signOn {
		if strings.Contains(location, part) {
			return true
		}
	}
	return false
}

// tokenAccepted reports whether the host of s accepted a bearer token of the
// user whose password s sends.
func tokenAccepted(ses *rule.Session, s *rule.Subject) bool {
	user := userOf(s)
	for _, o := range ses.Subjects {
		if o.Has(rule.Recognized|rule.OffersBearer) && o.Target.Host == s.Target.Host && user != "" && strings.EqualFold(o.User, user) {
			return true
		}
	}
	return false
}
