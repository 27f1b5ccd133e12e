package rule

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/target"
)

// Reasons is the set of values of X-Seraph-LoginReason, the field in which
// Jira and Confluence tell what became of a login (Seraph's LoginReason).
type Reasons uint8

// The values.
const (
	ReasonOK           Reasons = 1 << iota // logged in
	ReasonOut                              // logged out, or no login tried
	ReasonFailed                           // AUTHENTICATED_FAILED: tried and refused
	ReasonDenied                           // AUTHENTICATION_DENIED: not even tried
	ReasonUnauthorised                     // AUTHORISATION_FAILED: right password, may not log in
)

// loginReasons reads all X-Seraph-LoginReason fields; a field can be a list.
func loginReasons(h exchange.Header) Reasons {
	var rs Reasons
	for i := range h {
		if len(h[i].Name) != len("X-Seraph-LoginReason") || !strings.EqualFold(h[i].Name, "X-Seraph-LoginReason") {
			continue
		}
		for _, v := range strings.FieldsFunc(h[i].Value, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
			switch strings.ToUpper(strings.TrimSpace(v)) {
			case "OK":
				rs |= ReasonOK
			case "OUT":
				rs |= ReasonOut
			case "AUTHENTICATED_FAILED":
				rs |= ReasonFailed
			case "AUTHENTICATION_DENIED":
				rs |= ReasonDenied
			case "AUTHORISATION_FAILED", "AUTHORIZATION_FAILED":
				rs |= ReasonUnauthorised
			}
		}
	}
	return rs
}

// answered sets the traits that tell what came of the request.
func (s *Subject) answered() {
	r := s.Response
	if r == nil || r.Status <= 0 && s.Log == nil { // some logs tell the verdict without the status
		s.Traits |= Unanswered
		s.unanswered()
		return
	}
	s.Traits |= Answered
	switch {
	case r.Status == 401:
		s.Traits |= Is401
	case r.Status == 403:
		s.Traits |= Is403
	case r.Status == 404:
		s.Traits |= Is404
	case r.Status >= 200 && r.Status < 300:
		s.Traits |= Is2xx
	case r.Status >= 300 && r.Status < 400:
		s.Traits |= Is3xx
	}
	if len(r.Body.Head) > 0 {
		s.Traits |= HasBody
	}
	s.identity(r)
	switch {
	case !target.Atlassian.Has(s.Target.Product):
	case s.fails(r):
		s.Traits |= Failing
	case r.Status >= 400:
		s.Traits |= Troubled
	}
}

// unanswered judges an exchange without response: something failed, unless
// the client itself gave up.
func (s *Subject) unanswered() {
	f := s.Failure
	if f == nil && s.Response == nil {
		return
	}
	switch {
	case s.MalformedBase(): // a client that will not send there has not given up
		s.Traits |= Failing
	case f != nil && f.Phase == exchange.Blocked:
	case s.Meant():
		s.Traits |= Failing
	case target.Atlassian.Has(s.Target.Product):
		s.Traits |= Troubled // a web site of Atlassian's, such as its analytics
	}
}

// identity finds out for whom the answer is. The absence of a sign proves
// nothing.
func (s *Subject) identity(r *exchange.Response) {
	s.Reasons = loginReasons(r.Header)
	if s.Reasons&ReasonFailed != 0 {
		s.Traits |= LoginFailed
	}
	if s.Reasons&ReasonDenied != 0 {
		s.Traits |= LoginDenied
	}
	known := s.Reasons&ReasonOK != 0
	for i := range r.Header {
		f := &r.Header[i]
		switch len(f.Name) {
		case len("X-AUSERNAME"):
			if strings.EqualFold(f.Name, "X-AUSERNAME") {
				s.named(f.Value, &known)
			}
		case len("X-AACCOUNTID"):
			if strings.EqualFold(f.Name, "X-AACCOUNTID") && strings.TrimSpace(f.Value) != "" {
				known = true
			}
		case len("X-OAuth-Scopes"):
			if strings.EqualFold(f.Name, "X-OAuth-Scopes") {
				known = true
			}
		case len("Set-Cookie"):
			if strings.EqualFold(f.Name, "Set-Cookie") {
				s.xsrf(f.Value, &known)
			}
		}
	}
	for i := range r.Cookies {
		s.xsrf(r.Cookies[i].Name+"="+r.Cookies[i].Value, &known)
	}
	if !known && r.Status >= 200 && r.Status < 300 && (s.asksWhoAmI() && !s.HTML() || s.pastGateway()) {
		known = true
	}
	if !known && r.Status >= 400 && s.LacksScope() { // only a valid token is asked for its scopes
		known = true
	}
	if known && s.Reasons&(ReasonFailed|ReasonDenied|ReasonUnauthorised) == 0 {
		s.Traits |= Recognized
	}
}

// named takes the value of X-AUSERNAME, which Data Center percent-encodes.
func (s *Subject) named(v string, known *bool) {
	v = strings.TrimSpace(v)
	switch {
	case v == "":
	case strings.EqualFold(v, "anonymous"):
		s.Anonymous = true
	default:
		s.User, *known = v, true
	}
}

