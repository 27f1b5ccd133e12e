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
	ID:    "api-token-expired",
	Title: "The API token has expired",
	Doc: `Every API token has an expiry date: those made since 15 December 2024 live a year at most, and all older ones expired
between 14 March and 12 May 2026. The servers do not say that a token expired; they answer as to any wrong one.

Two signs make it likely. Tokens made before 2023 have 24 letters and digits: none of them lives after 12 May 2026, by
the time of the answer, not of the analysis. (A password can look like that; if it has no digits, or the user name is
no e-mail address, the finding is only possible.) And a token that this host accepted earlier in the capture, and then
refused, has expired or was revoked in between.

A wrong e-mail address, a token with scopes at the URL of the site, or a deactivated account look the same where there
is neither sign; that is cloud-credential-refused.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Layer:    rule.LayerRefused, // an accepted use before is a sign here, not a reason to doubt
	Products: target.CloudSite | target.Bitbucket | target.SetOf(target.Gateway),
	When:     rule.OffersBasic | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials | exchange.Timing,
	Explains: rule.Explaining([]string{
		"cloud-credential-refused", "gateway-token-refused", "bitbucket-token-refused", "credential-stopped-working", "retrying-refused-credential",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Look at id.atlassian.com > Security > API tokens for its expiry date and create a new one"),
		Command: tryPair, PowerShell: tryPairPowerShell,
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Look at id.atlassian.com > Security > API tokens: the list shows when each token expires, and no longer has those that were revoked.")},
	References: []rule.Reference{
		manageTokens,
		{Title: "kovetskiy/mark#259", URL: "https://github.com/kovetskiy/mark/issues/259"},
		{Title: "FMCorz/mdk#249", URL: "https://github.com/FMCorz/mdk/issues/249"},
	},
	Since:    "0.1",
	Formerly: []string{"legacy-api-token-expired", "api-token-expired-or-revoked"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := pair(s)
		if b == nil || !s.HasOne(rule.Is401|rule.LoginFailed) || s.Has(rule.Recognized) || !judged(s) {
			return
		}
		k := b.PasswordClass
		old := k == credential.LegacyAPIToken
		if !old && k != credential.APIToken && k != credential.ServiceToken {
			return
		}
		e := heldToken(s, k, redact.Const("a token that lives"))
		at := s.Time()
		day := s.Part(redact.Const("time of the exchange"), redact.Date(at), redact.Text{})
		rec := p.Ledger.Exact(p.Ledger.Print(s.Authorization))
		switch {
		case rec != nil && rec.Accepted > 0 && rec.LastAccepted.Host == s.Target.Host && rec.LastAccepted.Order < s.Order:
			p.Likely(s, redact.Const("This host accepted the same token earlier in the capture and now refuses it: it expired or was revoked in between."),
				e, s.Part(redact.Const("earlier exchange with the same token"), redact.Sprintf("accepted: %s", redact.Name(rec.LastAccepted.At.String())), redact.Text{}), s.StatusLine(redact.Text{}))
		case !old || target.Bitbucket.Has(s.Target.Product) || !rule.Dates.OldTokensExpire.Over(at):
		case strings.Contains(b.User, "@") && strings.ContainsAny(b.Password, "0123456789"):
			p.Likely(s, redact.Const("The token has the form of those made before 2023. The last of them expired on 12 May 2026, before this call."), e, day, s.StatusLine(redact.Text{}))
		default:
			p.Possible(s, redact.Const("What was sent as password has 24 letters and digits. If it is an API token, it was made before 2023 and expired by 12 May 2026."), e, day, s.StatusLine(redact.Text{}))
		}
	},
})
