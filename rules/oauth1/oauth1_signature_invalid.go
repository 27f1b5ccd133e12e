package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-signature-invalid",
	Title: "The OAuth 1 signature does not fit the request",
	Doc: `With OAuth 1.0a each request is signed: the client writes method, URL and parameters into one text, the base string,
and signs it with its private key. The server builds the same text from what arrives. If a single character differs,
or the key is not the one whose public half the application link holds, it answers
` + "`oauth_problem=signature_invalid`" + `.

That answer is the proof that the signature failed, but not why. Most servers send the base string that they used
along (` + "`oauth_signature_base_string`" + `): compare it with the one of the client. If it names another URL than
the one that was asked, that is a rule of its own (oauth1-base-url-behind-proxy), and so is a wrong signature method.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: rule.AnonymousEffects,
	Alternatives: []string{
		"wrong-signing-key", "url-changed-after-signing", "signature-encoding-slip", "oauth1-base-url-behind-proxy",
	},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Compare the oauth_signature_base_string of the answer with that of the client, character by character; " +
			"if they are equal, check that the private key belongs to the public key of the application link"),
		Command: redact.Const("openssl rsa -in private.pem -pubout   # compare with the public key of the application link"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Write out the base string that the client signs and compare it with the one in the answer of the server."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("scheme, host or port differ"), Means: "oauth1-base-url-behind-proxy"},
			{Seen: redact.Const("the path or the parameters differ"), Means: "url-changed-after-signing"},
			{Seen: redact.Const("the same characters, encoded in another way"), Means: "signature-encoding-slip"},
			{Seen: redact.Const("they are equal"), Means: "wrong-signing-key"},
		},
	},
	References: []rule.Reference{
		troubleshooting,
		{Title: "jira-node/node-jira-client#44", URL: "https://github.com/jira-node/node-jira-client/issues/44"},
		{Title: "RFC 5849, section 3.4.1", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		e, ok := problem(s, redact.Const("signature_invalid"))
		if !ok {
			return
		}
		if s.OAuth1Echo("oauth_signature_base_string") != "" {
			e = append(e, s.Part(redact.Const("answer, oauth_signature_base_string"), redact.Const("the text that the server checked the signature against"), redact.Const("the text that the client signed")))
		}
		p.Proven(s, redact.Const("The signature does not fit the request that arrived."), e...)
	},
})
