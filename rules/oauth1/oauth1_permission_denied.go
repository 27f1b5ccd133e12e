package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-permission-denied",
	Title: "The user or the application link refused the OAuth 1 access",
	Doc: `Signature and keys are right, but the access was not given: the user said no on the page that asks for it, has not
been asked yet, or the application link does not let this client act for that user.

The server says so: ` + "`oauth_problem=permission_denied`" + `, ` + "`permission_unknown`" + ` or ` + "`user_refused`" + `. No change of the client helps.`,
	Area: rule.OAuth1, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"upstream-trouble"}, rule.AnonymousEffects), // some codes come with 503
	Fix: []rule.Fix{
		{Who: rule.Caller, Do: redact.Const("Approve the access, logged in as the user that the client acts for")},
		{Who: rule.Admin, Do: redact.Const("Allow the access in the application link (incoming authentication, and impersonation if the client acts for others)")},
	},
	References: []rule.Reference{troubleshooting},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if e, ok := problem(s, redact.Const("user_refused")); ok {
			p.Proven(s, redact.Const("The user did not approve the access."), e...)
		} else if e, ok := problem(s, redact.Const("permission_denied"), redact.Const("permission_unknown")); ok {
			p.Proven(s, redact.Const("The server knows the client, but the access was not approved or is not allowed by the application link."), e...)
		}
	},
})
