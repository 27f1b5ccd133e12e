// Package postman reads what Postman and newman have to give: the JSON report of
// a newman run, which holds what was really sent, and collections, which hold
// what is configured. Postman itself exports no HAR.
//
// In a collection a variable has a value only if the collection or an environment
// that the user names says so. A part with any other variable is left out, as
// not seen; it is never guessed.
package postman

import "github.com/why401/why401/internal/exchange"

const (
	// maxDepth is how deep folders of a collection may be nested.
	maxDepth = 64
	// maxClient is the number of bytes of the name of a client that are kept.
	maxClient = 200
	// maxRounds is how often a variable may lead to another.
	maxRounds = 8
	// maxResolved is the number of bytes that a value may come to.
	maxResolved = 1 << 20
)

// NoteUnresolved counts variables that nothing gives a value.
const NoteUnresolved exchange.NoteKind = "unresolved-variables"
