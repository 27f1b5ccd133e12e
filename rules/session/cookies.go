package session

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// A jar remembers which session cookies were given to somebody who was not
// logged in. Jira, Confluence and Bitbucket open a session for every visitor;
// sending its cookie back is no attempt to log in.
type jar map[cookie]bool

// A cookie is one cookie of a host. It is only ever compared.
type cookie struct{ host, name, value string }

// see takes an exchange, in order.
func (j jar) see(s *rule.Subject) {
	login := s.Has(rule.Recognized) || s.Target.API == target.Login || s.Target.API == target.Session || s.PairInQuery()
	if login {
		// Whatever session was used is logged in now, as far as one can tell.
		for _, c := range s.Offers.In(credential.InCookie) {
			delete(j, cookie{s.Target.Host, c.Name, c.Raw})
		}
		return
	}
	if s.Has(rule.HasAuthorization) && !s.Anonymous && !s.Has(rule.Is401) {
		return // the answer does not say for whom it is
	}
	s.SetCookies(func(name, value, _ string) {
		if credential.SessionCookie(name) && value != "" {
			j[cookie{s.Target.Host, name, value}] = true
		}
	})
}

// visitor reports whether all that the request offers is cookies of sessions
// that were never logged in.
func (j jar) visitor(s *rule.Subject) bool {
	if !s.CookieOnly() {
		return false
	}
	for _, c := range s.Offers.In(credential.InCookie) {
		if !j[cookie{s.Target.Host, c.Name, c.Raw}] {
			return false
		}
	}
	return true
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
