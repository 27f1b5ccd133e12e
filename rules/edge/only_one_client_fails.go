package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "only-one-client-fails",
	Title: "Only one client fails",
	Doc: `Two clients send the same request with the very same credential: for one it always fails, for the other it never does.
So the credential is right, and the cause is local to the one that fails: another way to the server (proxy, DNS), a
block of its IP address, a header or cookie that only it sends.

It is likely where the requests of both were mixed, so that the credential cannot have been changed meanwhile; the
credentials are compared by fingerprint. Clients are told apart as the capture allows: by IP address, or by
User-Agent. Several captures analyzed together count as well.

With fewer than one success and one failure on each side nothing is said, nor where the capture hides the
credential. Where the User-Agent makes the difference, see waf-blocks-user-agent.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Info,
	Needs: exchange.Credentials,
	Explains: rule.Explaining([]string{
		"cloud-credential-refused", "dc-credential-refused", "dc-token-refused", "gateway-token-refused", "bitbucket-token-refused", "bearer-not-accepted",
		"retrying-refused-credential",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Compare the failing exchange with the good one, and look at what only the failing client has: its proxy, its name server, its IP address, its cookies, an old secret stored beside the new one"),
		Command:    redact.Const("why401 compare good.har failing.har"),
		PowerShell: redact.Const("why401 compare good.har failing.har"),
	}},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if !s.Has(rule.Failing|rule.HasAuthorization) || s.Has(rule.Recognized) {
				continue
			}
			if at, ok := p.OtherClient(s); ok {
				p.Likely(s, redact.Const("Another client makes the same request with the very same credential, and for it the request works."),
					s.StatusLine(redact.Const("200")),
					rule.Evidence{At: at, Part: redact.Const("response status"), Saw: redact.Const("success, for another client with the same credential")})
			}
		}
	},
})
