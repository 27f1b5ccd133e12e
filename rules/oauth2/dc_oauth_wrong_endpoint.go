package oauth2

import (
	"net/url"
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dc-oauth-wrong-endpoint",
	Title: "The token was requested from Cloud for Data Center, or the reverse",
	Doc: `Data Center (self-hosted) and Cloud have login servers of their own. On Data Center it is part of the product, and an
administrator creates the incoming link: ` + "`/rest/oauth2/latest/authorize`" + ` and
` + "`/rest/oauth2/latest/token`" + `. On Cloud it is ` + "`https://auth.atlassian.com`" + `, and the app is created
in the developer console. A client ID of one is unknown to the other.

It is likely where the token endpoint of Data Center is asked on a host of Cloud and not answered well, and where a
refused request names scopes of the other: ` + "`READ`" + `, ` + "`WRITE`" + `, ` + "`ADMIN`" + ` at
auth.atlassian.com, or the audience ` + "`api.atlassian.com`" + ` and scopes such as ` + "`read:jira-work`" + ` on
Data Center.`,
	Area: rule.OAuth2, Severity: rule.Warning, Layer: rule.LayerURL,
	Products: target.DataCenter | target.CloudSite | target.SetOf(target.OAuthServer),
	When:     rule.Answered,
	Explains: []string{"oauth-client-refused", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("For Data Center set the URLs BASE/rest/oauth2/latest/authorize and BASE/rest/oauth2/latest/token, with client ID and secret of the incoming link; for Cloud https://auth.atlassian.com/authorize and https://auth.atlassian.com/oauth/token"),
	}},
	References: []rule.Reference{
		{Title: "Jira OAuth 2.0 provider API", URL: "https://confluence.atlassian.com/adminjiraserver/jira-oauth-2-0-provider-api-1115659070.html"},
		{Title: "pipeshub-ai/pipeshub-ai#145", URL: "https://github.com/pipeshub-ai/pipeshub-ai/issues/145"},
		threeLO,
	},
	Since:    "0.1",
	Formerly: []string{"dc-oauth2-wrong-endpoint"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.OAuth == nil || !s.HasOne(rule.Failing|rule.Troubled) || s.Status() == 429 || s.Status() >= 500 {
			return
		}
		switch otherDeployment(s) {
		case siteOfCloud:
			p.Likely(s, redact.Const("The login server of Data Center was asked at the URL of a Cloud site, where there is none."),
				s.Address(redact.Const("https://auth.atlassian.com/oauth/token")), s.StatusLine(redact.Const("200")))
		case cloudForDataCenter:
			p.Likely(s, redact.Const("The login server of Cloud was asked for scopes that only Data Center has."),
				s.Address(redact.Const("/rest/oauth2/latest/ of the server itself")), s.Part(redact.Const("scope"), redact.Const("READ, WRITE, ADMIN or SYSTEM_ADMIN"), redact.Text{}))
		case dataCenterForCloud:
			p.Likely(s, redact.Const("The login server of Data Center was asked for what only Cloud has."),
				s.Address(redact.Const("https://auth.atlassian.com")), s.Part(redact.Const("scope or audience"), redact.Const("scopes or audience of Cloud"), redact.Text{}))
		}
	},
})

// A deployment says at which login server a call was made by mistake.
type deployment uint8

const (
	here               deployment = iota // as far as the call tells, at the right one
	siteOfCloud                          // at the address of Data Center on a Cloud site
	cloudForDataCenter                   // at that of Cloud, for scopes of Data Center
	dataCenterForCloud                   // at that of Data Center, for scopes of Cloud
)

func otherDeployment(s *rule.Subject) deployment {
	own := strings.Contains(s.Target.Path, "/rest/oauth2/")
	switch {
	case target.CloudSite.Has(s.Target.Product) && own:
		return siteOfCloud
	case s.Target.Product == target.OAuthServer && scopesOf(s, dataCenterScopes):
		return cloudForDataCenter
	case s.Is(target.DataCenter) && own && (scopesOf(s, cloudScopes) || s.OAuth.Sent["audience"] == "api.atlassian.com"):
		return dataCenterForCloud
	}
	return here
}

// scopesOf reports whether the request names a scope of the given kind.
func scopesOf(s *rule.Subject, kind func(string) bool) bool {
	for _, scope := range strings.Fields(s.OAuth.Sent["scope"]) {
		if kind(scope) {
			return true
		}
	}
	return false
}

// dataCenterScopes are those of Jira and Confluence Data Center.
func dataCenterScopes(scope string) bool {
	switch scope {
	case "READ", "WRITE", "ADMIN", "SYSTEM_ADMIN":
		return true
	}
	return false
}

// cloudScopes are those with the product in their name, and offline_access.
func cloudScopes(scope string) bool {
	verb, object, ok := strings.Cut(scope, ":")
	if !ok {
		return scope == "offline_access"
	}
	switch verb {
	case "read", "write", "manage", "delete":
		return strings.Contains(object, "jira") || strings.Contains(object, "confluence")
	}
	return false
}

func unescaped(s string) string {
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}
