package front

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "redirect-drops-authorization",
	Title: "A redirect to another host lost the credential",
	Doc: `The first server answers with a redirect to another host, or from http to https. Clients follow it, but most of them
leave the Authorization header out then, so that a foreign server does not get the secret: browsers, requests, Go and
curl do so for another host, curl and Node already for another scheme or port. The second server gets an anonymous
request, and says 401, 404 or sends its login page.

It is proven where both requests of one client are there: the first with a credential, the redirect, and the second,
for exactly the URL that the redirect names, without one, which then fails. Several redirects in a row are followed.
In a file that Chrome cleaned, the recorded size of the headers proves both for HTTP/1.1: it was larger than what is
left at first, and is not after the redirect.

A redirect to a login page or an identity provider is not this: it comes because the server did not accept the caller.
Links to api.media.atlassian.com are signed and need no header. wget and Java send the credential on to the other
host; there is nothing lost then, but see to whom it goes.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Needs: exchange.Credentials,
	Explains: rule.Explaining(
		[]string{"no-credentials-sent", "no-preemptive-auth", "session-cookie-stale"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Give the client the final URL as its base URL, so that nothing is redirected: https in place of http, the new host name, the exact name that the server calls itself"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u USER "URL"   # asks for the password or token`),
		PowerShell: redact.Const(`curl.exe -s -o NUL -w "%{http_code}\n" -u USER "URL"   # asks for the password or token`),
	}},
	References: []rule.Reference{
		{Title: "golang/go#65065", URL: "https://github.com/golang/go/issues/65065"},
		{Title: "golang/go#70530", URL: "https://github.com/golang/go/issues/70530"},
		{Title: "pycontribs/jira#1196", URL: "https://github.com/pycontribs/jira/issues/1196"},
		{Title: "ankitpokhrel/jira-cli#439", URL: "https://github.com/ankitpokhrel/jira-cli/issues/439"},
	},
	Since:    "0.1",
	Formerly: []string{"redirect-dropped-authorization"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for i, s := range ses.Subjects {
			if s.Has(rule.Is3xx) && carried(s) {
				dropped(p, ses, i)
			}
		}
	},
})

// maxHops bounds how many redirects in a row are followed; clients stop at 20
// or 50.
const maxHops = 50

// dropped follows the redirect that Subjects[i] got, and reports the request at
// the end of the chain if the credential was lost on the way and it fails.
func dropped(p *rule.Pass, ses *rule.Session, i int) {
	first, lost := ses.Subjects[i], (*rule.Subject)(nil)
	for range maxHops {
		s := ses.Subjects[i]
		if lost == nil && s.ToLogin() {
			return // asked to log in, and not led elsewhere
		}
		j := ses.Follows(i)
		if j < 0 {
			return
		}
		next := ses.Subjects[j]
		if lost == nil {
			switch {
			case carried(next) || next.Is(target.SetOf(target.MediaAPI)):
				return // it looks at this chain from the later hop, or needs no field
			case elsewhere(s, next) && bare(next):
				lost = s
			}
		}
		if lost != nil && next.Has(rule.Failing) {
			report(p, first, lost, next)
			return
		}
		i = j
	}
}

// elsewhere reports whether b goes to another host, port or scheme than a.
func elsewhere(a, b *rule.Subject) bool {
	return a.Target.Host != b.Target.Host || a.Target.Port != b.Target.Port || a.Target.Scheme != b.Target.Scheme
}

func report(p *rule.Pass, first, lost, failed *rule.Subject) {
	f := rule.Finding{
		Certainty: rule.Proven, Rests: exchange.Credentials,
		Message: redact.Const("The request was redirected to another host, and the client left its credential out of the one it sent there."),
	}
	if lost.Target.Host == failed.Target.Host {
		f.Message = redact.Const("The request was redirected to another scheme or port of the same host, and the client left its credential out of the one it sent there.")
	}
	if failed.Offered() {
		f.Certainty = rule.Likely // a cookie went along, and may have been refused for a reason of its own
	}
	sent := redact.Const("a credential")
	if !first.Has(rule.HasAuthorization) {
		sent = redact.Const("longer when it was sent than in the capture: a credential or cookie was left out")
	}
	f.Evidence = []rule.Evidence{
		first.Part(redact.Const("request header Authorization"), sent, redact.Text{}),
		location(lost, redact.Const("none")),
		failed.SentField("Authorization", redact.Const("the credential of the first request")),
		failed.StatusLine(redact.Const("200")),
	}
	p.Report(failed, f)
}
