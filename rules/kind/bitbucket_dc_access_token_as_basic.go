package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-dc-access-token-as-basic",
	Title: "A Bitbucket Data Center project or repository token was sent as Basic",
	Doc: `HTTP access tokens of Bitbucket Data Center (self-hosted) come in two kinds. Those of a user are accepted as password
in Basic, together with the name of that user. Those of a project or repository belong to nobody, and are accepted
only after the word ` + "`Bearer`" + `.

The two look alike (` + "`BBDC-...`" + `), so a refused login with such a token is only a possible case: the token may
as well be of another user, expired or revoked. It is likely where the same host took the same token as Bearer earlier
in the capture.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.BitbucketDC),
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"dc-credential-refused", "captcha-required", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the token of a project or repository after the word Bearer; for git, set it as an extra header"),
		Command:    redact.Const(`git -c http.extraHeader="Authorization: Bearer $T" ls-remote "URL"`),
		PowerShell: redact.Const(`git -c http.extraHeader="Authorization: Bearer $t" ls-remote "URL"`),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Send the same token after the word Bearer."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" "URL"`),
		PowerShell: redact.Const(`curl.exe -s -o NUL -w "%{http_code}\n" -H "Authorization: Bearer $t" "URL"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200"), Means: "bitbucket-dc-access-token-as-basic"},
			{Seen: redact.Const("401 again"), Means: "token-revoked"},
		},
	},
	References: []rule.Reference{{
		Title: "HTTP access tokens (Bitbucket Data Center)",
		URL:   "https://confluence.atlassian.com/bitbucketserver086/http-access-tokens-1188782454.html",
	}},
	Since:    "0.1",
	Formerly: []string{"bitbucket-dc-project-token-as-basic"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || b.PasswordClass != credential.BitbucketPAT || !judged(s) {
			return
		}
		e := heldToken(s, credential.BitbucketPAT, redact.Const("Bearer, and the token alone"))
		if u := worksAsBearer(p, s, b.Password); u != nil {
			p.Likely(s, redact.Const("This server accepted the same token after the word Bearer, and refuses it as a password: it is the token of a project or repository."), e, asBearer(u), s.StatusLine(redact.Text{}))
			return
		}
		p.Possible(s, redact.Const("The password is an HTTP access token. Only tokens of users are accepted there, those of projects and repositories are not."), e, s.StatusLine(redact.Text{}))
	},
})
