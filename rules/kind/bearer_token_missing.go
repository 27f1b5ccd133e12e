package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bearer-token-missing",
	Title: "The Bearer token is empty or the word null",
	Doc: `The program sent ` + "`Bearer`" + ` with nothing after it, or with what programs print for a value that is not
there: ` + "`null`" + `, ` + "`undefined`" + `, ` + "`None`" + `, ` + "`[object Object]`" + `. The step that should have fetched the token failed
or was not waited for, or a variable is not set. The servers call such a token invalid or even
expired, which sends people looking in the wrong place.

The bytes prove it. Values that the capture itself hides are not reported.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	When:     rule.OffersBearer,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"access-token-expired", "basic-credential-as-bearer", "retrying-refused-credential"}, rule.TokenRefusals),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Look at the request before this one, or at the variable, from which the token should have come; stop there if it is empty"),
		Command:    redact.Const(`: "${T:?the token is empty}"`),
		PowerShell: redact.Const(`if (-not $t) { throw "the token is empty" }`),
	}},
	References: []rule.Reference{
		{Title: "RFC 6750, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-2.1"},
		{Title: "swoodford/migrate_bitbucket_server_to_bitbucket_cloud#1", URL: "https://github.com/swoodford/migrate_bitbucket_server_to_bitbucket_cloud/issues/1"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if c.Masked || !credential.NullWord(c.Param) {
			return
		}
		span, want := [2]int{c.ParamAt, c.ParamAt + len(c.Param)}, redact.Const("a token")
		if c.Param == "" {
			p.Proven(s, redact.Const("Nothing follows the word Bearer: there was no token to send."), s.Auth([2]int{}, redact.Const("Bearer and nothing else"), want))
			return
		}
		word := redact.OneOf(strings.Trim(c.Param, "\"' "), "null", "undefined", "None", "nil", "false", "NaN", "[object Object]", "<nil>", "(null)", "")
		p.Proven(s, redact.Const("The word after Bearer is not a token but what a program prints for a value that is not there."), s.Auth(span, word, want))
	},
})
