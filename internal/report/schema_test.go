package report

import (
	"encoding/json"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// schema makes the JSON Schema (draft 2020-12) of the JSON form from the types of
// this package. Within version 1 properties are only ever added, so it allows
// more than it names.
func schema() (*jsonschema.Schema, error) {
	s, err := jsonschema.For[Report](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[redact.Text](): {Type: "string"},
		},
	})
	if err != nil {
		return nil, err
	}
	s.Schema, s.ID, s.Title = "https://json-schema.org/draft/2020-12/schema", "urn:why401:report:1", "why401 report, "+SchemaName
	loosen(s)
	return s, nil
}

// enums are the words that properties of these names are made of, wherever they
// occur.
var enums = map[string][]any{
	"severity":  {rule.Info.String(), rule.Warning.String(), rule.Error.String()},
	"certainty": {rule.Possible.String(), rule.Likely.String(), rule.Proven.String()},
	"who": {
		rule.Nobody.String(), rule.Caller.String(), rule.Admin.String(), rule.Network.String(), rule.Atlassian.String(),
	},
	"shell": {"", "sh", "powershell"},
}

// loosen lets objects have more properties than are named, makes lists never
// null, and enters the enumerations.
func loosen(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	s.AdditionalProperties = nil
	if len(s.Types) == 2 && s.Types[0] == "null" && s.Types[1] == "array" {
		s.Types, s.Type = nil, "array"
	}
	for name, p := range s.Properties {
		if words, ok := enums[name]; ok {
			p.Enum = words
		}
		loosen(p)
	}
	loosen(s.Items)
}

// schemaText is what report.schema.json must hold.
func schemaText() ([]byte, error) {
	s, err := schema()
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	return append(b, '\n'), err
}
