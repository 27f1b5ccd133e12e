package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var bearerMembers = []string{
	"api-token-as-bearer", "pat-on-cloud", "basic-credential-as-bearer", "placeholder-not-replaced", "oauth-token-on-site-host",
}

var _ = Set.Add(&rule.Rule{
	ID:    "bearer-not-accepted",
	Title: "The site could not read the Bearer value as an app or OAuth token",
	Doc: `At the URL of a site (acme.atlassian.net) Bearer is only for tokens of apps. Anything else after that word, such as an
API token, a personal access token of Data Center (self-hosted) or an encoded user name and token, cannot be read, and
the call is refused. Until the middle of 2023 such a value was ignored and the call was anonymous.

It is recognised by a 403 that says ` + "`Failed to parse Connect Session Auth Token`" + `, by a 403 of Confluence
that names ` + "`StacklessResponseStatusException`" + ` where the value is no JSON Web Token, or by
` + "`X-Seraph-LoginReason: AUTHENTICATED_FAILED`" + ` in answer to a Bearer value. Which kind of token it was
has rules of its own where the value shows it; this finding becomes their consequence.`,
	Area: rule.Refused, Severity: rule.Error,
	Products:     target.CloudSite,
	When:         rule.Failing | rule.Answered,
	Needs:        exchange.Credentials | exchange.Bodies,
	Explains:     rule.Explaining([]string{"credential-stopped-working"}, rule.AnonymousEffects),
	Alternatives: bearerMembers,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send an API token as Basic, together with the e-mail address; send an OAuth token to api.atlassian.com/ex/ and the cloud ID"),
		Command:    redact.Const(cloudStatus),
		PowerShell: redact.Const(cloudStatusPS),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Send the token as Basic, with the e-mail address of the account that made it."),
		Command:    redact.Const(cloudStatus),
		PowerShell: redact.Const(cloudStatusPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200"), Means: "api-token-as-bearer"},
			{Seen: redact.Const("401, and the token was made in the profile of a server of your own"), Means: "pat-on-cloud"},
			{Seen: redact.Const("401, and the value is an encoded e-mail address and token: put Basic before it"), Means: "basic-credential-as-bearer"},
			{Seen: redact.Const("401, and the client sends the name of a variable in place of the token"), Means: "placeholder-not-replaced"},
			{Seen: redact.Const("401, and the token came from auth.atlassian.com: it works only at api.atlassian.com/ex/"), Means: "oauth-token-on-site-host"},
		},
	},
	References: []rule.Reference{
		{Title: "lesstif/php-jira-rest-client#528", URL: "https://github.com/lesstif/php-jira-rest-client/issues/528"},
		{Title: "brekkylab/backlot#135", URL: "https://github.com/brekkylab/backlot/issues/135"},
		{Title: "pytest_jira#136"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-connect-session-parse-failure"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Authorization != nil && !s.Has(rule.OffersBearer) {
			return
		}
		f := rule.Finding{
			Certainty:    rule.Likely,
			Message:      redact.Const("The site could not use what stands after Bearer: there it takes only tokens of apps."),
			Alternatives: left(s, bearerMembers),
		}
		bearer := s.Has(rule.OffersBearer)
		switch {
		case s.Has(rule.Is403) && s.Says(connectSession):
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(redact.Const(connectSession))}
		case bearer && s.Has(rule.Is403) && s.Is(target.Confluence) && s.Says(stackless) && s.Authorization.JWT() == nil:
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(redact.Const(stackless))}
		case bearer && s.Has(rule.LoginFailed):
			f.Evidence = []rule.Evidence{seraphSays(s)}
		default:
			return
		}
		p.Report(s, f)
	},
})

const connectSession = "failed to parse connect session auth token"
