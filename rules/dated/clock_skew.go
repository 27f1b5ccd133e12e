package dated

import (
	"strconv"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// How far clocks may be apart.
const (
	noticeable  = 2 * time.Minute // worth a remark
	tolerated   = 5 * time.Minute // what servers forgive a signature (OAuth 1.0a)
	ahead       = time.Minute     // what servers forgive a token from the future
	implausible = 24 * time.Hour  // such a capture was made up, or played again
)

var _ = Set.Add(&rule.Rule{
	ID:    "clock-skew",
	Title: "The clock of the client is wrong",
	Doc: `Signatures of OAuth 1.0a and the tokens of Connect apps carry the time at which the client made them. If its clock
is minutes off, the server takes them for old, or for made in the future, and refuses them. Passwords, API tokens and
access tokens do not depend on the clock of the client.

Proof is what the server says (` + "`oauth_problem=timestamp_refused`" + `), or a time in the refused credential that does not
fit the ` + "`Date`" + ` of the answer: a signature more than five minutes off, a token that begins more than a minute ahead,
or one that had ended for the server and not for the client.

Apart from that, clocks that are more than two minutes apart in all exchanges of a client are noted, without being
taken for the cause of anything. Answers from a cache keep an old date and are left out, and so are differences of whole
quarters of an hour (a time zone was mistaken) and of more than a day (a capture that was made up or played again).
The time of a capture is that of the machine that made it, which need not be the client.`,
	Area: rule.Time, Severity: rule.Error,
	Needs: exchange.Timing,
	Explains: rule.Explaining([]string{
		"connect-jwt-refused", "connect-jwt-lifetime", "access-token-expired", "dc-token-refused", "dc-credential-refused", "no-credentials-sent",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Set the clock of the machine that makes the requests, and let it follow a time server (NTP)"),
		Command:    redact.Const("date -u; curl -sI BASE | grep -i ^date"),
		PowerShell: redact.Const("(Get-Date).ToUniversalTime(); w32tm /query /status"),
	}},
	References: []rule.Reference{
		{Title: "RFC 9110, section 6.6.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1"},
		{Title: "RFC 5849, section 3.3", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.3"},
		{Title: "RFC 7519, section 4.1.5", URL: "https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5"},
		{Title: "OAuth error oauth_problem=timestamp_refused", URL: "https://confluence.atlassian.com/kb/oauth-error-oauth_problem-timestamp_refused-720406801.html"},
		{Title: "OAuth troubleshooting guide", URL: "https://confluence.atlassian.com/kb/oauth-troubleshooting-guide-719095274.html"},
		{Title: "mattermost/mattermost-plugin-jira#600", URL: "https://github.com/mattermost/mattermost-plugin-jira/issues/600"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth1-timestamp-skew", "jwt-not-yet-valid"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		said := false
		for _, s := range ses.Subjects {
			if s.HasOne(rule.Failing|rule.Troubled) && !s.Has(rule.Recognized) && refusedForTime(p, s) {
				said = true
			}
		}
		if !said {
			apart(p, ses)
		}
	},
})

// refusedForTime reports a credential of s that the server refused for the time
// in it.
func refusedForTime(p *rule.Pass, s *rule.Subject) bool {
	now := serverTime(s)
	date := s.AnswerField("Date", redact.Text{})
	if code, _ := s.OAuth1Problem(); code == "timestamp_refused" {
		e := []rule.Evidence{s.Part(redact.Const("answer"), redact.Const("oauth_problem=timestamp_refused"), redact.Text{}), date}
		if t, ok := signedAt(s); ok {
			e = append(e, s.Auth([2]int{}, redact.Sprintf("oauth_timestamp %s", redact.Unix(t)), redact.Const("a time close to that of the server")))
		}
		p.Proven(s, redact.Const("The server says that the timestamp of the signature is too far from its own clock."), e...)
		return true
	}
	if now.IsZero() {
		return false
	}
	if t, ok := signedAt(s); ok && t < milliseconds && distance(time.Unix(t, 0), now) > tolerated {
		p.Proven(s, redact.Const("The timestamp of the signature is more than five minutes from the clock of the server."),
			s.Auth([2]int{}, redact.Sprintf("oauth_timestamp %s", redact.Unix(t)), redact.Const("a time close to that of the server")), date)
		return true
	}
	j, ok := own(s)
	if !ok {
		return false
	}
	made, begins, ends := time.Unix(j.IssuedAt, 0), time.Unix(max(j.IssuedAt, j.NotBefore), 0), time.Unix(j.Expires, 0)
	at := j.at(redact.Sprintf("iat %s, exp %s", redact.Unix(j.IssuedAt), redact.Unix(j.Expires)), redact.Const("a time close to that of the server"))
	switch {
	case j.IssuedAt == 0 || j.IssuedAt >= milliseconds || j.NotBefore >= milliseconds || j.Expires >= milliseconds:
		return false
	case begins.Sub(now) > ahead:
		p.Proven(s, redact.Const("The token begins in the future by the clock of the server: the clock of the client is ahead."), at, date)
		return true
	case !s.Start.IsZero() && now.After(ends) && ends.After(s.Start) && distance(made, s.Start) < noticeable && now.Sub(s.Start) > noticeable:
		p.Proven(s, redact.Const("The token was made just before the request, and yet had ended by the clock of the server: the clock of the client is behind."), at, date)
		return true
	}
	return false
}

// signedAt returns the timestamp of an OAuth 1.0a signature.
func signedAt(s *rule.Subject) (int64, bool) {
	c := s.Authorization
	if c == nil || c.Scheme != credential.OAuth1 {
		return 0, false
	}
	v, ok := c.OAuth1Param("oauth_timestamp")
	t, err := strconv.ParseInt(v, 10, 64)
	return t, ok && err == nil && t > 0
}

// apart remarks on clocks that are apart in all exchanges of a client.
func apart(p *rule.Pass, ses *rule.Session) {
	var first *rule.Subject
	var least time.Duration
	n := 0
	for _, s := range ses.Subjects {
		d, ok := skew(s)
		if !ok {
			continue
		}
		n++
		switch {
		case first == nil:
			first, least = s, d
		case d < 0 != (least < 0):
			return
		case abs(d) < abs(least):
			least = d
		}
	}
	if first == nil || n < 2 || abs(least) < noticeable || abs(least) > implausible || quarter(least) {
		return
	}
	p.Report(first, rule.Finding{
		Certainty: rule.Proven, Minor: true,
		Message: redact.Const("The clock of the machine that made the capture and that of the server are apart by more than two minutes."),
		Evidence: []rule.Evidence{
			first.Part(redact.Const("time of the exchange"), redact.Time(first.Start), redact.Sprintf("%s off", redact.Span(abs(least)))),
			first.AnswerField("Date", redact.Text{}),
		},
	})
}

// skew returns how far the clock of the server is from that of the capture, at
// least: the answer was made at some time between request and end.
func skew(s *rule.Subject) (time.Duration, bool) {
	now := serverTime(s)
	if now.IsZero() || s.Start.IsZero() || s.Target.API == target.Static || target.FromProduct(s.Target, s.Response) == target.No {
		return 0, false
	}
	end := s.Start.Add(max(s.Took, 0))
	switch {
	case now.Before(s.Start):
		return now.Sub(s.Start), true
	case now.After(end):
		return now.Sub(end), true
	}
	return 0, true
}

// quarter reports whether d is close to whole quarters of an hour.
func quarter(d time.Duration) bool {
	const zone = 15 * time.Minute
	return abs(d-d.Round(zone)) < 30*time.Second && d.Round(zone) != 0
}

func distance(a, b time.Time) time.Duration { return abs(a.Sub(b)) }

func abs(d time.Duration) time.Duration { return max(d, -d) }
