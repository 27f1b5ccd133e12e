package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cloud-token-on-data-center",
	Title: "A Cloud API token was sent to Data Center",
	Doc: `API tokens belong to Atlassian accounts, which exist in Cloud only. A Jira, Confluence or Bitbucket that
a company runs itself has its own users and its own personal access tokens, and takes an API token
for a wrong password. A few tries are enough to lock the account behind a CAPTCHA.

Tokens of Cloud say what they are: they begin with ` + "`ATATT3`" + `, ` + "`ATCTT3`" + ` or ` + "`ATSTT3`" + `. Apps
from the Marketplace that add "API tokens" to Data Center (self-hosted) use other forms. Where only the path, and
nothing in the answer, shows that the host is a Data Center product, the finding is likely instead of proven: it may
be a Cloud site under a name of its own.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"dc-token-refused", "basic-token-only", "email-instead-of-username"}, rule.Refusals),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create a personal access token in your profile on this server and send it as Bearer; or correct the base URL if Cloud was meant"),
		Command: tryBearer, PowerShell: tryBearerPowerShell,
	}},
	References: []rule.Reference{usingPATs, manageTokens},
	Since:      "0.1",
	Formerly:   []string{"dc-cloud-token-on-dc"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		k := held(s)
		if k != credential.APIToken && k != credential.OrgKey && k != credential.ServiceToken {
			return
		}
		e := heldToken(s, k, redact.Const("a personal access token of this server"))
		if s.Target.Strength < target.Strong {
			p.Likely(s, redact.Const("This is a token of Atlassian Cloud, but the URL looks like that of a Data Center product, which does not know such tokens."), e, s.Address(redact.Text{}))
			return
		}
		p.Proven(s, redact.Const("This is a token of Atlassian Cloud. A Data Center product does not know such tokens."), e, s.Address(redact.Text{}))
	},
})
