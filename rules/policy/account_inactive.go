package policy

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "account-inactive",
	Title: "The account is inactive or locked",
	Doc: `The account exists and the password may be right, but an administrator or the user directory has deactivated
it, or it has expired. Most servers answer as to a wrong password; Crowd, and products that pass its words on,
say that the account is disabled, inactive or has expired.

Only such words count, and the finding is no more than possible: they may be about another account than the
one that the request logs in with. That one user is refused while others pass is not counted, because a wrong
password looks the same; dc-credential-refused names this among its alternatives.`,
	Area: rule.LockAndPolicy, Severity: rule.Warning,
	Products: target.DataCenter | target.SetOf(target.Crowd),
	When:     rule.Answered | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"dc-credential-refused"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Look at the user's status and directory (User management), and activate the account or renew it in the directory"),
	}},
	References: []rule.Reference{
		{Title: "Crowd REST API: reasons of failed authentication", URL: "https://developer.atlassian.com/server/crowd/crowd-rest-apis/"},
	},
	Since:    "0.1",
	Formerly: []string{"account-inactive-or-locked"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Status() != 400 && !s.HasOne(rule.Is401|rule.Is403) || s.Has(rule.Recognized) {
			return
		}
		if text, ok := s.SaysText(inactiveTexts...); ok {
			p.Possible(s, redact.Const("The answer speaks of an account that is disabled, inactive or has expired."),
				s.StatusLine(redact.Const("200")), s.Body(text))
		}
	},
})

var inactiveTexts = []redact.Text{
	redact.Const("account has been disabled"),
	redact.Const("account has expired"),
	redact.Const("inactive_account"),
	redact.Const("inactiveaccountexception"),
}
