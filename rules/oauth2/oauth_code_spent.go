package oauth2

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// A code is good for minutes (RFC 6749, section 4.1.2: at most ten).
const (
	soon    = time.Minute
	tooLate = 10 * time.Minute
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-code-spent",
	Title: "The authorization code was used twice or too late",
	Doc: `The code that comes back from the consent page can be exchanged for a token once, and only for some minutes. A page that
is loaded again, a callback that runs twice (as React does in development), a retry or a debugger that waits sends it a
second time or too late, and gets ` + "`invalid_grant`" + `.

It is proven if the same code was posted before in the same capture, or more than ten minutes after the redirect that
brought it; it is likely after more than one minute, and where the server says ` + "`Invalid authorization code`" + ` while app and
callback URL are the same as in the request for consent. If the capture does not show that request, it is possible: the
code may belong to another app or callback URL.`,
	Area: rule.OAuth2, Severity: rule.Error,
	Products: tokenServers | target.DataCenter,
	Needs:    exchange.Bodies,
	Explains: []string{"bearer-token-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Exchange each code once, at once, and never again after an error: begin with a new request for consent"),
	}},
	References: []rule.Reference{
		{Title: "RFC 6749, section 4.1.2", URL: "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2"},
		{Title: "Exchange authorization code for access token: 403", URL: "https://community.atlassian.com/t5/Jira-Software-questions/Exchange-authorization-code-for-access-token-gt-403-error/qaq-p/1442839"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-code-reused-or-late"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		posted := map[string]*rule.Subject{}
		for i, s := range ses.Subjects {
			if !s.Is(tokenServers|target.DataCenter) || s.OAuth == nil || s.Target.API != target.OAuthToken {
				continue
			}
			code := s.OAuth.Sent["code"]
			if code == "" || grant(s) != "authorization_code" {
				continue
			}
			before := posted[code]
			if before == nil {
				posted[code] = s
			}
			e, text := s.OAuth.Error()
			if !failed(s) || e != "invalid_grant" {
				continue
			}
			spent(p, s, ses.Subjects[:i], before, strings.Contains(text, "code"))
		}
	},
})

// spent judges a code that was refused in s, after the exchanges earlier.
func spent(p *rule.Pass, s *rule.Subject, earlier []*rule.Subject, before *rule.Subject, named bool) {
	evidence := []rule.Evidence{s.StatusLine(redact.Const("200")), errorCode(s)}
	if before != nil {
		p.Proven(s, redact.Const("The authorization code was sent before: it works only once."),
			append(evidence, before.Part(redact.Const("request body, code"), redact.Const("the same code"), redact.Const("each code once")))...)
		return
	}
	if from := broughtBy(earlier, s.OAuth.Sent["code"]); from != nil && !from.Time().IsZero() && !s.Time().IsZero() {
		late := s.Time().Sub(from.Time())
		waited := s.Part(redact.Const("time since the redirect that brought the code"), redact.Span(late), redact.Const("seconds"))
		message := redact.Const("The authorization code was exchanged too long after it was given: it works only for some minutes.")
		switch {
		case late > tooLate:
			p.Proven(s, message, append(evidence, waited)...)
			return
		case late > soon:
			p.Likely(s, message, append(evidence, waited)...)
			return
		}
	}
	if !named {
		return
	}
	message := redact.Const("The server does not take the authorization code: it was used before, or too late, or it belongs to another app or callback URL.")
	for _, q := range earlier {
		if q.OAuth != nil && strings.HasSuffix(q.Target.Path, "/authorize") &&
			q.OAuth.Sent["client_id"] == s.OAuth.Sent["client_id"] && q.OAuth.Sent["redirect_uri"] == s.OAuth.Sent["redirect_uri"] {
			p.Likely(s, redact.Const("The server does not take the authorization code, although app and callback URL are right: it was used before, or too late."), evidence...)
			return
		}
	}
	p.Possible(s, message, evidence...)
}

// broughtBy returns the exchange whose redirect brought the code.
func broughtBy(earlier []*rule.Subject, code string) *rule.Subject {
	for _, q := range earlier {
		if !q.Has(rule.Is3xx) {
			continue
		}
		_, query, _ := strings.Cut(q.Answer("Location"), "?")
		query, _, _ = strings.Cut(query, "#")
		for _, pair := range strings.Split(query, "&") {
			if v, ok := strings.CutPrefix(pair, "code="); ok && (v == code || unescaped(v) == code) {
				return q
			}
		}
	}
	return nil
}
