package insomnia

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is an export of Insomnia, in JSON or YAML.
var Form = form.Form{
	ID: "insomnia",
	By: form.Structure,
	Is: func(s *form.Sample) bool {
		return s.JSON.Text["_type"] == "export" || s.JSON.Has["__export_format"] || Is(s.Text)
	},
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return Read(c, in.Text(c))
	},
	Holds: exchange.Credentials,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Insomnia export",
		Shows:  "requests as configured, auth and headers of folders",
		Cannot: "what was sent and answered; cookies; tags such as `{% response %}`; variables that neither a folder nor the base environment settles, or that a sub-environment would change",
		Make:   "Insomnia: the dots beside a collection, Export (version 4 in JSON or YAML, version 5)",
		Known:  "`_type: export`, `type: collection.insomnia.rest/5.0`",
	},
}
