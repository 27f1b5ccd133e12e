package session

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "session-cookie-stale",
	Title: "The session cookie is dead",
	Doc: `The request carries the cookie of a session that has ended: it timed out, the server was restarted, or the
cookie was copied out of a browser long ago. On Data Center such a cookie does harm even next to a right
Authorization field: under ` + "`/rest`" + ` Seraph refuses the request because of the cookie before it looks at the field.

The proof is the text ` + "`os_authType was 'any' and an invalid cookie was sent`" + `, a 401 of the product to a request whose
only credential is a session cookie, or a cookie that is a JSON Web Token (` + "`cloud.session.token`" + `,
` + "`tenant.session.token`" + `) whose time was over. It is likely where another answer to a cookie alone is one for an
anonymous user, or where the same Authorization field was accepted without the cookie and then refused with it; if it is
accepted again without, that is proof. That the
answer deletes the cookie of "remember me" is a hint.

Session cookies beside an Authorization field are common and alone prove nothing. The cookie that the server gives
to every visitor is no dead session: see no-credentials-sent. Times are compared with the Date of the answer.`,
	Area: rule.SessionAndCookie, Severity: rule.Error,
	Needs: exchange.Cookies,
	Explains: []string{
		"answered-as-anonymous", "dc-token-refused", "dc-credential-refused", "login-page-answer", "hidden-or-missing",
		"credential-stopped-working",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Drop the cookies and send only the Authorization field; where the cookie is all there is, log in again"),
		Command:    redact.Const(`curl -b '' -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri "URL"`),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Repeat the request without the Cookie field.")},
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
		f.Message = redact.Const("The same Authorization field is refused with a session cookie beside it and accepted afterwards without.")
		if twin.Order < s.Order {
			f.Certainty = rule.Likely // or the credential was revoked in between
			f.Message = redact.Const("The same Authorization field is refused with a session cookie beside it and was accepted before without.")
		}
		f.Evidence = []rule.Evidence{
			cookieSent(s, redact.Const("sent, and the request is refused"), redact.Const("no cookie")),
			twin.Part(redact.Const("request header Cookie"), redact.Const("no session cookie, and the request is accepted"), redact.Text{}),
		}
		return f, true
	}
	if s.Has(rule.Is401) && forgets(s) {
		f.Certainty = rule.Possible
		f.Message = redact.Const("The server deletes the cookie of a remembered login that came with the request. Without that cookie it would only have looked at the Authorization field.")
		f.Evidence = []rule.Evidence{s.Part(redact.Const("response header Set-Cookie"), redact.Const("deletes the cookie of \"remember me\""), redact.Const("nothing"))}
		return f, true
	}
	return f, false
}

// cookieAlone judges a failing request whose only credential is a session cookie.
func (o *sessions) cookieAlone(s *rule.Subject) (rule.Finding, bool) {
	f := rule.Finding{
		Certainty: rule.Likely, Rests: exchange.Credentials,
		Message: redact.Const("The only credential is a session cookie, and the answer is one for somebody who is not logged in."),
	}
	known, elsewhere := o.knownSession(s)
	if known || o.visitors.visitor(s) || s.Target.Public || s.Target.API == target.Login || s.HasOne(rule.LoginFailed|rule.LoginDenied) ||
		s.Request.Method == "POST" && s.Target.API == target.Session {
		return f, false
	}
	if c, ended, ok := expired(s); ok {
		f.Certainty = rule.Proven
		f.Message = redact.Const("The session cookie is a token whose time was over when the request was sent.")
		f.Evidence = []rule.Evidence{
			s.CredentialPart(c, [2]int{}, redact.Sprintf("valid until %s", ended), redact.Const("a later time")),
			s.Part(redact.Const("time of the exchange"), redact.Time(s.Time()), redact.Text{}),
		}
		return f, true
	}
	sent := cookieSent(s, redact.Const("a session cookie"), redact.Const("a session that is logged in"))
	text, said := s.SaysText(anonymousTexts...)
	if s.AnotherMatter() {
		return f, false
	}
	f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), sent}
	f.Alternatives, f.Confirm = []string{"no-credentials-sent"}, &anew
	if s.Is(target.CloudSite) {
		f.Alternatives = append(f.Alternatives, "cookie-login-on-cloud")
	}
	switch {
	case s.Has(rule.Is401):
		// Of the nodes of a cluster one may know the session, and Cloud takes no
		// cookie of a program at all.
		if target.FromProduct(s.Target, s.Response) == target.Yes && !elsewhere && !(s.Is(target.CloudSite) && program(s)) {
			f.Certainty, f.Alternatives = rule.Proven, nil
			f.Message = redact.Const("The only credential is a session cookie, and the product does not know that session.")
		}
	case said:
		f.Evidence = append(f.Evidence, s.Body(text))
	case s.Anonymous && s.Answer("X-AUSERNAME") != "":
		f.Evidence = append(f.Evidence, s.AnswerField("X-AUSERNAME", redact.Const("a user")))
	case s.Anonymous:
		f.Evidence = append(f.Evidence, s.Part(redact.Const("response header Set-Cookie, end of atlassian.xsrf.token"), redact.Const("lout"), redact.Const("lin")))
	case s.Has(rule.Is2xx) && s.Says(`"type":"anonymous"`):
		f.Evidence = append(f.Evidence, s.Body(redact.Const(`"type":"anonymous"`)))
	case ownLogin(s), s.Has(rule.Is2xx) && s.HTML():
	default:
		return f, false
	}
	return f, true
}

