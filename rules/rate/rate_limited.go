package rate

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "rate-limited",
	Title: "Too many requests",
	Doc: `The server answered 429: more requests came than it takes from this user, app or IP address in a time. The login is
not in question, and a new token changes nothing: the limit goes with the account or the app.

` + "`Retry-After`" + ` says how many seconds to wait. On Cloud ` + "`RateLimit-Reason`" + ` tells which limit it was
(requests in a second, points in an hour, writes to one issue), and ` + "`X-RateLimit-Reset`" + ` when it begins anew.
Data Center (self-hosted) fills a bucket: ` + "`X-RateLimit-FillRate`" + ` requests every
` + "`X-RateLimit-Interval-Seconds`" + `. A proxy in front of the product can answer 429, too; then these headers are
missing.`,
	Area: rule.Rate, Severity: rule.Warning,
	When: rule.Answered,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Wait the seconds that Retry-After gives, then go on with fewer requests at a time; do not make new tokens"),
	}},
	References: []rule.Reference{
		{Title: "Rate limiting, Jira Cloud", URL: "https://developer.atlassian.com/cloud/jira/platform/rate-limiting"},
		{Title: "Improving instance stability with rate limiting, Data Center", URL: "https://confluence.atlassian.com/doc/_ratelimiting_httpheaders-992678779.html"},
		{Title: "RFC 6585, section 4", URL: "https://www.rfc-editor.org/rfc/rfc6585#section-4"},
		{Title: "pycontribs/jira: resilientsession.py", URL: "https://github.com/pycontribs/jira/blob/main/jira/resilientsession.py"},
	},
	Since:    "0.1",
	Formerly: []string{"rate-limited-429", "dc-rate-limited"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Status() != 429 {
			return
		}
		e := []rule.Evidence{s.StatusLine(redact.Const("200"))}
		for _, name := range [...]string{"Retry-After", "X-RateLimit-Reset"} {
			if s.Response.Header.Has(name) {
				e = append(e, s.AnswerField(name, redact.Text{}))
			}
		}
		message := redact.Const("In this capture the server takes no more requests of this caller. The login has nothing to do with it.")
		switch reason := s.Answer("RateLimit-Reason"); reason {
		case "":
		case "jira-burst-based":
			message = redact.Const("In this capture the caller sent more requests in a second than the server takes. The login has nothing to do with it.")
			e = append(e, reasonIs(s, redact.Const("jira-burst-based")))
		case "jira-per-issue-on-write":
			message = redact.Const("In this capture the caller changed one issue more often than the server allows. The login has nothing to do with it.")
			e = append(e, reasonIs(s, redact.Const("jira-per-issue-on-write")))
		case "jira-quota-global-based", "jira-quota-tenant-based", "jira-quota-based":
			message = redact.Const("The app has used up its points for this hour. The login has nothing to do with it.")
			e = append(e, reasonIs(s, redact.OneOf(reason, "jira-quota-global-based", "jira-quota-tenant-based", "jira-quota-based")))
		default:
			e = append(e, reasonIs(s, redact.Const("another reason")))
		}
		p.Proven(s, message, e...)
	},
})

func reasonIs(s *rule.Subject, reason redact.Text) rule.Evidence {
	return s.Part(redact.Const("response header RateLimit-Reason"), reason, redact.Text{})
}
