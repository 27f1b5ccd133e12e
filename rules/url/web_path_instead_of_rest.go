package url

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "web-path-instead-of-rest",
	Title: "This URL is a page, not the REST API: tokens are not read there",
	Doc: `Tokens are for the REST API. Pages (` + "`/secure/`" + `, ` + "`/plugins/servlet/`" + `), downloads (` + "`/download/`" + `, ` + "`/secure/attachment/`" + `) and the old
RPC want the session of a browser; a token that is sent along is not looked at, and the answer is 401 or the login
page. The token is good.

It is likely for a personal access token on such a URL of Data Center (self-hosted), for an API token on a download of
Confluence Cloud, and where the same credential got data from the REST API of the same host in the capture. It is
proven if that answer named the user. An ` + "`/api/2/`" + ` without ` + "`/rest`" + ` before it is such a page, too.

A user name and password, which pages of Data Center do take, are only reported where the REST API of the host
accepted them. A page that names the user, a 403, and an answer that says that the login failed are left to other rules.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.Jira | target.Confluence,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"dc-token-refused", "dc-credential-refused", "cloud-credential-refused", "gateway-needs-own-session",
		"retrying-refused-credential", "scoped-token-on-site-host", "sso-or-2sv-enforced",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{pageFix},
	References: []rule.Reference{
		{Title: "sooperset/mcp-atlassian#1634", URL: "https://github.com/sooperset/mcp-atlassian/issues/1634"},
		{Title: "epam/dm.ai, pull request 252", URL: "https://github.com/epam/dm.ai/pull/252"},
		{Title: "pchuri/confluence-cli#199", URL: "https://github.com/pchuri/confluence-cli/pull/199"},
		{Title: "atlassian-api/atlassian-python-api#1601", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1601"},
		{Title: "kovetskiy/mark#625", URL: "https://github.com/kovetskiy/mark/issues/625"},
		{Title: "apache/incubator-devlake#8704", URL: "https://github.com/apache/incubator-devlake/issues/8704"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(target.Jira|target.Confluence) || s.Authorization == nil || s.Authorization.Masked ||
				s.HasOne(rule.Recognized|rule.LoginFailed|rule.LoginDenied) || !wrong(s) {
				continue
			}
			short := withoutRest(s)
			if !short && !page(s) || !unread(s, short) {
				continue
			}
			f := rule.Finding{
				Message:  redact.Const("The URL is not one of the REST API, and tokens are read there only: the request counts as one without a login."),
				Evidence: []rule.Evidence{s.Address(redact.Const("a URL under /rest/")), s.StatusLine(redact.Const("200"))},
				Fix:      []rule.Fix{fixFor(s)},
			}
			if short {
				f.Message = redact.Const("The URL lacks /rest before /api/, so it is not one of the REST API, and tokens are read there only.")
				f.Fix = []rule.Fix{restFix}
			}
			rest, named := servedByREST(p, ses, s)
			switch {
			case named:
				f.Certainty = rule.Proven
				if !short {
					f.Message = redact.Const("The REST API of this host accepts the very same credential. This URL is not one of it and does not read the credential: the request counts as one without a login.")
				}
			case !rest.Saw.IsZero():
				f.Certainty = rule.Likely
			case token(s) && (short || s.Is(target.DataCenter) || s.Target.Product == target.ConfluenceCloud && s.Target.API == target.Download):
				f.Certainty = rule.Likely
			case token(s):
				f.Certainty = rule.Possible
				f.Message = redact.Const("The URL is not one of the REST API. If it does not read tokens, the request counts as one without a login.")
			default:
				continue
			}
			if !rest.Saw.IsZero() {
				f.Evidence = append(f.Evidence, rest)
			}
			p.Report(s, f)
		}
	},
})

// page reports whether the address is one for browsers.
func page(s *rule.Subject) bool {
	switch s.Target.API {
	case target.Web, target.Download, target.RPC:
		return true
	}
	return false
}

// withoutRest reports whether the address is one of Jira's REST API but for the
// /rest at its start.
func withoutRest(s *rule.Subject) bool {
	for _, start := range [...]string{"/api/2/", "/api/3/", "/api/latest/"} {
		if s.Is(target.Jira) && strings.HasPrefix(s.Target.Resource, start) {
			return true
		}
	}
	return false
}

// unread reports whether the answer is one to a request without a login: 401, a
// way to the login page, or that page itself.
func unread(s *rule.Subject, short bool) bool {
	switch {
	case s.Has(rule.Is401):
		return target.FromProduct(s.Target, s.Response) != target.No
	case s.Has(rule.Is404):
		return short
	}
	return s.ToLogin() || s.Has(rule.Is2xx|rule.Failing) && s.HTML()
}

// token reports whether the credential is a token that only the REST API reads:
// a bearer token on Data Center, an API token on Cloud.
func token(s *rule.Subject) bool {
	if s.Is(target.DataCenter) {
		return s.Has(rule.OffersBearer) && s.Authorization.Class != credential.JWTToken
	}
	b := pair(s)
	return b != nil && (b.PasswordClass == credential.APIToken || b.PasswordClass == credential.LegacyAPIToken)
}

// servedByREST looks for an answer of the REST API of the same host to the same
// credential; named tells whether it shows that the login was accepted.
func servedByREST(p *rule.Pass, ses *rule.Session, s *rule.Subject) (e rule.Evidence, named bool) {
	with := p.Ledger.Print(s.Authorization)
	for _, o := range ses.Subjects {
		if o.Target.Host != s.Target.Host || o.Target.API != target.REST || o.Target.Public || !o.Has(rule.Is2xx) || o.Has(rule.Failing) ||
			p.Ledger.Print(o.Authorization) != with {
			continue
		}
		saw := redact.Const("the REST API serves the same credential")
		if o.Has(rule.Recognized) {
			return rule.Evidence{At: o.At, Part: redact.Const("response"), Saw: redact.Const("the REST API accepts the same credential")}, true
		}
		e = rule.Evidence{At: o.At, Part: redact.Const("response"), Saw: saw}
	}
	return e, false
}

var (
	pageFix = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Call the resource of the REST API that gives the same, or log in as a browser does"),
	}
	restFix = rule.Fix{Who: rule.Caller, Do: redact.Const("Add /rest to the base URL, before /api/")}
)

// fixFor returns what to do for the kind of address.
func fixFor(s *rule.Subject) rule.Fix {
	switch download := s.Target.API == target.Download; {
	case download && s.Target.Product == target.ConfluenceCloud:
		return rule.Fix{
			Who:        rule.Caller,
			Do:         redact.Const("Download through the REST API, which redirects to a signed link: /wiki/rest/api/content/, id of the page, /child/attachment/, id of the attachment, /download"),
			Command:    redact.Const(`curl -sL -o FILE -u "$EMAIL:$T" https://SITE.atlassian.net/wiki/rest/api/content/PAGE/child/attachment/ATTACHMENT/download`),
			PowerShell: redact.Const(`curl.exe -sL -o FILE -u "${email}:$t" https://SITE.atlassian.net/wiki/rest/api/content/PAGE/child/attachment/ATTACHMENT/download`),
		}
	case download && s.Target.Product == target.JiraCloud:
		return rule.Fix{
			Who:        rule.Caller,
			Do:         redact.Const("Download through the REST API: /rest/api/3/attachment/content/ and the id of the attachment"),
			Command:    redact.Const(`curl -sL -o FILE -u "$EMAIL:$T" https://SITE.atlassian.net/rest/api/3/attachment/content/ATTACHMENT`),
			PowerShell: redact.Const(`curl.exe -sL -o FILE -u "${email}:$t" https://SITE.atlassian.net/rest/api/3/attachment/content/ATTACHMENT`),
		}
	case download:
		return rule.Fix{
			Who: rule.Caller,
			Do:  redact.Const("Fetch the file with user name and password as Basic, which downloads of Data Center take where passwords are allowed, or in a session; newer versions also take tokens there"),
		}
	}
	return pageFix
}
