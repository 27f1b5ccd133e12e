package connect

import (
	"net/url"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connect-jwt-qsh-mismatch",
	Title: "The Connect token was signed for another method, path or query",
	Doc: `The token of a Connect app holds the claim ` + "`qsh`" + `: a hash of the method, the path and the query of the one
request that it is for. The product makes the hash again from what arrives and refuses the token if it is another.

why401 makes the hash, too, which needs no secret: SHA-256 of ` + "`METHOD&path&query`" + `, the path without the base
URL of the product (` + "`/wiki`" + ` of Confluence), the query without the parameter jwt, names and values
percent-encoded anew, sorted, a plus sign being a space, the values of a repeated name joined by commas. The example
of Atlassian's documentation gives the documented hash. If the claim is not that of the request, it is proven; where
it is that of a usual slip (the plus sign kept, the query left out or not encoded anew, another method, the whole URL)
the slip is named. Where the only difference is the base URL's path, and where the capture holds the request as
configured and not as sent, it is likely.

How servers and libraries differ is allowed for: a slash at the end of the path, escapes in it, the order of repeated
values, form fields that count as parameters. The token of a page (context-qsh) has a rule of its own. A request that
was answered well is not reported, nor is one whose URL was masked in the capture.`,
	Area: rule.ConnectJWT, Severity: rule.Error,
	Products: target.CloudSite,
	When:     rule.OffersAny | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"connect-jwt-refused"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Make qsh from the very method and URL that are sent, after the URL is final, with Atlassian's library (atlassian-jwt) where there is one"),
	}},
	References: []rule.Reference{
		understanding,
		{Title: "Query string hash", URL: "https://developer.atlassian.com/cloud/bitbucket/query-string-hash/"},
		{Title: "pycontribs/jira#493", URL: "https://github.com/pycontribs/jira/pull/493"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		c, j := appToken(s)
		if c == nil || !refused(s) || j.QSH == credential.ContextQSH || oauthToken(j) || masked(s.Target.Query) {
			return
		}
		want := redact.Const("the hash of this method, path and query")
		if j.QSH == "" {
			p.Likely(s, redact.Const("The token of the app has no claim qsh: it does not say which request it is for."),
				s.CredentialPart(c, [2]int{}, redact.Const("no qsh"), want))
			return
		}
		r := request(s)
		f := rule.Finding{Certainty: rule.Proven}
		var saw redact.Text
		switch r.Match(j.QSH) {
		case credential.QSHRight:
			return
		case credential.QSHWithContext:
			f.Certainty = rule.Likely
			saw = redact.Const("the hash of the path with /wiki before it")
			f.Message = redact.Const("The token was signed for the path with the base URL's own path (/wiki) before it, which must be left out of the hash.")
		case credential.QSHOtherMethod:
			saw = redact.Const("the hash of this URL with another method")
			f.Message = redact.Const("The token was signed for this URL, but for another method than that of the request.")
		case credential.QSHNoQuery:
			saw = redact.Const("the hash of this URL without its query")
			f.Message = redact.Const("The token was signed for this URL without its query.")
		case credential.QSHWholeURL:
			saw = redact.Const("the hash of the whole URL in place of its path")
			f.Message = redact.Const("The token was signed for the whole URL. Only the path after the base URL of the product belongs into the hash.")
		case credential.QSHPlusKept:
			saw = redact.Const("the hash of a query whose plus signs were kept")
			f.Message = redact.Const("The token was signed for a query with plus signs in it. In a URL they stand for spaces, and belong into the hash as %20.")
		case credential.QSHRawQuery, credential.QSHTwiceEncoded, credential.QSHUnsorted, credential.QSHNotJoined, credential.QSHLowerHex:
			saw = redact.Const("the hash of a query that was not brought into the agreed form")
			f.Message = redact.Const("The token was signed for the right query, but not in the agreed form: parameters sorted by name, percent-encoded anew with capitals, repeated ones joined by commas.")
		default:
			saw = redact.Const("the hash of something else")
			f.Message = redact.Const("The token was signed for another request: the hash in it is not that of this method, path and query.")
		}
		if s.Fidelity == exchange.AsConfigured {
			f.Certainty = rule.Likely
		}
		f.Evidence = []rule.Evidence{s.CredentialPart(c, [2]int{}, redact.Sprintf("claim qsh: %s", saw), want), s.Address(redact.Text{})}
		p.Report(s, f)
	},
})

// request returns what the hash of s must be made of.
func request(s *rule.Subject) credential.QSHRequest {
	t := &s.Target
	r := credential.QSHRequest{Method: s.Request.Method, Origin: t.Scheme + "://" + t.Host, Path: t.Path, Query: t.Query}
	if t.Path == "/wiki" || strings.HasPrefix(t.Path, "/wiki/") {
		r.Context = "/wiki"
	}
	if strings.Contains(strings.ToLower(s.Request.Body.Media), "x-www-form-urlencoded") {
		r.Form = string(s.Request.Body.Head)
	}
	return r
}

// masked reports whether the capture put something else in place of a value of
// the query.
func masked(query string) bool {
	for _, pair := range strings.Split(query, "&") {
		_, value, _ := strings.Cut(pair, "=")
		if v, err := url.QueryUnescape(value); err == nil && credential.ClassOf(v) == credential.Masked {
			return true
		}
	}
	return false
}
