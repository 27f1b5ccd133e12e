package rule

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// NotSent reports whether the request was read from a command or from settings
// and nothing is known of an answer.
func (s *Subject) NotSent() bool {
	return s.Fidelity == exchange.AsConfigured && s.Response == nil && s.Failure == nil
}

// Supposed returns a copy of s as if the server had refused the request with an
// empty 401. Rules about the credential alone ([Rule.OfCredential]) look at it to
// judge a request that was not sent; what they say of the answer
// ([Evidence.OfAnswer]) was not seen.
func (s *Subject) Supposed() *Subject {
	x := *s.Exchange
	x.Response = &exchange.Response{Status: 401, Body: exchange.Body{Size: -1}}
	c := s.With(&x)
	c.Traits &^= Unanswered | Failing | Troubled
	c.answered()
	return c
}

// OfCredential reports whether r judges what one request offers, and nothing
// that comes after.
func (r *Rule) OfCredential() bool {
	l := r.Ranks()
	return r.Each != nil && l >= LayerSyntax && l <= LayerKind
}

// OfAnswer reports whether e is about the response.
func (e Evidence) OfAnswer() bool { return strings.HasPrefix(e.Part.String(), "response") }
