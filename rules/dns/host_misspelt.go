package dns

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "host-misspelt",
	Title: "The host name is misspelt",
	Doc: `The host of the request is almost one of Atlassian's: a letter of atlassian.net, jiraalign.com or bitbucket.org is
missing, doubled, wrong or swapped (` + "`acme.atlasian.net`" + `), the ending is another (` + "`acme.atlassian.com`" + ` for a
site), or the dot is not there (` + "`acmeatlassian.net`" + `).

One wrong letter is a strong sign, and together with a look-up that found no such name it is proof. Two wrong letters
or another ending count only if the path is that of a product, or if the name was not found. Atlassian's own web sites
under atlassian.com are not reported, nor is any host that a product answered from, or that you named with
` + "`--host`" + `.

Who answers under such a name is a stranger. If a credential was sent to one, take it for known and replace it.`,
	Area: rule.DNS, Severity: rule.Error,
	Anywhere: true,
	Explains: rule.Explaining([]string{
		"dns-name-not-found", "dns-server-trouble", "site-unknown", "host-not-atlassian", "response-not-from-product",
		"tls-certificate-invalid", "tls-untrusted-ca", "tls-alert", "connection-refused", "connection-timeout", "no-credentials-sent",
		"cloud-token-on-data-center", "api-version-not-on-product",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Correct the host name in the settings of the client; copy it from the address bar of a browser that is logged in"),
	}},
	References: []rule.Reference{
		{Title: "The Jira Cloud platform REST API, URI structure", URL: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/"},
	},
	Since:    "0.1",
	Formerly: []string{"dns-typo-squat"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		meant := s.Misspelt()
		if meant == "" {
			return
		}
		e := s.Part(redact.Const("host of the request URL"), redact.Host(s.Target.Host), redact.Host(meant))
		switch f := s.Failure; {
		case f != nil && f.Phase == exchange.Blocked:
		case f != nil && f.Phase == exchange.DNS:
			evidence := []rule.Evidence{e}
			if told, ok := notFound(s); ok {
				evidence = append(evidence, told)
			}
			p.Proven(s, redact.Const("The host name is almost, but not quite, one of Atlassian's, and no such name was found."), evidence...)
		case s.Has(rule.Answered | rule.OffersAny):
			p.Likely(s, redact.Const("The host name is almost, but not quite, one of Atlassian's: the request went to a host that is not Atlassian's."),
				e, s.StatusLine(redact.Text{}))
		default:
			p.Likely(s, redact.Const("The host name is almost, but not quite, one of Atlassian's."), e)
		}
	},
})
