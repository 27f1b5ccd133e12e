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
	ID:    "email-instead-of-username",
	Title: "The e-mail address was used where Data Center wants the user name",
	Doc: `Cloud knows people by their e-mail address, Data Center (self-hosted) by a user name. Who comes from Cloud, or follows
its documentation, sends the e-mail address, and the server finds no such user. It says the same as of a wrong
password.

The finding is only possible, because an e-mail address can be a user name. It is likely where the same client sent
the same password with another user name to the same host and came further: it was logged in, or turned away with 403
after the password was found right.

A login with a token of Cloud or a personal access token is left to the rules about those.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.DataCenter,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"dc-credential-refused", "captcha-required", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Use the user name as it stands in the user's profile on this server in place of the e-mail address"),
		Command:    redact.Const("curl -u USER_NAME BASE/rest/api/2/myself   # asks for the password"),
		PowerShell: redact.Const("curl.exe -u USER_NAME BASE/rest/api/2/myself   # asks for the password"),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Repeat the request with the user name from the user's profile page.")},
	References: []rule.Reference{
		{Title: "amritghimire/jira-terminal#14", URL: "https://github.com/amritghimire/jira-terminal/issues/14"},
		{Title: "solidify/jira-azuredevops-migrator#730", URL: "https://github.com/solidify/jira-azuredevops-migrator/issues/730"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		// Who got further than the password, by host and password.
		further := map[[2]string]*rule.Subject{}
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || !s.HasOne(rule.Recognized|rule.Is403) || s.HasOne(rule.LoginFailed|rule.LoginDenied) || !judged(s) {
				continue
			}
			if b := pair(s); b != nil && b.User != "" && !strings.Contains(b.User, "@") {
				further[[2]string{s.Target.Host, s.Authorization.Secret()}] = s
			}
		}
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || !s.Has(rule.OffersBasic|rule.Failing|rule.Answered) || !s.HasOne(rule.LoginFailed|rule.Is401) || !judged(s) {
				continue
			}
			b := pair(s)
			if b == nil || !isEmail(strings.TrimSpace(b.User)) || b.PasswordClass.MachineMade() && b.PasswordClass != credential.BitbucketPAT {
				continue
			}
			e := userHalf(s, redact.Const("an e-mail address"), redact.Const("the user name on this server"))
			if other := further[[2]string{s.Target.Host, s.Authorization.Secret()}]; other != nil {
				p.Likely(s, redact.Const("The same password came further with a user name than with the e-mail address: this server does not know the e-mail address as a user."),
					e, s.StatusLine(redact.Text{}), other.StatusLine(redact.Text{}))
				continue
			}
			p.Possible(s, redact.Const("The user name is an e-mail address. Data Center looks up the user name, unless somebody made the e-mail address the user name."),
				e, s.StatusLine(redact.Text{}))
		}
	},
})
