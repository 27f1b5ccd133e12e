package session

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credentials-in-url",
	Title: "A secret is in the URL",
	Doc: `User name, password or token stand in the URL of the request. Servers, proxies and browsers write URLs into their logs
and histories, so the secret must be taken for known. It often does not even log the caller in: browsers and fetch
drop ` + "`user:password@`" + ` from a URL, so that the request goes out anonymously, and Cloud ignores
` + "`os_username`" + ` and ` + "`access_token`" + `.

It is recognised by user information before the host of the URL, or in ` + "`Referer`" + ` or ` + "`Location`" + `,
and by query parameters that hold a secret: ` + "`os_password`" + `, ` + "`access_token`" + `, ` + "`token`" + `,
` + "`apikey`" + `, ` + "`key`" + ` with ` + "`token`" + ` (Trello).

` + "`jwt`" + ` is not reported, because that is how Cloud opens the pages of apps, nor are the signed links of
api.media.atlassian.com and OAuth 1.0a parameters. On a failing request this is named as the cause only where the
secret in the URL was all that was sent and the product does not read it there.`,
	Area: rule.SessionAndCookie, Severity: rule.Warning, Layer: rule.LayerURL,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"no-credentials-sent", "cloud-credential-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the credential in the Authorization header, and replace the one that was in the URL: it is in logs now. Where a tool takes it only in the URL, write the @ of the e-mail address as %40"),
		Command:    redact.Const(`curl -u "$EMAIL:$T" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`curl.exe -u "${email}:$t" BASE/rest/api/2/myself`),
	}},
	References: []rule.Reference{
		{Title: "RFC 3986, section 3.2.1", URL: "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1"},
		{Title: "RFC 9110, section 4.2.4", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-4.2.4"},
		{Title: "RFC 6750, section 5.3", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-5.3"},
		cookieLogin,
	},
	Since:    "0.1",
	Formerly: []string{"credentials-in-url-userinfo", "credentials-in-query"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Target.Product == target.MediaAPI || s.Target.Product == target.AtlassianOther {
			return
		}
		ev, lost := inAddress(s)
		for _, field := range [...]struct{ name, value string }{
			{"Referer", s.Sent("Referer")}, {"Location", s.Answer("Location")},
		} {
			if !strings.Contains(field.value, "@") {
				continue // most have no user information
			}
			if u := target.ParseURL(field.value); u.HasUserinfo && strings.Contains(u.Userinfo, ":") {
				place := redact.Const("request header Referer")
				if field.name == "Location" {
					place = redact.Const("response header Location")
				}
				ev = append(ev, s.Part(place, redact.Const("user:password@"), redact.Const("no user information")))
			}
		}
		if ev == nil {
			return
		}
		f := rule.Finding{Certainty: rule.Proven, Message: redact.Const("A secret is part of a URL, where logs and histories keep it."), Evidence: ev}
		switch {
		case lost && s.Has(rule.Failing) && !s.Offered():
			f.Message = redact.Const("User name and password stand in the URL, and the client did not turn them into a credential: the request was sent without one.")
			f.Evidence, f.Rests = append(f.Evidence, noField(s)), exchange.Credentials
		case s.Has(rule.Failing) && s.Is(target.CloudSite) && !s.Has(rule.LoginFailed) && unread(s):
			f.Certainty = rule.Likely
			f.Message = redact.Const("The only credential stands in the query of the URL, where Cloud does not read it.")
		default:
			f.Minor = s.HasOne(rule.Failing | rule.Troubled) // true, but not why this failed
		}
		p.Report(s, f)
	},
})

// inAddress returns evidence of secrets in the address of the request, and
// whether user and password stand before its host, from where clients may lose
// them.
func inAddress(s *rule.Subject) (ev []rule.Evidence, lost bool) {
	list := s.Offers.List()
	for i := range list {
		c := &list[i]
		switch c.Place {
		case credential.InUserinfo:
			if c.Basic != nil && c.Basic.HasColon {
				ev = append(ev, s.CredentialPart(c, [2]int{}, redact.Const("user:password@"), redact.Const("no user information")))
				lost = true
			}
		case credential.InQuery:
			name := strings.ToLower(c.Name)
			if name == "token" && s.Target.API != target.REST && s.Target.Product != target.Trello {
				continue // of pages it is often no credential but the mark of a form or an invitation
			}
			if name == "jwt" || name == "os_username" && s.Offers.Query("os_password") != nil || strings.HasPrefix(name, "oauth_") {
				continue
			}
			ev = append(ev, s.CredentialPart(c, [2]int{}, redact.Const("a secret"), redact.Const("no secret in the URL")))
		}
	}
	return ev, lost
}

// unread reports whether all that the request offers are query parameters that
// Cloud does not read.
func unread(s *rule.Subject) bool {
	names := []string{"os_username", "os_password", "access_token", "token", "apikey", "api_key"}
	if !s.Offered() {
		return false
	}
	for _, c := range s.Offers.List() {
		if c.Place == credential.InProxyAuthorization || c.Place == credential.InUserinfo {
			continue
		}
		if c.Place != credential.InQuery || !slices.Contains(names, strings.ToLower(c.Name)) {
			return false
		}
	}
	return s.Sees(exchange.Credentials) == exchange.Shown
}
