package report

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of the JSON form. A test makes it
// from the types of this package; the library for that takes its time at the
// start of a program, so it is not part of this one.
//
//go:embed report.schema.json
var Schema string
