package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credential-quotes",
	Title: "Quotation marks became part of the credential",
	Doc: `Quotation marks that were meant for the shell, a YAML or an .env file became part of the
user name, the token or the whole header value: the tool did not take them off, or a word
processor had turned them into typographic ones, which no shell knows. The server compares them
like any other character.

Typographic quotes in a user name or token, and quotes around a bearer token or the whole value, are
proof. Plain quotes inside the encoded text count only where they match and surround the user name,
the token or both, or at an end of the user name, because a password may hold one. Around a token,
which a machine made, they are proof; in a password of Data Center (self-hosted), which people choose
themselves, both kinds are only likely.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Take the quotation marks off the value: leave them out of .env and YAML files that are read literally, and use plain single quotes in a shell"),
		Command:    redact.Const(`curl -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -u "${email}:$t" "URL"`),
	}},
	Repair: repairEither(redact.Const("the quotation marks removed"), credential.Quoted, credential.CurlyQuote),
	References: []rule.Reference{
		{Title: "sooperset/mcp-atlassian#555", URL: "https://github.com/sooperset/mcp-atlassian/issues/555"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-smart-quotes", "basic-literal-quotes"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if c.Masked {
			return
		}
		if extra, _, _ := c.Extra(); extra != credential.NoExtra && extra != credential.WholeQuoted {
			return // quotes around the rest of a command line or parameter are no news
		}
		var around []rule.Evidence
		clear := c.Basic != nil && c.Basic.Plain
		for _, f := range c.Flaws() {
			if (f.Kind == credential.Quoted || f.Kind == credential.CurlyQuote) && !clear {
				around = append(around, inValue(s, f, redact.Const("no quotation mark")))
			}
		}
		if around != nil {
			report(p, s, rule.Proven, redact.Const("Quotation marks are part of the header value. The server takes them for a part of the credential."), around...)
			return
		}
		b := s.TextPair()
		if b == nil || b.HasColon && (missing(b.User) || missing(b.Password)) {
			return
		}
		if found := slipsIn(s, b, redact.Const("no quotation mark"), credential.CurlyQuote); found.evidence != nil {
			certainty := rule.Proven
			if found.meant {
				certainty = rule.Likely
			}
			report(p, s, certainty, redact.Const("The encoded user name and token hold typographic quotation marks, which word processors make and no shell removes."), found.evidence...)
			return
		}
		if found := slipsIn(s, b, redact.Const("no quotation mark"), credential.Quoted); found.evidence != nil {
			if credential.ClassOf(strings.Trim(b.Password, "\"'")).MachineMade() && strings.Trim(b.Password, "\"'") != b.Password {
				report(p, s, rule.Proven, redact.Const("Quotation marks are part of the token, which has none as it is made: the tool did not take them off."), found.evidence...)
				return
			}
			report(p, s, rule.Likely, redact.Const("Quotation marks are part of the user name, the token or the password: the tool did not take them off."), found.evidence...)
		}
	},
})
