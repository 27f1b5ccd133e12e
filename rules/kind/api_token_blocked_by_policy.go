package kind

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "api-token-blocked-by-policy",
	Title: "The organisation blocks user API tokens",
	Doc: `An organisation with Atlassian Guard can forbid API tokens, for its own people or for users from outside.
The token is valid, the policy stops it.

The finding is made where the body of a 401 or 403 says, in one sentence, that an admin blocked or restricted tokens.
Atlassian documents that the answer says so, but not in which words. The rule looks for the words near each other, in
this order or the reverse; that is why it is likely and not proven. Pages of HTML are not reported, because scripts in
them hold many words.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Layer:    rule.LayerLock,
	Products: target.Cloud | target.Bitbucket,
	When:     rule.Failing | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"cloud-credential-refused", "gateway-token-refused", "bitbucket-token-refused", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Ask an organisation admin to allow API tokens; for people from outside the setting is under Security > User security > External users"),
	}},
	References: []rule.Reference{{
		Title: "Block user API token access",
		URL:   "https://support.atlassian.com/security-and-access-policies/docs/set-api-token-access",
	}},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.HasOne(rule.Is401|rule.Is403) || s.HTML() {
			return
		}
		const near = 80
		for _, verb := range []string{"block", "restrict"} {
			if s.SaysInOrder(near, "admin", verb, "token") || s.SaysInOrder(near, "token", verb, "admin") {
				p.Likely(s, redact.Const("The server says that an administrator blocks API tokens. The token itself was not found wrong."),
					s.Part(redact.Const("response body"), redact.Const("a sentence with admin, token, and blocked or restricted"), redact.Text{}), s.StatusLine(redact.Text{}))
				return
			}
		}
	},
})
