package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "authorization-duplicated",
	Title: "Two credentials were sent in one request",
	Doc: `The request has two Authorization headers, or one whose value holds two credentials joined by a comma: -u and -H
together, a retry that adds the header instead of setting it, a plugin that adds an empty user name and password.
Authorization is not a list (RFC 9110, sections 5.3 and 11.6.2): which of the two counts is a matter of luck, and many
servers refuse both.

Two different credentials are proof. The same one twice may be how the capture was written, so that is only a
possibility, reported only where the request fails. The commas of OAuth 1.0a and Digest do not count; a scheme word
must follow.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	// Not the layer of the area: that the first of the two was accepted
	// elsewhere clears it, but not the request that has a second one.
	Layer:    rule.LayerAbsent,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, []string{"basic-part-missing", "api-token-expired", "credential-stopped-working"}),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Send Authorization once: drop either -u or the header, and set it on a retry instead of adding it"),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Send the request with each of the two credentials alone.")},
	References: []rule.Reference{
		{Title: "RFC 9110, section 5.3", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-5.3"},
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
		{Title: "kubernetes-sigs/prow#437", URL: "https://github.com/kubernetes-sigs/prow/issues/437"},
		{Title: "jfrog/jenkins-artifactory-plugin#452", URL: "https://github.com/jfrog/jenkins-artifactory-plugin/issues/452"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-header-duplicated", "auth-header-comma-joined"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		list := s.Offers.Authorization()
		want := redact.Const("one Authorization header")
		if len(list) > 1 {
			var evidence []rule.Evidence
			same := true
			for i := range list {
				same = same && list[i].Raw == list[0].Raw
				evidence = append(evidence, s.CredentialPart(&list[i], [2]int{},
					redact.Sprintf("scheme word: %s", schemeName(list[i].Word)), want))
			}
			switch {
			case !same:
				p.Proven(s, redact.Const("The request has several Authorization headers with different credentials."), evidence...)
			case s.Has(rule.Failing):
				p.Possible(s, redact.Const("The request has the same Authorization header several times."), evidence...)
			}
			return
		}
		c := &list[0]
		at, second := c.Joined()
		if second == credential.NoScheme {
			at, second = afterBreak(c)
		}
		if second == credential.NoScheme || c.Masked {
			return
		}
		word, _, _ := strings.Cut(c.Raw[at:], " ")
		p.Proven(s, redact.Const("The Authorization header holds two credentials, one after the other."),
			place(s, at, at+len(word), redact.Sprintf("a second scheme word: %s", schemeName(word)), want))
	},
})

// afterBreak looks for a second scheme word after a line break, with which some
// programs that write captures join fields of one name.
func afterBreak(c *credential.Credential) (int, credential.Scheme) {
	at := c.ParamAt
	for {
		i := strings.IndexByte(c.Raw[at:], '\n')
		if i < 0 {
			return -1, credential.NoScheme
		}
		at += i + 1
		if scheme, _ := credential.LeadingScheme(c.Raw[at:]); scheme != credential.NoScheme {
			return at, scheme
		}
	}
}
