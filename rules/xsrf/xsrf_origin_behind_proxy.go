package xsrf

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "xsrf-origin-behind-proxy",
	Title: "The XSRF check fails because the proxy hides the real URL",
	Doc: `A browser posts from a page of the product, its ` + "`Origin`" + ` or ` + "`Referer`" + ` is the URL in the address
bar, and still the check refuses it. The server compares with the URL as it believes it to be, and behind a reverse
proxy that is another one (http in place of https, another port or name), unless Tomcat was told.

It is likely where a browser's POST is refused with ` + "`XSRF check failed`" + ` although Origin or Referer is the
very URL of the request, and the request would pass the check otherwise: it carries
` + "`X-Atlassian-Token: no-check`" + `, or it is no form.

A form post from the right origin without the header is xsrf-no-check-missing. Cloud has no such proxy.`,
	Area: rule.XSRF, Severity: rule.Warning,
	Products: target.DataCenter,
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Bodies,
	Explains: []string{"permission-missing", "product-access-missing", "app-endpoint-refused", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Set scheme, proxyName, proxyPort and secure at the Connector in server.xml to the URL that users type, and compare with the base URL"),
	}},
	References: []rule.Reference{
		filter,
		{Title: "Reverse proxy and application link troubleshooting", URL: "https://confluence.atlassian.com/kb/reverse-proxy-and-application-link-troubleshooting-guide-719095279.html"},
	},
	Since:    "0.1",
	Formerly: []string{"xsrf-proxy-origin-mismatch"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Request.Method != "POST" || !refused(s) || !browserLike(s) || !sameOrigin(s) || formLike(s) && !passed(s) {
			return
		}
		p.Likely(s, redact.Const("The request comes from a page of the product itself, and the server does not see that: it takes itself to be at another URL than the one users type."),
			said(s), originSent(s, redact.Text{}), s.Address(redact.Text{}))
	},
})
