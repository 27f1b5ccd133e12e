package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "shell-altered-credential",
	Title: "The shell changed the password or token before it was sent",
	Doc: `Within double quotes, or none, a shell replaces what follows a $ or stands in backticks, cuts
the command at & and reads ! as history. What is left of the password is sent, and nothing in it
shows that it was longer.

The only trace is that hardly anything is left, so this is never more than a possibility: it is
reported only where a login was refused and the password is too short to be one. Sample passwords and
placeholders have a rule of their own, and an empty password is basic-part-missing.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic | rule.Failing,
	Explains: []string{"dc-credential-refused", "cloud-credential-refused"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Put the value in single quotes, or let the tool read it from a file or ask for it"),
		Command:    redact.Const(`curl -u 'USER:PASSWORD' "URL"`),
		PowerShell: redact.Const(`curl.exe -u 'USER:PASSWORD' "URL"`),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Print the length of the variable in the shell and compare it with that of the real password."),
		Command:    redact.Const(`printf '%s' "$T" | wc -c`),
		PowerShell: redact.Const(`$t.Length`),
	},
	References: []rule.Reference{
		{Title: "solidify/jira-azuredevops-migrator#730", URL: "https://github.com/solidify/jira-azuredevops-migrator/issues/730"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil || !b.HasColon || b.PasswordClass != credential.Unrecognized || b.Sample() != credential.NoSample || !s.Refused() {
			return
		}
		if left := len(strings.TrimSpace(b.Password)); left == 0 || left > 3 || missing(b.Password) {
			return
		}
		// How short exactly is not told: it would shorten the search for it.
		p.Possible(s, redact.Const("The password is too short to be one, as if a shell had cut it at a special character."),
			s.Decoded([2]int{}, redact.Const("hardly anything after the colon"), redact.Const("the whole password")))
	},
})
