package session

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "no-credentials-sent",
	Title: "No credential was sent",
	Doc: `The request carries nothing to tell who sends it: no Authorization header, no session cookie, no token in the URL. The
server answers as it does to anybody, and that is seldom a clear "log in": Jira and Confluence say that the issue does
not exist (404), that anonymous users may not see a field (400), or give an empty list (200).

It is proof where the answer is a 401 of the product, its login page in place of data, or speaks of an anonymous user;
with 404, 403 or an empty list it is likely, because the item may also be absent. A session cookie that the server
gave out before, to a visitor, is no credential either: every visitor gets one.

Why nothing was sent, one capture cannot tell: the client may wait for a challenge that never comes, a redirect to
another host may have dropped the header, a proxy may have taken it out, or the call was meant to be anonymous. This
finding names them all and the request that tells them apart.

Nothing is said where the capture may have left credentials and cookies out, as Chrome does by default; of URLs that
answer anybody (serverInfo, status, static files), preflights (OPTIONS) and login pages; or of a challenge that the
client then answers.`,
	Area: rule.SessionAndCookie, Severity: rule.Error, Layer: rule.LayerAbsent,
	Needs:    cookieSight,
	Explains: rule.AnonymousEffects,
	Alternatives: []string{
		"no-preemptive-auth", "redirect-drops-authorization", "authorization-replaced", "capture-credentials-hidden", "anonymous-wanted",
	},
	Fix:     bareFix(target.JiraCloud),
	Confirm: &withPair,
	References: []rule.Reference{
		{Title: "brekkylab/backlot#134", URL: "https://github.com/brekkylab/backlot/pull/134"},
		{Title: "JQL search returns 200 OK without API token (Atlassian support)", URL: "https://support.atlassian.com/jira/kb/jira-cloud-jql-search-rest-api-returns-200-ok-without-api-token/"},
	},
	Since:    "0.1",
	Formerly: []string{"anonymous-request"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		bare(ses, func(s *rule.Subject, visitor bool) {
			f, ok := lacking(s)
			if !ok {
				return
			}
			f.Fix, f.Rests = bareFix(s.Target.Product), cookieSight
			if s.Is(bearers) {
				f.Confirm = &withBearer
			}
			f.Evidence = append(f.Evidence, noField(s))
			if visitor {
				f.Message = redact.Const("The request carries no credential. Its cookie is that of a session which the server opened for a visitor and which was never logged in.")
				f.Evidence = append(f.Evidence, cookieSent(s, redact.Const("given to a visitor before"), redact.Const("a session that is logged in")))
			}
			p.Report(s, f)
		})
	},
})

// lacking says what the answer to a request without credential tells about the
// lack of it.
func lacking(s *rule.Subject) (f rule.Finding, ok bool) {
	f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200"))}
	by := target.FromProduct(s.Target, s.Response)
	if text, said := s.SaysText(anonymousTexts...); said && !s.HasOne(rule.Is2xx|rule.Is3xx) {
		f.Certainty = rule.Proven
		f.Message = redact.Const("The request was sent without any credential, and the answer is one for an anonymous user.")
		f.Evidence = append(f.Evidence, s.Body(text))
		return f, true
	}
	if s.AnotherMatter() {
		return f, false
	}
	f.Certainty = rule.Likely
	switch {
	case s.Has(rule.Is401):
		f.Message = redact.Const("The request was sent without any credential, and the answer is 401.")
		if by == target.Yes {
			f.Certainty = rule.Proven
			f.Message = redact.Const("The request was sent without any credential, and the product asks for one.")
		}
	case s.Has(rule.Is403):
		f.Message = redact.Const("The request was sent without any credential, and the product refuses it.")
		if by != target.Yes && !s.Anonymous && !s.Says("not permitted to use confluence") {
			f.Certainty = rule.Possible
			f.Message = redact.Const("The request was sent without any credential and is refused. A firewall refuses in the same way.")
		}
	case s.Has(rule.Is404):
		f.Message = redact.Const("The request was sent without any credential. To an anonymous caller the product says that an item does not exist, whether it does or not.")
	case s.Has(rule.Is2xx) && s.HTML(), ownLogin(s):
		f.Certainty = rule.Proven
		f.Message = redact.Const("The request was sent without any credential, and the answer is the login page in place of the data.")
	case s.Has(rule.Is2xx):
		f.Message = redact.Const("The request was sent without any credential, and the answer holds only what is open to the public.")
	default:
		return f, false
	}
	return f, true
}

// bearers are the products that a program logs in to with a bearer token.
const bearers = target.DataCenter | target.Set(1<<target.Align|1<<target.AdminAPI|1<<target.SCIM)

// withPair and withBearer separate the reasons why nothing was sent.
var (
	withPair = rule.Confirm{
		Do:         sendAgain,
		Command:    redact.Const(`curl -v -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -v -u "${email}:$t" "URL"`),
		Outcomes:   whyNothing,
	}
	withBearer = rule.Confirm{
		Do:         sendAgain,
		Command:    redact.Const(`curl -v -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`curl.exe -v -H "Authorization: Bearer $t" "URL"`),
		Outcomes:   whyNothing,
	}
	sendAgain  = redact.Const("Send the same request with a credential, from the same machine, with a client that sends it at once, as curl does.")
	whyNothing = []rule.Outcome{
		{Seen: redact.Const("it works, and the failing client was given a user and a secret: it waits to be asked for them"), Means: "no-preemptive-auth"},
		{Seen: redact.Const("it works, and the failing request came from a redirect to this URL"), Means: "redirect-drops-authorization"},
		{Seen: redact.Const("it works, and the client's own log shows an Authorization header: something on the way takes it out"), Means: "authorization-replaced"},
		{Seen: redact.Const("it works, and a capture by another tool shows the header: this one leaves it out"), Means: "capture-credentials-hidden"},
		{Seen: redact.Const("it works, and the failing client is meant to work without a login"), Means: "anonymous-wanted"},
		{Seen: redact.Const("it fails in the same way: look at the credential")},
	}
)

// bareFix says how to send a credential to a product.
func bareFix(p target.Product) []rule.Fix {
	f := rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Give the client a credential, and make it send that with the first request (preemptively), not only when asked"),
	}
	switch one := target.SetOf(p); {
	case one&(target.CloudSite|target.SetOf(target.Gateway, target.GraphQL, target.BitbucketCloud)) != 0:
		f.Command = redact.Const(`curl -u "$EMAIL:$T" "URL"`)
		f.PowerShell = redact.Const(`$h = @{Authorization = "Basic " + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))}
Invoke-RestMethod -Headers $h -Uri "URL"`)
	case one&bearers != 0:
		f.Command = redact.Const(`curl -H "Authorization: Bearer $T" "URL"`)
		f.PowerShell = redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri "URL"`)
	}
	return []rule.Fix{f}
}
