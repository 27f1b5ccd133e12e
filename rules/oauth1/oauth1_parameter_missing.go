package oauth1

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-parameter-missing",
	Title: "An OAuth 1 parameter is missing or of the wrong version",
	Doc: `A signed request of OAuth 1.0a names the consumer key, the method of the signature, the signature, a timestamp and a
nonce, and mostly a token. If one is missing, or the version is another than 1.0, the server stops there.

The proof is the answer ` + "`oauth_problem=parameter_absent`" + `, ` + "`parameter_rejected`" + ` or
` + "`version_rejected`" + `, or an Authorization header of a refused request that lacks one of the five. A missing
token is left to what the server says: the first step on the way to a token has none, and application links that act
for users do without. With PLAINTEXT neither time nor nonce are needed.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"oauth1-signature-invalid"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Let a library for OAuth 1.0a write the Authorization header (RSA-SHA1 for application links), and pass it the token and, for the access token, the verifier"),
	}},
	References: []rule.Reference{
		{Title: "RFC 5849, section 3.1", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.1"},
		{Title: "sumoheavy/jira-ruby#232", URL: "https://github.com/sumoheavy/jira-ruby/issues/232"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth1-param-missing"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if e, ok := problem(s, redact.Const("parameter_absent"), redact.Const("parameter_rejected")); ok {
			if names := named(s.OAuth1Echo("oauth_parameters_absent") + "&" + s.OAuth1Echo("oauth_parameters_rejected")); !names.IsZero() {
				e = append(e, s.Part(redact.Const("answer"), redact.Sprintf("it is about %s", names), redact.Text{}))
			}
			p.Proven(s, redact.Const("The server says that a parameter of OAuth is missing, or has a value that it does not take."), e...)
			return
		}
		if e, ok := problem(s, redact.Const("version_rejected")); ok {
			p.Proven(s, redact.Const("The server does not take this version of OAuth: oauth_version must be 1.0."), e...)
			return
		}
		c := signed(s)
		if c == nil || len(c.OAuth1) == credential.MaxOAuthParams || !s.Has(rule.Failing) || s.Has(rule.Recognized) {
			return
		}
		if code, _ := s.OAuth1Problem(); code != "" || s.AnotherMatter() {
			return
		}
		method, _ := c.OAuth1Param("oauth_signature_method")
		for i, name := range required {
			if _, ok := c.OAuth1Param(name.String()); ok || i >= timeAndNonce && strings.EqualFold(method, "PLAINTEXT") {
				continue
			}
			p.Proven(s, redact.Const("A parameter that every request of OAuth 1.0a needs is missing."),
				s.Auth([2]int{}, redact.Sprintf("no %s", name), name))
			return
		}
		if v, ok := c.OAuth1Param("oauth_version"); ok && v != "1.0" {
			p.Proven(s, redact.Const("The version of OAuth in the request is not 1.0."),
				s.Auth([2]int{}, redact.Sprintf("oauth_version %s", redact.OneOf(v, "1.0a", "1", "2.0", "2", "")), redact.Const("oauth_version 1.0, or none")))
		}
	},
})

// required are the parameters that every request has; with PLAINTEXT those from
// timeAndNonce on may be left out.
var required = [...]redact.Text{
	redact.Const("oauth_consumer_key"), redact.Const("oauth_signature_method"), redact.Const("oauth_signature"),
	redact.Const("oauth_timestamp"), redact.Const("oauth_nonce"),
}

const timeAndNonce = 3

// named shows the parameters that the server names in an answer, as far as they
// are known ones.
func named(list string) redact.Text {
	var out []redact.Text
	for _, n := range append(required[:], redact.Const("oauth_token"), redact.Const("oauth_verifier"), redact.Const("oauth_callback"), redact.Const("oauth_version")) {
		for _, w := range strings.FieldsFunc(list, func(r rune) bool { return r == '&' || r == ',' || r == ' ' }) {
			if w == n.String() {
				out = append(out, n)
				break
			}
		}
	}
	return redact.Join(", ", out...)
}
