package rawhttp

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is HTTP messages as text.
var Form = form.Form{
	ID: "http-message",
	By: form.Lines,
	Is: is,
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Text(c), Options{Decoder: in.Decoder})
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.Wire | exchange.Bodies,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "HTTP messages",
		Shows:  "requests with credentials and cookies, answers, or either alone; the bytes of heads if the text kept CR LF",
		Cannot: "whether it was https (taken for it unless the port says otherwise); what an answer alone was the answer to; times, connection",
		Make:   "Burp: select the text, Copy; Fiddler: Raw tab; Wireshark: Follow HTTP Stream; `nc`; the raw header fields of the developer tools with `:authority`",
		Known:  "a line such as `GET /path HTTP/1.1` or `HTTP/1.1 401` with header fields below it, or lines `:method`, `:path`; text around them is passed over",
	},
}

var (
	alone  = form.Pattern(`^(?:[A-Z]{3,20} \S+ HTTP/[0-9.]{1,3}|HTTP/[0-9.]{1,3} [0-9]{3}(?: [^\r\n]*)?)[ \t]*(?:\r?\n|$)`)
	within = form.Pattern(`(?m)^[ \t]*(?:[A-Z]{3,20} \S+ HTTP/[0-9.]{1,3}|HTTP/[0-9.]{1,3} [0-9]{3}(?: [^\r\n]*)?)[ \t]*\r?\n[ \t]*[A-Za-z][\w-]*:`)
	pseudo = form.Pattern(`(?m)^[ \t]*:(?:method|path):?(?:[ \t]+\S*)?[ \t]*\r?$`)
)

// is finds messages in a text.
func is(s *form.Sample) bool {
	if alone().Match(s.Text) {
		return true
	}
	return s.IsText() && (within().Match(s.Text) || len(pseudo().FindAllIndex(s.Text, 2)) == 2)
}
