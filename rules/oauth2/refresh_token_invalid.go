package oauth2

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "refresh-token-invalid",
	Title: "The refresh token is no longer valid",
	Doc: `An access token of OAuth 2.0 is good for an hour; the refresh token is for getting the next one. At Atlassian refresh
tokens rotate: each reply brings a new one, and the old one ends. So a program that does not store the new one, or two
that refresh at the same time, lose the access. A refresh token also ends when it was not used for 90 days, and when the
user changes the password or takes the consent back.

The server says only that the token is not valid: ` + "`invalid_grant`" + ` in reply to ` + "`grant_type=refresh_token`" + `, with
` + "`Unknown or invalid refresh token.`" + `, or ` + "`unauthorized_client`" + ` with ` + "`refresh_token is invalid`" + `. If the capture shows that the same
refresh token was exchanged for another one before, it was rotated. A second use alone proves nothing, because
Atlassian allows it for a short time: there must be an error. Calls of the same client with an
access token that has expired follow from it.`,
	Area: rule.OAuth2, Severity: rule.Error,
	Products:     target.SetOf(target.OAuthServer),
	Needs:        exchange.Bodies,
	Explains:     []string{"access-token-expired", "bearer-token-missing"},
	Alternatives: []string{"refresh-token-rotated", "refresh-token-idle", "grant-revoked"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Ask the user for consent again, store the new refresh_token of each reply before the access token is used, and let only one process refresh"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Look in the log of the program for the last refresh that succeeded."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("its reply has a newer refresh_token than the one that is sent"), Means: "refresh-token-rotated"},
			{Seen: redact.Const("there was none for 90 days"), Means: "refresh-token-idle"},
			{Seen: redact.Const("neither, and id.atlassian.com > Connected apps does not list the app any more"), Means: "grant-revoked"},
		},
	},
	References: []rule.Reference{
		refreshTokens,
		{Title: "Jira OAuth refresh token: invalid_grant", URL: "https://nango.dev/blog/jira-oauth-refresh-token-invalid-grant"},
		{Title: "ParabolInc/parabol#11849", URL: "https://github.com/ParabolInc/parabol/issues/11849"},
		{Title: "ParabolInc/parabol#5690", URL: "https://github.com/ParabolInc/parabol/issues/5690"},
		{Title: "RFC 6749, section 5.2", URL: "https://www.rfc-editor.org/rfc/rfc6749#section-5.2"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-refresh-invalid", "oauth2-refresh-token-reused"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		exchanged := map[string]*rule.Subject{} // by the old token: the refresh that brought a new one
		var stale []*rule.Subject               // calls with an access token that had expired, since the last refresh
		var dead *rule.Finding
		for _, s := range ses.Subjects {
			if expired(s) {
				stale = append(stale, s)
			}
			if s.Target.Product != target.OAuthServer || s.OAuth == nil {
				continue
			}
			old, next := s.OAuth.Sent["refresh_token"], s.OAuth.Reply["refresh_token"]
			if s.Has(rule.Is2xx) && old != "" && next != "" && old != next {
				exchanged[old], stale = s, nil
			}
			if !failed(s) || !deadRefresh(s) {
				continue
			}
			f := rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The server no longer accepts the refresh token, and does not say why."),
				Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), errorCode(s)},
			}
			if before := exchanged[old]; old != "" && before != nil {
				f.Message = redact.Const("The refresh token was exchanged for a new one before, and the old one is sent again.")
				f.Evidence = append(f.Evidence, before.Part(redact.Const("response body, refresh_token"),
					redact.Const("a new refresh token in reply to the same one"), redact.Const("the new one in the next request")))
				f.Alternatives = []string{"refresh-token-rotated"}
				f.Confirm = &rule.Confirm{
					Do: redact.Const("Look whether two processes of the program refresh at the same time, and whether the new token is stored before anything else is done."),
				}
			}
			p.Report(s, f)
			dead = &f
		}
		// That the access token ran out is only seen because it cannot be renewed.
		for _, s := range stale {
			if dead != nil {
				p.Report(s, *dead)
			}
		}
	},
})

// expired reports whether the request was refused and its access token says
// itself that its time was over.
func expired(s *rule.Subject) bool {
	j := claims(s)
	return j != nil && s.Has(rule.Is401) && j.Expires != 0 && !s.Time().IsZero() && time.Unix(j.Expires, 0).Before(s.Time())
}

// deadRefresh reports whether the answer turns a refresh token down.
func deadRefresh(s *rule.Subject) bool {
	code, text := s.OAuth.Error()
	about := strings.Contains(text, "refresh token") || strings.Contains(text, "refresh_token")
	switch code {
	case "invalid_grant":
		return about || grant(s) == "refresh_token"
	case "unauthorized_client":
		return about && strings.Contains(text, "invalid")
	}
	return false
}
