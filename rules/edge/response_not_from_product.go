package edge

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "response-not-from-product",
	Title: "A proxy or firewall, not the product, wrote this answer",
	Doc: `The answer does not come from the product: a proxy, firewall, filter or another server on the way wrote it. What it
says of a login is not about the credential, which the product never saw.

Every answer of Atlassian's cloud has marks (` + "`Server: AtlassianEdge`" + `, ` + "`Atl-Traceid`" + `,
` + "`X-AREQUESTID`" + `, those of CloudFront). A refusal from such a host with a list of headers that looks whole and
has none of them is likely from something else. So is, for any product, an answer that names a proxy or firewall as
its server.

Lists that were cut or cleaned, and Bitbucket's, whose marks are others, are taken into account. Of products that
customers run, a missing mark proves nothing, because the server in front often strips them. Requests of a proxy for a
login (407) and refused tunnels have rules of their own. Wherever the proxy or firewall is known by name, that finding
is the cause and this one follows from it.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Warning,
	Products: target.Cloud | target.Bitbucket | behind | target.SetOf(target.Align),
	When:     rule.Answered,
	Explains: []string{"no-credentials-sent", "no-preemptive-auth", "hidden-or-missing", "permission-missing", "upstream-trouble"},
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Find the proxy or firewall on the way from this machine to the product that writes such answers (see Server and Via), and let the host of the product pass"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Repeat the request from another network."),
		Command:    redact.Const(`curl -sI "URL"`),
		PowerShell: redact.Const(`curl.exe -sI "URL"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("the answer has Atl-Traceid or X-AREQUESTID there: a proxy or firewall in this network wrote the other one")},
			{Seen: redact.Const("the answer is the same: the proxy or firewall stands right before the product")},
		},
	},
	References: []rule.Reference{
		{Title: "kovetskiy/mark#493", URL: "https://github.com/kovetskiy/mark/issues/493"},
		{Title: "kovetskiy/mark#102", URL: "https://github.com/kovetskiy/mark/issues/102"},
	},
	Since:    "0.1",
	Formerly: []string{"response-not-from-atlassian"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.HasOne(rule.Failing|rule.Troubled) || s.Status() == 407 || s.Target.API == target.Tunnel || loadBalancer(s) ||
			target.FromProduct(s.Target, s.Response) != target.No {
			return
		}
		e := []rule.Evidence{s.StatusLine(redact.Text{}), s.AnswerField("Server", redact.Text{})}
		if s.Is(target.Cloud) {
			e = append(e, s.AnswerField("Atl-Traceid", redact.Const("on every answer of the product")))
		}
		if s.Response.Header.Has("Via") {
			e = append(e, s.AnswerField("Via", redact.Text{}))
		}
		p.Likely(s, redact.Const("The answer has none of the marks of the product: a proxy or firewall on the way wrote it."), e...)
	},
})

// loadBalancer reports whether the load balancer before the product says that
// the product is in trouble.
func loadBalancer(s *rule.Subject) bool {
	if s.Status() < 500 {
		return false
	}
	for _, name := range [...]string{"awselb/", "bigip", "big-ip", "microsoft-azure-application-gateway", "akamaighost", "ddos-guard"} {
		if startsFold(s.Answer("Server"), name) {
			return true
		}
	}
	return false
}
