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
	ID:    "cloud-user-not-email",
	Title: "The user name is not an e-mail address",
	Doc: `Cloud knows people by the e-mail address of their Atlassian account. The short user names of Jira
Server, Windows logins and Bitbucket user names are unknown to it, so the token is refused although
it may be right.

The finding is made where a call with Basic failed and the user name has no "@". Cloud also answers
such calls with 200 as if nobody had logged in; those count as failed if the answer says so.

Not reported: placeholders, empty parts, a token in place of the user name, and user names that the
same site accepted elsewhere in the capture. Bitbucket, where user names are right for git, has rules
of its own.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway),
	When:     rule.OffersBasic | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"cloud-credential-refused", "gateway-token-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Use the e-mail address of the Atlassian account as user name, not a Jira user name; it stands at id.atlassian.com > Profile"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Send the same token with the e-mail address of the account that made it."), Command: tryPair, PowerShell: tryPairPowerShell,
	},
	References: []rule.Reference{
		basicAuthForCloud,
		{Title: "getredash/website#407", URL: "https://github.com/getredash/website/pull/407"},
		{Title: "solidify/jira-azuredevops-migrator#3", URL: "https://github.com/solidify/jira-azuredevops-migrator/issues/3"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-username-not-email"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || !judged(s) || s.Target.Product == target.Gateway && s.Target.GatewayProduct == "" {
			return
		}
		user := strings.TrimSpace(b.User)
		scheme, _ := credential.LeadingScheme(user)
		switch {
		case strings.Contains(user, "@"), strings.Contains(user, "%40"):
		case b.UserClass.MachineMade(), scheme != credential.NoScheme: // the halves are not what they should be
		case strings.EqualFold(user, "mailto"): // an address after all: cloud-email-wrong
		default:
			p.Likely(s, redact.Const("The user name is not an e-mail address. Cloud knows accounts by their e-mail address only, so it cannot find whose token this is."),
				userHalf(s, redact.Const("a name without @"), redact.Const("the e-mail address of the account")),
				s.StatusLine(redact.Text{}))
		}
	},
})
