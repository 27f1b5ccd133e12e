package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "web-filter-block",
	Title: "A company web filter answered",
	Doc: `A filter that checks what leaves the company network (Zscaler, Blue Coat, Forcepoint, FortiGate, Squid and others)
answered in place of the product: it blocks the URL, or wants the user to log in to the filter first. The product
never saw the request.

It is proven by the marks of Zscaler (Server header, the text of its page, a redirect to its login), and likely by
those of the others: a header or Server name that only the filter writes together with its refusal, or the text of its
page.

Only answers that turn the request away, and that the product certainly did not write, are looked at; a filter that
merely names itself on the answers it passes on is not reported.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"tls-untrusted-ca", "upstream-trouble", "login-page-answer", "gateway-needs-own-session"}, untested),
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Allow the host of the product in the web filter, without inspection and login; for the cloud *.atlassian.net, *.atlassian.com, *.atl-paas.net, bitbucket.org"),
	}, {
		Who: rule.Caller,
		Do:  redact.Const("Open the URL once in a browser on the same machine: the page of the filter says what it objects to"),
	}},
	References: []rule.Reference{
		{Title: "wafw00f, zscaler.py", URL: "https://github.com/EnableSecurity/wafw00f/blob/master/wafw00f/plugins/zscaler.py"},
		{Title: "wafw00f, plugins", URL: "https://github.com/EnableSecurity/wafw00f/tree/master/wafw00f/plugins"},
		{Title: "Squid, ERR_ACCESS_DENIED", URL: "https://wiki.squid-cache.org/SquidFaq/CompleteFaq"},
	},
	Since:    "0.1",
	Formerly: []string{"zscaler-block", "forward-proxy-block-other"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !refusedByBox(s) || s.Status() == 407 {
			return
		}
		if s.FilterPage() {
			p.Proven(s, filtered, s.StatusLine(redact.Const("200")), s.AnswerField("Location", redact.Const("none")))
			return
		}
		if squidDenies(s) {
			p.Likely(s, filtered, s.StatusLine(redact.Const("200")), s.AnswerField("X-Squid-Error", redact.Const("none")))
			return
		}
		if m, e := firstMark(s, filters); m != nil {
			e = append(e, s.Part(redact.Const("writer of the answer"), m.name, redact.Const("the product")), s.StatusLine(redact.Const("200")))
			p.Report(s, rule.Finding{Certainty: m.certainty, Message: filtered, Evidence: e})
		}
	},
})

var filtered = redact.Const("A web filter in the network answered in place of the product. The credential was not looked at.")

// squidDenies reports whether a Squid proxy refuses by its rules.
func squidDenies(s *rule.Subject) bool {
	return startsFold(s.Answer("X-Squid-Error"), "err_access_denied") || startsFold(s.Answer("X-Squid-Error"), "err_blocked")
}

var filters = []mark{
	{name: redact.Const("Zscaler"), server: "zscaler", certainty: rule.Proven},
	{name: redact.Const("Zscaler"), body: redact.Const("internet security by zscaler"), certainty: rule.Proven},
	{name: redact.Const("Zscaler"), body: redact.Const("login.zscloud.net"), certainty: rule.Proven},
	{name: redact.Const("Zscaler"), body: redact.Const("gateway.zscaler"), certainty: rule.Proven},
	{name: redact.Const("Squid"), server: "squid", body: redact.Const("access control configuration prevents"), certainty: rule.Likely},
	{name: redact.Const("Blue Coat"), server: "bluecoat", certainty: rule.Likely},
	{name: redact.Const("McAfee Web Gateway"), server: "mcafee web gateway", certainty: rule.Likely},
	{name: redact.Const("McAfee Web Gateway"), body: redact.Const("mcafee web gateway"), certainty: rule.Likely},
	{name: redact.Const("Forcepoint"), server: "websense", certainty: rule.Likely},
	{name: redact.Const("Forcepoint"), body: redact.Const("websense"), more: "block", certainty: rule.Likely},
	{name: redact.Const("Forcepoint"), body: redact.Const("forcepoint"), more: "block", certainty: rule.Likely},
	{name: redact.Const("Cisco Umbrella"), body: redact.Const("block.opendns.com"), certainty: rule.Likely},
	{name: redact.Const("FortiGate"), body: redact.Const("globalurl.fortinet.net"), certainty: rule.Likely},
	{name: redact.Const("FortiGate"), body: redact.Const("fortiguard"), more: "block", certainty: rule.Likely},
	{name: redact.Const("Palo Alto"), body: redact.Const("palo alto networks"), more: "block", certainty: rule.Likely},
	{name: redact.Const("Palo Alto"), body: redact.Const("has been blocked in accordance with company policy"), certainty: rule.Likely},
	{name: redact.Const("Netskope"), body: redact.Const("netskope"), more: "block", certainty: rule.Likely},
	{name: redact.Const("WatchGuard"), body: redact.Const("watchguard"), more: "denied", certainty: rule.Likely},
	{name: redact.Const("SonicWall"), body: redact.Const("sonicwall"), more: "web site blocked", certainty: rule.Likely},
}
