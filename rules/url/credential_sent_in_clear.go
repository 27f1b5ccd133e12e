package url

import (
	"bytes"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credential-sent-in-clear",
	Title: "A credential crossed the network unencrypted",
	Doc: `The request went to an ` + "`http://`" + ` URL with a credential in it: an Authorization header, the cookie of a
session that is logged in, or a login form. Basic is an encoding and no encryption, so whoever is on the way could
read user name and password.

An answered request with a credential to an http URL proves it. URLs of the same machine are not reported, nor is a
capture that was made behind a server which takes the encryption off and says so (` + "`X-Forwarded-Proto`" + `). The
cookie of a visitor who is not logged in is no credential.

It is never the reason why a request fails, and does not count as one.`,
	Area: rule.ProductAndURL, Severity: rule.Warning,
	When:  rule.Answered,
	Needs: exchange.Credentials,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use https, and replace the credential: anybody on the way could read it"),
	}},
	References: []rule.Reference{rfc7617Clear},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Target.Scheme != "http" || sameMachine(s.Target.Host) || !target.Atlassian.Has(s.Target.Product) ||
			s.Conn != nil && s.Conn.TLS != nil || strings.EqualFold(strings.TrimSpace(s.Sent("X-Forwarded-Proto")), "https") ||
			s.Response.Header.Has("Non-Authoritative-Reason") {
			return
		}
		e, ok := inClear(s)
		if !ok {
			return
		}
		p.Report(s, rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The request carried a credential to an http URL, where everybody on the way can read it."),
			Evidence:  []rule.Evidence{s.Address(redact.Const("https://")), e},
			Minor:     wrong(s), // true, but not why this failed
		})
	},
})

// inClear returns evidence of what the request carries that nobody should read.
func inClear(s *rule.Subject) (rule.Evidence, bool) {
	switch body := s.Request.Body.Head; {
	case s.Has(rule.HasAuthorization):
		return s.Auth([2]int{}, redact.Const("a credential"), redact.Text{}), true
	case s.Request.Method == "POST" && (s.Target.API == target.Session || s.Target.API == target.Login) && bytes.Contains(body, []byte("password")):
		return s.Part(redact.Const("request body"), redact.Const("a login with a password"), redact.Text{}), true
	case s.Has(rule.OffersCookie | rule.Recognized):
		for _, c := range s.Offers.In(credential.InCookie) {
			return s.CredentialPart(&c, [2]int{}, redact.Const("the cookie of a session that is logged in"), redact.Text{}), true
		}
	}
	return rule.Evidence{}, false
}
