package xsrf

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "xsrf-browser-user-agent",
	Title: "The XSRF check refused the request because its User-Agent is a browser's",
	Doc: `The server takes the client for a browser by its User-Agent, and a browser may post only from a page of the product
itself: ` + "`Origin`" + ` or ` + "`Referer`" + ` must be its URL. ` + "`X-Atlassian-Token: no-check`" + ` does not
help then, whatever the content type. Scripts that pretend to be a browser run into it, servers and proxies that pass
on the headers of their own visitors, and pages of other sites.

The proof is a POST that was refused with ` + "`XSRF check failed`" + ` (403, on old versions 404), with a User-Agent that the
product's own filter takes for a browser, and neither Origin nor Referer of the product. Where the capture lacks the
body, a 403 whose Content-Length is that of the text makes it likely.

The word Mozilla alone, as in the User-Agent of PowerShell, does not make a browser for that filter, and
extensions of Chrome and Safari may post. With the right origin it is xsrf-no-check-missing, or the proxy in front:
xsrf-origin-behind-proxy.`,
	Area: rule.XSRF, Severity: rule.Error,
	Products: products,
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Bodies,
	Explains: []string{"xsrf-no-check-missing", "permission-missing", "product-access-missing", "app-endpoint-refused", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Set a plain User-Agent such as my-script/1.0 and remove Origin and Referer, in the server or proxy that calls; a page in a browser must call its own server, which then calls the product"),
		Command:    redact.Const(`curl -X POST -A my-script/1.0 -H "X-Atlassian-Token: no-check" -u "$EMAIL:$T" "URL"`),
		PowerShell: redact.Const(`curl.exe -X POST -A my-script/1.0 -H "X-Atlassian-Token: no-check" -u "${email}:$t" "URL"`),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Send the same request with another User-Agent and without Origin and Referer.")},
	References: []rule.Reference{
		filter,
		{Title: "stablyai/orca#5957", URL: "https://github.com/stablyai/orca/pull/5957"},
		{Title: "RoadieHQ/backstage-plugin-jira#30", URL: "https://github.com/RoadieHQ/backstage-plugin-jira/issues/30"},
		{Title: "MrRefactoring/jira.js#100", URL: "https://github.com/MrRefactoring/jira.js/issues/100"},
		{Title: "cypress-io/cypress#8091", URL: "https://github.com/cypress-io/cypress/issues/8091"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		origin := strings.ToLower(s.Sent("Origin"))
		if s.Request.Method != "POST" || !refused(s) && !perhaps(s) || !browserLike(s) || sameOrigin(s) ||
			strings.HasPrefix(origin, "chrome-extension:") || strings.HasPrefix(origin, "safari-extension:") {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The XSRF check takes the client for a browser, and the request does not come from a page of the product. The credential is not the problem."),
			Evidence: []rule.Evidence{
				said(s),
				s.Part(redact.Const("request header User-Agent"), redact.Const("that of a browser"), redact.Const("a plain name, such as my-script/1.0")),
				originSent(s, redact.Const("the URL of the product, or no browser")),
			},
		}
		if !refused(s) {
			f.Certainty = rule.Likely
			f.Message = redact.Const("The refusal is as long as that of the XSRF check, which takes the client for a browser, and the request does not come from a page of the product.")
		}
		p.Report(s, f)
	},
})
