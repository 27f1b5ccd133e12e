package policy

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "ip-allowlist",
	Title: "Your IP address is not on the allowlist",
	Doc: `An organisation can allow only certain IP addresses to reach its Cloud site or Bitbucket workspace. A request from any
other is refused, however right its credential: from a build server, from home, through another proxy or over IPv6.

Cloud and Bitbucket say so in the body: ` + "`The IP address has been rejected because it is not on the allowed list`" + `,
or ` + "`an admin must whitelist your IP`" + `. Only these words count.`,
	Area: rule.LockAndPolicy, Severity: rule.Error,
	// The address is looked at, not the credential, even if the answer names
	// the user.
	Layer:    rule.LayerPermission,
	Products: target.Cloud | target.Bitbucket,
	When:     rule.Answered | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"permission-missing", "hidden-or-missing"},
	Fix: []rule.Fix{
		{
			Who:        rule.Caller,
			Do:         redact.Const("Find out the IP address that your requests come from, and give it to the administrator of the site or workspace"),
			Command:    redact.Const("curl -s https://checkip.amazonaws.com"),
			PowerShell: redact.Const("Invoke-RestMethod -Uri https://checkip.amazonaws.com"),
		},
		{
			Who: rule.Admin,
			Do:  redact.Const("Add the IP address to the allowlist (admin.atlassian.com > Security > IP allowlists; Bitbucket: Workspace settings > Access controls)"),
		},
	},
	References: []rule.Reference{
		{Title: "IP allowlists", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=1384133808"},
		{Title: "Error 403 when performing git operations", URL: "https://confluence.atlassian.com/bbkb/error-403-when-performing-git-operations-1155479141.html"},
	},
	Since:    "0.1",
	Formerly: []string{"ip-allowlist-cloud"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Status() < 400 {
			return
		}
		text, ok := s.SaysText(redact.Const("ip address has been rejected because it is not on the allowed list"))
		if !ok && s.Is(target.Bitbucket) {
			text, ok = s.SaysText(redact.Const("an admin must whitelist your ip"))
		}
		if ok {
			p.Proven(s, redact.Const("The answer says that the IP address the request came from is not on the allowlist. The credential is not the problem."),
				s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})
