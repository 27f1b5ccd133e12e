package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "org-key-must-be-unscoped",
	Title: "This endpoint wants an organisation key without scopes",
	Doc: `Organisation keys can be made with scopes or without. Some endpoints of the admin API, above all those that manage a
user's account, have no scope that a key could be given: only a key made without scopes opens them.

The answer is 403 and names ` + "`manage:org`" + `, or says "User has no permission to access resource." With an
organisation key in the request the finding is likely. If the capture does not show the key it is
possible: the sender may also have used a user's token, for which see user-token-on-admin-api.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Layer:    rule.LayerPermission, // the key itself was accepted
	Products: target.SetOf(target.AdminAPI),
	When:     rule.Is403 | rule.HasBody,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: []string{"gateway-token-refused", "scope-missing", "permission-missing"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Create an organisation key at admin.atlassian.com > Settings > API keys and choose the kind without scopes"),
	}},
	References: []rule.Reference{
		{Title: "ID-9051", URL: "https://jira.atlassian.com/browse/ID-9051"},
		{Title: "AX-712", URL: "https://jira.atlassian.com/browse/AX-712"},
		{Title: "jira.js, UserManagementClientConfig", URL: "https://github.com/MrRefactoring/jira.js"},
	},
	Since:    "0.1",
	Formerly: []string{"org-api-key-scoped-on-unscoped-api"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		var text rule.Evidence
		switch {
		case s.Says("manage:org"):
			text = s.Body(redact.Const("manage:org"))
		case s.Says("user has no permission to access resource."):
			text = s.Body(redact.Const("User has no permission to access resource."))
		default:
			return
		}
		switch {
		case unseen(s):
			p.Possible(s, redact.Const("The server wants a right that a key with scopes cannot have. If an organisation key was sent, it was made with scopes."), text)
		case s.Has(rule.HasAuthorization) && held(s) == credential.OrgKey:
			p.Likely(s, redact.Const("The server takes the organisation key but wants a right that a key with scopes cannot have."),
				text, heldToken(s, credential.OrgKey, redact.Const("an organisation key made without scopes")))
		}
	},
})
