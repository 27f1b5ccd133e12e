package url

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "host-not-atlassian",
	Title: "The URL does not lead to an Atlassian product",
	Doc: `The path is one of Jira, Confluence or Bitbucket, but nothing that the host ever answered in the capture comes from
such a product: no header, cookie or text that only they write. The base URL may name another server, or the front
page of one.

It is only ever possible, where such a URL is answered with 404, or with a page in place of data. A proxy that removes
headers looks the same, and so does single sign-on before the product: a redirect or a page that asks for a login is
not reported, nor is a 401 or 403.`,
	Area: rule.ProductAndURL, Severity: rule.Warning,
	Products: target.DataCenter,
	Needs:    exchange.Bodies,
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Open the base URL in the browser and look which product, if any, is there"),
		Command: redact.Const(`curl -sI BASE/rest/applinks/1.0/manifest`), PowerShell: redact.Const(`curl.exe -sI BASE/rest/applinks/1.0/manifest`),
	}},
	References: []rule.Reference{{Title: "REST API of Application Links: the manifest names the product and answers anybody"}},
	Since:      "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		known := map[string]bool{}
		for _, s := range ses.Subjects {
			if s.Target.Strength >= target.Strong {
				known[s.Target.Host] = true
			}
		}
		for _, s := range ses.Subjects {
			// A path that only the name of the host speaks for is too little.
			if s.Target.Strength != target.Weak || s.Target.Basis != target.ByPath || !s.Is(target.DataCenter) ||
				known[s.Target.Host] || !asksAPI(s) || !wrong(s) || !bodySeen(s) || !strings.HasPrefix(s.Target.Resource, "/rest/") {
				continue
			}
			if _, login := s.SaysOne("login", "sign in", "signin", "saml", "password", "os_username", "errormessages", "atlassian"); login {
				continue
			}
			if s.Has(rule.Is404) || s.Has(rule.Is2xx) && s.HTML() {
				p.Possible(s, redact.Const("The path is one of an Atlassian product, and nothing in the answers of this host comes from one."),
					s.Address(redact.Const("the base URL of the product")), s.StatusLine(redact.Const("200")),
					s.AnswerField("Server", redact.Text{}))
			}
		}
	},
})
