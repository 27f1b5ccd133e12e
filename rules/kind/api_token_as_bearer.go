package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "api-token-as-bearer",
	Title: "An API token or app password was sent as Bearer",
	Doc: `API tokens of Atlassian accounts are sent as Basic, together with the e-mail address of the account. After the word
` + "`Bearer`" + ` the servers expect a token of another kind (OAuth 2.0, an organisation key, an access token of a
repository, a service account), cannot read what they get, and say something misleading: a Cloud site speaks of a
"Connect Session Auth Token", the gateway of a page that is not found, and Bitbucket says "Access token expired" of an
app password that never expires.

At the URLs of Cloud sites a value that begins with ` + "`ATATT3`" + ` proves it; 24 letters and digits, the form of
tokens made before 2023, are likely one. At the gateway (api.atlassian.com/ex/...) tokens of service accounts do work
as Bearer, so the finding is likely only with the answer that was seen for tokens of users, and possible otherwise. On
Bitbucket access tokens (` + "`ATCTT3`" + `) do use Bearer and are not reported.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.CloudSite | target.SetOf(target.Gateway, target.GraphQL, target.BitbucketCloud),
	When:     rule.OffersBearer | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(rule.TokenRefusals, []string{"access-token-expired", "retrying-refused-credential"}),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Send the token as Basic, with the e-mail address of the account as user name; in a tool, fill in e-mail and API token and leave the bearer or personal access token setting empty"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	References: []rule.Reference{
		{Title: "JRACLOUD-72405", URL: "https://jira.atlassian.com/browse/JRACLOUD-72405"},
		basicAuthForCloud,
		{Title: "lesstif/php-jira-rest-client#528", URL: "https://github.com/lesstif/php-jira-rest-client/issues/528"},
		{Title: "atlassian-api/atlassian-python-api#1199", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1199"},
		{Title: "atlassian-api/atlassian-python-api#467", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/467"},
		{Title: "jwbron/egg#3094", URL: "https://github.com/jwbron/egg/issues/3094"},
		{Title: "Bitbucket Cloud: scopes and authentication", URL: "https://developer.atlassian.com/cloud/bitbucket/scopes-for-oauth-2-3LO-and-forge-apps/"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-api-token-as-bearer", "bitbucket-api-token-as-bearer"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		// The 404 of the gateway is no failure by itself: any wrong path has it.
		if !s.HasOne(rule.Failing | rule.Is404) {
			return
		}
		k := held(s)
		e := heldToken(s, k, redact.Const("Basic, with e-mail address and token"))
		status := s.StatusLine(redact.Text{})
		if s.Target.Product == target.BitbucketCloud {
			bitbucketBearer(p, s, k, e, status)
			return
		}
		switch {
		case k == credential.LegacyAPIToken && target.CloudSite.Has(s.Target.Product) && judged(s):
			p.Likely(s, redact.Const("The value after Bearer has the form of an API token made before 2023. Such tokens are sent as Basic, with the e-mail address."), e, status)
		case k != credential.APIToken:
		case s.Target.Product != target.Gateway:
			p.Proven(s, redact.Const("The value after Bearer is an API token. It must be sent as Basic, with the e-mail address; after Bearer a Cloud site takes only tokens of apps."), e, status)
		case s.Has(rule.Is404) && s.Says("not found"):
			p.Likely(s, redact.Const("The value after Bearer is an API token. The gateway takes API tokens of users as Basic, with the e-mail address, and answers 404 to them as Bearer."), e, status)
		case s.Has(rule.Is401) && judged(s):
			p.Possible(s, redact.Const("The value after Bearer is an API token. If it is not that of a service account, it must be sent as Basic, with the e-mail address."), e, status)
		}
	},
})

// bitbucketBearer judges a Bearer token of class k sent to the API of Bitbucket
// Cloud.
func bitbucketBearer(p *rule.Pass, s *rule.Subject, k credential.Class, e, status rule.Evidence) {
	fix := []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Send an API token with Bitbucket scopes as Basic, with the e-mail address of the account as user name (an app password went with the Bitbucket user name instead)"),
		Command: tryBitbucket, PowerShell: tryBitbucketPowerShell,
	}}
	switch k {
	case credential.AppPassword:
		p.Report(s, rule.Finding{
			Certainty: rule.Proven, Fix: fix, Evidence: []rule.Evidence{e, status},
			Message: redact.Const("The value after Bearer is an app password. Bitbucket takes it for an access token that has expired; app passwords are sent as Basic, with the Bitbucket user name."),
		})
	case credential.APIToken:
		if s.Has(rule.Is401) {
			p.Report(s, rule.Finding{
				Certainty: rule.Likely, Fix: fix, Evidence: []rule.Evidence{e, status},
				Message: redact.Const("The value after Bearer is an API token. Bitbucket takes API tokens as Basic only, with the e-mail address of the account."),
			})
		}
	}
}