// knownSession reports whether a cookie of the request belongs to a session that
// is known to the server later, so that it has not ended, or was known to another
// node of the cluster.
func (o *sessions) knownSession(s *rule.Subject) (known, elsewhere bool) {
	for _, c := range s.Offers.In(credential.InCookie) {
		if a := o.alive[cookie{s.Target.Host, c.Name, c.Raw}]; a != nil {
			known = known || a.Order > s.Order
			elsewhere = elsewhere || node(a) != node(s)
		}
	}
	return known, elsewhere
}

// pairFix is the fix for a Cloud site, which takes no bearer tokens of users.
var pairFix = []rule.Fix{{
	Who:     rule.Caller,
	Do:      redact.Const("Drop the cookies and send e-mail address and API token as Basic; in the browser, log in again"),
	Command: redact.Const(`curl -b '' -u "$EMAIL:$T" "URL"`),
	PowerShell: redact.Const(`$h = @{Authorization = "Basic " + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))}
Invoke-RestMethod -Headers $h -Uri "URL"`),
}}

// anew separates a session that has ended from one that never was logged in.
var anew = rule.Confirm{
	Do: redact.Const("Log in anew and repeat the request with the new cookie."),
	Outcomes: []rule.Outcome{
		{Seen: redact.Const("it works: the old session had ended")},
		{Seen: redact.Const("it fails in the same way, and the cookie is one that the client got without a login"), Means: "no-credentials-sent"},
		{Seen: redact.Const("it works in the browser and not in a program (Cloud)"), Means: "cookie-login-on-cloud"},
	},
}

// deadTexts are what Seraph says of a cookie of a session that is gone.
var deadTexts = []redact.Text{
	redact.Const("os_authType was 'any' and an invalid cookie was sent"),
	redact.Const("os_authType was 'cookie' but no valid cookie was sent"),
}

// deadCookie returns evidence of the server saying that the cookie is dead, in
// the body or, where a front turned the error page into one of its own, in a
// field.
func deadCookie(s *rule.Subject) (rule.Evidence, bool) {
	if !s.Has(rule.Is401) {
		return rule.Evidence{}, false
	}
	for i, t := range deadTexts {
		if i > 0 && !s.Has(rule.OffersCookie) {
			break // no cookie at all gives the same text
		}
		if s.Says(strings.ToLower(t.String())) {
			return s.Body(t), true
		}
		for _, h := range s.Response.Header {
			if strings.Contains(h.Value, t.String()) {
				return s.Part(redact.Sprintf("response header %s", redact.HeaderName(h.Name)), t, redact.Const("absent")), true
			}
		}
	}
	return rule.Evidence{}, false
}

// expired returns the session cookie that is a JSON Web Token and out of date,
// if all such cookies of the request are.
func expired(s *rule.Subject) (*credential.Credential, redact.Text, bool) {
	now := s.Time()
	if now.IsZero() || !s.Is(target.Cloud) {
		return nil, redact.Text{}, false
	}
	var found *credential.Credential
	var end redact.Text
	list := s.Offers.In(credential.InCookie)
	for i := range list {
		j := list[i].JWT()
		if j == nil || j.Expires == 0 {
			continue
		}
		if j.Expires >= now.Unix() {
			return nil, redact.Text{}, false
		}
		found, end = &list[i], redact.Unix(j.Expires)
	}
	return found, end, found != nil
}

// forgets reports whether the request came with the cookie of a remembered login
// and the answer deletes it.
func forgets(s *rule.Subject) bool {
	found := false
	s.SetCookies(func(name, value, _ string) {
		if (name == "seraph.rememberme.cookie" || name == "seraph.confluence") && value == "" {
			found = found || s.Offers.Cookie(name) != nil
		}
	})
	return found
}
