package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-stray-blank",
	Title: "A space stands before or after the user name or token",
	Doc: `The decoded text has a space or a tab at the start or the end of the user name, the password or the token. It was
pasted along with the text, or stands in a settings file after the equals sign. The server takes both parts literally
(RFC 7617, section 2) and looks for an account, or compares a token, with the space in it.

On Data Center (self-hosted) a password may really end in a space, so there the finding is only a
possibility, and is reported only where the login was refused. A user name or password that is nothing
but spaces is left to basic-part-missing; spaces around the encoded value as a whole are allowed.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Copy the e-mail address and the token again without the space, and encode them with nothing but the colon between them"),
		Command:    encodeSh,
		PowerShell: redact.Const(`[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email.Trim(),$t.Trim())))`),
	}},
	Repair:  repairPair(redact.Const("the space removed"), credential.StrayBlank),
	Confirm: &rule.Confirm{Do: redact.Const("Send the same user name and token again without the space.")},
	References: []rule.Reference{
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-leading-trailing-blank"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil || b.HasColon && (strings.TrimSpace(b.User) == "" || strings.TrimSpace(b.Password) == "") {
			return
		}
		found := slipsIn(s, b, redact.Const("no space"), credential.StrayBlank)
		switch {
		case found.evidence == nil:
		case !found.meant:
			report(p, s, rule.Proven, redact.Const("A space stands at the start or the end of the user name or the token. The server takes it for a part of it."), found.evidence...)
		case s.Has(rule.Failing):
			report(p, s, rule.Possible, redact.Const("A space stands at the start or the end of the password. If it does not belong to it, the server refuses the password."), found.evidence...)
		}
	},
})
