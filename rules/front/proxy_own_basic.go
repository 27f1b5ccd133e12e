package front

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-own-basic",
	Title: "A proxy in front of the product asks for its own Basic login",
	Doc: `A web server in front of the product (nginx, Apache) has a user name and password of its own, asked for by Basic.
There is one Authorization header for both: with the password of the product in it the proxy refuses, with that of the
proxy the product does. Nothing that the caller sends satisfies both.

It is likely where a 401 asks for Basic in a realm that none of the products has, without any mark of the
product, and a common web server wrote it; without the latter it is possible. It is proven where the same client also got
past the proxy with another value, and the product refused that: then the refusal by the product is a consequence, too.

Jira and Confluence never ask for Basic, and the realms of Bitbucket and Crowd are known. A challenge that the
client answers with success is an ordinary login.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Products: behind,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{
		"dc-credential-refused", "dc-token-refused", "dc-login-denied", "response-not-from-product", "retrying-refused-credential",
		"no-credentials-sent", "no-preemptive-auth", "intermittent-refusal", "email-instead-of-username", "sso-or-2sv-enforced",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Take the Basic login off the proxy for the product, or at least for /rest/: one Authorization header cannot serve two. Guard it by client certificate, IP address or single sign-on in its place"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Ask the product directly, past the proxy, with the credential of the product."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("it works: only the proxy is in the way")},
			{Seen: redact.Const("AUTHENTICATED_FAILED: that credential is wrong as well"), Means: "dc-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.6.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1"},
		{Title: "getsentry/sentry-jira#87", URL: "https://github.com/getsentry/sentry-jira/issues/87"},
	},
	Since:    "0.1",
	Formerly: []string{"reverse-proxy-own-basic"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Is(behind) || !s.Has(rule.Failing|rule.Answered) || s.Has(rule.Recognized) {
				continue
			}
			switch {
			case s.AsksOwnBasic():
				f := rule.Finding{Certainty: rule.Possible, Message: ownLogin, Evidence: asked(s)}
				if webServer(s) && !strings.Contains(strings.ToLower(s.Answer("Content-Type")), "json") {
					f.Certainty = rule.Likely
				}
				if other := partner(p, ses, s, pastProxy); other != nil {
					f.Certainty, f.Message = rule.Proven, oneForTwo
					f.Evidence = append(f.Evidence, refusedBehind(other)...)
				}
				p.Report(s, f)
			case pastProxy(s):
				if other := partner(p, ses, s, (*rule.Subject).AsksOwnBasic); other != nil {
					p.Proven(s, oneForTwo, append(refusedBehind(s), asked(other)...)...)
				}
			}
		}
	},
})

var (
	ownLogin  = redact.Const("A server in front of the product asks for a Basic login of its own. One Authorization header cannot serve it and the product.")
	oneForTwo = redact.Const("A server in front of the product refuses one credential, the product behind it the other: one Authorization header would have to serve two logins.")
)

// pastProxy reports whether the product behind the proxy refused what s sent.
func pastProxy(s *rule.Subject) bool {
	return s.Has(rule.HasAuthorization) && !s.HasOne(rule.Recognized|rule.LoginDenied) && s.HasOne(rule.Is401|rule.LoginFailed) &&
		target.FromProduct(s.Target, s.Response) == target.Yes
}

// partner returns an exchange of the same client with the same host, with
// another credential or none, of which is holds.
func partner(p *rule.Pass, ses *rule.Session, s *rule.Subject, is func(*rule.Subject) bool) *rule.Subject {
	for _, o := range ses.Subjects {
		if o != s && o.Target.Host == s.Target.Host && o.Target.Port == s.Target.Port && is(o) &&
			p.Ledger.Print(o.Authorization) != p.Ledger.Print(s.Authorization) {
			return o
		}
	}
	return nil
}

func asked(s *rule.Subject) []rule.Evidence {
	return []rule.Evidence{
		s.AnswerField("WWW-Authenticate", redact.Const("none, or the challenge of the product")),
		s.AnswerField("Server", redact.Text{}), s.AnswerField("X-AREQUESTID", redact.Const("one, if the product had answered")),
	}
}

func refusedBehind(s *rule.Subject) []rule.Evidence {
	if s.Has(rule.LoginFailed) {
		return []rule.Evidence{s.AnswerField("X-Seraph-LoginReason", redact.Const("OK"))}
	}
	return []rule.Evidence{s.StatusLine(redact.Const("200")), s.AnswerField("WWW-Authenticate", redact.Text{})}
}

// webServer reports whether a common web server says that it wrote the answer.
func webServer(s *rule.Subject) bool {
	name := strings.ToLower(s.Answer("Server"))
	for _, w := range [...]string{"nginx", "openresty", "apache", "caddy", "haproxy", "traefik", "lighttpd", "microsoft-iis", "envoy"} {
		if strings.HasPrefix(name, w) && !strings.HasPrefix(name, "apache-coyote") {
			return true
		}
	}
	_, ok := s.SaysOne("<center>nginx", "<address>apache", "<center>openresty")
	return ok
}
