package kind

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "cloud-password",
	Title: "An account password was used where Cloud wants an API token",
	Doc: `Jira and Confluence Cloud stopped taking account passwords for REST calls in 2019. What
` + "`Authorization: Basic`" + ` carries must be the e-mail address of the account and an API token.

The answer then is 401 with the text "Basic authentication with passwords is deprecated". That text alone proves
little: Cloud says it of every value that it does not recognise as a token, such as a token with a line break or one
that was cut. So the finding is likely only if user name and password can be read and have no flaw, and the password
does not look like a token. Without the text, or where they are flawed, it is only possible.

A well-formed API token that is refused with this text is left to cloud-credential-refused. Where the
capture hides the credential nothing is said: what the server calls a password may be anything.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.CloudSite,
	When:     rule.OffersBasic | rule.Is401,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: rule.Explaining([]string{"cloud-credential-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Create an API token at id.atlassian.com > Security > API tokens and send it with the e-mail address of the account in place of the password"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Create an API token and repeat the request with it."), Command: tryPair, PowerShell: tryPairPowerShell,
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200"), Means: "cloud-password"},
			{Seen: redact.Const("401 again"), Means: "cloud-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "Deprecation of basic authentication with passwords (Jira)", URL: "https://developer.atlassian.com/cloud/jira/platform/deprecation-notice-basic-auth-and-cookie-based-auth/"},
		{Title: "Deprecation of basic authentication with passwords (Confluence)", URL: "https://developer.atlassian.com/cloud/confluence/deprecation-notice-basic-auth/"},
		basicAuthForCloud, manageTokens,
		{Title: "kovetskiy/mark#102", URL: "https://github.com/kovetskiy/mark/issues/102"},
		{Title: "danshumaker/jira-cli#48", URL: "https://github.com/danshumaker/jira-cli/issues/48"},
	},
	Since:    "0.1",
	Formerly: []string{"cloud-basic-password", "cloud-basic-password-shape"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		// What the server says of everything that it does not take for a token.
		said := s.Says("basic authentication with passwords is deprecated")
		text := s.Body(redact.Const("Basic authentication with passwords is deprecated"))
		token := redact.Const("an API token, ATATT3...")
		b := pair(s)
		switch {
		case b == nil || standsIn(b.PasswordClass) || !passwordLike(b) || !judged(s):
		case said && wellFormed(s):
			p.Likely(s, redact.Const("The server says that passwords are no longer accepted, and what was sent with the user name does not look like a token. Cloud wants an API token there, not the password of the account."),
				text, passwordHalf(s, token))
		case said:
			p.Possible(s, redact.Const("The server says that passwords are no longer accepted. What was sent has other flaws, of which it says the same, but the password also does not look like a token."),
				text, passwordHalf(s, token))
		case wellFormed(s):
			p.Possible(s, redact.Const("What was sent with the user name does not look like an API token. If it is the password of the account: Cloud does not take that."),
				s.StatusLine(redact.Text{}), passwordHalf(s, token))
		}
	},
})
