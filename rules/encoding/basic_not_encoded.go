package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-not-encoded",
	Title: "User name and token after Basic are plain text",
	Doc: `After the word Basic stand user name and token themselves, as in
` + "`Basic me@example.com:TOKEN`" + `, instead of their base64 encoding. The server tries to decode
them, gets nothing, and takes the call for an anonymous or a refused one.

A colon or an @ in a value that is no base64 is proof. A value that has neither, and characters that
base64 has not, cannot be an encoded user name and token either; that it was meant as these is only
likely. Parameters such as those of Digest, values that a capture masked, placeholders, raw tokens
(basic-token-only) and pieces of a command line (curl-option-in-header) are not reported.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the base64 encoding of user name, colon and token after Basic, or let curl make it with -u"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair: repairClear,
	References: []rule.Reference{
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
		{Title: "apache/incubator-devlake#44", URL: "https://github.com/apache/incubator-devlake/issues/44"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-not-base64"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c, b := s.Authorization, s.Basic()
		if s.Partial(c) && strings.IndexByte(c.Param, ':') >= 0 {
			p.Proven(s, redact.Const("A colon stands in clear after Basic, between what the shell puts in. The server expects user name, colon and token base64-encoded."),
				s.Auth([2]int{}, redact.Const("a colon, which base64 has not"), redact.Const("the base64 encoding of user name, colon and token")))
			return
		}
		if c.Masked || c.Param == "" || b.IsToken() || b.Encoding != credential.NotBase64 {
			return
		}
		if extra, _, _ := c.Extra(); extra != credential.NoExtra {
			return
		}
		if second, _ := c.Joined(); second >= 0 {
			return // authorization-duplicated
		}
		want := redact.Const("the base64 encoding of user name, colon and token")
		switch {
		case b.Plain && b.HasColon:
			report(p, s, rule.Proven, redact.Const("User name and token stand after Basic in clear. The server expects them base64-encoded."),
				s.Auth([2]int{}, redact.Const("a user name, a colon and more, in clear"), want))
		case b.Plain:
			report(p, s, rule.Proven, redact.Const("An e-mail address stands after Basic in clear. The server expects user name and token, base64-encoded."),
				s.Auth([2]int{}, redact.Const("text with an @, which base64 has not"), want))
		case !strings.Contains(c.Param, `="`) && !strayOnly(c):
			p.Likely(s, redact.Const("What stands after Basic cannot be base64. The server expects user name and token, base64-encoded."),
				s.Auth([2]int{}, redact.Const("characters that base64 has not, or padding in the middle"), want))
		}
	},
})

// strayOnly reports whether c is no base64 only for characters that other rules
// are about.
func strayOnly(c *credential.Credential) bool {
	for _, f := range c.Flaws() {
		switch f.Kind {
		case credential.Control, credential.CurlyQuote, credential.NonASCII, credential.NonUTF8, credential.InnerBreak:
			return true
		}
	}
	return false
}
