package dns

import (
	"net/netip"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "dns-sinkhole",
	Title: "A DNS filter or hosts file redirects the name",
	Doc: `The name of a host of Atlassian's cloud led to an IP address that cannot be Atlassian's: none at all (0.0.0.0), the
client itself (127.0.0.1), or one inside the own network. A filter in the name server, or an entry in the hosts file,
put it there; Atlassian never sees the request.

It counts only where the request failed, or somebody other than the product answered. Where packets show the look-up,
an IP address of no machine or the client's own is proof; a strong sign is an internal IP address, an alias such as
` + "`block.opendns.com`" + `, or a remark of the name server that it filters. A HAR shows only the IP address that
the client was connected to, which may be that of a forward proxy: there 0.0.0.0 is proof, an internal IP address a
possibility, and one of the client itself a strong sign on the port of the URL. Companies that lead the names to a
proxy of their own on purpose look the same until that proxy fails.`,
	Area: rule.DNS, Severity: rule.Error,
	Products: target.Cloud | target.Identity | target.Bitbucket | target.SetOf(target.Align),
	Needs:    exchange.DNSFacts,
	Explains: []string{
		"connection-refused", "connection-timeout", "connection-reset", "tls-untrusted-ca", "tls-certificate-invalid",
		"tls-alert", "response-not-from-product",
	},
	Fix: []rule.Fix{{
		Who:     rule.Network,
		Do:      redact.Const("Compare the IP address with the one that a public name server gives, then take the name off the filter or out of the hosts file"),
		Command: lookSh, PowerShell: lookPowerShell,
	}},
	References: []rule.Reference{
		{Title: "RFC 8914, sections 4.16 to 4.18", URL: "https://www.rfc-editor.org/rfc/rfc8914#section-4.16"},
		{Title: "IP addresses and domains of Atlassian's cloud", URL: "https://support.atlassian.com/organization-administration/docs/ip-addresses-and-domains-for-atlassian-cloud-products/"},
	},
	Since:    "0.1",
	Formerly: []string{"dns-sinkhole-or-override"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		t := &s.Target
		if t.Basis != target.ByHost || !astray(s) {
			return
		}
		if l := s.Lookup(); l != nil {
			if saw, c, ok := filtered(l); ok {
				p.Report(s, rule.Finding{
					Certainty: c,
					Message:   redact.Const("The look-up of the name gave an IP address that cannot be Atlassian's."),
					Evidence:  []rule.Evidence{s.Part(lookUp, saw, redact.Const("a public IP address"))},
				})
			}
			return
		}
		if s.Conn == nil {
			return
		}
		e := s.Part(redact.Const("IP address of the server"), redact.Host(s.Conn.ServerAddr), redact.Const("a public IP address"))
		switch kindOf(s.Conn.ServerAddr) {
		case ownMachine:
			if a, _ := netip.ParseAddr(s.Conn.ServerAddr); a.Unmap().IsUnspecified() {
				p.Proven(s, redact.Const("The name led to the IP address of no machine (0.0.0.0 or ::), as a filter gives it."), e)
				return
			}
			if s.Conn.ServerPort == t.Port {
				p.Likely(s, redact.Const("The name led to the client's own machine."), e)
				return
			}
			p.Possible(s, redact.Const("The client was connected to an IP address that cannot be Atlassian's, unless it is that of a proxy."), e)
		case innerAddress:
			p.Possible(s, redact.Const("The client was connected to an IP address that cannot be Atlassian's, unless it is that of a proxy."), e)
		}
	},
})

// astray reports whether the product did not answer: nobody did, or somebody
// else.
func astray(s *rule.Subject) bool {
	if s.Has(rule.Answered) {
		return s.HasOne(rule.Failing|rule.Troubled) && target.FromProduct(s.Target, s.Response) == target.No
	}
	return s.Has(rule.Failing)
}

// filtered looks for signs of a filter in a look-up.
func filtered(l *exchange.Lookup) (redact.Text, rule.Certainty, bool) {
	for _, a := range l.Addrs {
		switch kindOf(a) {
		case ownMachine:
			return redact.Host(a), rule.Proven, true
		case innerAddress:
			return redact.Host(a), rule.Likely, true
		}
	}
	for _, n := range l.Aliases {
		n = strings.ToLower(n)
		if strings.HasPrefix(n, "block.") || strings.Contains(n, "sinkhole") || strings.Contains(n, "opendns") {
			return redact.Sprintf("alias %s", redact.Host(n)), rule.Likely, true
		}
	}
	for _, e := range l.Extended {
		if e >= 15 && e <= 17 { // Blocked, Censored, Filtered
			return redact.Const("the remark that the name is filtered"), rule.Likely, true
		}
	}
	return redact.Text{}, 0, false
}

// A place is where an address is.
type place uint8

const (
	outside place = iota
	ownMachine
	innerAddress
)

// sharedSpace is the block of carriers and overlay networks (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func kindOf(addr string) place {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return outside
	}
	switch a = a.Unmap(); {
	case a.IsLoopback(), a.IsUnspecified():
		return ownMachine
	case a.IsPrivate(), a.IsLinkLocalUnicast(), sharedSpace.Contains(a):
		return innerAddress
	}
	return outside
}
