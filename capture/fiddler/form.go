package fiddler

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is a session archive of Fiddler.
var Form = form.Form{
	ID:     "fiddler",
	Member: form.Named(`(?i)(^|/)raw/0*[0-9]+_[csm]\.(txt|xml)$`),
	Archive: func(c *exchange.Capture, a *form.Archive) form.Exchanges {
		return Read(c, a.Members, Options{Open: a.Open, Decoder: a.Decoder})
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing | exchange.Wire,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Fiddler archive",
		Shows:  "requests and answers, times, the program that sent them, its TLS version",
		Cannot: "the request line as sent",
		Make:   "Fiddler: File > Save > All Sessions (.saz)",
		Known:  "a zip with `raw/N_c.txt`",
	},
}
