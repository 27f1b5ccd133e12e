package encoding

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credential-percent-encoded",
	Title: "The credential is still percent-encoded",
	Doc: `User name or token hold escapes such as %40 for @ or %3D for =. They were copied from a URL,
or escaped for one, and nobody undid it. In a header the escapes are taken literally.

The escapes looked for are those of @ = + / and the colon, in user name and token, in the value as a whole, and left
over in the user information of a URL after the client undid one layer. Others occur in passwords. In a password of
Data Center (self-hosted), which people choose themselves, they are only a possibility, reported only where the
request fails. Jira Align, whose tokens may hold a percent sign, has its own rule (align-token-mangled).`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersAny,
	Products: target.Atlassian &^ target.SetOf(target.Align),
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Undo the percent-encoding before the credential goes into the header: me%40example.com is me@example.com"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair:  repairEscapes,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same credential again without the escapes.")},
	References: []rule.Reference{
		{Title: "RFC 3986, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc3986#section-2.1"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-url-encoded"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		userinfo(p, s)
		c := s.Authorization
		if c == nil || c.Masked {
			return
		}
		if extra, _, _ := c.Extra(); extra == credential.CurlOption {
			return
		}
		want := redact.Const("the character itself")
		b := s.TextPair()
		if c.Basic != nil && c.Basic.Plain {
			b = c.Basic
		}
		if b != nil {
			found := slipsIn(s, b, want, credential.Percent)
			switch {
			case found.evidence == nil:
			case !found.meant:
				report(p, s, rule.Proven, redact.Const("User name or token still hold percent escapes, as they stand in a URL. The server takes them literally."), found.evidence...)
				return
			case s.Has(rule.Failing):
				report(p, s, rule.Possible, redact.Const("The password holds percent escapes, as they stand in a URL. If they were not meant, the server refuses the password."), found.evidence...)
				return
			}
			if b.Plain {
				return
			}
		}
		if f, ok := c.Flaw(credential.Percent); ok && c.Class != credential.AlignToken {
			report(p, s, rule.Proven, redact.Const("The value after the scheme word is percent-encoded, as in a URL. The server takes the escapes literally."), inValue(s, f, want))
		}
	},
})

// userinfo looks for escapes that are left in the user information of the URL
// after the client undid one layer: it was escaped twice.
func userinfo(p *rule.Pass, s *rule.Subject) {
	list := s.Offers.In(credential.InUserinfo)
	for i := range list {
		c := &list[i]
		if f, ok := c.Basic.Flaw(credential.Percent); ok && !c.Masked && !inPassword(c.Basic, f) {
			p.Proven(s, redact.Const("User name or token in the URL are percent-encoded twice: the client undoes that once."),
				s.CredentialPart(c, [2]int{}, redact.Const("an escape of an escape, such as %2540"), redact.Const("one layer of escapes")))
			return
		}
	}
}
