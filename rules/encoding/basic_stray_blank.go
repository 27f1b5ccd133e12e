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
	Title: "A blank surrounds the user name or the token",
	Doc: `The decoded pair has a blank or a tab at the start or the end of the user name, the
password or the token. It was pasted along with the text, or stands in a settings file after
the equals sign. The server takes both halves literally (RFC 7617, section 2) and looks for an
account, or compares a token, with the blank in it.

On Data Center a password may really end in a blank, so there the finding is only a
possibility, and is made only where the login was refused. A half that is nothing but blanks
is left to basic-part-missing, blanks around the encoded value as a whole are allowed.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Copy the e-mail address and the token again without the blank, and encode them with nothing but the colon between them"),
		Command:    encodeSh,
		PowerShell: redact.Const(`[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email.Trim(),$t.Trim())))`),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Send the same pair again without the blank.")},
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
		found := slipsIn(s, b, redact.Const("no blank"), credential.StrayBlank)
		switch {
		case found.evidence == nil:
		case !found.meant:
			report(p, s, rule.Proven, redact.Const("A blank stands at the start or the end of the user name or the token. The server takes it for a part of it."), found.evidence...)
		case s.Has(rule.Failing):
			report(p, s, rule.Possible, redact.Const("A blank stands at the start or the end of the password. If it does not belong to it, the server refuses the password."), found.evidence...)
		}
	},
})
