package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-app-password-retired",
	Title: "Bitbucket app passwords are switched off",
	Doc: `Bitbucket Cloud replaced app passwords by API tokens with scopes. None could be created after
9 September 2025; from 9 June 2026 on they were switched off again and again for some minutes or hours, and on
28 July 2026 for good. The API then answers 401, git may get 410.

The request shows the app password (` + "`ATBB...`" + `), and the date of the answer decides, not that of the
analysis: after the end the finding is proven; during the trial switch-offs, or if the capture has no time, it is
possible. Calls from before are not reported, nor are those that succeeded.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.Bitbucket,
	When:     rule.OffersBasic | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"bitbucket-token-refused", "bitbucket-app-password-with-email", "bitbucket-email-with-git", "retrying-refused-credential", "endpoint-removed",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token with Bitbucket scopes; for the REST API send it with the e-mail address, for git with the user name x-bitbucket-api-token-auth"),
		Command: tryBitbucket, PowerShell: tryBitbucketPowerShell,
	}},
	References: []rule.Reference{
		bitbucket401, bitbucketTokens,
		{Title: "App password brownout schedule", URL: "https://community.atlassian.com/forums/Bitbucket-articles/Deprecation-notice-Bitbucket-Cloud-app-password-brownout/ba-p/3237429"},
		{Title: "isomorphic-git/isomorphic-git#2364", URL: "https://github.com/isomorphic-git/isomorphic-git/issues/2364"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.Basic()
		if b.PasswordClass != credential.AppPassword || s.Status() != 401 && s.Status() != 403 && s.Status() != 410 || !judged(s) {
			return
		}
		at := s.Time()
		e := heldToken(s, credential.AppPassword, redact.Const("an API token with scopes, ATATT3..."))
		day := s.Part(redact.Const("time of the exchange"), redact.Date(at), redact.Const("before 2026-07-28"))
		switch {
		case at.IsZero():
			p.Possible(s, redact.Const("What was sent as password is an app password. Bitbucket takes none since 28 July 2026; the capture does not tell when it was made."), e, s.StatusLine(redact.Text{}))
		case rule.Dates.AppPasswordsEnd.Over(at):
			p.Proven(s, redact.Const("What was sent as password is an app password, and Bitbucket takes none since 28 July 2026."), e, day, s.StatusLine(redact.Text{}))
		case rule.Dates.AppPasswordsEnd.Begun(at):
			p.Possible(s, redact.Const("What was sent as password is an app password. Bitbucket switched these off again and again from 9 June 2026 on, and for good on 28 July 2026."), e, day, s.StatusLine(redact.Text{}))
		}
	},
})
