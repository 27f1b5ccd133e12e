package mitmflow

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is a flow file of mitmproxy.
var Form = form.Form{
	ID: "mitmproxy",
	By: form.Structure,
	Is: form.Matches(`^[0-9]{1,12}:[0-9]{1,3}:[a-z_]+[;,]`),
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Raw, Options{Decoder: in.Decoder})
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "mitmproxy flows",
		Shows:  "requests and answers with every header field, times, TLS of the server side, failures to reach it",
		Cannot: "blanks around header values; the client's own TLS faults",
		Make:   "`mitmdump -w out.flows`, or File > Save in mitmweb",
		Known:  "a tnetstring dictionary",
	},
}
