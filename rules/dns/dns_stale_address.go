package dns

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dns-stale-address",
	Title: "The client uses an old IP address",
	Doc: `The client tried to connect to an IP address that the name server does not give for this name, and got no connection.
It remembers an IP address from before: services of the cloud change theirs at any time, and long-lived programs (Java
with ` + "`networkaddress.cache.ttl`" + `, a pool of connections, a hosts file) keep the old one.

Only packets show it: the newest answer to the look-up lacks the IP address of the failed connection. It is never more
than a possibility, because the answer of a look-up can differ from one moment and one place to the next.`,
	Area: rule.DNS, Severity: rule.Warning,
	When:     rule.Unanswered | rule.Failing,
	Anywhere: true,
	Needs:    exchange.DNSFacts,
	Explains: []string{"connection-timeout", "connection-refused"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Restart the client and empty the cache of the machine; in Java set networkaddress.cache.ttl to 60"),
		Command:    redact.Const("resolvectl flush-caches ; nslookup HOST"),
		PowerShell: redact.Const("ipconfig /flushdns; Resolve-DnsName HOST"),
	}},
	References: []rule.Reference{
		{Title: "Networking properties of Java (networkaddress.cache.ttl)", URL: "https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/doc-files/net-properties.html"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		l := s.Lookup()
		if l == nil || !l.Answered || len(l.Addrs) == 0 || s.Conn.ServerAddr == "" || !s.Meant() ||
			slices.Contains(l.Addrs, s.Conn.ServerAddr) || s.Failure == nil || s.Failure.Phase != exchange.Dial {
			return
		}
		p.Possible(s, redact.Const("The client tried an IP address that the name server does not give for this name."),
			s.Part(redact.Const("IP address of the server"), redact.Host(s.Conn.ServerAddr), redact.Sprintf("%s", redact.Host(l.Addrs[0]))))
	},
})
