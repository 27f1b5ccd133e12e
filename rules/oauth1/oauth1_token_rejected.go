package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-token-rejected",
	Title: "The OAuth 1 token is not valid on this server",
	Doc: `An access token of OAuth 1.0a belongs to one server, one application link and one user. It ends when its time is over,
when the user or an administrator revokes it, and when the link is made anew. A request token works once, and only
until it was exchanged.

The server says so: ` + "`oauth_problem=token_rejected`" + `, ` + "`token_expired`" + `, ` + "`token_revoked`" + ` or
` + "`token_used`" + `. Signature and consumer key were fine, so they need no second look. A frequent reason for
` + "`token_rejected`" + ` is an access token from another host: the last step on the way to it asked another host
than the calls do.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Explains: rule.AnonymousEffects,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Get the token again from this very host: request token, approval by the user, access token"),
	}},
	References: []rule.Reference{
		{Title: "floralvikings/jira-connector#76", URL: "https://github.com/floralvikings/jira-connector/issues/76"},
		troubleshooting,
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if e, ok := problem(s, redact.Const("token_expired")); ok {
			p.Proven(s, redact.Const("The server says that the OAuth token has expired."), e...)
		} else if e, ok := problem(s, redact.Const("token_revoked")); ok {
			p.Proven(s, redact.Const("The server says that the OAuth token was revoked."), e...)
		} else if e, ok := problem(s, redact.Const("token_used")); ok {
			p.Proven(s, redact.Const("The server says that the request token was exchanged before: it works only once."), e...)
		} else if e, ok := problem(s, redact.Const("token_rejected")); ok {
			p.Proven(s, redact.Const("The server does not know the OAuth token, or not for this application link."), e...)
		}
	},
})
