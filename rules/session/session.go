// Package session holds the rules about sessions and cookies, and requests without a credential.
package session

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// cookieSight is what must be shown for a missing credential to be missing.
const cookieSight = exchange.Credentials | exchange.Cookies

// cookieLogin is the notice that ended the login by cookie on Cloud.
var cookieLogin = rule.Reference{
	Title: "Deprecation notice: basic authentication with passwords and cookie-based authentication",
	URL:   "https://developer.atlassian.com/cloud/jira/platform/deprecation-notice-basic-auth-and-cookie-based-auth/",
}

// bare calls f for each failing exchange of the session that was sent without a
// credential although the address wants one, as far as the capture shows. What
// comes before a login that works is how a login begins.
func bare(ses *rule.Session, f func(s *rule.Subject, visitor bool)) {
	logins := map[string]int{} // by host, the last one
	for i, s := range ses.Subjects {
		if loggedIn(s) {
			logins[s.Target.Host] = i
		}
	}
	visitors := jar{}
	for i, s := range ses.Subjects {
		visitor := visitors.visitor(s)
		if s.Has(rule.Failing|rule.Answered) && (visitor || !s.Offered()) && asks(s) && i >= logins[s.Target.Host] {
			f(s, visitor)
		}
		visitors.see(s)
	}
}

// loggedIn reports whether s is a login that works, or shows that one did.
func loggedIn(s *rule.Subject) bool {
	if !s.Has(rule.Answered) || s.HasOne(rule.LoginFailed|rule.LoginDenied) {
		return false
	}
	if s.Has(rule.Recognized) && s.CookieOnly() {
		return true
	}
	return s.Target.API == target.Session && s.Request.Method == "POST" && s.Has(rule.Is2xx)
}

// askers are the products that a caller must log in to with what bare looks for.
var askers = target.Cloud | target.Bitbucket | target.DataCenter |
	target.SetOf(target.Crowd, target.Align, target.Trello, target.Opsgenie, target.Statuspage)

// cookieNames are those whose session cookies are known by name. Of the others a
// request with any cookie may be logged in.
var cookieNames = target.CloudSite | target.Bitbucket | target.DataCenter | target.SetOf(target.GraphQL, target.Crowd)

// asks reports whether the request asks for something that a login opens, and
// the answer could have to do with the lack of one.
func asks(s *rule.Subject) bool {
	if !s.Is(askers) || s.Target.Public || s.Has(rule.Recognized) || s.Status() == 407 ||
		s.HasOne(rule.LoginFailed|rule.LoginDenied) {
		return false
	}
	switch s.Request.Method {
	case "OPTIONS", "CONNECT": // a preflight never carries a credential
		return false
	}
	switch s.Target.API {
	case target.Static, target.Login, target.OAuthToken, target.Tunnel:
		return false
	case target.Session:
		if s.Request.Method == "POST" {
			return false
		}
	}
	if !s.Is(cookieNames) && (s.Request.Header.Has("Cookie") || len(s.Request.Cookies) > 0) {
		return false
	}
	// A form may hold the login.
	return !strings.Contains(string(s.Request.Body.Head[:min(len(s.Request.Body.Head), 2048)]), "os_password=")
}

// ownLogin reports whether the answer sends the caller to a login page of the
// product itself, and not of a gateway before it.
func ownLogin(s *rule.Subject) bool {
	if !s.Has(rule.Is3xx) {
		return false
	}
	to := strings.ToLower(s.Answer("Location"))
	if to == "" {
		to = strings.ToLower(s.Response.Redirect)
	}
	for _, t := range [...]string{
		"/login.jsp", "/login.action", "/login?", "/plugins/servlet/samlsso", "/plugins/servlet/external-login",
		"id.atlassian.com/login", "start.atlassian.com",
	} {
		if strings.Contains(to, t) {
			return true
		}
	}
	return false
}

// anonymousTexts are what Jira and Confluence say to nobody in particular.
var anonymousTexts = []redact.Text{
	redact.Const("cannot be viewed by anonymous users"),
	redact.Const("anonymous users do not have permission"),
	redact.Const("does not exist for anonymous"),
	redact.Const("anonymous user"),
}

// noField is evidence that a request had no Authorization field.
func noField(s *rule.Subject) rule.Evidence {
	return s.SentField("Authorization", redact.Const("a credential"))
}

// cookieSent is evidence about the first session cookie of the request.
func cookieSent(s *rule.Subject, saw, want redact.Text) rule.Evidence {
	list := s.Offers.In(credential.InCookie)
	if len(list) == 0 {
		return s.Part(redact.Const("request header Cookie"), saw, want)
	}
	return s.CredentialPart(&list[0], [2]int{}, saw, want)
}
