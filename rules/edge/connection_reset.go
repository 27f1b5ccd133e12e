package edge

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "connection-reset",
	Title: "The connection was cut",
	Doc: `The connection stood, and was cut before any byte of an answer came: by a firewall that objects to the name of the
host or to the request, or by the server, which may expect something else on this port (TLS, or no TLS). The credential
was not refused: nobody said anything.

It is likely from the error of the client (` + "`net::ERR_CONNECTION_RESET`" + `,
` + "`net::ERR_CONNECTION_CLOSED`" + `, ` + "`net::ERR_EMPTY_RESPONSE`" + `, ` + "`NS_ERROR_NET_RESET`" + `,
` + "`ECONNRESET`" + `), or, in packets, from an RST after the handshake and before the answer. If that RST is unlike
the other packets of the server (TTL, IP id), a proxy or firewall in between made it. Over HTTP/2 a server may end one
request and say why: ` + "`HTTP_1_1_REQUIRED`" + ` where a login works over HTTP/1.1 only (Kerberos, NTLM),
` + "`ENHANCE_YOUR_CALM`" + ` where a client asks too much.

Old connections that a router has forgotten are cut in the same way; clients try those again by themselves. A
connection that the client itself ends is not reported.`,
	Area: rule.EdgeAndNetwork, Severity: rule.Error,
	Layer:    rule.LayerTCP,
	Anywhere: true, // what never answered is known by its name only
	When:     rule.Failing | rule.Unanswered,
	Explains: []string{"cors-browser-call", "no-credentials-sent", "no-preemptive-auth"},
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Look whether a firewall or filter cuts connections to this host (by its name in TLS), and let it pass"),
	}, {
		Who: rule.Caller,
		Do:  redact.Const("Try from another network; and compare scheme and port of the URL with those used in the browser"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask from another network, for example over a mobile phone."),
		Command:    redact.Const(`curl -v -o /dev/null "URL"`),
		PowerShell: redact.Const(`curl.exe -v -o NUL "URL"`),
	},
	References: []rule.Reference{
		{Title: "RFC 9293, section 3.5.2", URL: "https://www.rfc-editor.org/rfc/rfc9293#section-3.5.2"},
	},
	Since:    "0.1",
	Formerly: []string{"tcp-reset-midway"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.Meant() {
			return
		}
		message := redact.Const("The connection was cut before any answer came.")
		if s.Broke("ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_CONNECTION_ABORTED", "ERR_EMPTY_RESPONSE",
			"NS_ERROR_NET_RESET", "NS_ERROR_NET_INTERRUPT", "NS_ERROR_NET_EMPTY_RESPONSE", "ECONNRESET", "ECONNABORTED", "EPIPE") {
			p.Likely(s, message, broken(s, redact.Const("connection cut")), s.Address(redact.Text{}))
			return
		}
		if e, ok := s.FailedWith(streamErrors...); ok {
			p.Likely(s, redact.Const("The server broke off the request over HTTP/2 before any answer came, and named an error."), e, s.Address(redact.Text{}))
			return
		}
		t := tcp(s)
		if t == nil || !t.Accepted {
			return
		}
		switch t.Cut {
		case exchange.CutByServer:
			p.Likely(s, message, s.Part(redact.Const("TCP connection"), redact.Const("RST before any answer"), redact.Const("an answer")))
		case exchange.CutBetween:
			p.Likely(s, redact.Const("A proxy or firewall in between cut the connection before any answer came."),
				s.Part(redact.Const("TCP connection"), redact.Const("RST unlike the other packets of the server"), redact.Const("an answer")))
		}
	},
})

// streamErrors are those with which a server ends a stream, or all of them, over
// HTTP/2 (RFC 9113, section 7).
var streamErrors = []redact.Text{
	redact.Const("ERR_HTTP2_PROTOCOL_ERROR"), redact.Const("ERR_HTTP2_INTERNAL_ERROR"), redact.Const("ERR_HTTP2_FLOW_CONTROL_ERROR"),
	redact.Const("ERR_HTTP2_FRAME_SIZE_ERROR"), redact.Const("ERR_HTTP2_REFUSED_STREAM"), redact.Const("ERR_HTTP2_SERVER_REFUSED_STREAM"),
	redact.Const("ERR_HTTP2_COMPRESSION_ERROR"), redact.Const("ERR_HTTP2_ENHANCE_YOUR_CALM"),
	redact.Const("ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY"), redact.Const("ERR_HTTP_1_1_REQUIRED"),
}
