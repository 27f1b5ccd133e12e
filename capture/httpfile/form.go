package httpfile

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is a file of requests.
var Form = form.Form{
	ID: "http-file",
	By: form.Lines,
	Is: func(s *form.Sample) bool { return Is(string(s.Text)) },
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Plain(c))
	},
	Holds: exchange.Credentials | exchange.Cookies,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   ".http, .rest",
		Shows:  "requests as configured, with the variables of its own `@name =` lines",
		Cannot: "answers, environments, prompts",
		Make:   "the files of the HTTP client of JetBrains or the REST Client of VS Code as they are",
		Known:  "a method and an address as the first line, or `###` or `@name` lines before it",
	},
}
