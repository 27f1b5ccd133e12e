package session

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "session-cookie-stale",
	Title: "The session has ended",
	Doc: `The request carries the cookie of a session that has ended: it timed out, the server was restarted, or the cookie was
copied out of a browser long ago. On Data Center (self-hosted) such a cookie does harm even next to a right
Authorization header: under ` + "`/rest`" + ` Seraph refuses the request because of the cookie before it looks at the
header.

The proof is the text ` + "`os_authType was 'any' and an invalid cookie was sent`" + `, a 401 of the product to a
request whose only credential is a session cookie, or a cookie that is a JSON Web Token
(` + "`cloud.session.token`" + `, ` + "`tenant.session.token`" + `) whose time was over. It is likely where another
answer to a cookie alone is one for an anonymous user, or where the same Authorization header was accepted without the
cookie and then refused with it; if it is accepted again without, that is proof. That the answer deletes the cookie of
"remember me" is a hint.

Session cookies beside an Authorization header are common and alone prove nothing. The cookie that the server gives to
every visitor is no session that ended: see no-credentials-sent. Times are compared with the Date of the answer.`,
	Area: rule.SessionAndCookie, Severity: rule.Error,
	Needs: exchange.Cookies,
	Explains: []string{
		"answered-as-anonymous", "dc-token-refused", "dc-credential-refused", "login-page-answer", "hidden-or-missing",
		"credential-stopped-working",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Drop the cookies and send only the Authorization header; where the cookie is all there is, log in again"),
		Command:    redact.Const(`curl -b '' -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri "URL"`),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Repeat the request without the Cookie header.")},
	References: []rule.Reference{
		{Title: "REST and os_authType", URL: "https://developer.atlassian.com/server/framework/atlassian-sdk/rest-and-os-authtype/"},
		{Title: "pycontribs/jira#1904", URL: "https://github.com/pycontribs/jira/issues/1904"},
		{Title: "kdlbs/kandev#977", URL: "https://github.com/kdlbs/kandev/issues/977"},
		{Title: "lesstif/php-jira-rest-client#232", URL: "https://github.com/lesstif/php-jira-rest-client/issues/232"},
		{Title: "go-jira/jira#12", URL: "https://github.com/go-jira/jira/issues/12"},
	},
	Since: "0.1",
	Formerly: []string{
		"session-cookie-invalid", "cookie-and-authorization-conflict", "cloud-session-token-expired", "remember-me-rejected",
	},
	Over: func(p *rule.Pass, ses *rule.Session) {
		seen := sessions{visitors: jar{}, good: map[rule.Print]*rule.Subject{}, alive: map[cookie]*rule.Subject{}}
		for _, s := range ses.Subjects {
			switch {
			case !s.Has(rule.Recognized):
			case s.CookieOnly():
				for _, c := range s.Offers.In(credential.InCookie) {
					seen.alive[cookie{s.Target.Host, c.Name, c.Raw}] = s
				}
			case s.Has(rule.HasAuthorization) && !s.Has(rule.OffersCookie):
				seen.good[p.Ledger.Print(s.Authorization)] = s
			}
		}
		for _, s := range ses.Subjects {
			if s.Has(rule.Failing|rule.Answered) && !s.Has(rule.Recognized) {
				if f, ok := seen.stale(p, s); ok {
					if s.Is(target.CloudSite) {
						f.Fix = pairFix
					}
					p.Report(s, f)
				}
			}
			seen.visitors.see(s)
		}
	},
})

// sessions is what the exchanges of a client tell about its sessions.
type sessions struct {
	visitors jar
	good     map[rule.Print]*rule.Subject // the last use of a credential that was accepted without a session cookie
	alive    map[cookie]*rule.Subject     // the last use of a cookie whose session was known
}

// stale says what the failing answer s tells about a session cookie.
func (o *sessions) stale(p *rule.Pass, s *rule.Subject) (rule.Finding, bool) {
	f := rule.Finding{Certainty: rule.Proven}
	if ev, ok := deadCookie(s); ok {
		f.Message = redact.Const("The server says that the request came with the cookie of a session that does not exist. It refuses because of the cookie, whatever credential comes with it.")
		f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), ev}
		if s.Has(rule.OffersCookie) {
			f.Evidence = append(f.Evidence, cookieSent(s, redact.Const("a session cookie"), redact.Const("no cookie, or a session that is logged in")))
		}
		return f, true
	}
	if !s.Has(rule.OffersCookie) {
		return f, false
	}
	if s.CookieOnly() {
		return o.cookieAlone(s)
	}
	if !s.Has(rule.HasAuthorization) || !s.Refused() {
		return f, false
	}
	if twin := o.good[p.Ledger.Print(s.Authorization)]; twin != nil && twin.Target.Host == s.Target.Host {
		f.Message = redact.Const("The same Authorization header is refused with a session cookie beside it and accepted afterwards without.")
		if twin.Order < s.Order {
			f.Certainty = rule.Likely // or the credential was revoked in between
			f.Message = redact.Const("The same Authorization header is refused with a session cookie beside it and was accepted before without.")
		}
		f.Evidence = []rule.Evidence{
			cookieSent(s, redact.Const("sent, and the request is refused"), redact.Const("no cookie")),
			twin.Part(redact.Const("request header Cookie"), redact.Const("no session cookie, and the request is accepted"), redact.Text{}),
		}
		return f, true
	}
	if s.Has(rule.Is401) && forgets(s) {
		f.Certainty = rule.Possible
		f.Message = redact.Const("The server deletes the cookie of a remembered login that came with the request. Without that cookie it would only have looked at the Authorization header.")
		f.Evidence = []rule.Evidence{s.Part(redact.Const("response header Set-Cookie"), redact.Const("deletes the cookie of \"remember me\""), redact.Const("nothing"))}
		return f, true
	}
	return f, false
}
