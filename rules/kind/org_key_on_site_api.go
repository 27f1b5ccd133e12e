package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "org-key-on-site-api",
	Title: "An organisation key was sent to a site API",
	Doc: `Keys made at admin.atlassian.com > Settings > API keys (` + "`ATCTT3...`" + `) open the administration of an
organisation: ` + "`api.atlassian.com/admin/...`" + ` and the management of users. The APIs of Jira and Confluence
act for a person and do not take them.

The finding is likely where a call to a site, or to ` + "`/ex/...`" + ` at the gateway, failed with such a key.
Access tokens of Bitbucket begin with the same letters: they are just as wrong here, but right on
api.bitbucket.org, which this rule leaves alone.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(rule.TokenRefusals, []string{
		"cloud-credential-refused", "cloud-user-not-email", "basic-token-only", "retrying-refused-credential",
	}),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Use an API token of a user here, as Basic with the e-mail address, or OAuth 2.0; keep the organisation key for api.atlassian.com/admin/"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	References: []rule.Reference{{
		Title: "Manage an organization with the admin APIs",
		URL:   "https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis",
	}},
	Since:    "0.1",
	Formerly: []string{"org-api-key-misused"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Target.Product == target.Gateway && s.Target.GatewayProduct == "" || held(s) != credential.OrgKey || !judged(s) {
			return
		}
		p.Likely(s, redact.Const("This is an organisation key (or an access token of Bitbucket, which looks the same). The APIs of Jira and Confluence do not take it."),
			heldToken(s, credential.OrgKey, redact.Const("an API token of a user, ATATT3...")), s.Address(redact.Const("api.atlassian.com/admin/...")), s.StatusLine(redact.Text{}))
	},
})
