package client

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// answeredWithin is the time within which a client answers a challenge.
const answeredWithin = 5 * time.Second

var _ = Set.Add(&rule.Rule{
	ID:    "challenge-response-ok",
	Title: "An ordinary challenge and answer, not a failure",
	Doc: `The client asked without a credential, was told with 401 which one is wanted, and sent the same request again with it:
this time with success. That is how HTTP means it to be. With NTLM and Kerberos it takes two or three requests, and a
forward proxy asks with 407. Nothing is wrong; a client that sends the credential at once saves a round trip, and on
Data Center (self-hosted), where many answers to a request without credential are no challenge, it is the only way
that works.

It is recognised by a 401 or 407 that is followed within five seconds by the same request of the same client, with a
credential, and an answer of success.`,
	Area: rule.Client, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who: rule.Nobody,
		Do:  redact.Const("Nothing to do; sending the credential at once (preemptive authentication) saves a round trip"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.6.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for i, s := range ses.Subjects {
			if s.Status() != 401 && s.Status() != 407 || s.Has(rule.Failing) {
				continue
			}
			for _, n := range ses.Subjects[i+1:] {
				if !s.Start.IsZero() && n.Start.Sub(s.Start) > answeredWithin {
					break
				}
				if n.Request.Method != s.Request.Method || n.Request.URL != s.Request.URL || !answers(s, n) {
					continue
				}
				p.Proven(s, message(s, n), s.StatusLine(redact.Text{}), n.StatusLine(redact.Text{}))
				break
			}
		}
	},
})

// answers reports whether n ends the handshake that s began.
func answers(s, n *rule.Subject) bool {
	if n.Has(rule.Failing) || n.HasOne(rule.Is401) || n.Status() == 407 {
		return false
	}
	return s.Status() == 407 && n.Has(rule.Answered) ||
		n.Has(rule.HasAuthorization) && n.HasOne(rule.Is2xx|rule.Is3xx)
}

func message(s, n *rule.Subject) redact.Text {
	switch {
	case s.Status() == 407:
		return redact.Const("The proxy asked for a login and the client gave it.")
	case n.Authorization.Scheme == credential.Negotiate || n.Authorization.Scheme == credential.NTLM,
		strings.HasPrefix(strings.ToLower(s.Answer("WWW-Authenticate")), "negotiate"):
		return redact.Const("The server and the client exchanged a Kerberos or NTLM login in several steps, with success.")
	}
	return redact.Const("The server asked for a credential, and the client sent it with success.")
}
