package charles

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is a JSON session of Charles.
var Form = form.Form{
	ID: "charles-json",
	By: form.Structure,
	Is: form.Members('[', "[]/status", "[]/method", "[]/protocolVersion"),
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Text(c))
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Charles JSON session",
		Shows:  "requests and answers, times, TLS version",
		Cannot: "bytes of the message heads",
		Make:   "Charles: File > Export Session > JSON Session File (.chlsj); the binary .chls is not read",
		Known:  "a JSON list of transactions",
	},
}