// xsrf reads the last word of the atlassian.xsrf.token cookie: lin for a
// session that is logged in, lout for one that is not.
func (s *Subject) xsrf(cookie string, known *bool) {
	if !strings.HasPrefix(cookie, "atlassian.xsrf.token=") {
		return
	}
	v, _, _ := strings.Cut(cookie, ";")
	v = strings.TrimSuffix(strings.TrimSpace(v), `"`)
	switch {
	case strings.HasSuffix(v, "lin"):
		*known = true
	case strings.HasSuffix(v, "lout"):
		s.Anonymous = true
	}
}

// asksWhoAmI reports whether the request asks an address that answers 2xx only
// to somebody who is logged in.
func (s *Subject) asksWhoAmI() bool {
	p := s.Target.Path
	return strings.HasSuffix(p, "/myself") && strings.Contains(p, "/rest/api/") ||
		strings.HasSuffix(p, "/rest/auth/1/session") ||
		s.Target.Product == target.BitbucketCloud && p == "/2.0/user" ||
		s.Target.Product == target.Align && s.Target.API == target.REST && s.Has(HasAuthorization)
}

// fails reports whether r is a failing answer in the sense of the catalogue:
// one that can have to do with the login.
func (s *Subject) fails(r *exchange.Response) bool {
	switch {
	case r.Status == 401, r.Status == 403, r.Status == 407:
		return true
	case s.HasOne(LoginFailed | LoginDenied), s.Reasons&ReasonUnauthorised != 0:
		return true
	case s.Has(Is2xx):
		return s.Anonymous && s.Has(HasAuthorization) || s.loginPage() || s.forNobody() || s.blockedPage() || s.blockPage() || s.pageForData()
	case s.Has(Is3xx):
		return s.toLogin() || s.toWebSudo() || s.diverted() || s.toOAuthError()
	case r.Status == 404:
		_, ok := s.SaysOne(hiddenTexts...)
		return ok || s.hiddenUnseen()
	case r.Status == 400:
		_, ok := s.SaysOne(loginTexts...)
		return ok
	}
	return false
}

// hiddenTexts are what products say of something that is absent or hidden from
// the caller.
var hiddenTexts = []string{
	"issue does not exist or you do not have permission to see it",
	"or the calling user does not have permission to view the content",
	"no project could be found with key",
	`"code":"not_found"`,
	`"code": "not_found"`,
	"the requested repository either does not exist or you do not have access",
	"xsrf check failed", // Jira before 7 answers 404
}

// loginTexts are what products say with status 400 about a login.
var loginTexts = []string{
	"anonymous user",
	"cannot be viewed by anonymous",
	"invalid_user_authentication",
	"you do not have permission to view it or it does not exist for anonymous",
	"expiration timestamp too far in the future",
	"invalid_grant", "invalid_client", "unauthorized_client",
	"oauth_problem=",
	"header or cookie too large",
	"request header is too large",
	"no required ssl certificate was sent", "the ssl certificate error",
}

// loginPage reports whether data was asked for and a login page came.
func (s *Subject) loginPage() bool {
	if !s.HTML() || !strings.Contains(s.Target.Path, "/rest/") {
		return false
	}
	_, ok := s.SaysOne(`os_username`, `login-form`, `id="login-container"`, `samlrequest`)
	return ok
}

// loginTargets are parts of the address of a login page or identity provider.
var loginTargets = []string{
	"/login.jsp", "/login.action", "/login?", "/plugins/servlet/samlsso", "/plugins/servlet/external-login",
	"id.atlassian.com/login", "start.atlassian.com", "auth.atlassian.com/authorize",
	"login.microsoftonline.com", ".okta.com", ".onelogin.com", "accounts.google.com", ".duosecurity.com",
	".cloudflareaccess.com", "samlrequest=", "/my.policy",
}

// toLogin reports whether a request for data was redirected to a login.
func (s *Subject) toLogin() bool {
	if !strings.Contains(s.Target.Path, "/rest/") && !s.Has(HasAuthorization) {
		return false
	}
	to := strings.ToLower(s.Answer("Location"))
	if to == "" {
		to = strings.ToLower(s.Response.Redirect)
	}
	for _, t := range loginTargets {
		if strings.Contains(to, t) {
			return true
		}
	}
	return false
}

// toOAuthError reports whether the login server of Cloud sent the browser to its
// error page because it does not know the callback URL. A user who said no, or
// is to log in first, is no failure.
func (s *Subject) toOAuthError() bool {
	if !target.Identity.Has(s.Target.Product) {
		return false
	}
	to := strings.ToLower(s.Answer("Location"))
	refused := strings.Contains(to, "error=unauthorized_client") || strings.Contains(to, "error=invalid_request")
	return refused && strings.Contains(to, "redirect_uri")
}

// Refused reports whether the answer turns the login down: 401 or 403, or a
// LoginReason that says so whatever the status.
func (s *Subject) Refused() bool {
	return s.HasOne(Is401|Is403|LoginFailed|LoginDenied) && !s.Has(Recognized)
}
