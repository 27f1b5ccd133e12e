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
	ID:    "cookie-path-mismatch",
	Title: "The session cookie is set for a path that the next request does not match",
	Doc: `Tomcat sets the session cookie for ` + "`/confluence/`" + `, with a slash at the end. A cookie with that path is not
sent to ` + "`/confluence`" + ` (RFC 6265, section 5.1.4), so a client that asks for the URL without the slash is not
logged in there, gets the login page, and with it often a new session.

The proof is an answer that sets the session cookie for a path that ends in a slash, and a later request for exactly
that path without the slash, sent without the cookie, whose answer is one for an anonymous caller.

Where the server just adds the slash, by a redirect to the same path, all is well, because the browser follows and
sends the cookie. Where the cookie is also there for a wider path, it is sent, and nothing is reported.`,
	Area: rule.SessionAndCookie, Severity: rule.Error, Layer: rule.LayerAbsent,
	Products: target.DataCenter,
	Needs:    exchange.Cookies,
	Explains: []string{"no-credentials-sent", "login-page-answer", "answered-as-anonymous"},
	Fix: []rule.Fix{
		{
			Who: rule.Admin,
			Do:  redact.Const("Set sessionCookiePathUsesTrailingSlash=\"false\" at the Context of Tomcat"),
		},
		{
			Who: rule.Caller,
			Do:  redact.Const("Configure the base URL with the slash at its end"),
		},
	},
	References: []rule.Reference{
		{Title: "WikiTransformationProject/wikitraccs-releases#20", URL: "https://github.com/WikiTransformationProject/wikitraccs-releases/issues/20"},
		{Title: "RFC 6265, section 5.1.4", URL: "https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		set := map[place]*rule.Subject{} // paths with a slash at the end
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) {
				continue
			}
			from := set[place{host: s.Target.Host, path: s.Target.Path + "/"}]
			if from != nil && !s.Offered() && nobody(s) && !addsSlash(s) {
				p.Report(s, rule.Finding{
					Certainty: rule.Proven, Rests: exchange.Cookies,
					Message: redact.Const("The session cookie is for the path with a slash at its end, and the request asks for the path without it, so the client did not send the cookie."),
					Evidence: []rule.Evidence{
						s.Address(redact.Const("a slash at the end")),
						from.Part(redact.Const("response header Set-Cookie, Path"), redact.Path(s.Target.Path+"/"), redact.Const("without the slash at the end")),
					},
				})
			}
			s.SetCookies(func(name, value, attributes string) {
				path := rule.CookiePath(attributes)
				if credential.SessionCookie(name) && value != "" && len(path) > 1 && strings.HasSuffix(path, "/") {
					set[place{host: s.Target.Host, path: path}] = s
				}
			})
		}
	},
})

// nobody reports whether the answer is one for nobody.
func nobody(s *rule.Subject) bool {
	return s.Has(rule.Answered) && !s.Has(rule.Recognized) &&
		(s.Has(rule.Failing) || s.Anonymous || ownLogin(s))
}

// addsSlash reports whether the answer sends the client to the same path with a
// slash at its end.
func addsSlash(s *rule.Subject) bool {
	to := s.Answer("Location")
	if to == "" {
		to = s.Response.Redirect
	}
	if u := target.ParseURL(to); u.Path != "" {
		return u.Path == s.Target.Path+"/"
	}
	return false
}
