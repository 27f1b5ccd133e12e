package dated

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "timestamp-in-milliseconds",
	Title: "A timestamp is in milliseconds instead of seconds",
	Doc: `The client counted the milliseconds since 1970 where seconds belong: JavaScript's ` + "`Date.now()`" + ` and Java's
` + "`System.currentTimeMillis()`" + ` do. To the server the time is some 50,000 years ahead, and it refuses the signature or
the token.

The proof is a number of 13 digits in ` + "`oauth_timestamp`" + ` of an OAuth 1.0a header, or in ` + "`iat`, `exp` or `nbf`" + ` of the
token that a Connect app makes. Numbers of seconds have ten digits until the year 2286.`,
	Area: rule.Time, Severity: rule.Error,
	Layer:    rule.LayerEncoding,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"clock-skew", "connect-jwt-lifetime", "connect-jwt-refused", "oauth1-signature-invalid"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use whole seconds since 1970: divide by 1000 and round down, as in Math.floor(Date.now() / 1000)"),
	}},
	References: []rule.Reference{
		{Title: "RFC 5849, section 3.3", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.3"},
		{Title: "RFC 7519, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7519#section-2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		want := redact.Const("a number of ten digits")
		if t, ok := signedAt(s); ok && t >= milliseconds {
			p.Proven(s, redact.Const("The timestamp of the signature counts milliseconds; OAuth 1.0a counts seconds."),
				s.Auth([2]int{}, redact.Const("oauth_timestamp of 13 digits"), want))
		}
		j, ok := own(s)
		if !ok {
			return
		}
		for _, c := range [...]struct {
			value int64
			name  redact.Text
		}{
			{j.IssuedAt, redact.Const("claim iat of 13 digits")},
			{j.Expires, redact.Const("claim exp of 13 digits")},
			{j.NotBefore, redact.Const("claim nbf of 13 digits")},
		} {
			if c.value >= milliseconds {
				p.Proven(s, redact.Const("A time in the token counts milliseconds; tokens count seconds."), j.at(c.name, want))
				return
			}
		}
	},
})
