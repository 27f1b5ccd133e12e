package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-credential-as-bearer",
	Title: "A user name with a token, or a password, was sent as Bearer",
	Doc: `After Bearer stands what belongs after Basic: the base64 encoding of user name and password, or both in clear. No
product finds a token in it. Or it is a password, which never goes after Bearer.

A value that decodes to, or reads as, a readable user name, a colon and more is proof. On Data Center (self-hosted), a
bearer value of no known shape that was refused with 401 is a possibility, because personal access tokens of Jira and
Confluence have a fixed shape; OAuth 2.0 tokens of Data Center may be opaque.

A personal access token decodes to digits and random bytes, which is no user name and password. Tokens of Jira Align,
which hold a colon, placeholders, and values with a slip that another rule names are not reported.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBearer,
	Products: target.Atlassian &^ target.SetOf(target.Align),
	Explains: rule.TokenRefusals,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Write Basic before an encoded user name and token; for Bearer create a token, since a password never goes there"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -s -o NUL -w "%{http_code}\n" -u "${email}:$t" "URL"`),
	}},
	Repair:  repairBearerPair,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same value with Basic before it instead of Bearer.")},
	References: []rule.Reference{
		{Title: "RFC 7617", URL: "https://www.rfc-editor.org/rfc/rfc7617"},
		{Title: "RFC 6750", URL: "https://www.rfc-editor.org/rfc/rfc6750"},
		{Title: "Using personal access tokens", URL: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
		{Title: "menubar-apps/JiraBar#1", URL: "https://github.com/menubar-apps/JiraBar/issues/1"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-scheme-value-mismatch", "dc-bearer-password"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if extra, _, _ := c.Extra(); c.Masked || extra != credential.NoExtra || c.Class != credential.Unrecognized && c.Class != credential.LegacyAPIToken {
			return
		}
		if second, _ := c.Joined(); second >= 0 {
			return
		}
		t := strings.Trim(c.Param, "\"'")
		switch _, encoded := credential.EncodedPair(t); {
		case encoded && !strings.HasPrefix(t, "eyJ"): // which is JSON, the start of a token
			p.Proven(s, redact.Const("After Bearer stand an encoded user name and token, which belong after Basic."),
				s.Auth([2]int{0, c.ParamAt}, redact.Const("Bearer before an encoded user name and token"), redact.Const("Basic")))
		case clearPair(t):
			p.Proven(s, redact.Const("After Bearer stands a user name, a colon and a password or token in clear."),
				s.Auth([2]int{0, c.ParamAt}, redact.Const("Bearer before a user name and token in clear"), redact.Const("Basic and the base64 encoding of user name, colon and token")))
		case c.Class == credential.Unrecognized && target.DataCenter.Has(s.Target.Product) && s.Has(rule.Is401|rule.Failing) &&
			!s.Has(rule.Recognized) && len(c.Flaws()) == 0 && !credential.NullWord(t) && !ownToken(t) && !strings.ContainsAny(t, "{}<>$%"):
			p.Possible(s, redact.Const("The bearer value does not have the shape of a personal access token: it may be a password."),
				s.Auth([2]int{}, redact.Const("a value of no known shape"), redact.Const("a personal access token")))
		}
	},
})

// clearPair reports whether t is a user name, a colon and something after it.
func clearPair(t string) bool {
	user, secret, colon := strings.Cut(t, ":")
	return colon && user != "" && secret != "" && !strings.ContainsAny(t, " \t|{}<>$%/") && !strings.EqualFold(user, "urn")
}

// ownToken reports whether t begins like a token of Atlassian's or a JSON Web
// Token that was damaged: token-damaged has more to say about those.
func ownToken(t string) bool {
	_, ok := credential.DamageOf(t)
	return ok || strings.HasPrefix(t, "ey") || strings.HasPrefix(t, "BBDC-")
}
