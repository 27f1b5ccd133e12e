package client

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "one-client-has-old-secret",
	Title: "One client still holds an old secret",
	Doc: `For one user two passwords or tokens are in use: the server accepts one and refuses the other. The client that sends the
refused one was forgotten when the password was changed. Each of its attempts counts as a failed login, and after a few
the account is locked behind a CAPTCHA for everybody who uses it.

It is recognised by the credentials in one capture: the same user at the same host, one secret accepted and another
refused. If different clients send them, and the accepted one was so after the refusal, that is proof; with the
success only before, or from one and the same client, a strong sign. Of one client it counts only if the refused
secret comes after the accepted one, because somebody who mistypes a password and then gets it right is no such case.
Secrets that differ in spaces, quotes or encoding only are the same secret, and an attempt that was not even tried
proves nothing.`,
	Area: rule.Client, Severity: rule.Error,
	Products: target.DataCenter,
	Needs:    exchange.Credentials,
	Explains: []string{"captcha-required", "dc-credential-refused", "dc-login-denied", "retrying-refused-credential"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Give the client that sends the refused secret the current one, or switch it off; its name is in the User-Agent, its IP address in the access log of the server"),
	}},
	References: []rule.Reference{
		{Title: "Bitbucket: find what logs in wrongly (779171704)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=779171704"},
	},
	Since:    "0.1",
	Formerly: []string{"corr-stored-old-password-client", "corr-same-user-different-secret"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || !s.Has(rule.OffersBasic) || !s.HasOne(rule.LoginFailed|rule.Is401) ||
				s.HasOne(rule.LoginDenied|rule.Recognized) || s.AnotherMatter() && !s.Has(rule.LoginFailed) || !whole(s) {
				continue
			}
			other, same := p.OtherSecret(s)
			if other == nil || same && other.Order > s.Order {
				continue
			}
			if r := p.Ledger.Exact(p.Ledger.Print(s.Authorization)); r != nil && r.Accepted > 0 && r.LastAccepted.Order > s.Order {
				continue
			}
			f := rule.Finding{Certainty: rule.Likely, Evidence: []rule.Evidence{
				s.StatusLine(redact.Text{}),
				{At: other.At, Part: redact.Const("request header Authorization"), Saw: redact.Const("another secret for the same user, accepted")},
			}}
			switch {
			case same:
				f.Message = redact.Const("This client sends two secrets for one user; the server accepted one before and refuses this one.")
			case other.Order > s.Order:
				f.Certainty = rule.Proven
				fallthrough
			default:
				f.Message = redact.Const("Another client logs in as the same user with another secret, which the server accepts: this client holds an old or wrong one.")
			}
			p.Report(s, f)
		}
	},
})

// whole reports whether the pair is one that nothing is wrong with but perhaps
// its secret.
func whole(s *rule.Subject) bool {
	b := s.TextPair()
	return b != nil && b.HasColon && b.Password != "" && len(s.Authorization.Flaws()) == 0
}
