package edge

import (
	"bytes"
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "upstream-trouble",
	Title: "The product is down or overloaded",
	Doc: `502, 503 and 504 come from a proxy or web server in front of the product that got no proper answer from it: it is
down, starting, overloaded or too slow. (Cloudflare has 520 to 527 for the same.) The login has nothing to do with it,
and no credential mends it.

It is proven by the status together with a page, an empty body or ` + "`Retry-After`" + `, written by the product or what stands before it.

A 503 with a message of its own, such as an app that says its REST API is switched off, is not this. Nor are the
answers of an outgoing proxy, of a firewall or a challenge of Cloudflare: those have rules of their own.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Warning,
	When: rule.Troubled | rule.Answered,
	Fix: []rule.Fix{{
		Who: rule.Nobody,
		Do:  redact.Const("Wait, as long as Retry-After says if it is there, and try again; see https://status.atlassian.com for the cloud. Do not change the credential"),
	}, {
		Who: rule.Admin,
		Do:  redact.Const("Look whether the product runs, and into its log at the time of the request"),
	}},
	References: []rule.Reference{
		{Title: "Rate limiting (Confluence Cloud)", URL: "https://developer.atlassian.com/cloud/confluence/rate-limiting"},
		{Title: "RFC 9110, section 15.6", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-15.6"},
	},
	Since:    "0.1",
	Formerly: []string{"gateway-5xx"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		switch st := s.Status(); {
		case st == 502, st == 503, st == 504:
		case st >= 520 && st <= 527 && startsFold(s.Answer("Server"), "cloudflare"):
		default:
			return
		}
		if s.Target.API == target.Tunnel || target.FromProduct(s.Target, s.Response) == target.No && !loadBalancer(s) || ownReason(s) {
			return
		}
		p.Proven(s, redact.Const("A server in front of the product got no proper answer from it: the product is down or overloaded. The login has nothing to do with it."),
			s.StatusLine(redact.Const("200")), s.AnswerField("Retry-After", redact.Text{}), s.AnswerField("Server", redact.Text{}))
	},
})

// ownReason reports whether the answer gives a reason of its own: it is neither
// a page nor empty, nor does it say when to come back.
func ownReason(s *rule.Subject) bool {
	if _, ok := s.SaysOne("rest api is disabled", "just a moment...", "cf_chl_", "sorry, you have been blocked"); ok {
		return true
	}
	if s.Answer("Retry-After") != "" || !s.Has(rule.HasBody) {
		return false
	}
	body := bytes.TrimSpace(s.Response.Body.Head)
	plain := strings.HasPrefix(strings.ToLower(s.Answer("Content-Type")), "text/plain")
	return len(body) > 0 && body[0] != '<' && !s.HTML() && !plain
}
