package encoding

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-base64-variant",
	Title: "The wrong base64 variant was used (URL-safe or without padding)",
	Doc: `There are two alphabets of base64. Basic needs the standard one with + and / (RFC 7617, section 2, and
RFC 4648, section 4); libraries also offer one for URLs with - and _ in their place, and leave out the
= at the end. A server that takes base64 literally cannot read user name and token, or reads others.

The alphabet is proof, where the value decodes to a readable user name, a colon and more. Missing
padding alone is forgiven by many servers: it is only a possibility, reported only where the request
fails. Raw tokens, which hold - and _, too, are left to basic-token-only, and plain text to
basic-not-encoded.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Refusals,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode user name and token with the standard alphabet of base64 (+ and /) and with the = at the end"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair:  repairAlphabet,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same user name and token again, encoded with standard base64.")},
	References: []rule.Reference{
		{Title: "RFC 4648, section 4", URL: "https://www.rfc-editor.org/rfc/rfc4648#section-4"},
		{Title: "RFC 4648, section 5", URL: "https://www.rfc-editor.org/rfc/rfc4648#section-5"},
		{Title: "RFC 4648, section 3.2", URL: "https://www.rfc-editor.org/rfc/rfc4648#section-3.2"},
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-param-base64url", "basic-param-unpadded"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil || !b.HasColon {
			return
		}
		switch {
		case b.Encoding == credential.URLAlphabet:
			report(p, s, rule.Proven, redact.Const("User name and token are encoded with the base64 alphabet for URLs. The server reads the standard alphabet."),
				s.Auth([2]int{}, redact.Const("- or _"), redact.Const("+ or / in their place")))
		case b.Encoding == credential.Unpadded && s.Has(rule.Failing):
			report(p, s, rule.Possible, redact.Const("The padding at the end of the encoded text is missing. Strict servers refuse that."),
				s.Auth([2]int{}, redact.Const("no = at the end"), redact.Const("a length that is a multiple of four")))
		}
	},
})
