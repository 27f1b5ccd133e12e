package refused

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var hiddenMembers = []string{
	"resource-absent", "permission-missing", "cloud-credential-refused", "scoped-token-on-site-host", "no-credentials-sent",
}

var _ = Set.Add(&rule.Rule{
	ID:    "hidden-or-missing",
	Title: "The item does not exist or this caller may not see it",
	Doc: `Jira, Confluence and Bitbucket do not tell a caller who may not see something whether it exists: they
answer as if it did not. A 404 can therefore mean a wrong key, a missing permission, or a login that was
never accepted, and only asking again tells which.

It is recognised by the texts with which the products say so: ` + "`Issue does not exist or you do not have permission to see it`" + `
and ` + "`No project could be found with key`" + ` (Jira), ` + "`There is no content with the given id, or the calling user does not have permission`" + `
and ` + "`NOT_FOUND`" + ` without detail (Confluence), ` + "`The requested repository either does not exist or you do not have access`" + `
(Bitbucket git, with 403). Any other 404 is just a 404.

If the answer names the user, the login is out of the question; if no credential was sent, that comes first. Findings
about the credential or the URL take the place of this one.`,
	Area: rule.Refused, Severity: rule.Warning,
	// It may be a matter of the login or of permission. An answer that names
	// the user rules the former out and not the finding.
	Layer:        rule.LayerPermission,
	Products:     target.CloudSite | target.Bitbucket | target.DataCenter | target.SetOf(target.Gateway),
	When:         rule.Failing | rule.HasBody,
	Needs:        exchange.Bodies,
	Alternatives: hiddenMembers,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Ask /myself with the same credential, then open the item in the browser as that user; not found can mean not allowed, or not logged in"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask with the same credential who you are (Confluence: BASE/rest/api/user/current), then have an administrator ask for the same item."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(pairPS + `Invoke-RestMethod -Headers $h -Uri BASE/rest/api/2/myself`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("401, and the failing client sends no credential"), Means: "no-credentials-sent"},
			{Seen: redact.Const("401, although a credential is sent"), Means: "cloud-credential-refused"},
			{Seen: redact.Const("401, and the token was made with scopes"), Means: "scoped-token-on-site-host"},
			{Seen: redact.Const("200, and the administrator gets it"), Means: "permission-missing"},
			{Seen: redact.Const("200, and the administrator gets 404, too"), Means: "resource-absent"},
		},
	},
	References: []rule.Reference{
		{Title: "atlassian-api/atlassian-python-api#823", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/823"},
		{Title: "hunyadi/md2conf#113", URL: "https://github.com/hunyadi/md2conf/issues/113"},
	},
	Since:    "0.1",
	Formerly: []string{"resource-hidden-404"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		var text redact.Text
		ok := false
		switch {
		case s.Has(rule.Is404):
			text, ok = s.SaysText(hiddenTexts...)
			if !ok && s.PathHas("/api/v2/") && s.Says(`"detail":null`) && s.Says(`"not_found"`) {
				text, ok = redact.Const(`"not_found"`), true
			}
		case s.Has(rule.Is403) && s.Is(target.Bitbucket):
			text, ok = s.SaysText(redact.Const("the requested repository either does not exist or you do not have access"))
		}
		if !ok {
			return
		}
		f := rule.Finding{
			Certainty: rule.Likely,
			Message:   redact.Const("The answer says that the item does not exist or may not be seen by this caller, and not which of the two."),
			Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)},
		}
		switch {
		case s.Has(rule.Recognized):
			f.Message = redact.Const("The answer names the user, and says that the item does not exist or may not be seen by them.")
			f.Alternatives = []string{"resource-absent", "permission-missing"}
		case unasked(s):
			f.Message = redact.Const("The request was sent without a credential, and the item does not exist or is hidden from the public.")
			f.Alternatives = []string{"no-credentials-sent", "resource-absent", "permission-missing"}
			f.Rests = exchange.Credentials | exchange.Cookies
		case s.Is(target.DataCenter):
			f.Alternatives = []string{"resource-absent", "permission-missing", "dc-credential-refused", "no-credentials-sent"}
		case s.Is(target.Bitbucket):
			f.Alternatives = []string{"resource-absent", "permission-missing", "bitbucket-token-refused", "no-credentials-sent"}
		}
		p.Report(s, f)
	},
})

// hiddenTexts are what the products say of something that is absent, or hidden
// from the caller.
var hiddenTexts = []redact.Text{
	redact.Const("issue does not exist or you do not have permission to see it"),
	redact.Const("or the calling user does not have permission to view the content"),
	redact.Const("no project could be found with key"),
	redact.Const("the requested repository either does not exist or you do not have access"),
}
