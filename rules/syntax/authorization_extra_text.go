package syntax

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "authorization-extra-text",
	Title: "The Authorization value carries extra words",
	Doc: `There is more in the value than the scheme word once and the credential: the scheme word
twice, because a value that has it was put into a field of a tool that adds it; the name of the
header; or a name such as token= before the credential, as the interfaces of other products want.
The server takes the extra text for a part of the credential.

The words looked for occur in no credential, so there is no innocent case. OAuth 1.0a and Digest,
whose values consist of named parameters, are not reported. Pieces of a command line are
curl-option-in-header, and quotes around the whole value credential-quotes.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, []string{"connect-jwt-refused", "pat-sent-as-basic", "bearer-inside-basic"}, unread),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Leave only the scheme word once, one space and the bare credential: take out the second scheme word, the header name, or the name before the credential"),
	}},
	Repair:  repairExtra,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same value without the extra text.")},
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
		{Title: "pycontribs/jira#493", URL: "https://github.com/pycontribs/jira/pull/493"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-scheme-duplicated"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		extra, at, end := c.Extra()
		want := redact.Const("the scheme word once, one space and the credential")
		switch extra {
		case credential.SecondScheme:
			second, _ := credential.LeadingScheme(c.Param + " ")
			if c.Scheme == credential.UnknownScheme && second == credential.NoScheme {
				return
			}
			p.Proven(s, redact.Const("Two scheme words stand before the credential: the tool adds the word by itself."),
				s.Auth([2]int{at, end}, redact.Const("a second scheme word"), want))
		case credential.HeaderName:
			p.Proven(s, redact.Const("The name of the header stands in its value."),
				s.Auth([2]int{at, end}, redact.Const("the name of a header"), want))
		case credential.ParamName:
			if c.Scheme == credential.UnknownScheme {
				return // auth-scheme-unknown: such a word may want the name
			}
			p.Proven(s, redact.Const("A parameter name stands before the credential, as other products want it."),
				s.Auth([2]int{at, end}, redact.Const("a name such as token="), want))
		}
	},
})
