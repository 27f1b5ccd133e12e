package policy

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-auth-disabled",
	Title: "Basic authentication is switched off on this server",
	Doc: `An administrator, or an app for API tokens, has switched off Basic authentication. User name and password may
be perfectly right; the server does not take them in this form. Jira 11 comes with Basic switched off.

The server says so in the body of a 403. Without its words, a 403 to a password that was accepted as a bearer
token before is a strong sign, and a 403 by a Jira that calls itself version 11 or later a weak one. The words
can be customised, and then this is not recognised: see dc-login-denied.`,
	Area: rule.LockAndPolicy, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.Failing | rule.Answered,
	Explains: rule.Explaining([]string{"dc-login-denied", "dc-credential-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{
		{
			Who:        rule.Caller,
			Do:         redact.Const("Create a personal access token in your profile and send it as Bearer"),
			Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" BASE/rest/api/2/myself`),
			PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri BASE/rest/api/2/myself`),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("Allow Basic for this user or path, if it must be (BASE/rest/basicauth/1.0/config)"),
		},
	},
	References: []rule.Reference{
		{Title: "Disabling basic authentication", URL: "https://confluence.atlassian.com/enterprise/disabling-basic-authentication-1044776464.html"},
		{Title: "mindsdb/mindshub#12228", URL: "https://github.com/mindsdb/mindshub/issues/12228"},
		{Title: "publish-action#10"},
		{Title: "API Token Authentication app (Kantega)"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-auth-disabled-by-app"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.HasOne(rule.Is401 | rule.Is403) {
			return
		}
		if text, ok := s.SaysText(basicOff...); ok {
			p.Proven(s, redact.Const("The server says that Basic authentication is switched off. User name and password may be perfectly right."),
				s.StatusLine(redact.Const("200")), s.Body(text))
			return
		}
		if !s.Has(rule.Is403) || s.HasOne(rule.Recognized|rule.LoginFailed) {
			return
		}
		if b := s.Basic(); b != nil && bearerAccepted(p, s, b.Password) {
			p.Likely(s, redact.Const("The server refuses as password in Basic what it accepted as a bearer token."),
				s.StatusLine(redact.Const("200")))
			return
		}
		if (s.Has(rule.OffersBasic) || s.Target.API == target.Session) && version(s) >= 11 && !s.AnotherMatter() {
			p.Possible(s, redact.Const("This Jira is of version 11 or later, in which Basic authentication is off unless an administrator switches it on."),
				s.StatusLine(redact.Const("200")), s.Part(redact.Const("version in the response body"), redact.Const("11 or later"), redact.Text{}))
		}
	},
})

// basicOff are what Jira, Confluence and apps for API tokens say.
var basicOff = []redact.Text{
	redact.Const("basic authentication has been disabled"),
	redact.Const("basic auth with password is disabled"),
	redact.Const("basic authentication is disabled"),
	redact.Const("basic auth is disabled"),
}

// bearerAccepted reports whether the host accepted secret as a bearer token
// earlier. (If it did so only later, the secret is a personal access token, and
// pat-sent-as-basic tells that from its bytes.)
func bearerAccepted(p *rule.Pass, s *rule.Subject, secret string) bool {
	if secret == "" {
		return false
	}
	c := credential.Parse(credential.InAuthorization, 0, "Authorization", "Bearer "+secret)
	r := p.Ledger.Meant(p.Ledger.Twin(c))
	return r != nil && r.Accepted > 0 && r.LastAccepted.Host == s.Target.Host &&
		r.LastAccepted.Exact == p.Ledger.Print(c)
}

// version returns the major version that the pages of Jira and Confluence hold
// in a meta element; 0: unknown.
func version(s *rule.Subject) int {
	const mark = `name="ajs-version-number" content="`
	if s.Target.Product == target.JiraDC && s.HTML() && s.Says(mark) {
		_, rest, _ := strings.Cut(strings.ToLower(string(s.Response.Body.Head)), mark)
		major, _, _ := strings.Cut(rest[:min(len(rest), 8)], ".")
		if n, err := strconv.Atoi(major); err == nil {
			return n
		}
	}
	return 0
}
