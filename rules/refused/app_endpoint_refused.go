package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "app-endpoint-refused",
	Title: "The login worked, but the app behind this endpoint refused",
	Doc: `The endpoint belongs to an app from the Marketplace, the answer names the user who is logged in, and yet it is 401 or
403 (or a login page). The credential is right: the app refuses for a reason of its own, usually its licence, a
permission of its own, or a secure session that administrators must open first.

It is recognised by an endpoint under ` + "`/rest/`" + ` that is none of the product's own, an answer that names the
user, and no reason in it. An answer that gives a reason is left to the rule about that. Needs the response body: one
that is not in the capture may hold the reason.`,
	Area: rule.Refused, Severity: rule.Error, Layer: rule.LayerPermission,
	Products:     target.DataCenter,
	When:         rule.Recognized | rule.Failing | rule.Answered,
	Needs:        exchange.Bodies,
	Alternatives: []string{"app-licence-invalid", "permission-missing", "websudo-required"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Look in the administration of the app: its licence, its own permissions, and whether it wants a secure administrator session"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Open the app in the browser as the same user."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("a banner about the licence"), Means: "app-licence-invalid"},
			{Seen: redact.Const("\"access denied\" or the like"), Means: "permission-missing"},
			{Seen: redact.Const("it asks for the password of the administrator again"), Means: "websudo-required"},
		},
	},
	References: []rule.Reference{
		{Title: "Qytera-Gmbh/cypress-xray-plugin#511", URL: "https://github.com/Qytera-Gmbh/cypress-xray-plugin/issues/511"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.HasOne(rule.Is401|rule.Is403|rule.Is2xx) || !s.AppPath() ||
			s.Sees(exchange.Bodies) != exchange.Shown || s.AnotherMatter() {
			return
		}
		if _, reason := s.SaysOne(reasonWords...); reason && !s.Has(rule.Is2xx) {
			return
		}
		p.Likely(s, redact.Const("The answer names the user who is logged in, and the app behind the endpoint refuses without a reason."),
			s.Address(redact.Text{}), s.StatusLine(redact.Const("200")), s.AnswerField("X-AUSERNAME", redact.Text{}))
	},
})

// reasonWords are parts of the reasons that apps give.
var reasonWords = []string{
	"permission", "licen", "not allowed", "administrator", "access denied", "not authorized to", "disabled", "expired",
}
