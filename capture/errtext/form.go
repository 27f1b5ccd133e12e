package errtext

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is error texts of clients.
var Form = form.Form{
	ID: "error-text",
	By: form.Lines,
	Is: is,
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Text(c))
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.Bodies,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "error texts of clients",
		Shows:  "address and status; header fields of request and answer, and what the server said, if the error has them (axios, the jira package of Python)",
		Cannot: "the method, mostly; credentials and all else that the error does not print (said to be not checked)",
		Make:   "copy what the program printed: `requests.exceptions.HTTPError`, `JIRAError`, `AxiosError` as Node prints it, `Server returned HTTP response code: 401 for URL`",
		Known:  "these errors, or a line with a status of 401, 403 or 407 and an address next to each other as errors have them; text around them is passed over",
	},
}

// is finds an error in the start of a text.
func is(s *form.Sample) bool {
	if !hint().Match(s.Text) || !s.IsText() {
		return false
	}
	found := false
	scan(string(s.Text), func(e *fault) bool {
		found = true
		return false
	})
	return found
}
