package url

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "context-path-wrong",
	Title: "The context path (/wiki, /jira) is missing, not wanted or doubled",
	Doc: `A product need not stand at the root of its host. Confluence Cloud is under ` + "`/wiki`" + `, Jira Cloud at the root;
Data Center (self-hosted) is often under ` + "`/jira`" + `, ` + "`/confluence`" + ` or ` + "`/bitbucket`" + `. If the
base URL lacks that part, or has one too many, the call reaches the wrong product, or the web server in front of it,
which knows no such URL.

On Cloud a resource that only Confluence has (` + "`/rest/api/content`" + `, ` + "`/rest/api/user/current`" + `, ` + "`/api/v2/pages`" + `) at the root, a
resource of Jira under ` + "`/wiki`" + `, and any other first segment, are likely this if the answer is 401, 403 or 404. On Data Center
it is likely if the same host served other calls under another context path than the one that got a 404, if the
product itself, for a core resource below a context path, shows its page for dead links, or if the web server in front
of it says that there is nothing.

Jira's own resources have a version in their path (` + "`/rest/api/3/`" + `) and are not mistaken for those of Confluence. A 404
in JSON for a thing that is missing, and pages, pictures and scripts that are not found, are no such case.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.CloudSite | target.DataCenter,
	Explains: []string{"hidden-or-missing", "host-not-atlassian", "response-not-from-product", "product-access-missing", "permission-missing", "login-page-answer"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Take the base URL from the address bar: Confluence Cloud is under /wiki, Jira Cloud at the root, Data Center often under /jira or /confluence"),
		Command:    redact.Const(`for c in "" /jira /confluence /wiki /bitbucket; do curl -s -o /dev/null -w "$c %{http_code}\n" "https://HOST$c/rest/applinks/1.0/manifest"; done`),
		PowerShell: redact.Const(`"", "/jira", "/confluence", "/wiki", "/bitbucket" | ForEach-Object { curl.exe -s -o NUL -w "$_ %{http_code}\n" "https://HOST$_/rest/applinks/1.0/manifest" }`),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Ask each base URL that comes into question for a URL that answers anybody."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200 under another base URL than the one that was used"), Means: "context-path-wrong"},
			{Seen: redact.Const("404 everywhere: look whether the host is the right one"), Means: "host-not-atlassian"},
		},
	},
	References: []rule.Reference{
		{Title: "line/conflr#3", URL: "https://github.com/line/conflr/issues/3"},
		{Title: "line/conflr#153", URL: "https://github.com/line/conflr/issues/153"},
		{Title: "atlassian-api/atlassian-python-api#189", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/189"},
		{Title: "dapplo/Dapplo.Confluence#59", URL: "https://github.com/dapplo/Dapplo.Confluence/issues/59"},
		{Title: "cristibaluta/Jit#10", URL: "https://github.com/cristibaluta/Jit/issues/10"},
		{Title: "gioboa/jira-plugin#62", URL: "https://github.com/gioboa/jira-plugin/issues/62"},
	},
	Since:    "0.1",
	Formerly: []string{"confluence-missing-wiki"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !wrong(s) || !asksAPI(s) || s.HasOne(rule.LoginFailed|rule.LoginDenied) || damage(s) != intactPath {
				continue
			}
			switch {
			case s.Is(target.CloudSite) && s.HasOne(rule.Is401|rule.Is403|rule.Is404):
				onCloud(p, s)
			case s.Is(target.DataCenter) && s.Has(rule.Is404):
				onDataCenter(p, ses, s)
			}
		}
	},
})

func onCloud(p *rule.Pass, s *rule.Subject) {
	t := &s.Target
	f := rule.Finding{Certainty: rule.Likely, Confirm: &rule.Confirm{Do: redact.Const("Send the same request to the corrected URL.")}}
	status := s.StatusLine(redact.Const("200"))
	fix := func(do redact.Text) { f.Fix = []rule.Fix{{Who: rule.Caller, Do: do}} }
	switch {
	case t.Product == target.JiraCloud && t.Context == "" && t.PathFamily == target.ConfluenceFamily:
		fix(redact.Const("Put /wiki before the path"))
		f.Message = redact.Const("The URL is one of Confluence and lacks /wiki: without it, Jira is asked, which has no such URL.")
		f.Evidence = []rule.Evidence{s.Address(redact.Const("/wiki before the path")), status}
	case t.Product == target.ConfluenceCloud && t.Context == "/wiki" && t.PathFamily == target.JiraFamily:
		fix(redact.Const("Take /wiki off the path"))
		f.Message = redact.Const("The URL is one of Jira under /wiki, where Confluence is: Jira Cloud is at the root of the site.")
		f.Evidence = []rule.Evidence{s.Address(redact.Const("the path without /wiki")), status}
	case t.Context != "" && t.Context != "/wiki":
		fix(redact.Const("Take off what stands before /rest/ in the path; for Confluence put /wiki there"))
		f.Message = redact.Const("There is something before the path that no site of Cloud has: Jira is at the root of the site, Confluence under /wiki.")
		f.Evidence = []rule.Evidence{s.Address(redact.Const("the path at the root, or under /wiki")), status}
	default:
		return
	}
	p.Report(s, f)
}

func onDataCenter(p *rule.Pass, ses *rule.Session, s *rule.Subject) {
	status := s.StatusLine(redact.Const("200"))
	if o := servedElsewhere(ses, s); o != nil {
		p.Likely(s, redact.Const("The host serves the product under another context path than the one in this URL."),
			s.Address(redact.Const("the context path of the calls that work")), status,
			rule.Evidence{At: o.At, Part: redact.Const("request URL"), Saw: redact.URL(o.Request.URL)})
		return
	}
	if !coreResource(s) {
		return
	}
	switch {
	case s.Target.Context != "" && s.HTML() && target.FromProduct(s.Target, s.Response) == target.Yes && !servedHere(ses, s):
		p.Likely(s, redact.Const("The product answers with its page for dead links to a resource that every version has: the segment before the path does not belong there."),
			s.Address(redact.Const("the path without that segment")), status)
	default:
		if text, ok := s.SaysText(notServed...); ok && target.FromProduct(s.Target, s.Response) != target.Yes {
			p.Likely(s, redact.Const("The web server answers, and not the product: nothing is served under this path. The product is under another context path, or on another host."),
				s.Address(redact.Const("the context path of the product")), s.Body(text), status)
		}
	}
}

// notServed are parts of the pages with which Tomcat, Apache, nginx and IIS say
// that they serve nothing at an address.
var notServed = []redact.Text{
	redact.Const("http status 404"),
	redact.Const("was not found on this server"),
	redact.Const("<center>nginx"),
	redact.Const("404 - file or directory not found"),
}

// coreResource reports whether the address is one that every version of the
// product has, so that its 404 for a missing thing comes in JSON.
func coreResource(s *rule.Subject) bool {
	for _, start := range [...]string{
		"/rest/api/2/", "/rest/api/latest/", "/rest/api/1.0/", "/rest/api/content", "/rest/api/space", "/rest/api/user/current",
		"/rest/auth/1/session", "/rest/agile/1.0/",
	} {
		if strings.HasPrefix(s.Target.Resource, start) {
			return true
		}
	}
	return false
}

// servedElsewhere returns an exchange in which the host of s served the product
// that s is for under another context path, if under that of s it served
// nothing.
func servedElsewhere(ses *rule.Session, s *rule.Subject) *rule.Subject {
	var other *rule.Subject
	for _, o := range ses.Subjects {
		t := &o.Target
		if t.Host != s.Target.Host || t.Port != s.Target.Port || !o.Has(rule.Is2xx) || o.Has(rule.Failing) ||
			t.Strength < target.Strong || !o.Is(target.DataCenter) || t.API == target.UnknownAPI || t.API == target.Static {
			continue
		}
		switch {
		case t.Context == s.Target.Context:
			return nil
		case s.Target.PathFamily > target.AnyFamily && t.Product.Family() == s.Target.PathFamily:
			other = o
		}
	}
	return other
}

// servedHere reports whether the host served anything of the product under the
// context path of s.
func servedHere(ses *rule.Session, s *rule.Subject) bool {
	for _, o := range ses.Subjects {
		if o.Target.Host == s.Target.Host && o.Target.Context == s.Target.Context && o.Has(rule.Is2xx) && !o.Has(rule.Failing) {
			return true
		}
	}
	return false
}
