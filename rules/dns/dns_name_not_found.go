package dns

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dns-name-not-found",
	Title: "The host name was not found",
	Doc: `The client asked for the IP address of the host and got none, so nothing was sent: no server has seen the credential.
The name is misspelt, is known only inside a company network (then the VPN is missing), or was never set up.

A name server that says so (NXDOMAIN) is the proof in a packet capture; in other captures it is the error of
the client: ` + "`net::ERR_NAME_NOT_RESOLVED`" + `, ` + "`NS_ERROR_UNKNOWN_HOST`" + `, ` + "`ENOTFOUND`" + `. Chromium gives its code also where
the name server did not answer at all; if other hosts fail in the same way, that is more likely.

Look-ups of names that a resolver makes by appending a search list are not looked at. Firefox writes nothing
into a HAR that would tell a failed look-up from a refused connection, so nothing is concluded from it. Only
names count that are, or look like, those of an Atlassian product.`,
	Area: rule.DNS, Severity: rule.Error,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.DNSFacts,
	Fix: []rule.Fix{{
		Who:     rule.Caller,
		Do:      redact.Const("Check the spelling of the host name against the address bar of a browser that gets there, and whether the name needs a VPN or the name server of the company"),
		Command: lookSh, PowerShell: lookPowerShell,
	}},
	Confirm: &rule.Confirm{
		Do:      redact.Const("Look the name up with the name server of this machine and with a public one: found by neither, it does not exist; found only inside, the VPN is missing; found only by the public one, the own name server is at fault."),
		Command: lookSh, PowerShell: lookPowerShell,
	},
	References: []rule.Reference{
		rfc1035,
		{Title: "RFC 2308, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc2308#section-2.1"},
	},
	Since:    "0.1",
	Formerly: []string{"dns-nxdomain"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		e, ok := notFound(s)
		switch {
		case ok && noName(s):
			p.Proven(s, redact.Const("The name server says that there is no such name."), e)
			return
		case ok:
			p.Proven(s, redact.Const("The client found no IP address for the host name, so nothing was sent."), e, host(s))
			return
		}
		if e, ok := s.FailedWith(redact.Const("ERR_ICANN_NAME_COLLISION")); ok {
			p.Likely(s, redact.Const("The name belongs to an internal network, and a public name server was asked for it."), e, host(s))
		}
	},
})

// noName reports whether packets show the answer that there is no such name.
func noName(s *rule.Subject) bool {
	l := s.Lookup()
	return l != nil && l.Answered && l.RCode == noSuchName
}

// notFound shows what says that the name was not found: the name server, or the
// error of the client.
func notFound(s *rule.Subject) (rule.Evidence, bool) {
	if noName(s) {
		return s.Part(lookUp, redact.Sprintf("no such name (NXDOMAIN): %s", redact.Host(s.Target.Host)), redact.Const("an IP address")), true
	}
	return s.FailedWith(
		redact.Const("ERR_NAME_NOT_RESOLVED"), redact.Const("NS_ERROR_UNKNOWN_HOST"), redact.Const("ENOTFOUND"))
}

// host shows the name that was looked up.
func host(s *rule.Subject) rule.Evidence {
	return s.Part(redact.Const("host of the request URL"), redact.Host(s.Target.Host), redact.Const("a name that has an IP address"))
}
