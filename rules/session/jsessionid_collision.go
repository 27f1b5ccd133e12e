package session

import (
	"strconv"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "jsessionid-collision",
	Title: "Two products on one host overwrite each other's session cookie",
	Doc: `Jira and Confluence run on one host, under two paths or two ports, and both call their session cookie
` + "`JSESSIONID`" + ` and set it for the same path. Browsers keep one cookie for a host, name and path, whatever the port
(RFC 6265, section 8.5). Opening the second product replaces the session of the first, which then finds a cookie that
it does not know: its user is logged out.

The proof is a request to one product with the very session cookie that the other had set, for the same path, after
the first had set its own, and an answer that does not know the user.

Products whose cookies have different paths, or that share a login by Crowd so that the answer names the user all the
same, are not reported, nor is a session that one product gave out for itself.`,
	Area: rule.SessionAndCookie, Severity: rule.Error,
	Products: target.DataCenter,
	Needs:    exchange.Cookies,
	Explains: []string{
		"session-cookie-stale", "session-not-sticky", "no-credentials-sent", "answered-as-anonymous", "login-page-answer",
	},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Give each product a host name of its own, or a context path and a cookie path of its own, or another name for its session cookie (sessionCookieName in the Context of Tomcat)"),
	}},
	References: []rule.Reference{
		{Title: "Logging into another Atlassian application logs me out of Confluence", URL: "https://confluence.atlassian.com/display/CONFKB/Logging+into+Another+Atlassian+Application+Logs+Me+Out+of+Confluence"},
		{Title: "Praqma/staci#1", URL: "https://github.com/Praqma/staci/issues/1"},
		{Title: "RFC 6265, section 8.5", URL: "https://www.rfc-editor.org/rfc/rfc6265#section-8.5"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		given := map[cookie]*setting{} // by value, the last answer that set it
		own := map[place]bool{}        // products that set a session cookie for a path
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) {
				continue
			}
			here := place{host: s.Target.Host, product: strconv.Itoa(s.Target.Port) + s.Target.Context}
			if c := s.Offers.Cookie("JSESSIONID"); c != nil && lostTo(s) {
				by := given[cookie{s.Target.Host, c.Name, c.Raw}]
				if by != nil && by.product != here.product && own[place{here.host, here.product, by.path}] {
					p.Proven(s, redact.Const("The session cookie of this request is the one that another product on the same host set. It replaced the cookie of this product, which does not know that session."),
						s.CredentialPart(c, [2]int{}, redact.Const("the session of the other product"), redact.Const("the session of this product")),
						by.from.Part(redact.Const("response header Set-Cookie"), redact.Const("JSESSIONID for the same path"), redact.Const("a path or name of its own")))
				}
			}
			s.SetCookies(func(name, value, attributes string) {
				if name != "JSESSIONID" || value == "" {
					return
				}
				at := place{here.host, here.product, cookiePath(s, attributes)}
				own[at] = true
				given[cookie{here.host, name, value}] = &setting{at, s}
			})
		}
	},
})

// A place is a product that sets its session cookie for a path.
type place struct{ host, product, path string }

// A setting is where a session cookie came from.
type setting struct {
	place
	from *rule.Subject
}

// cookiePath is the path that a cookie is for: the directory of the address if
// the field names none (RFC 6265, section 5.1.4).
func cookiePath(s *rule.Subject, attributes string) string {
	if path := rule.CookiePath(attributes); path != "" {
		return path
	}
	path := s.Target.Path
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return "/"
}

// lostTo reports whether the answer does not know the user of the session.
func lostTo(s *rule.Subject) bool {
	return s.Has(rule.Answered) && !s.HasOne(rule.Recognized|rule.HasAuthorization) &&
		(s.Has(rule.Failing) || s.Anonymous || ownLogin(s)) && len(s.Offers.In(credential.InCookie)) > 0
}
