package client

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "credential-stopped-working",
	Title: "This credential worked before and then stopped",
	Doc: `One and the same credential was accepted by the host, and from some time on refused. So it was right, and something
happened in between: a token expired or was revoked, the password was changed, the account was locked behind a CAPTCHA
or deactivated, or a policy was switched on. The time of the first refusal is where to look.

It is recognised by the bytes of the credential: accepted earlier, then refused and never accepted again, at the same
host and at a REST endpoint. Where it is accepted again later it is intermittent-refusal. It dates the refusal but
does not tell why, so it is never more than likely, and is shown under the finding that says what was refused.`,
	Area: rule.Client, Severity: rule.Warning,
	Layer: rule.LayerRefused,
	Needs: exchange.Credentials | exchange.Timing,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Create a new token or set the current password; if the account is locked, clear the CAPTCHA"),
	}},
	References: []rule.Reference{
		{Title: "Manage API tokens for your Atlassian account", URL: "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"},
	},
	Since:    "0.1",
	Formerly: []string{"corr-credential-worked-before"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if s.Authorization == nil || s.Authorization.Masked || !s.Refused() || !s.Has(rule.Failing) || s.Target.API != target.REST ||
				!s.HasOne(rule.Is401|rule.LoginFailed|rule.LoginDenied) || s.AnotherMatter() && !s.HasOne(rule.LoginFailed|rule.LoginDenied) {
				continue
			}
			r := p.Ledger.Exact(p.Ledger.Print(s.Authorization))
			if r == nil || r.Accepted == 0 || r.FirstRefused == nil || r.LastAccepted.Order > r.FirstRefused.Order || r.LastAccepted.Host != s.Target.Host {
				continue
			}
			// Likely, not proven: the bytes prove that it stopped, but not why.
			p.Likely(s, redact.Const("The host accepted this very credential earlier in the capture, and now refuses it."),
				s.StatusLine(redact.Text{}),
				rule.Evidence{At: r.LastAccepted.At, Part: redact.Const("request header Authorization"), Saw: redact.Const("the same credential, accepted for the last time")},
				rule.Evidence{At: r.FirstRefused.At, Part: redact.Const("request header Authorization"), Saw: redact.Const("the same credential, refused for the first time")})
		}
	},
})
