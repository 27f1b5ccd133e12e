package encoding

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-non-ascii-lost",
	Title: "Non-ASCII letters were replaced by a question mark before encoding",
	Doc: `A client that turns text into bytes as ASCII (in .NET, ` + "`Encoding.ASCII`" + `) replaces every
non-ASCII letter by a question mark. What is sent is another user name or another password, and
nothing in it shows which letter was lost.

A question mark in a password is legal, so this is never more than a possibility: it is reported only
where a login was refused and the user name holds one, or the password does and the client calls
itself a .NET or PowerShell program. Tokens are not reported.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic | rule.Failing,
	Explains: rule.Refusals,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode user name and password as UTF-8 (Encoding.UTF8), or use a token, which is plain ASCII"),
		PowerShell: encodePS,
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Log in once in the browser with the same user name and password."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("it works there"), Means: "basic-non-ascii-lost"},
			{Seen: redact.Const("it fails there, too"), Means: "wrong-password"},
		},
	},
	References: []rule.Reference{
		{Title: "github/gh-gei#1587", URL: "https://github.com/github/gh-gei/issues/1587"},
		{Title: "Microsoft: ASCIIEncoding", URL: "https://learn.microsoft.com/dotnet/api/system.text.asciiencoding"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil || !s.Refused() {
			return
		}
		lost := strings.Contains(b.User, "?")
		if !lost && b.HasColon && !b.PasswordClass.MachineMade() && dotNet(s.Agent()) {
			lost = strings.Contains(b.Password, "?")
		}
		if lost {
			report(p, s, rule.Possible, redact.Const("There is a question mark in the user name or password, as clients put in the place of letters that they cannot encode."),
				s.Decoded([2]int{}, redact.Const("a question mark"), redact.Const("the letter itself, if there was one")))
		}
	},
})

// dotNet reports whether a User-Agent, in lower case, is that of a client known
// to be made with .NET.
func dotNet(agent string) bool {
	for _, mark := range [...]string{".net", "powershell", "restsharp", "dotnet", "azuredevops", "azure-devops"} {
		if strings.Contains(agent, mark) {
			return true
		}
	}
	return false
}
