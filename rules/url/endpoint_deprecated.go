package url

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "endpoint-deprecated",
	Title: "This endpoint will be removed",
	Doc: `The answer says that the endpoint it came from will be taken out of service: ` + "`Warning: 299`" + ` with the words
` + "`Deprecated API`" + `, as of version 1 of the Confluence API, or the headers ` + "`Deprecation`" + ` and
` + "`Sunset`" + `, which name the date.

It is never the reason why a request failed, and never counts as one. The dates that Confluence names have been put
off several times, so a date in the past does not mean that the endpoint is gone.`,
	Area: rule.ProductAndURL, Severity: rule.Info,
	Products: target.Cloud | target.Bitbucket,
	When:     rule.Answered,
	Fix:      []rule.Fix{{Who: rule.Caller, Do: redact.Const("Plan to move to the endpoint that takes its place (Confluence: /wiki/api/v2/)")}},
	References: []rule.Reference{
		{Title: "atlassian-api/atlassian-python-api#1545", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1545"},
		{Title: "kovetskiy/mark#493", URL: "https://github.com/kovetskiy/mark/issues/493"},
		{Title: "RFC 9745 (Deprecation)", URL: "https://www.rfc-editor.org/rfc/rfc9745"},
		{Title: "RFC 8594 (Sunset)", URL: "https://www.rfc-editor.org/rfc/rfc8594"},
	},
	Since:    "0.1",
	Formerly: []string{"endpoint-deprecated-warning"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		warning, sunset, deprecation := s.Answer("Warning"), s.Answer("Sunset"), s.Answer("Deprecation")
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The answer says that this endpoint will be taken out of service."),
			Minor:     wrong(s), // true, but not why this failed
		}
		var name redact.Text
		var at time.Time
		switch {
		case strings.HasPrefix(strings.TrimSpace(warning), "299") && strings.Contains(strings.ToLower(warning), "deprecated api"):
			_, when, _ := strings.Cut(warning, " on ")
			name, at = redact.Const("response header Warning"), date(strings.TrimRight(when, `"`))
		case sunset != "":
			name, at = redact.Const("response header Sunset"), date(sunset)
		case deprecation != "":
			name = redact.Const("response header Deprecation")
		default:
			return
		}
		saw := redact.Const("this API is deprecated")
		if !at.IsZero() {
			saw = redact.Sprintf("this API is deprecated; announced end: %s", redact.Date(at))
		}
		f.Evidence = []rule.Evidence{s.Part(name, saw, redact.Const("absent")), s.Address(redact.Text{})}
		p.Report(s, f)
	},
})

// date reads a date as HTTP writes it (RFC 9110, section 5.6.7), with days of
// one digit as Confluence writes them, or in seconds since 1970.
func date(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{http.TimeFormat, "Mon, 2 Jan 2006 15:04:05 GMT"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(s, "@"), 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	return time.Time{}
}
