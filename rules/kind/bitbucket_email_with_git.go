package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-email-with-git",
	Title: "The e-mail address was used as git user name",
	Doc: `For git over HTTPS an API token of Bitbucket Cloud goes with the Bitbucket user name, or with the fixed
name ` + "`x-bitbucket-api-token-auth`" + `. The e-mail address, which is right for the REST API, is refused.

The finding is likely where bitbucket.org answered 401 to a git request with an e-mail address and a token or app
password. With anything else as password it is only possible, because the password may be the fault. The first request
of git, which has no credential and gets 401, is not reported.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.BitbucketGit),
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"bitbucket-token-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Use your Bitbucket user name, or x-bitbucket-api-token-auth, as user name for git; git then asks for the API token as password"),
		Command: redact.Const("git clone https://x-bitbucket-api-token-auth@bitbucket.org/WORKSPACE/REPO.git"),
	}},
	References: []rule.Reference{bitbucketTokens},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || !strings.Contains(b.User, "@") || standsIn(b.PasswordClass) || !judged(s) {
			return
		}
		e := userHalf(s, redact.Const("an e-mail address"), redact.Const("the Bitbucket user name, or x-bitbucket-api-token-auth"))
		if b.PasswordClass == credential.APIToken || b.PasswordClass == credential.AppPassword {
			p.Likely(s, redact.Const("The user name for git is an e-mail address. Git at Bitbucket wants the Bitbucket user name with the token."),
				e, heldToken(s, b.PasswordClass, redact.Text{}), s.StatusLine(redact.Text{}))
			return
		}
		p.Possible(s, redact.Const("The user name for git is an e-mail address, which git at Bitbucket does not take."), e, s.StatusLine(redact.Text{}))
	},
})
