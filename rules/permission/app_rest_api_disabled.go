package permission

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "app-rest-api-disabled",
	Title: "The administrator of the app switched its REST API off",
	Doc: `Some apps let their administrator switch their REST API off. They answer 503 then, which looks as if the server
were overloaded or down. Neither the server nor the credential is at fault.

The proof is a 503 that says ` + "`Rest API is disabled`" + `. Any other 503 is upstream-trouble.`,
	Area: rule.Permission, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.Answered | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"upstream-trouble"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Switch the REST API on in the settings of the app"),
	}},
	References: []rule.Reference{
		{Title: "OBSS Time in Status: authorization of its REST API", URL: "https://dev.obss.com.tr/confluence/display/MD/TiS+v4.36+-+Authorization"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		text := redact.Const("rest api is disabled")
		if s.Status() == 503 && s.Says(text.String()) {
			p.Proven(s, redact.Const("The app says that its REST API is switched off."), s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})
