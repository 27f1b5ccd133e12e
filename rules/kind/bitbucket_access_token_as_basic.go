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
	ID:    "bitbucket-access-token-as-basic",
	Title: "A Bitbucket access token was sent as Basic",
	Doc: `Access tokens of a repository, project or workspace (` + "`ATCTT3...`" + `) belong to no person. In the REST API of
Bitbucket Cloud they go after the word ` + "`Bearer`" + `; for git they go with the fixed user name ` + "`x-token-auth`" + `.
With an e-mail address or user name they are refused.

The finding is likely where a call failed with such a token and another user name, and proven where the token stands
after ` + "`Basic`" + ` as it is. Calls with ` + "`x-token-auth`" + ` are not reported.`,
	Area: rule.CredentialKind, Severity: rule.Warning,
	Products: target.Bitbucket,
	When:     rule.OffersBasic | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"basic-token-only", "bitbucket-token-refused", "bitbucket-email-with-git", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the access token after the word Bearer; for git use x-token-auth as user name"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri "URL"`),
	}},
	References: []rule.Reference{
		{Title: "Bitbucket Cloud: scopes and authentication", URL: "https://developer.atlassian.com/cloud/bitbucket/scopes-for-oauth-2-3LO-and-forge-apps/"},
		{Title: "Access tokens (Bitbucket Cloud)", URL: "https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.Basic()
		if held(s) != credential.OrgKey || !judged(s) {
			return
		}
		e := heldToken(s, credential.OrgKey, redact.Const("Bearer, or for git the user name x-token-auth"))
		switch {
		case b.IsToken(), !b.HasColon:
			p.Proven(s, redact.Const("An access token follows the word Basic without a user name. It goes after the word Bearer."), e, s.StatusLine(redact.Text{}))
		case !strings.EqualFold(strings.TrimSpace(b.User), "x-token-auth"):
			p.Likely(s, redact.Const("An access token was sent as a password with a user name. It belongs to no user: it goes after the word Bearer, or for git with x-token-auth."), e, s.StatusLine(redact.Text{}))
		}
	},
})
