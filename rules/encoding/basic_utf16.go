package encoding

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-utf16",
	Title: "User name and token were encoded as UTF-16 instead of UTF-8",
	Doc: `User name and token were turned into bytes as UTF-16 before they were base64-encoded, so that every
second byte is zero. In PowerShell and .NET this is what ` + "`[Text.Encoding]::Unicode`" + ` does,
the name notwithstanding; files written by older PowerShell are UTF-16, too. The server reads a user
name and a password with zero bytes between the letters.

It is recognised by the byte order mark, or by zero bytes at every second place. Text in UTF-8
has no zero bytes, so there is no innocent case.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode user name and token as UTF-8: in PowerShell and .NET use [Text.Encoding]::UTF8, not Unicode"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair:  repairUTF16,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same user name and token again, encoded as UTF-8.")},
	References: []rule.Reference{
		{Title: "Alert Logic: authorization header in PowerShell, done right", URL: "https://docs.alertlogic.com"},
		{Title: "Microsoft: Encoding.Unicode is UTF-16", URL: "https://learn.microsoft.com/dotnet/api/system.text.encoding.unicode"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.Basic()
		if b.UTF16 == "" || s.Authorization.Masked {
			return
		}
		report(p, s, rule.Proven, redact.Const("User name and token were encoded as UTF-16. The server reads them as UTF-8 and sees a zero byte beside every letter."),
			s.Decoded([2]int{0, 2}, redact.Sprintf("UTF-16, byte order %s", redact.OneOf(b.UTF16, "LE", "BE")), redact.Const("UTF-8")))
	},
})
