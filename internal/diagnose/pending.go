package diagnose

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/rule"
)

// A challenge (RFC 9110, section 11.3) is a refusal that the client may still
// answer: it is no failure if it does.
type challenge struct {
	*rule.Subject
	beforeLogin bool          // a login in the same browser settles it
	within      time.Duration // what comes later is no answer
}

// mayBeAnswered keeps s if it is a challenge: 401 or 407 to a request without a
// credential, with one of a scheme that takes several rounds, or with an access
// token that has ended, which clients renew when they are told so.
func (e *Engine) mayBeAnswered(s *rule.Subject) bool {
	if s.Status() != 401 && s.Status() != 407 || s.Has(rule.LoginFailed) || !s.Has(rule.Failing) {
		return false
	}
	if s.Status() == 401 && s.Authorization != nil && !rounds(s.Authorization.Scheme) && !ended(s) {
		return false
	}
	if s.OAuth != nil {
		return false // a request for a token has its credential in the body
	}
	if len(e.pending) >= maxPending {
		e.judge(e.pending[0].Subject, e.base)
		e.pending = e.pending[1:]
	}
	c := challenge{Subject: s, within: answeredWithin}
	if loggedOut(s) {
		c.beforeLogin, c.within = true, loggedInWithin
	}
	e.pending = append(e.pending, c)
	return true
}

// rounds reports whether a handshake of the scheme takes several requests.
func rounds(s credential.Scheme) bool {
	return s == credential.Negotiate || s == credential.NTLM || s == credential.Digest
}

// settle looks at the pending challenges when s arrives: those that s answers
// are no failures, those that waited too long are.
func (e *Engine) settle(s *rule.Subject) {
	rest := e.pending[:0]
	for _, p := range e.pending {
		switch {
		case p.answeredBy(s):
			p.Traits &^= rule.Failing
			e.capture(p.From).Failed--
			e.judge(p.Subject, e.base)
		case p.From != s.From || p.late(s):
			e.judge(p.Subject, e.base)
		default:
			rest = append(rest, p)
		}
	}
	e.pending = rest
}

func (p *challenge) late(s *rule.Subject) bool {
	return !p.Start.IsZero() && s.Start.Sub(p.Start) > p.within
}

// answeredBy reports whether s is the request of p again, this time with success,
// or with the credential that p was asked for. If that one is refused, it is s
// that failed, and p was only the question.
func (p *challenge) answeredBy(s *rule.Subject) bool {
	if p.From != s.From || p.Client != s.Client || !p.Start.IsZero() && (p.late(s) || s.Start.Before(p.Start)) {
		return false
	}
	if p.beforeLogin && s.Has(rule.Recognized) && p.Target.Host == s.Target.Host {
		return true
	}
	if p.Request.Method != s.Request.Method || p.Request.URL != s.Request.URL {
		return false
	}
	if p.Status() == 407 {
		return s.Status() != 407 && s.Has(rule.Answered)
	}
	if p.Has(rule.OffersCookie) && s.Authorization == nil && p.Sent("Cookie") == s.Sent("Cookie") {
		return false // it brings nothing that was not refused just now
	}
	return s.HasOne(rule.Is2xx|rule.Is3xx) && !s.Has(rule.Failing) || s.Authorization != nil && (p.Authorization == nil || p.asksOn())
}

// asksOn reports whether the answer of p is a message of a handshake, which wants
// another (RFC 4559, section 5; NTLM).
func (p *challenge) asksOn() bool {
	return slices.ContainsFunc(p.Response.Header.All("WWW-Authenticate"), func(v string) bool {
		scheme, message, _ := strings.Cut(strings.TrimSpace(v), " ")
		return message != "" && (strings.EqualFold(scheme, "NTLM") || strings.EqualFold(scheme, "Negotiate"))
	})
}

// ended reports whether s sent an access token of which it or the answer says that
// it is past its end.
func ended(s *rule.Subject) bool {
	if !s.Has(rule.OffersBearer) {
		return false
	}
	if j := s.Authorization.JWT(); j != nil && j.Expires > 0 && time.Unix(j.Expires, 0).Before(s.Time()) {
		return true
	}
	v := strings.ToLower(s.Answer("WWW-Authenticate"))
	return strings.Contains(v, "invalid_token") && strings.Contains(v, "expire")
}

// loggedOut reports whether s is of a browser that knows that it is not logged in.
func loggedOut(s *rule.Subject) bool {
	if s.Authorization != nil || !s.Browser() {
		return false
	}
	cookies, _ := http.ParseCookie(s.Sent("Cookie"))
	return slices.ContainsFunc(cookies, func(c *http.Cookie) bool {
		return c.Name == "atlassian.xsrf.token" && strings.HasSuffix(c.Value, "lout")
	})
}
