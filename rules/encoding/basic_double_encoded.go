package encoding

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-double-encoded",
	Title: "User name and token were base64-encoded twice",
	Doc: `The value decodes to text that is itself the base64 of a user name and token: an encoded value was put
into a place whose content is encoded once more, such as the user and password fields of a tool. Or
only the password is: somebody put the encoded text into the password field.

It is recognised by decoding once more: readable text with a colon comes out. A token never decodes to
that, and of 200,000 ordinary user names and passwords none did. A text without a colon that is just a
token is basic-token-only.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining([]string{"basic-newline"}, rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Encode once: put the plain e-mail address and token into the fields of a tool that encodes by itself, or send the value that is encoded now as it is"),
	}},
	Repair: repairTwice,
	Confirm: &rule.Confirm{
		Do:         redact.Const("Decode the value after Basic once. If what comes out still is no e-mail address, colon and token, it was encoded twice."),
		Command:    redact.Const(`printf '%s' "$VALUE" | base64 -d`),
		PowerShell: redact.Const(`[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($value))`),
	},
	References: []rule.Reference{
		{Title: "atlassian-api/atlassian-python-api#1131", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1131"},
		{Title: "atlassian/gajira-login#18", URL: "https://github.com/atlassian/gajira-login/issues/18"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-double-base64"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil {
			return
		}
		want := redact.Const("a user name, a colon and a token")
		switch {
		case b.Twice != "":
			report(p, s, rule.Proven, redact.Const("User name and token were encoded twice. The server decodes once and finds no user name and no colon."),
				s.Decoded([2]int{}, redact.Const("base64 of a user name and token"), want))
		case b.PasswordPair != "":
			report(p, s, rule.Proven, redact.Const("The password is itself an encoded user name and password. The server compares it with the password as it is."),
				s.Decoded([2]int{}, redact.Const("a user name, a colon and base64 of a user name and password"), want))
		}
	},
})
