package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "pat-on-cloud",
	Title: "A Data Center personal access token was sent to Cloud",
	Doc: `Personal access tokens are made in, and known to, one Data Center (self-hosted) instance. Cloud has API tokens, which
are something else: no setting makes a personal access token work there. It happens after a move from Data Center to
Cloud, or where one tool is set up for both.

Tokens of Jira and Confluence are known by their structure: 44 characters that decode to twelve digits, a colon and
twenty bytes, which chance does not produce. Those of Bitbucket begin with ` + "`BBDC-`" + `. The finding is made
wherever in the Authorization header such a token stands, as Bearer or as Basic, if the call failed.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.Cloud | target.SetOf(target.BitbucketCloud, target.BitbucketGit),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"basic-token-only", "cloud-user-not-email"}, rule.Refusals, rule.BearerRefusals),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token at id.atlassian.com > Security > API tokens (for Bitbucket: with scopes) and send it as Basic, with the e-mail address of the account"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	References: []rule.Reference{usingPATs, manageTokens},
	Since:      "0.1",
	Formerly:   []string{"cloud-pat-on-cloud"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if k := held(s); k == credential.PAT || k == credential.BitbucketPAT {
			p.Proven(s, redact.Const("This is a personal access token of a Data Center product. Cloud does not know such tokens."),
				heldToken(s, k, redact.Const("an API token, ATATT3...")), s.Address(redact.Const("the Data Center instance that made the token")))
		}
	},
})
