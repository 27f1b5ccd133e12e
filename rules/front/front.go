// Package front holds the rules about redirects, and servers that stand in front of the product.
package front

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// behind is the products that customers run themselves, mostly behind a server
// of their own that takes the requests first.
const behind = target.DataCenter | 1<<target.Crowd

// location is evidence of where the answer redirects to.
func location(s *rule.Subject, want redact.Text) rule.Evidence {
	if s.Answer("Location") != "" {
		return s.AnswerField("Location", want)
	}
	return s.Part(redact.Const("redirect target"), redact.URL(s.Response.Redirect), want)
}

// carried reports whether the request certainly went out with a credential, be
// it that the capture shows it, or that a cleaned capture proves by the size of
// the header that one was left out.
func carried(s *rule.Subject) bool {
	const least = len("Authorization: x\r\n")
	return s.Has(rule.HasAuthorization) || s.AsksForData() && s.Request.Removed.Known && s.Request.Removed.Bytes >= least
}

// bare reports whether the request went out without Authorization, as far as
// the capture shows. What rests on it must say so.
func bare(s *rule.Subject) bool {
	return !s.Has(rule.HasAuthorization) && s.Request.Removed.Bytes == 0 && s.Sees(exchange.Credentials) != exchange.Hidden
}

// schemeWord returns the scheme word of a challenge (RFC 9110, section 11.6.1)
// in lower case.
func schemeWord(challenge string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
	return strings.ToLower(word)
}

// splitChallenges splits a field that a capture, or the server, made of several
// challenges. Commas also stand between the parameters of one challenge; those
// parts have no scheme word and are passed over.
func splitChallenges(v string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\n' }) {
		part = strings.TrimSpace(part)
		word, rest, _ := strings.Cut(part, " ")
		if word != "" && (!strings.Contains(word, "=") || rest != "") {
			out = append(out, part)
		}
	}
	return out
}
