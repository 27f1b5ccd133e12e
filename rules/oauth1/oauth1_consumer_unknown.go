package oauth1

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-consumer-unknown",
	Title: "The server has no application link with this consumer key",
	Doc: `The consumer key names the client of an application link. The server must have a link for incoming requests with
exactly this key. It has none if the link was deleted or made anew on one side only, if the key was mistyped, or if
the request went to another server (a copy, a test system).

The server says so: ` + "`oauth_problem=consumer_key_unknown`" + `, ` + "`consumer_key_rejected`" + ` or ` + "`consumer_key_refused`" + `. It does not get as
far as looking at signature, time and token.`,
	Area: rule.OAuth1, Severity: rule.Error,
	Products: providers,
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Explains: rule.Explaining([]string{"upstream-trouble"}, rule.AnonymousEffects), // some codes come with 503
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Create the application link on the receiving side, or repair it, so that its incoming side has exactly this consumer key"),
	}},
	References: []rule.Reference{applinks},
	Since:      "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if e, ok := problem(s, redact.Const("consumer_key_unknown")); ok {
			p.Proven(s, redact.Const("The server has no application link with this consumer key."), e...)
		} else if e, ok := problem(s, redact.Const("consumer_key_rejected"), redact.Const("consumer_key_refused")); ok {
			p.Proven(s, redact.Const("The server has an application link with this consumer key, or had one, but does not let it in."), e...)
		}
	},
})
