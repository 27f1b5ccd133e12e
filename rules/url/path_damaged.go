package url

import (
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "path-damaged",
	Title: "The path was damaged when base URL and path were joined",
	Doc: `A client joins its base URL and the path of a call. If the base URL ends in a slash, holds a part of the path already,
or has a query at its end, the result is a URL that no product has: ` + "`//rest/api/2`" + `,
` + "`/rest/api/2/rest/api/2`" + `, ` + "`?os_authType=basic/rest/api/2`" + `, or a whole URL within the path.

A path that is there twice, one that ended up in the query, and a URL in the path are likely why a request fails. Two
slashes in a row are only possible, because most servers take them for one, and an escaped question mark
(` + "`search%3Fjql=`" + `) likewise.

Requests that succeed are not reported, nor is a query that holds a URL, as login pages have it.`,
	Area: rule.ProductAndURL, Severity: rule.Warning,
	Products: target.CloudSite | target.DataCenter | target.SetOf(target.Gateway, target.BitbucketCloud, target.Align),
	When:     rule.Answered,
	Explains: []string{"hidden-or-missing", "web-path-instead-of-rest", "host-not-atlassian", "login-page-answer", "response-not-from-product"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Mend the base URL: no slash at its end, no part of the path of the API, and no query"),
	}},
	References: []rule.Reference{
		{Title: "skleinei/alfred-confluence#4", URL: "https://github.com/skleinei/alfred-confluence/issues/4"},
		{Title: "atlassian-api/atlassian-python-api#1516", URL: "https://github.com/atlassian-api/atlassian-python-api/pull/1516"},
		{Title: "CONFKB 966681459 (shows /rest/api/content/rest/api/content)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=966681459"},
	},
	Since:    "0.1",
	Formerly: []string{"double-slash-or-path-damage"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		// A 5xx, a proxy or a limit has reasons of its own.
		if !wrong(s) || s.Status() >= 405 || s.HasOne(rule.LoginFailed|rule.LoginDenied) || s.LacksScope() {
			return
		}
		status := s.StatusLine(redact.Const("200"))
		switch damage(s) {
		case doubledPath:
			p.Likely(s, redact.Const("A part of the path is there twice: the base URL holds it already."), s.Address(redact.Const("the path once")), status)
		case addressInPath:
			p.Likely(s, redact.Const("A whole URL stands within the path: it was joined to a base URL although it had one."), s.Address(redact.Const("one URL")), status)
		case pathInQuery:
			p.Likely(s, redact.Const("The path of the API is in the query: the base URL ends in a query, and the path was joined to that."), s.Address(redact.Const("the path before the query")), status)
		case emptySegment:
			p.Possible(s, redact.Const("There are two slashes in a row in the path: the base URL ends in a slash and the path begins with one."), s.Address(redact.Const("one slash")), status)
		case escapedQuery:
			p.Possible(s, redact.Const("The question mark before the query is escaped, which makes the query a part of the path."), s.Address(redact.Const("a plain question mark")), status)
		}
	},
})

// A fault is a way in which a path can be damaged.
type fault uint8

const (
	intactPath    fault = iota
	doubledPath         // /rest/rest/, /rest/api/2/rest/api/2
	addressInPath       // /wiki/https://acme.atlassian.net/wiki/
	pathInQuery         // ?os_authType=basic/rest/api/2/
	emptySegment        // //rest/
	escapedQuery        // /search%3Fjql=
)

// damage returns what is wrong with the path of a request for data.
func damage(s *rule.Subject) fault {
	path, query := strings.ToLower(s.Target.Path), strings.ToLower(s.Target.Query)
	switch {
	case strings.Contains(path, "/http://"), strings.Contains(path, "/https://"), strings.Contains(path, "/https:/"):
		if s.Target.Flaws&target.SchemeTwice == 0 {
			return addressInPath
		}
	case strings.Contains(path, "/rest/rest/"), strings.Count(path, "/rest/api/") > 1, strings.Contains(path, "/wiki/wiki/rest/"):
		return doubledPath
	case strings.Contains(query, "os_authtype=") && strings.Contains(query, "/rest/"):
		return pathInQuery
	case !asksAPI(s):
	case strings.Contains(path, "//"):
		return emptySegment
	case strings.Contains(path, "%3fjql="), strings.Contains(path, "%3fexpand="), strings.Contains(path, "%3ffields="):
		return escapedQuery
	}
	return intactPath
}
