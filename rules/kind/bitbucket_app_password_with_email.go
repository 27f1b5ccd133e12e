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
	ID:    "bitbucket-app-password-with-email",
	Title: "An app password was sent with the e-mail address",
	Doc: `App passwords of Bitbucket Cloud go with the Bitbucket user name, which stands under Personal settings >
Account settings and is not the e-mail address. The newer API tokens go with the e-mail address, so
the two are easily mixed up.

The finding is likely where the API answered 401 to an e-mail address and a text of the form of an app password
(` + "`ATBB...`" + `). For git see bitbucket-email-with-git; after 28 July 2026 no app password works at all, see
bitbucket-app-password-retired.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.BitbucketCloud),
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"bitbucket-token-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token with Bitbucket scopes, which goes with the e-mail address; or use the Bitbucket user name with the app password as long as those work"),
		Command: tryBitbucket, PowerShell: tryBitbucketPowerShell,
	}},
	References: []rule.Reference{bitbucket401, bitbucketTokens},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || b.PasswordClass != credential.AppPassword || !strings.Contains(b.User, "@") || !judged(s) {
			return
		}
		p.Likely(s, redact.Const("An app password was sent with an e-mail address. It goes with the Bitbucket user name."),
			userHalf(s, redact.Const("an e-mail address"), redact.Const("the Bitbucket user name")),
			heldToken(s, credential.AppPassword, redact.Const("an API token, if the e-mail address is to stay")), s.StatusLine(redact.Text{}))
	},
})
