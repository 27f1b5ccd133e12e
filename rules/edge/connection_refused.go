package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connection-refused",
	Title: "Nothing answers on that port",
	Doc: `The machine is there, and says that nothing listens on the port: the product is stopped, the port is wrong, or a
firewall rejects the connection. No request was sent, so no credential was looked at.

The error of the client proves it (` + "`net::ERR_CONNECTION_REFUSED`" + `, ` + "`NS_ERROR_CONNECTION_REFUSED`" + `, ` + "`ECONNREFUSED`" + `), or, in
packets, a SYN that the server answers with RST.

Hosts that are not known to be of Atlassian's products are not reported. Firefox's export gives no reason for a failed
connection; nothing is concluded from it.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Layer:    rule.LayerTCP,
	Anywhere: true, // what never answered is known by its name only
	When:     rule.Failing | rule.Unanswered,
	Explains: []string{
		"cors-browser-call", "no-credentials-sent", "no-preemptive-auth",
	},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Compare the port in the URL with the one that works in the browser"),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Look whether the product runs and listens on this port, and whether a firewall on the way rejects it"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Try the same URL from the same machine, from another network, and on the server itself."),
		Command:    redact.Const(`curl -v -o /dev/null "URL"`),
		PowerShell: redact.Const(`curl.exe -v -o NUL "URL"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("refused everywhere: the product does not listen on this port")},
			{Seen: redact.Const("refused from here only: a firewall on the way rejects it")},
		},
	},
	References: []rule.Reference{
		{Title: "RFC 9293, section 3.5.2", URL: "https://www.rfc-editor.org/rfc/rfc9293#section-3.5.2"},
	},
	Since:    "0.1",
	Formerly: []string{"tcp-refused"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		message := redact.Const("Nothing listens on this port of the host, or a firewall rejects the connection. No request was sent.")
		if s.Broke("ERR_CONNECTION_REFUSED", "NS_ERROR_CONNECTION_REFUSED", "ECONNREFUSED") {
			p.Proven(s, message, broken(s, redact.Const("connection refused")), s.Address(redact.Text{}))
			return
		}
		if t := tcp(s); t != nil && !t.Accepted && t.Attempts > 0 && (t.Cut == exchange.CutByServer || t.Cut == exchange.CutBetween) {
			p.Proven(s, message, s.Part(redact.Const("TCP connection"), redact.Const("SYN answered by RST"), redact.Const("SYN and ACK")), s.Address(redact.Text{}))
		}
	},
})
