package session

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "answered-as-anonymous",
	Title: "The server answered as if nobody were logged in",
	Doc: `The status looks harmless, but the answer is the one that an anonymous user gets: a list that is empty, a field that
"cannot be viewed by anonymous users", an item that does not exist. Jira and Confluence allow anonymous use and often
ignore a login that fails instead of refusing the request. A client that looks only at the status takes the answer for
the truth.

It is recognised by ` + "`X-Seraph-LoginReason: AUTHENTICATED_FAILED`" + ` next to a status of success, by
` + "`X-AUSERNAME: anonymous`" + ` or an ` + "`atlassian.xsrf.token`" + ` cookie ending in ` + "`lout`" + ` although a credential was sent, by
what the answer says of anonymous users, or by an empty list where no credential was sent.

This is an effect. Whatever is wrong with the credential, or that there is none, is the cause and takes its place;
alone it names the possibilities. An empty list for a user that the answer names is none of this, nor is a page for
a visitor of a public site, whose session cookie proves no login.`,
	Area: rule.SessionAndCookie, Severity: rule.Warning,
	Products: target.Jira | target.Confluence | target.SetOf(target.UnknownDC),
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: []string{"hidden-or-missing"},
	Alternatives: []string{
		"no-credentials-sent", "cloud-credential-refused", "dc-credential-refused", "dc-token-refused", "bearer-not-accepted",
		"session-cookie-stale", "authorization-replaced",
	},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Call /myself with the same credential"),
		Command:    redact.Const(`curl -s -D - -o /dev/null -u "$EMAIL:$T" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`curl.exe -s -D - -o NUL -u "${email}:$t" BASE/rest/api/2/myself`),
	}},
	References: []rule.Reference{
		{Title: "JQL search returns 200 OK without API token (Atlassian support)", URL: "https://support.atlassian.com/jira/kb/jira-cloud-jql-search-rest-api-returns-200-ok-without-api-token/"},
		{Title: "MrRefactoring/jira.js#418", URL: "https://github.com/MrRefactoring/jira.js/issues/418"},
		{Title: "cristibaluta/Jit#10", URL: "https://github.com/cristibaluta/Jit/issues/10"},
		{Title: "go-jira/jira#12", URL: "https://github.com/go-jira/jira/issues/12"},
		{Title: "JRASERVER-41559", URL: "https://jira.atlassian.com/browse/JRASERVER-41559"},
		{Title: "ServiceNow KB2942093"},
	},
	Since:    "0.1",
	Formerly: []string{"anonymous-silent-empty", "login-failed-200", "xsrf-cookie-shows-anonymous"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.HasOne(rule.Is401|rule.Is403|rule.Is3xx|rule.Recognized) || s.HTML() {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven, Alternatives: anonymousBecause(s),
			Message: redact.Const("The answer is that of an anonymous user: the login that was sent did not count."),
		}
		if s.HasOne(rule.OffersBearer | rule.OffersOther) {
			// Why such a token was ignored is never proven, and the reason must
			// not stand behind its effect.
			f.Certainty = rule.Likely
			f.Message = redact.Const("The answer is that of an anonymous user: the token that was sent did not count.")
		}
		sent := s.Has(rule.HasAuthorization) || s.PairInQuery()
		text, said := s.SaysText(anonymousTexts...)
		switch {
		case s.Has(rule.Is2xx | rule.LoginFailed):
			if f.Certainty == rule.Proven {
				f.Message = redact.Const("The status is one of success, but the login was refused, and the answer is that of an anonymous user.")
			}
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Text{}), s.AnswerField("X-Seraph-LoginReason", redact.Const("OK"))}
		case said:
			f.Message = redact.Const("The answer says that it is for an anonymous user.")
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)}
		case sent && s.Anonymous && s.Answer("X-AUSERNAME") != "":
			f.Evidence = []rule.Evidence{s.AnswerField("X-AUSERNAME", redact.Const("the user of the credential"))}
		case sent && s.Anonymous:
			f.Certainty = rule.Likely
			f.Message = redact.Const("The answer opens a session that is not logged in, although a credential was sent.")
			f.Evidence = []rule.Evidence{s.Part(redact.Const("response header Set-Cookie, end of atlassian.xsrf.token"), redact.Const("lout"), redact.Const("lin"))}
		case !s.Has(rule.OffersAny) && s.EmptyList():
			f.Certainty, f.Rests = rule.Likely, cookieSight
			f.Message = redact.Const("The answer is a list with nothing in it, and the request was sent without any credential: it holds what the public may see.")
			f.Evidence = []rule.Evidence{s.StatusLine(redact.Text{}), noField(s)}
		default:
			return
		}
		p.Report(s, f)
	},
})

// anonymousBecause are the reasons why the caller of s can have been taken for
// nobody.
func anonymousBecause(s *rule.Subject) []string {
	dc := s.Is(target.DataCenter)
	switch {
	case s.Has(rule.OffersBearer) && dc:
		return []string{"dc-token-refused", "authorization-replaced", "session-cookie-stale"}
	case s.Has(rule.OffersBearer):
		return []string{"bearer-not-accepted", "authorization-replaced"}
	case s.HasOne(rule.HasAuthorization) && dc:
		return []string{"dc-credential-refused", "authorization-replaced", "session-cookie-stale"}
	case s.Has(rule.HasAuthorization):
		return []string{"cloud-credential-refused", "authorization-replaced"}
	case s.CookieOnly():
		return []string{"session-cookie-stale", "no-credentials-sent"}
	case s.Sees(cookieSight) == exchange.Shown:
		return []string{"no-credentials-sent", "authorization-replaced"}
	case dc:
		return []string{"no-credentials-sent", "dc-credential-refused", "dc-token-refused", "session-cookie-stale"}
	}
	return []string{"no-credentials-sent", "cloud-credential-refused", "bearer-not-accepted", "session-cookie-stale"}
}
