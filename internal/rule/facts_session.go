package rule

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/target"
)

// Offered reports whether the request offers the product something to know the
// caller by: anything but a login of a proxy, and user and password in a URL,
// which clients may or may not turn into an Authorization field.
func (s *Subject) Offered() bool {
	if !s.Has(OffersAny) {
		return false
	}
	for _, c := range s.Offers.List() {
		if c.Place != credential.InProxyAuthorization && c.Place != credential.InUserinfo {
			return true
		}
	}
	return false
}

// CookieOnly reports whether session cookies are all that the request offers,
// as far as the capture shows.
func (s *Subject) CookieOnly() bool {
	if !s.Has(OffersCookie) || s.Has(HasAuthorization) {
		return false
	}
	for _, c := range s.Offers.List() {
		if c.Place != credential.InCookie && c.Place != credential.InProxyAuthorization {
			return false
		}
	}
	return true
}

// SetCookies calls f with the cookies that the answer sets: name, value, and
// the attributes as they stand behind the first semicolon. A source that lists
// cookies apart from the fields gives no attributes.
func (s *Subject) SetCookies(f func(name, value, attributes string)) {
	if s.Response == nil {
		return
	}
	some := false
	for _, h := range s.Response.Header {
		if len(h.Name) != len("Set-Cookie") || !strings.EqualFold(h.Name, "Set-Cookie") {
			continue
		}
		for _, line := range strings.Split(h.Value, "\n") { // some producers join the fields
			pair, attributes, _ := strings.Cut(line, ";")
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				continue
			}
			some = true
			f(strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`), attributes)
		}
	}
	if some {
		return
	}
	for _, c := range s.Response.Cookies {
		f(c.Name, strings.Trim(c.Value, `"`), "")
	}
}

// CookiePath returns the Path of the attributes of a Set-Cookie field; "" if
// there is none.
func CookiePath(attributes string) string {
	for _, a := range strings.Split(attributes, ";") {
		name, value, _ := strings.Cut(a, "=")
		if strings.EqualFold(strings.TrimSpace(name), "path") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// WebSudo reports whether the answer sends the caller to the page on which
// administrators of Jira and Confluence confirm their password.
func (s *Subject) WebSudo() bool {
	if !s.Has(Is3xx) {
		return false
	}
	to := strings.ToLower(s.Answer("Location"))
	if to == "" {
		to = strings.ToLower(s.Response.Redirect)
	}
	return strings.Contains(to, "/websudoauthenticate") || strings.Contains(to, "/authenticate.action")
}

// toWebSudo reports whether a program was sent there: it cannot confirm
// anything. For a person it is the ordinary way into the administration.
func (s *Subject) toWebSudo() bool {
	return s.WebSudo() && (s.Target.API == target.REST || s.Target.API == target.RPC || s.Agent() != "" && !s.Browser())
}

// EmptyList reports whether the answer to a search, or to a question for all
// projects, boards or spaces, is an empty list.
func (s *Subject) EmptyList() bool {
	if s.Target.API != target.REST || !s.Has(Is2xx|HasBody) || !s.Is(target.Jira|target.Confluence) {
		return false
	}
	switch s.Target.Resource[strings.LastIndexByte(s.Target.Resource, '/')+1:] {
	case "search", "jql", "project", "projects", "board", "space", "spaces", "content", "pages":
	default:
		return false
	}
	if body := strings.TrimSpace(string(s.Response.Body.Head[:min(len(s.Response.Body.Head), 8)])); body == "[]" {
		return true
	}
	_, ok := s.SaysOne(`"issues":[]`, `"issues": []`, `"values":[]`, `"values": []`, `"results":[]`, `"results": []`)
	return ok
}

// forNobody reports whether a successful answer is one for nobody although
// somebody asked: an address that tells who the caller is names nobody, or a
// program that sent no credential got the empty list that is left for the
// public. Visitors of a public site get such answers, too, so pages and
// browsers without a login do not count.
func (s *Subject) forNobody() bool {
	switch {
	case s.Has(Recognized):
		return false
	case s.AsksUser():
		return (s.Anonymous || s.Says(`"type":"anonymous"`)) && (s.Offered() || !s.Browser())
	}
	return !s.Has(OffersAny) && !s.Browser() && s.EmptyList() &&
		s.Sees(exchange.Credentials|exchange.Cookies) == exchange.Shown
}

// AsksUser reports whether the request asks who the caller is.
func (s *Subject) AsksUser() bool {
	p := s.Target.Resource
	return strings.HasSuffix(p, "/rest/api/user/current") || strings.HasSuffix(p, "/myself")
}

// blockedPage reports whether what came with a status of success is the page
// that Jira and Confluence show for a form without a valid token, or, from their
// old RPC, the error that asks for a secure administrator session.
func (s *Subject) blockedPage() bool {
	switch {
	case s.Target.API == target.RPC:
		return s.Says("websudorequiredexception")
	case s.Request.Method == "POST" && s.HTML():
		return s.Says("xsrf security token missing")
	}
	return false
}

// hiddenUnseen reports whether a 404 is for nobody, as its cookie or X-AUSERNAME
// says, and the capture lacks the body, which would have said that the thing
// asked for may be hidden.
func (s *Subject) hiddenUnseen() bool {
	return s.Anonymous && s.Target.API == target.REST && !s.Has(HasBody) && s.Response.Body.Size != 0
}

// AppPath reports whether the address is under /rest/ of a Data Center product
// and belongs to an app from the Marketplace: to none of the products themselves.
func (s *Subject) AppPath() bool {
	rest, ok := strings.CutPrefix(s.Target.Resource, "/rest/")
	if !ok || !s.Is(target.DataCenter) {
		return false
	}
	name, _, _ := strings.Cut(rest, "/")
	if name == "" {
		return false
	}
	for _, own := range ownREST {
		if strings.EqualFold(name, own) {
			return false
		}
	}
	return true
}

// ownREST are the first words of the REST addresses of the products themselves
// and of the plug-ins that Atlassian ships with them.
var ownREST = []string{
	"api", "auth", "agile", "greenhopper", "servicedeskapi", "servicedesk", "internal", "projects", "issuenav",
	"gadget", "gadgets", "dashboards", "activity-stream", "plugins", "applinks", "webresources", "analytics",
	"helptips", "menu", "mywork", "pat", "access-tokens", "basicauth", "tsv", "capabilities", "nativemobile",
	"troubleshooting", "dev-status", "quickedit", "keyboardshortcuts", "usermanagement", "experimental", "prototype",
	"tinymce", "ui", "quickreload", "likes", "highlighting", "inlinecomments", "synchrony", "synchrony-interop",
	"keys", "ssh", "branch-utils", "branch-permissions", "build-status", "insights", "jira", "default-reviewers",
	"git", "search", "audit", "auditing", "mirroring", "webhooks", "healthcheck", "jpo", "teams", "roadmap", "zdu",
	"collectors", "inviteuser", "jira-importers-plugin", "bamboo", "crowd", "authconfig", "oauth2", "dvcs",
}
