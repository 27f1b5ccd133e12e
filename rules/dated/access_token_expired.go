package dated

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "access-token-expired",
	Title: "The access token has expired",
	Doc: `Access tokens live for a short time: one hour at Atlassian, two at Bitbucket Cloud, minutes if a Connect app made
them. This one had passed its end when it was sent, and the request was refused.

A token that can be read (JWT) says itself when it ends; compared with the ` + "`Date`" + ` of the answer that is proof, and
with the clock of the capture a strong sign. Otherwise it is what the server says: ` + "`error=\"invalid_token\"`" + ` with a
description that speaks of expiry, or Bitbucket's ` + "`Access token expired.`" + `. Bitbucket says that of anything it cannot
read as an access token, so it counts only for a value that can be one, and less where the capture hides the value.

A token that was made just before the request and had ended nevertheless is clock-skew. OAuth tokens at the URL of a
site, where they are good for nothing in any case, are left to oauth-token-on-site-host.`,
	Area: rule.Time, Severity: rule.Error,
	Layer: rule.LayerRefused, // an accepted use before is to be expected
	When:  rule.Failing | rule.Answered,
	Needs: exchange.Credentials | exchange.Timing,
	Explains: rule.Explaining([]string{
		"gateway-token-refused", "bitbucket-token-refused", "connect-jwt-refused", "dc-token-refused", "credential-stopped-working",
		"retrying-refused-credential",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Get a new access token before it ends: keep the refresh token, use it before each run, and store the new one that comes with the answer"),
	}},
	References: []rule.Reference{
		{Title: "RFC 7519, section 4.1.4", URL: "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4"},
		{Title: "RFC 6750, section 3.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"},
		{Title: "Refresh tokens (OAuth 2.0 at Atlassian)", URL: "https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens"},
		{Title: "MrRefactoring/jira.js#269", URL: "https://github.com/MrRefactoring/jira.js/issues/269"},
		{Title: "lemurheavy/coveralls-public#1541", URL: "https://github.com/lemurheavy/coveralls-public/issues/1541"},
	},
	Since:    "0.1",
	Formerly: []string{"jwt-expired", "oauth2-access-token-expired"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Recognized) || s.Status() == 407 {
			return
		}
		if j, ok := sent(s); ok {
			pastEnd(p, s, j)
			return
		}
		saysExpired(p, s)
	},
})

// pastEnd reports a token that tells its own end.
func pastEnd(p *rule.Pass, s *rule.Subject, j claimed) {
	if j.Expires == 0 || j.Expires >= milliseconds || !s.HasOne(rule.Is401|rule.Is403) && !s.Anonymous && s.OAuth == nil {
		return
	}
	if target.CloudSite.Has(s.Target.Product) && j.QSH == "" && s.Has(rule.OffersBearer) {
		return
	}
	ends, c := time.Unix(j.Expires, 0), rule.Proven
	now := serverTime(s)
	if now.IsZero() {
		now, c = s.Start, rule.Likely
	}
	if now.IsZero() || !ends.Before(now) {
		return
	}
	f := rule.Finding{
		Certainty: c, Message: redact.Const("The access token had expired when it was sent."),
		Evidence: []rule.Evidence{
			j.at(redact.Sprintf("good until %s", redact.Unix(j.Expires)), redact.Sprintf("one that is good at %s", redact.Time(now))),
			s.StatusLine(redact.Text{}),
		},
	}
	if _, made := own(s); made {
		f.Message = redact.Const("The token that the app made had expired when it was sent.")
		f.Fix = []rule.Fix{{
			Who: rule.Caller,
			Do:  redact.Const("Make a new token for each request, good for about three minutes, and keep the clock of the machine right"),
		}}
	}
	p.Report(s, f)
}

// saysExpired reports what the server says of a token that cannot be read.
func saysExpired(p *rule.Pass, s *rule.Subject) {
	if !s.Has(rule.Is401) {
		return
	}
	for _, v := range s.Response.Header.All("WWW-Authenticate") {
		v = strings.ToLower(v)
		if strings.Contains(v, "invalid_token") && strings.Contains(v, "expire") {
			p.Likely(s, redact.Const("The server says that the access token has expired."),
				s.Part(redact.Const("response header WWW-Authenticate"), redact.Const("invalid_token, with a description that speaks of expiry"), redact.Text{}))
			return
		}
	}
	if !s.Is(target.Bitbucket) || !s.Says("access token expired") {
		return
	}
	e := s.Body(redact.Const("access token expired"))
	switch {
	case s.CredentialHidden():
		p.Possible(s, redact.Const("Bitbucket says that the access token has expired, which it says of anything that is no access token."), e)
	case plausible(s.Authorization):
		p.Likely(s, redact.Const("Bitbucket says that the access token has expired, and the value sent can be one."), e,
			s.Auth([2]int{}, redact.Const("a value that can be an access token"), redact.Const("one that has not ended")))
	}
}

// plausible reports whether c can be an access token of Bitbucket: random text
// that is none of the tokens of other kinds.
func plausible(c *credential.Credential) bool {
	return c != nil && c.Scheme == credential.Bearer && c.Class == credential.Unrecognized &&
		len(c.Token) >= 40 && !strings.ContainsAny(c.Token, " {}$<>")
}
