package oauth2

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-offline-access-missing",
	Title: "No refresh token was issued",
	Doc: `auth.atlassian.com gives a refresh token only to an app that asks for the scope ` + "`offline_access`" + `. Without it the access
ends with the access token, an hour later, and the user must be asked again.

It is proven by a reply that has an access token but no refresh token, where the scopes of the reply, or those of the
request for consent in the same capture, lack ` + "`offline_access`" + `. Only replies to a code are looked at: apps that log in as
themselves get no refresh token by design. It is a warning: nothing has failed yet.`,
	Area: rule.OAuth2, Severity: rule.Warning,
	Products: target.SetOf(target.OAuthServer),
	Needs:    exchange.Bodies,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Add offline_access to the scope parameter of the authorize URL, and ask the user for consent again"),
	}},
	References: []rule.Reference{
		refreshTokens,
		{Title: "obot-platform/obot#310", URL: "https://github.com/obot-platform/obot/issues/310"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-no-offline-access"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		asked := map[string]*rule.Subject{} // by client id: the last request for consent
		for _, s := range ses.Subjects {
			if s.Target.Product != target.OAuthServer || s.OAuth == nil {
				continue
			}
			if s.Target.Path == "/authorize" {
				asked[s.OAuth.Sent["client_id"]] = s
				continue
			}
			r := s.OAuth.Reply
			if grant(s) != "authorization_code" || !s.Has(rule.Is2xx) || !s.OAuth.Whole || r["access_token"] == "" || r["refresh_token"] != "" {
				continue
			}
			message := redact.Const("The reply has an access token but no refresh token, because the scope offline_access was not asked for.")
			absent := s.Part(redact.Const("response body, refresh_token"), redact.Const("absent"), redact.Const("a refresh token"))
			want := redact.Const("offline_access among the scopes")
			if consent := asked[s.OAuth.Sent["client_id"]]; consent != nil && !offline(consent.OAuth.Sent["scope"]) {
				p.Proven(s, message, absent, consent.Part(redact.Const("request URL, scope"), redact.Const("no offline_access"), want))
			} else if r["scope"] != "" && !offline(r["scope"]) {
				p.Proven(s, message, absent, s.Part(redact.Const("response body, scope"), redact.Const("no offline_access"), want))
			}
		}
	},
})

func offline(scopes string) bool { return slices.Contains(strings.Fields(scopes), "offline_access") }
