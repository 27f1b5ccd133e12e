package encoding

import (
	"slices"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credential-invisible-character",
	Title: "An invisible or control character is inside the credential or the header value",
	Doc: `The credential holds a character that nobody can see: a zero-width space, a no-break
space, a soft hyphen, a byte order mark, a control character. It came along when the token was
copied from a web page, a document or a chat, or the file that it was read from begins with a
byte order mark. To the server it is another password.

It is looked for in the decoded user name and token and in the header value itself, where nothing but
visible ASCII belongs (RFC 9110, section 5.5).

Line breaks, spaces and typographic quotes have rules of their own, non-ASCII letters in them are left
to basic-non-ascii, and a letter or dash that does not belong into a token to token-damaged. Bullets
or stars with which a capture replaced the secret are no defect of the caller. In a password on Data
Center (self-hosted), where people choose it, the finding is not certain.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals[:2], unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Copy the token again from the dialog that shows it, or type the user name, and look for the character in the file that holds it"),
		Command:    redact.Const(`LC_ALL=C grep -n '[^ -~]' token.txt`),
		PowerShell: redact.Const(`Format-Hex token.txt`),
	}},
	Repair: repairEither(redact.Const("the character that cannot be seen removed"),
		credential.ByteOrderMark, credential.Invisible, credential.NoBreakSpace, credential.Control),
	References: []rule.Reference{
		{Title: "RFC 7617, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2.1"},
		{Title: "RFC 9110, section 5.5", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-5.5"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-nonprinting-in-credential", "basic-utf8-bom", "auth-header-control-bytes"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if evidence := unseenInValue(s); evidence != nil {
			report(p, s, rule.Proven, redact.Const("The header value holds a character that does not belong into one: invisible, or not ASCII. The server does not recognise the credential with it."), evidence...)
			return
		}
		b := s.TextPair()
		if b == nil {
			return
		}
		found := slipsIn(s, b, redact.Const("visible characters only"),
			credential.ByteOrderMark, credential.Invisible, credential.NoBreakSpace, credential.Control)
		if found.evidence == nil {
			return
		}
		message := redact.Const("The encoded user name and token hold an invisible or control character. The server takes it for a part of them.")
		if _, ok := b.Flaw(credential.ByteOrderMark); ok {
			message = redact.Const("The encoded text begins with a byte order mark, as files of Windows programs do. The server takes it for a part of the user name.")
		}
		certainty := rule.Proven
		if found.meant {
			certainty = rule.Likely
		}
		report(p, s, certainty, message, found.evidence...)
	},
})

// unseenInValue returns evidence about characters of the field value itself.
func unseenInValue(s *rule.Subject) []rule.Evidence {
	c := s.Authorization
	flaws := c.Flaws()
	if flaws == nil || c.Masked {
		return nil
	}
	kinds := []credential.FlawKind{credential.ByteOrderMark, credential.Invisible, credential.NoBreakSpace, credential.Control}
	clear := c.Basic != nil && c.Basic.Plain // basic-not-encoded says what matters there
	damage, _ := credential.DamageOf(c.Token)
	if !clear && damage.Foreign <= 0 && c.Scheme != credential.OAuth1 && c.Scheme != credential.Digest {
		kinds = append(kinds, credential.NonASCII, credential.NonUTF8)
	}
	var out []rule.Evidence
	for _, f := range flaws {
		if slices.Contains(kinds, f.Kind) && (!clear || f.At < c.ParamAt) {
			out = append(out, inValue(s, f, redact.Const("visible ASCII characters only")))
		}
	}
	return out
}
