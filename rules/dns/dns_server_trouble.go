package dns

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dns-server-trouble",
	Title: "The name server gives no usable answer",
	Doc: `The client asked for the IP address of the host, and the name server failed (SERVFAIL), refused to answer (REFUSED),
or kept silent. The name may be right; nothing was sent to the product.

In a packet capture the answer, or two or more queries without one, is the proof; a capture of one direction
only proves no silence. Elsewhere it is the error of the client, such as ` + "`EAI_AGAIN`" + ` or ` + "`ERR_DNS_TIMED_OUT`" + `, which
a machine without any network gives as well.`,
	Area: rule.DNS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.DNSFacts,
	Fix: []rule.Fix{{
		Who:     rule.Network,
		Do:      redact.Const("Look the name up with another name server; if that finds it, mend or replace the one that this machine is set to"),
		Command: lookSh, PowerShell: lookPowerShell,
	}},
	References: []rule.Reference{rfc1035},
	Since:      "0.1",
	Formerly:   []string{"dns-servfail-refused", "dns-timeout"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		if l := s.Lookup(); l != nil {
			troubled(p, s, l)
			return
		}
		e, ok := s.FailedWith(
			redact.Const("EAI_AGAIN"), redact.Const("ERR_NAME_RESOLUTION_FAILED"), redact.Const("ERR_DNS_TIMED_OUT"),
			redact.Const("ERR_DNS_SERVER_FAILED"), redact.Const("ERR_DNS_SERVER_REQUIRES_TCP"),
			redact.Const("ERR_DNS_MALFORMED_RESPONSE"), redact.Const("ERR_DNS_SECURE_RESOLVER_HOSTNAME_RESOLUTION_FAILED"))
		if ok {
			p.Likely(s, redact.Const("The look-up of the host name got no usable answer, which may be temporary."), e, host(s))
		}
	},
})

// troubled judges a look-up that packets show.
func troubled(p *rule.Pass, s *rule.Subject, l *exchange.Lookup) {
	saw := redact.Sprintf("no answer to %s", redact.Count(l.Asked, "query", "queries"))
	message := redact.Const("The name server does not answer.")
	switch {
	case !l.Answered && l.Asked < 2:
		return
	case !l.Answered:
	case l.RCode == serverFailed:
		saw = redact.Const("SERVFAIL")
		message = redact.Const("The name server says that it failed to find out.")
	case l.RCode == refused:
		saw = redact.Const("REFUSED")
		message = redact.Const("The name server refuses to answer this client.")
	default:
		return
	}
	p.Proven(s, message, s.Part(lookUp, saw, redact.Const("an IP address")), s.Part(redact.Const("name server"), server(l), redact.Text{}))
}

func server(l *exchange.Lookup) redact.Text {
	if l.Server == "" {
		return redact.Const("not known")
	}
	return redact.Host(l.Server)
}
