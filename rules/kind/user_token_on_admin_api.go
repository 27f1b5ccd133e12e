package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "user-token-on-admin-api",
	Title: "A user token was sent to the admin API",
	Doc: `The administration of an organisation (` + "`api.atlassian.com/admin/...`" + `, ` + "`/users/{id}/manage`" + `) takes the
organisation's own API key after the word ` + "`Bearer`" + `. The API token of a user, even of an administrator, is
refused, whichever way it is sent.

The finding is likely where such a call failed with an API token (` + "`ATATT3...`" + `) or with anything sent as
Basic.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.AdminAPI),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"gateway-token-refused", "api-token-as-bearer", "org-key-must-be-unscoped", "scope-missing", "retrying-refused-credential",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Create an organisation API key at admin.atlassian.com > Settings > API keys and send it after the word Bearer"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $ORG_KEY" https://api.atlassian.com/admin/v1/orgs`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $orgKey"} -Uri https://api.atlassian.com/admin/v1/orgs`),
	}},
	References: []rule.Reference{
		{Title: "Manage an organization with the admin APIs", URL: "https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis"},
		{Title: "Atlassian Community, question 3183410", URL: "https://community.atlassian.com/forums/Questions/Atlassian-Admin-API-returns-401-when-inviting-users-via/qaq-p/3183410"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		k := held(s)
		want := redact.Const("Bearer and an organisation key, ATCTT3...")
		switch {
		case k == credential.Masked || !judged(s):
		case k == credential.APIToken || k == credential.ServiceToken:
			p.Likely(s, redact.Const("This is the API token of a user. The admin API takes only an organisation key, after the word Bearer."), heldToken(s, k, want), s.StatusLine(redact.Text{}))
		case s.Has(rule.OffersBasic):
			p.Likely(s, redact.Const("A user name and token were sent to the admin API, which takes only an organisation key, after the word Bearer."), s.Auth([2]int{}, redact.Const("Basic"), want), s.StatusLine(redact.Text{}))
		}
	},
})
