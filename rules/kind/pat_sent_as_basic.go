package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "pat-sent-as-basic",
	Title: "A personal access token was sent as Basic",
	Doc: `Personal access tokens of Jira and Confluence Data Center (self-hosted) go after the word ` + "`Bearer`" + `, alone.
Many tools have one field for "password or token" and send what is in it as Basic, and some people write the token
after ` + "`Basic`" + ` as it is. Either way the server checks a password, finds it wrong, and locks the account
behind a CAPTCHA after a few tries.

A token of 44 characters after ` + "`Basic`" + `, alone in the encoded text, or in the place of the user name proves
it. As password it is likely if the call failed, and proven if the same server took the same token as Bearer earlier
in the capture. The token's structure (twelve digits, a colon, twenty bytes) does not come about by chance. Read as
user name and password it is a false user with a password of random bytes, in which a line break may occur: that is
why this rule goes before all others about Basic.

Bitbucket Data Center takes the tokens of users as password, in git and in the REST API, and is not reported here.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC),
	When:     rule.OffersBasic,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"basic-newline", "basic-token-only", "basic-part-missing", "basic-non-ascii", "credential-invisible-character",
		"email-instead-of-username",
	}, rule.Refusals),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Send the token after the word Bearer, without a user name; in a tool, use the setting for a personal access token (bearer) and leave user name and password empty"),
		Command: tryBearer, PowerShell: tryBearerPowerShell,
	}},
	Repair: repairPAT,
	References: []rule.Reference{
		usingPATs,
		{Title: "markdown-confluence/markdown-confluence#621", URL: "https://github.com/markdown-confluence/markdown-confluence/issues/621"},
		{Title: "markdown-confluence/markdown-confluence#536", URL: "https://github.com/markdown-confluence/markdown-confluence/issues/536"},
		{Title: "zereight/confluence-mcp#6", URL: "https://github.com/zereight/confluence-mcp/issues/6"},
		{Title: "trufflehog, pkg/detectors/atlassiandatacenter (the structure of the tokens)", URL: "https://github.com/trufflesecurity/trufflehog"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-param-is-raw-pat", "dc-pat-as-basic-password"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.Basic()
		if held(s) != credential.PAT || s.Target.API == target.Git {
			return
		}
		e := heldToken(s, credential.PAT, redact.Const("Bearer, and the token alone"))
		use := worksAsBearer(p, s, b.Password)
		switch {
		case b.IsToken():
			p.Proven(s, redact.Const("The value after Basic is a personal access token as it is. It goes after the word Bearer."), e)
		case b.HasColon && b.PasswordClass != credential.PAT:
			p.Proven(s, redact.Const("The user name is a personal access token. It goes after the word Bearer, alone and not encoded."), e)
		case !b.HasColon:
			p.Proven(s, redact.Const("The encoded value is a personal access token without a user name. It goes after the word Bearer, and not encoded."), e)
		case use != nil:
			p.Proven(s, redact.Const("The password is a personal access token that this server accepted after the word Bearer. Sent as Basic it is taken for a password."), e, asBearer(use), s.StatusLine(redact.Text{}))
		case s.Has(rule.Failing|rule.Answered) && judged(s):
			p.Likely(s, redact.Const("The password is a personal access token. Sent as Basic the server takes it for a password; it goes after the word Bearer, alone."), e, s.StatusLine(redact.Text{}))
		}
	},
})

// worksAsBearer returns the use in which the same host accepted token after the
// word Bearer before; nil if there is none.
func worksAsBearer(p *rule.Pass, s *rule.Subject, token string) *rule.Use {
	alone := credential.Parse(credential.InAuthorization, 0, "Authorization", "Bearer "+token)
	rec := p.Ledger.Meant(p.Ledger.Twin(alone))
	if rec == nil || rec.Accepted == 0 || rec.LastAccepted.Host != s.Target.Host {
		return nil
	}
	return rec.LastAccepted
}

// asBearer is evidence of such a use.
func asBearer(u *rule.Use) rule.Evidence {
	return rule.Evidence{
		At: u.At, Part: redact.Const("request header Authorization"),
		Saw: redact.Const("the same token after the word Bearer, accepted"),
	}
}
