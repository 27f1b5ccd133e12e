package permission

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "app-licence-invalid",
	Title: "The licence of the app is missing or expired",
	Doc: `The endpoint belongs to an app from the Marketplace, and the app refuses everybody because it has no valid licence.
Some apps use 401 for that, which looks like a wrong password, others 402 or 403.

It is likely where the refusal says that the licence is missing, invalid or expired, and only a hint where it
mentions a licence in any other way.

Only endpoints of apps are looked at. A user without a licence for the product itself is product-access-missing.`,
	Area: rule.Permission, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.Answered | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"app-endpoint-refused", "permission-missing", "dc-credential-refused", "dc-token-refused", "no-credentials-sent"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Look at the licence of the app under Manage apps, and renew it"),
	}},
	References: []rule.Reference{
		{Title: "OBSS Time in Status: authorization of its REST API", URL: "https://dev.obss.com.tr/confluence/display/MD/TiS+v4.36+-+Authorization"},
	},
	Since:    "0.1",
	Formerly: []string{"license-or-plan"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.HasOne(rule.Is401|rule.Is403) && s.Status() != 402 || !s.AppPath() {
			return
		}
		if text, ok := s.SaysText(licenceGone...); ok {
			p.Likely(s, redact.Const("The app says that its licence is missing or no longer valid. Another credential changes nothing."), s.StatusLine(redact.Const("200")), s.Body(text))
			return
		}
		if text, ok := s.SaysText(redact.Const("licence"), redact.Const("license")); ok {
			p.Possible(s, redact.Const("The refusal of the app mentions a licence."), s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})

// licenceGone are what apps say of a licence that is not there.
var licenceGone = []redact.Text{
	redact.Const("invalid licence"), redact.Const("invalid license"), redact.Const("license is invalid"), redact.Const("licence is invalid"),
	redact.Const("license expired"), redact.Const("license has expired"), redact.Const("licence has expired"), redact.Const("licence expired"),
	redact.Const("no valid license"), redact.Const("no valid licence"), redact.Const("unlicensed"),
	redact.Const("license is missing"), redact.Const("not licensed"),
}
