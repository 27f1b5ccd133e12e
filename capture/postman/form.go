package postman

import (
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Report is the JSON report of newman.
var Report = form.Form{
	ID: "newman",
	By: form.Structure,
	Is: isReport,
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return ReadReport(c, in.Text(c))
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.DNSFacts | exchange.Bodies,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "newman report",
		Shows:  "requests as sent, answers, errors of the client, how long each took",
		Cannot: "times of day; all but the last answer of redirects; bytes of the message heads",
		Make:   "`newman run COLLECTION -r json --reporter-json-export run.json`",
		Known:  "JSON with `run.executions`",
	},
}

// Collection is a collection of Postman.
var Collection = form.Form{
	ID: "postman-collection",
	By: form.Structure,
	Is: isCollection,
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return ReadCollection(c, in.Text(c), Options{Variables: in.Variables})
	},
	Holds: exchange.Credentials | exchange.Bodies,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Postman collection",
		Shows:  "requests as configured, inherited auth, saved examples",
		Cannot: "what was sent and answered; cookies; variables that neither the collection nor an environment (`--env FILE`) gives a value",
		Make:   "Postman: the dots beside a collection, Export (v2.1)",
		Known:  "`info.schema` of Postman, `_postman_id`",
	},
}

// isReport tests for {"collection": …, "run": …}; a long collection hides the rest.
func isReport(s *form.Sample) bool {
	j := &s.JSON
	return j.Has["run/executions"] || j.Has["collection"] && (j.Has["run"] ||
		j.Key == "collection" && j.Has["collection/item"] && j.End == form.JSONCut)
}

// isCollection tests for version 2, the same in the envelope of Postman's API, or
// version 1.
func isCollection(s *form.Sample) bool {
	j := &s.JSON
	return j.Has["info/_postman_id"] || j.Has["collection/info"] ||
		strings.Contains(j.Text["info/schema"], "getpostman.com/") ||
		strings.Contains(j.Text["info/schema"], "postman.com/") ||
		j.All("requests", "order") || j.All("info", "item")
}
