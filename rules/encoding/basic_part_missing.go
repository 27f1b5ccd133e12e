package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-part-missing",
	Title: "The user name or the token is empty",
	Doc: `The user name, the token or both are missing from the encoded text, or nothing at all follows the word
Basic. Nearly always a variable was not set when the request was made: the secret was not handed to
the job, or its name is misspelt.

An empty user name or token, a bare e-mail address or user name without a colon, and a lone Basic are proof. A lone
Basic is reported only where the request fails, because programs that clean captures sometimes empty the value.
Trello, Opsgenie and Statuspage are not reported: there an empty part is usual.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Products: target.Atlassian &^ target.SetOf(target.Trello, target.Opsgenie, target.Statuspage),
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Set the variable that holds the missing part, and let the script stop when it is not set"),
		Command:    redact.Const(`: "${EMAIL:?not set}" "${T:?not set}"`),
		PowerShell: redact.Const(`if (-not $email -or -not $t) { throw "email or t is not set" }`),
	}},
	References: []rule.Reference{
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
		{Title: "postmanlabs/postman-app-support#8777", URL: "https://github.com/postmanlabs/postman-app-support/issues/8777"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-email-only", "basic-empty-password", "basic-empty-username", "basic-empty-param"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Authorization.Param == "" {
			if s.Has(rule.Failing) {
				p.Proven(s, redact.Const("Nothing follows the word Basic."),
					s.Auth([2]int{}, redact.Const("the scheme word alone"), redact.Const("Basic and the encoded user name and token")))
			}
			return
		}
		b := s.TextPair()
		if b == nil || b.Twice != "" || b.UserClass == credential.PAT || b.UserClass == credential.JWTToken {
			return
		}
		user, password := missing(b.User), missing(b.Password)
		switch {
		case !b.HasColon:
			if b.TokenOnly() && namesUser(b) && !othersToken(b.UserClass) {
				p.Proven(s, redact.Const("The encoded text is only a user name: the colon and the token are missing."),
					s.Decoded([2]int{}, redact.Const("a user name without a colon"), redact.Const("user name, colon and token")))
			}
		case user && password:
			p.Proven(s, redact.Const("User name and token are both missing."),
				s.Decoded([2]int{}, redact.Const("a colon alone"), redact.Const("user name, colon and token")))
		case user:
			p.Proven(s, redact.Const("The user name is missing: nothing stands before the colon."),
				s.Decoded([2]int{}, redact.Const("nothing before the colon"), redact.Const("the user name there")))
		case password && b.UserClass.MachineMade():
			p.Proven(s, redact.Const("The token stands where the user name belongs, and nothing follows it."),
				s.Decoded([2]int{}, redact.Const("a token before the colon"), redact.Const("user name, colon and token")))
		case password:
			p.Proven(s, redact.Const("The token or password is missing: nothing stands after the colon."),
				s.Decoded([2]int{}, redact.Const("nothing after the colon"), redact.Const("the token there")))
		}
	},
})

// missing reports whether a half is empty, or holds only what surrounds one.
func missing(half string) bool {
	return strings.TrimLeft(half, " \t\r\n\"'") == ""
}
