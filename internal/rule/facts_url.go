package rule

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/target"
)

// LacksScope reports whether the answer says that the token is good but lacks a
// scope. Such an answer shows that the login was accepted: scopes are looked at
// after the token.
func (s *Subject) LacksScope() bool {
	r := s.Response
	if r == nil || r.Status != 401 && r.Status != 403 || !s.Is(target.Cloud|target.Bitbucket) {
		return false
	}
	if strings.Contains(strings.ToUpper(r.Header.Value("X-Failure-Category")), "SCOPE") || s.InsufficientScope() {
		return true
	}
	_, ok := s.SaysOne("scope does not match", "required privilege scopes", "missing scope grants")
	return ok
}

// InsufficientScope reports whether the challenge says so (RFC 6750, section
// 3.1).
func (s *Subject) InsufficientScope() bool {
	if s.Response == nil {
		return false
	}
	for _, v := range s.Response.Header.All("WWW-Authenticate") {
		if strings.Contains(strings.ToLower(v), "insufficient_scope") {
			return true
		}
	}
	return false
}

// pastGateway reports whether the request was served through the gateway at
// api.atlassian.com/ex/, which lets nobody pass without a valid token.
func (s *Subject) pastGateway() bool {
	return s.Target.GatewayProduct != "" && s.Has(HasAuthorization) && !s.Target.Public
}

// Scope shows the name of an OAuth scope, such as read:issue:jira. Only what is
// made like one is shown: small letters between colons, and one of the words
// that all of them have.
func Scope(name string) (redact.Text, bool) {
	if len(name) > 64 {
		return redact.Text{}, false
	}
	known := false
	for _, part := range strings.Split(name, ":") {
		if part == "" {
			return redact.Text{}, false
		}
		for i := range len(part) {
			if c := part[i]; (c < 'a' || c > 'z') && c != '-' && c != '.' && c != '_' {
				return redact.Text{}, false
			}
		}
		known = known || scopeWords[part]
	}
	if !known {
		return redact.Text{}, false
	}
	return redact.Label(name), true
}

// scopeWords are the words of which each scope has at least one.
var scopeWords = map[string]bool{
	"read": true, "write": true, "delete": true, "admin": true, "manage": true, "search": true, "readonly": true,
	"account": true, "repository": true, "pullrequest": true, "project": true, "issue": true, "webhook": true,
	"snippet": true, "pipeline": true, "runner": true, "email": true, "team": true, "wiki": true, "offline_access": true,
}

// Scopes shows the names of scopes, at most max of them.
func Scopes(names []string, most int) redact.Text {
	var out []redact.Text
	for _, n := range names {
		if t, ok := Scope(n); ok && len(out) < most {
			out = append(out, t)
		}
	}
	if more := len(names) - len(out); more > 0 && len(out) > 0 {
		out = append(out, redact.Sprintf("%s more", redact.Int(more)))
	}
	if len(out) == 0 {
		return redact.Count(len(names), "scope", "scopes")
	}
	return redact.Join(", ", out...)
}

// AcceptedAt returns a use of the credential of s, whatever blanks, quotes and
// encoding it was written with, that a host accepted for which ok holds; nil if
// none is known.
func (p *Pass) AcceptedAt(s *Subject, ok func(host string) bool) *Use {
	if s.Authorization == nil || s.Authorization.Masked {
		return nil
	}
	r := p.Ledger.Meant(p.Ledger.Twin(s.Authorization))
	if r == nil {
		return nil
	}
	for _, u := range [...]*Use{r.FirstAccepted, r.LastAccepted} {
		if u != nil && ok(u.Host) {
			return u
		}
	}
	return nil
}

// MalformedBase reports whether the address of a request for a product of
// Atlassian's is so malformed that it leads nowhere.
func (s *Subject) MalformedBase() bool {
	const fatal = target.SchemeTwice | target.SlashMissing | target.SlashSurplus | target.HostMissing |
		target.PortTwice | target.PortWrong | target.BackslashInURL | target.BracketsMissing
	t := &s.Target
	// What a template left behind is a case of placeholder-not-replaced.
	if t.Flaws&fatal == 0 || t.Flaws&target.UnfilledHost != 0 || strings.ContainsAny(s.Request.URL, "{}<>$") {
		return false
	}
	if t.Known() {
		return true
	}
	url := strings.ToLower(s.Request.URL)
	return strings.Contains(url, "/rest/api/") || strings.Contains(url, `\rest\api\`) || strings.Contains(url, ".atlassian.net")
}

// pageForData reports whether a page came, with a status of success, from an
// address of a REST API that only ever answers with data. It is neither the
// product nor one of its resources that serves it.
func (s *Subject) pageForData() bool {
	return s.HTML() && s.Has(HasBody) && s.Is(target.DataCenter) && strings.HasPrefix(s.Target.Resource, "/rest/api/3/")
}
