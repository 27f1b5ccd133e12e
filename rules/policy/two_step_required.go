package policy

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "two-step-required",
	Title: "The workspace requires two-step verification",
	Doc: `A Bitbucket workspace can demand that everybody who uses it has two-step verification switched on. An account
without it logs in and is refused at each repository of the workspace with 403 and the words
` + "`To access this repository, enable two-step authentication.`" + `

Only these words count. The credential is right, and a new token does not help.`,
	Area: rule.LockAndPolicy, Severity: rule.Error,
	// The login worked; what follows is a matter of what the account may do.
	Layer:    rule.LayerPermission,
	Products: target.Bitbucket,
	When:     rule.Is403 | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"hidden-or-missing", "permission-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Switch on two-step verification for the account (id.atlassian.com > Security), or use an account that has it"),
	}},
	References: []rule.Reference{
		{Title: "Error 403 when performing git operations", URL: "https://confluence.atlassian.com/bbkb/error-403-when-performing-git-operations-1155479141.html"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if text, ok := s.SaysText(redact.Const("enable two-step authentication"), redact.Const("enable two-step verification")); ok {
			p.Proven(s, redact.Const("The workspace lets in only accounts with two-step verification, and this one has none."),
				s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})
