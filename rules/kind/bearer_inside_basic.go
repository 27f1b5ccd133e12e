package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bearer-inside-basic",
	Title: "The word Bearer was encoded for Basic together with the token",
	Doc: `Somebody typed ` + "`Bearer TOKEN`" + ` into the password (or user) field of a tool that sends Basic.
The tool encoded the word together with the token, so the server sees a password that begins with
"Bearer " and takes it for a wrong password.

The decoded bytes prove it: no token begins with that word and a space. What to do depends on the
token: one of Cloud stays in the field without the word, any other goes after the word in the header.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	When:     rule.OffersBasic,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"pat-sent-as-basic", "basic-token-only", "basic-part-missing", "basic-stray-blank"}, rule.Refusals),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Use the bearer or personal access token setting of the tool, so that the header reads Authorization: Bearer TOKEN"),
		Command: tryBearer, PowerShell: tryBearerPowerShell,
	}},
	Repair: repairInside,
	References: []rule.Reference{
		{Title: "RFC 6750, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-2.1"},
		{Title: "langgenius/dify-official-plugins#1379", URL: "https://github.com/langgenius/dify-official-plugins/issues/1379"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.Basic()
		if b.IsToken() || b.UTF16 != "" {
			return
		}
		at := 0
		scheme, token := credential.LeadingScheme(b.User)
		if scheme != credential.Bearer {
			at = len(b.User) + 1
			scheme, token = credential.LeadingScheme(b.Password)
		}
		if scheme != credential.Bearer || strings.TrimSpace(token) == "" {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The text that was encoded for Basic holds the word Bearer before the token. The server takes word and token together for a password."),
		}
		saw, want := redact.Const("the word Bearer and a space"), redact.Const("no word before the token")
		if b.Plain {
			at += s.Authorization.ParamAt
			f.Evidence = []rule.Evidence{s.Auth([2]int{at, at + len("Bearer ")}, saw, want)}
		} else {
			f.Evidence = []rule.Evidence{s.Decoded([2]int{at, at + len("Bearer ")}, saw, want)}
		}
		if credential.ClassOf(strings.TrimSpace(token)) == credential.APIToken {
			f.Fix = []rule.Fix{{
				Who:     rule.Caller,
				Do:      redact.Const("Remove the word Bearer and the space from the field: an API token stands there alone, with the e-mail address as user name"),
				Command: tryPair, PowerShell: tryPairPowerShell,
			}}
		}
		p.Report(s, f)
	},
})
