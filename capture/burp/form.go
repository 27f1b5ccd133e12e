package burp

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is items saved by Burp.
var Form = form.Form{
	ID: "burp",
	By: form.Structure,
	Is: form.Matches(`(?is)^<\?xml.*?<items\s[^>]*burpVersion|^<items\s[^>]*burpVersion|^<\?xml[^>]*>\s*<!DOCTYPE items`),
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Text(c), Options{Decoder: in.Decoder})
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.Wire | exchange.Bodies | exchange.Timing,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Burp items",
		Shows:  "requests and answers, address of the server",
		Cannot: "HTTP/2 as sent; times of day unless in UTC; failures",
		Make:   "Burp: select items, Save items, with base64",
		Known:  "XML with `<items burpVersion=`",
	},
}
