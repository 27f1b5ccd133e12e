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
	ID:    "bitbucket-account-password",
	Title: "The account password was used for Bitbucket",
	Doc: `Bitbucket Cloud takes no account password for its API or for git since 2022. In place of the password belongs an API
token with scopes.

The finding is likely where Bitbucket itself (its challenge names Bitbucket) answered 401 to a flawless user name and
password, and the password does not look like a token. Where the challenge is missing, user name or password is
flawed, or the password has 24 letters and digits, it is only possible. OAuth access tokens, which git sends with the
user name ` + "`x-token-auth`" + `, have no form of their own and are not reported.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.Bitbucket,
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"bitbucket-token-refused", "bitbucket-email-with-git", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token with Bitbucket scopes and use it in place of the password"),
		Command: tryBitbucket, PowerShell: tryBitbucketPowerShell,
	}},
	Confirm:    &rule.Confirm{Do: redact.Const("Create an API token with Bitbucket scopes and repeat the request with it and the e-mail address."), Command: tryBitbucket, PowerShell: tryBitbucketPowerShell},
	References: []rule.Reference{bitbucket401, bitbucketTokens},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || strings.EqualFold(b.User, "x-token-auth") || strings.TrimSpace(b.Password) == "" || !judged(s) {
			return
		}
		short := b.PasswordClass == credential.LegacyAPIToken
		if !short && !passwordLike(b) {
			return
		}
		challenge := s.Answer("WWW-Authenticate")
		e := passwordHalf(s, redact.Const("an API token with scopes, ATATT3..."))
		if !short && wellFormed(s) && (strings.Contains(challenge, "Bitbucket.org HTTP") || strings.Contains(challenge, "BitbucketCustom")) {
			p.Likely(s, redact.Const("What was sent with the user name does not look like a token. Bitbucket does not take the password of an account."),
				e, s.AnswerField("WWW-Authenticate", redact.Text{}), s.StatusLine(redact.Text{}))
			return
		}
		p.Possible(s, redact.Const("What was sent with the user name does not look like a token of Bitbucket. If it is the password of the account: Bitbucket does not take that."),
			e, s.StatusLine(redact.Text{}))
	},
})
