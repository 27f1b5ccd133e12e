package permission

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "websudo-required",
	Title: "This endpoint needs a secure administrator session",
	Doc: `Jira and Confluence ask administrators for their password once more before they let them into the
administration (WebSudo, "secure administrator session"). A program cannot answer that page: it is refused although its
login and its permissions are right.

The proof is a refusal that says ` + "`WebSudoRequiredException`" + ` or ` + "`This resource requires WebSudo`" + `, a
header ` + "`X-Atlassian-WebSudo`" + ` on a refusal, or a redirect of a program to ` + "`WebSudoAuthenticate`" + ` or
` + "`authenticate.action`" + `. The old JSON-RPC of Confluence says it with status 200.

Pages of the administration mention WebSudo when all is well, and that header with ` + "`Has-Authentication`" + ` says
that the secure session is there, so neither counts. For a person in a browser the redirect is the ordinary way in.`,
	Area: rule.Permission, Severity: rule.Error,
	Products: target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC),
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Bodies,
	Explains: []string{"app-endpoint-refused", "permission-missing", "login-page-answer"},
	Fix: []rule.Fix{
		{
			Who: rule.Caller,
			Do:  redact.Const("Use the REST endpoint for the same thing with a personal access token of an administrator, and not a page of the administration"),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("Or switch secure administrator sessions off (jira.websudo.is.disabled in jira-config.properties; Confluence: General configuration > Security)"),
		},
	},
	References: []rule.Reference{
		{Title: "Adding WebSudo support to your app", URL: "https://developer.atlassian.com/server/framework/atlassian-sdk/adding-websudo-support-to-your-plugin/"},
		{Title: "AtlassianPS/JiraPS#69", URL: "https://github.com/AtlassianPS/JiraPS/issues/69"},
		{Title: "Confluence KB: JSON-RPC and WebSudo"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		message := redact.Const("The endpoint needs a secure administrator session, which a program cannot open.")
		field := s.Answer("X-Atlassian-WebSudo")
		text, said := redact.Text{}, false
		if s.HasOne(rule.Is401|rule.Is403) || s.Target.API == target.RPC {
			text, said = s.SaysText(redact.Const("websudorequiredexception"), redact.Const("this resource requires websudo"))
		}
		if !said && s.HasOne(rule.Is401|rule.Is403) && !s.HTML() {
			text, said = s.SaysText(redact.Const("websudo"))
		}
		switch {
		case said:
			p.Proven(s, message, s.StatusLine(redact.Text{}), s.Body(text))
		case s.WebSudo():
			p.Proven(s, message, s.StatusLine(redact.Const("200")), s.AnswerField("Location", redact.Text{}))
		case field != "" && !strings.EqualFold(strings.TrimSpace(field), "Has-Authentication") && s.HasOne(rule.Is401|rule.Is403):
			p.Proven(s, message, s.StatusLine(redact.Const("200")), s.AnswerField("X-Atlassian-WebSudo", redact.Const("Has-Authentication")))
		}
	},
})
