package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "auth-scheme-missing",
	Title: "Authorization lacks the word Basic or Bearer",
	Doc: `The Authorization header holds the credential alone, without the word Basic or Bearer before it (RFC 9110, section
11.6.2). The server does not know what to make of it and takes the call for an anonymous one: Data Center
(self-hosted) then answers without X-Seraph-LoginReason, as if nothing had been sent.

A value in which a token, or a user name and token, encoded or in clear, is recognised, and an empty one, are proof.
Any other text without a scheme word is likely the same.

Jira Align has its own rule (align-bearer-missing), and so have placeholders, quotes around the whole value, header
names and pieces of a command line in it. Masked values are not reported.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization | rule.OffersOther,
	Products: target.Atlassian &^ target.SetOf(target.Align, target.Trello, target.Statuspage),
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, unread),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Put the scheme word and one space before the value: Basic for an encoded user name and token, Bearer for a token"),
	}},
	Repair:  repairMissing,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same value with Basic (or Bearer) and a space before it.")},
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		extra, _, _ := c.Extra()
		if c.Scheme != credential.NoScheme || c.Masked || extra != credential.NoExtra && extra != credential.ParamName {
			return
		}
		basic, bearer := redact.Const("Basic and a space before it"), redact.Const("Bearer and a space before it")
		proven := func(message, saw, want redact.Text) { p.Proven(s, message, s.Auth([2]int{}, saw, want)) }
		switch {
		case c.Class == credential.Placeholder, c.Class == credential.Masked:
		case c.Class == credential.Empty:
			proven(redact.Const("The Authorization header is empty."), redact.Const("nothing"), redact.Const("a scheme word and a credential"))
		case credential.NullWord(c.Param):
			proven(redact.Const("The Authorization header holds what programs print for a value that is not there."), redact.Const("a word such as null or undefined"), redact.Const("a scheme word and a credential"))
		case c.Fits() == credential.Basic && c.Class == credential.Unrecognized && !strings.HasPrefix(c.Param, "eyJ"):
			proven(redact.Const("The encoded user name and token stand in the header without the word Basic."), redact.Const("an encoded user name and token alone"), basic)
		case c.Class == credential.APIToken, c.Class == credential.AppPassword:
			p.Report(s, rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The API token stands in the header alone, without the word Basic and without the e-mail address."),
				Evidence:  []rule.Evidence{s.Auth([2]int{}, redact.Const("an API token alone"), redact.Const("Basic, a space and the encoded user name and token"))},
				Fix: []rule.Fix{{
					Who: rule.Caller, Do: redact.Const("Send Basic, a space and the base64 encoding of e-mail address, colon and token"),
					Command: encodeSh, PowerShell: encodePS,
				}},
			})
		case c.Fits() == credential.Bearer, c.Fits() == credential.JWT:
			proven(redact.Const("The token stands in the header alone, without the word Bearer."), redact.Const("a token alone"), bearer)
		case inClear(c):
			p.Report(s, rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("User name and token stand in the header in clear: neither encoded, nor with the word Basic before it."),
				Evidence:  []rule.Evidence{s.Auth([2]int{}, redact.Const("a user name and token in clear"), redact.Const("Basic, a space and the encoded user name and token"))},
				Fix: []rule.Fix{{
					Who: rule.Caller, Do: redact.Const("Encode user name and token as base64 and put Basic and one space before it, or let curl do both with -u"),
					Command: encodeSh, PowerShell: encodePS,
				}},
			})
		default:
			p.Likely(s, redact.Const("The Authorization header holds a value without a scheme word."),
				s.Auth([2]int{}, redact.Const("a value without a scheme word"), redact.Const("Basic or Bearer, a space and the credential")))
		}
	},
})
