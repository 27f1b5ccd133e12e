package xsrf

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "xsrf-no-check-missing",
	Title: "The XSRF check refused the request: X-Atlassian-Token: no-check is missing or misspelt",
	Doc: `Uploads, form posts and posts without a body are refused unless the request carries
` + "`X-Atlassian-Token: no-check`" + `, because a page of another site could make a browser send them unnoticed. JSON is not
concerned. The refusal is a 403 (a 404 of old versions) that says ` + "`XSRF check failed`" + `; the credential is right.

That text is the proof where the header is missing or has another value, such as ` + "`nocheck`" + `,
` + "`no_check`" + ` or ` + "`true`" + `. Some versions still take ` + "`nocheck`" + `, so for Jira that spelling is
only likely to be the reason. Where the capture has no body, a 403 to such a post without the header is a hint, and
likely to be this if its Content-Length is that of the text.

If the client looks like a browser and its origin is not the product, the header does not help: see
xsrf-browser-user-agent. On Bitbucket a lock behind a CAPTCHA can hide behind this answer.`,
	Area: rule.XSRF, Severity: rule.Error,
	Products: products,
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Bodies,
	Explains: []string{"hidden-or-missing", "permission-missing", "product-access-missing", "app-endpoint-refused"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Add X-Atlassian-Token: no-check, spelt exactly so, to uploads, form posts and posts without a body, or send JSON"),
		Command:    redact.Const(`curl -X POST -H "X-Atlassian-Token: no-check" -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -X POST -H "X-Atlassian-Token: no-check" -u "${email}:$t" "URL"`),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Send the same request with X-Atlassian-Token: no-check.")},
	References: []rule.Reference{
		{Title: "XSRF check failed when calling Cloud APIs", URL: "https://support.atlassian.com/atlassian-cloud/kb/xsrf-check-failed-when-calling-cloud-apis"},
		filter,
		{Title: "floralvikings/jira-connector#161", URL: "https://github.com/floralvikings/jira-connector/issues/161"},
		{Title: "sooperset/mcp-atlassian#1249", URL: "https://github.com/sooperset/mcp-atlassian/pull/1249"},
		{Title: "runatlantis/atlantis#465", URL: "https://github.com/runatlantis/atlantis/issues/465"},
	},
	Since:    "0.1",
	Formerly: []string{"xsrf-check-failed", "xsrf-risk-content-type", "xsrf-header-value-wrong"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		value, sent := s.Request.Header.Get("X-Atlassian-Token")
		want := redact.Const("no-check")
		if passed(s) || s.Request.Method != "POST" && s.Request.Method != "GET" && !refused(s) || browserLike(s) && !formLike(s) {
			return // JSON needs no such field: it is the origin
		}
		switch {
		case refused(s) && !sent:
			p.Proven(s, redact.Const("The XSRF check refused the request, which lacks X-Atlassian-Token: no-check. The credential is not the problem."),
				said(s), s.SentField("X-Atlassian-Token", want))
		case refused(s):
			f := rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The XSRF check refused the request: the value of X-Atlassian-Token is not no-check. The credential is not the problem."),
				Evidence: []rule.Evidence{said(s), s.Part(redact.Const("request header X-Atlassian-Token"),
					redact.OneOf(strings.TrimSpace(value), "nocheck", "no_check", "no check", "true", "false", "\"no-check\""), want)},
			}
			if strings.EqualFold(strings.TrimSpace(value), "nocheck") && s.Is(target.Jira) {
				f.Certainty = rule.Likely
				f.Message = redact.Const("The XSRF check refused the request: X-Atlassian-Token is spelt nocheck, which only old versions take for no-check. The credential is not the problem.")
			}
			p.Report(s, f)
		case perhaps(s) && !sent:
			p.Likely(s, redact.Const("The XSRF check seems to have refused the request, which lacks X-Atlassian-Token: no-check."),
				said(s), s.SentField("X-Atlassian-Token", want))
		case s.Has(rule.Is403) && !s.Has(rule.HasBody) && s.Sees(exchange.Bodies) != exchange.Shown && s.Request.Method == "POST" && formLike(s):
			p.Possible(s, redact.Const("A form post without X-Atlassian-Token: no-check is refused, and the capture does not show why."),
				s.StatusLine(redact.Const("200")), s.SentField("X-Atlassian-Token", want))
		}
	},
})
