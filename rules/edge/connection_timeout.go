package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connection-timeout",
	Title: "No answer to the connection attempt",
	Doc: `The client asked for a connection again and again, and nothing came back, not even a refusal: something on the way
drops the packets, or there is no machine at the IP address. No request was sent, so no credential was looked at.

That nothing came back is proven by the error of Chromium (` + "`net::ERR_CONNECTION_TIMED_OUT`" + `) or, in packets, by three SYNs
or more without an answer. The errors of Firefox and Node (` + "`NS_ERROR_NET_TIMEOUT`" + `, ` + "`ETIMEDOUT`" + `) also stand for an
answer that did not come in time, and make it likely, as does an error that says there is no route to the host
(` + "`EHOSTUNREACH`" + ` and the like). Why, one capture cannot tell: this finding names the possibilities and how to tell them
apart.

A capture that shows only one direction proves nothing of the kind. A server that was reached and takes too long to answer is another
matter.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Layer:        rule.LayerTCP,
	Anywhere:     true, // what never answered is known by its name only
	When:         rule.Failing | rule.Unanswered,
	Explains:     []string{"cors-browser-call", "no-credentials-sent", "no-preemptive-auth"},
	Alternatives: []string{"firewall-drop", "proxy-not-used", "wrong-port", "host-down", "ipv6-blackhole"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Check the port of the URL, and whether this network needs a proxy that the client does not know of"),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Look whether a firewall drops packets from this machine to the host and port"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("From the same machine, ask with and without the proxy of the network, and try the port; put the port of the URL in place of 443."),
		Command:    redact.Const("curl -v -o /dev/null \"URL\" ; curl -v -x http://PROXY:8080 -o /dev/null \"URL\" ; curl -4 -v -o /dev/null \"URL\" ; nc -vz HOST 443"),
		PowerShell: redact.Const("curl.exe -v -o NUL \"URL\" ; curl.exe -v -x http://PROXY:8080 -o NUL \"URL\" ; curl.exe -4 -v -o NUL \"URL\" ; Test-NetConnection HOST -Port 443"),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("it works with the proxy only"), Means: "proxy-not-used"},
			{Seen: redact.Const("it works with -4 only"), Means: "ipv6-blackhole"},
			{Seen: redact.Const("another port of the host answers"), Means: "wrong-port"},
			{Seen: redact.Const("nothing works here, and all is well from another network"), Means: "firewall-drop"},
			{Seen: redact.Const("nothing works from anywhere"), Means: "host-down"},
		},
	},
	References: []rule.Reference{
		{Title: "RFC 9293, section 3.8.3", URL: "https://www.rfc-editor.org/rfc/rfc9293#section-3.8.3"},
	},
	Since:    "0.1",
	Formerly: []string{"tcp-timeout"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		message := redact.Const("Nothing came back to the attempt to connect. No request was sent.")
		switch {
		case noRoute(s):
			p.Likely(s, redact.Const("There is no way to the host from this machine. No request was sent."), broken(s, redact.Const("no route to the host")), s.Address(redact.Text{}))
		case silent(s):
			p.Proven(s, message, s.Part(redact.Const("SYNs without an answer"), redact.Int(tcp(s).Attempts), redact.Const("SYN and ACK")), s.Address(redact.Text{}))
		case s.Broke("ERR_CONNECTION_TIMED_OUT"):
			p.Proven(s, message, broken(s, redact.Const("connection timed out")), s.Address(redact.Text{}))
		case timedOut(s):
			p.Likely(s, message, broken(s, redact.Const("timed out")), s.Address(redact.Text{}))
		}
	},
})

// attempts is how many SYNs in a row without an answer are no accident: the
// first is repeated after one second, then after two more (RFC 6298).
const attempts = 3

func silent(s *rule.Subject) bool {
	t := tcp(s)
	return t != nil && !t.Accepted && t.Cut == exchange.NotCut && t.Attempts >= attempts
}

func timedOut(s *rule.Subject) bool {
	return silent(s) || s.Broke("ERR_CONNECTION_TIMED_OUT", "NS_ERROR_NET_TIMEOUT", "ETIMEDOUT")
}

func noRoute(s *rule.Subject) bool {
	return s.Broke("ERR_ADDRESS_UNREACHABLE", "EHOSTUNREACH", "ENETUNREACH", "NS_ERROR_HOST_UNREACHABLE")
}
