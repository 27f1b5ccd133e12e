package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-username-with-api-token",
	Title: "The user name was sent where Bitbucket wants the e-mail address",
	Doc: `In the REST API of Bitbucket Cloud an API token goes with the e-mail address of the Atlassian account. App
passwords, its forerunners, went with the Bitbucket user name, and for git API tokens still do, so the
user name is often kept.

The finding is likely where api.bitbucket.org answered 401 to an API token (` + "`ATATT3...`" + `) sent with a user
name that has no "@". Git over HTTPS is not reported.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.BitbucketCloud),
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"bitbucket-token-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Use the e-mail address of the Atlassian account as user name for the REST API; the Bitbucket user name is for git only"),
		Command: tryBitbucket, PowerShell: tryBitbucketPowerShell,
	}},
	References: []rule.Reference{bitbucket401, bitbucketTokens},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || b.PasswordClass != credential.APIToken || strings.TrimSpace(b.User) == "" ||
			strings.Contains(b.User, "@") || strings.Contains(b.User, "%40") || !judged(s) {
			return
		}
		p.Likely(s, redact.Const("An API token was sent with a user name. In the REST API of Bitbucket it goes with the e-mail address of the account."),
			userHalf(s, redact.Const("a name without @"), redact.Const("the e-mail address of the account")),
			heldToken(s, credential.APIToken, redact.Text{}), s.StatusLine(redact.Text{}))
	},
})
