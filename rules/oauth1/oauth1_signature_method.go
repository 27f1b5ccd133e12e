package oauth1

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-signature-method",
	Title: "The signature method is not accepted",
	Doc: `OAuth 1.0a knows several ways to sign. Application links of Atlassian take RSA-SHA1: the client signs with a private
key, and the link holds the public one. Most libraries sign with HMAC-SHA1 unless they are told otherwise, for which the
server has no secret.

The proof is the answer ` + "`oauth_problem=signature_method_rejected`" + `. HMAC or PLAINTEXT in a request to Jira that was
refused is likely the reason if the server found the signature wrong, and possible if it gave no reason: a link can be
set up for HMAC, which is rare.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"oauth1-signature-invalid"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Sign with RSA-SHA1 and the private key whose public key is in the application link"),
		Command: redact.Const("openssl genrsa -out private.pem 2048; openssl rsa -in private.pem -pubout -out public.pem   " +
			"# public.pem goes into the application link"),
	}},
	References: []rule.Reference{
		troubleshooting,
		{Title: "gsingers/slack-jira-plugin#36", URL: "https://github.com/gsingers/slack-jira-plugin/issues/36"},
		{Title: "javaee/jersey#2632", URL: "https://github.com/javaee/jersey/issues/2632"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := signed(s)
		method := ""
		if c != nil {
			method, _ = c.OAuth1Param("oauth_signature_method")
		}
		other := strings.HasPrefix(strings.ToUpper(method), "HMAC-") || strings.EqualFold(method, "PLAINTEXT")
		var sent []rule.Evidence
		if method != "" {
			sent = []rule.Evidence{s.Auth([2]int{}, redact.Sprintf("oauth_signature_method %s", redact.OneOf(method,
				"HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512")), redact.Const("RSA-SHA1"))}
		}
		if e, ok := problem(s, redact.Const("signature_method_rejected")); ok {
			p.Proven(s, redact.Const("The server does not take this way of signing: application links want RSA-SHA1."), append(sent, e...)...)
			return
		}
		if !other || !s.Has(rule.Failing) || s.Has(rule.Recognized) {
			return
		}
		if e, ok := problem(s, redact.Const("signature_invalid")); ok {
			p.Likely(s, redact.Const("The request is signed with a shared secret. Application links take RSA-SHA1, and the server finds the signature wrong."), append(sent, e...)...)
			return
		}
		if code, _ := s.OAuth1Problem(); code == "" && !s.AnotherMatter() {
			p.Possible(s, redact.Const("The request is signed with a shared secret. Application links take RSA-SHA1, unless they were set up otherwise."), sent...)
		}
	},
})
