package session

import (
	"net/url"
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "identity-mismatch",
	Title: "You act as another user than the credential names",
	Doc: `The request carries a user name in its Authorization header and a session cookie, and the answer is for another user
than that name: the session came first. What is then created, changed or refused is that of the other account. It
looks like a missing permission, or like nothing at all until somebody asks who did it.

It is recognised by ` + "`X-AUSERNAME`" + ` being another name than that sent as Basic, with a session cookie in the
request. It is never more than a hint, because accounts can be renamed and some directories let a person log in under
several names. An e-mail address or a name with a domain as user name is not reported for that reason, nor is a
request without a session cookie.`,
	Area: rule.SessionAndCookie, Severity: rule.Warning, Layer: rule.LayerPermission,
	Products: target.DataCenter,
	When:     rule.OffersBasic | rule.OffersCookie | rule.Recognized,
	Needs:    cookieSight,
	Explains: []string{"permission-missing", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the request without cookies: give the client a fresh cookie store, or none"),
		Command:    redact.Const(`curl -s -D - -o /dev/null -b '' -u USER BASE/rest/api/2/myself   # look at X-AUSERNAME`),
		PowerShell: redact.Const(`curl.exe -s -D - -o NUL -b "" -u USER BASE/rest/api/2/myself   # look at X-AUSERNAME`),
	}},
	References: []rule.Reference{
		{Title: "REST and os_authType", URL: "https://developer.atlassian.com/server/framework/atlassian-sdk/rest-and-os-authtype/"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-vs-session-user-mismatch"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		sent, got := basicUser(s), answeredUser(s)
		if !plainName(sent) || !plainName(got) || strings.EqualFold(sent, got) {
			return
		}
		p.Possible(s, redact.Const("The answer is for another user than the one in the Authorization header. The session of the cookie seems to come first."),
			s.Part(redact.Const("request header Authorization, user name"), redact.User(sent), redact.Text{}),
			s.AnswerField("X-AUSERNAME", redact.Const("the same user")))
	},
})

// basicUser returns the user name of the Basic pair; "" if it cannot be read.
func basicUser(s *rule.Subject) string {
	b := s.TextPair()
	if b == nil || !b.HasColon {
		return ""
	}
	return b.User
}

// answeredUser returns the user that the answer names, which Data Center
// percent-encodes.
func answeredUser(s *rule.Subject) string {
	if u, err := url.PathUnescape(s.User); err == nil {
		return u
	}
	return s.User
}

// plainName reports whether name is the plain name of an account: no e-mail
// address, no domain before it, and not the key that Jira gives to accounts of
// which it hides the name.
func plainName(name string) bool {
	return name != "" && !strings.ContainsAny(name, `@\/`) && !strings.HasPrefix(name, "JIRAUSER")
}
