package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var notPermittedMembers = []string{
	"cloud-credential-refused", "cloud-user-not-email", "no-credentials-sent", "product-access-missing",
}

var _ = Set.Add(&rule.Rule{
	ID:    "confluence-not-permitted",
	Title: "Confluence says the current user may not use it",
	Doc: `Confluence answered 403 and says that the current user is not permitted to use Confluence. It reads like a missing
licence, and often is none: "current user" may be an anonymous caller, because the credential was refused or never
sent, and Cloud says the same then.

It is recognised by the text. If the answer names the user, only the missing access is left, and
product-access-missing says so; without a credential no-credentials-sent comes first. Every finding about
the credential itself takes the place of this one.`,
	Area: rule.Refused, Severity: rule.Error,
	// A refusal by name, not of the credential: an answer that names the user
	// does not contradict it.
	Layer:        rule.LayerPermission,
	Products:     target.Confluence | target.SetOf(target.UnknownDC, target.Gateway),
	When:         rule.Is403 | rule.HasBody,
	Needs:        exchange.Bodies,
	Explains:     []string{"login-page-answer"},
	Alternatives: notPermittedMembers,
	Fix: []rule.Fix{
		{
			Who:        rule.Caller,
			Do:         redact.Const("Check that the credential is accepted at all: ask Confluence who you are"),
			Command:    redact.Const(currentUser),
			PowerShell: redact.Const(currentUserPS),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("Give the account access to Confluence if the answer names it"),
		},
	},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask Confluence with the same credential who you are."),
		Command:    redact.Const(currentUser),
		PowerShell: redact.Const(currentUserPS),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("\"type\":\"known\": the login is right, and the account lacks access to Confluence"), Means: "product-access-missing"},
			{Seen: redact.Const("\"type\":\"anonymous\", and the failing client sends no credential"), Means: "no-credentials-sent"},
			{Seen: redact.Const("401, 403 or \"type\":\"anonymous\", and the user name is not an e-mail address"), Means: "cloud-user-not-email"},
			{Seen: redact.Const("401, 403 or \"type\":\"anonymous\", although e-mail address and token were sent"), Means: "cloud-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "kovetskiy/mark#493", URL: "https://github.com/kovetskiy/mark/issues/493"},
		{Title: "markdown-confluence/markdown-confluence#635", URL: "https://github.com/markdown-confluence/markdown-confluence/issues/635"},
		{Title: "run-llama/llama_index#14836", URL: "https://github.com/run-llama/llama_index/issues/14836"},
	},
	Since:    "0.1",
	Formerly: []string{"confluence-no-access"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		text, ok := s.SaysText(
			redact.Const("current user not permitted to use confluence"), redact.Const("not permitted to use confluence"))
		if !ok {
			return
		}
		f := rule.Finding{
			Certainty: rule.Likely,
			Message:   redact.Const("Confluence says that the current user may not use it, and does not say who that is. It may be an anonymous caller."),
			Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)},
		}
		switch {
		case s.Has(rule.Recognized):
			f.Message = redact.Const("Confluence knows the user and says that they may not use it.")
			f.Alternatives = []string{"product-access-missing"}
		case unasked(s):
			f.Alternatives = first(notPermittedMembers, "no-credentials-sent")
		case s.Is(target.DataCenter):
			f.Alternatives = []string{"dc-credential-refused", "no-credentials-sent", "product-access-missing"}
		}
		p.Report(s, f)
	},
})

// unasked reports whether the request certainly offered no credential at all
// and the answer is for nobody.
func unasked(s *rule.Subject) bool {
	return !s.HasOne(rule.OffersAny|rule.Recognized) && s.Sees(exchange.Credentials|exchange.Cookies) == exchange.Shown
}

const (
	currentUser   = `curl -s -u "$EMAIL:$T" BASE/rest/api/user/current`
	currentUserPS = pairPS + `Invoke-RestMethod -Headers $h -Uri BASE/rest/api/user/current`
)
