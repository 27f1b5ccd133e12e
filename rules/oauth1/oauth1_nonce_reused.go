package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-nonce-reused",
	Title: "The OAuth 1 nonce was used before",
	Doc: `Each signed request of OAuth 1.0a holds a random word (` + "`oauth_nonce`" + `), and the server takes each only once for a time
and a client. So a signed request cannot be sent again as it is: retries, and libraries that sign once for several calls,
are refused.

The proof is the answer ` + "`oauth_problem=nonce_used`" + `, or a refused request that has consumer key, timestamp and nonce
of an earlier one of the same client. A proxy that repeats requests can do the same; then the capture at the client
shows the nonce once.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	Needs:    exchange.Credentials,
	Explains: rule.AnonymousEffects,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Sign every request anew, retries too, with a new nonce and the time of now"),
	}},
	References: []rule.Reference{
		{Title: "RFC 5849, section 3.3", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.3"},
		{Title: "hwi/HWIOAuthBundle#444", URL: "https://github.com/hwi/HWIOAuthBundle/issues/444"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		type once struct{ host, key, time, nonce string }
		seen := map[once]*rule.Subject{}
		for _, s := range ses.Subjects {
			if !s.Is(providers) {
				continue
			}
			f := rule.Finding{Certainty: rule.Proven}
			if e, ok := problem(s, redact.Const("nonce_used")); ok {
				f.Message = redact.Const("The server says that the nonce of this request was used before.")
				f.Evidence = e
			}
			if c := signed(s); c != nil {
				k := once{host: s.Target.Host}
				k.key, _ = c.OAuth1Param("oauth_consumer_key")
				k.time, _ = c.OAuth1Param("oauth_timestamp")
				k.nonce, _ = c.OAuth1Param("oauth_nonce")
				code, _ := s.OAuth1Problem()
				first := seen[k]
				switch {
				case k.nonce == "":
				case first == nil:
					seen[k] = s
				case f.Evidence != nil || s.Has(rule.Failing) && code == "" && !s.AnotherMatter():
					f.Message = redact.Const("This request has the nonce and timestamp of an earlier one: it was sent again without being signed anew.")
					f.Evidence = append(f.Evidence,
						s.Auth([2]int{}, redact.Const("a nonce that was sent before"), redact.Const("a new nonce")),
						first.Auth([2]int{}, redact.Const("the same nonce, timestamp and consumer key"), redact.Text{}))
				}
			}
			if f.Evidence != nil {
				p.Report(s, f)
			}
		}
	},
})
