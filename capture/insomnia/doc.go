// Package insomnia reads what Insomnia exports: version 4, JSON or YAML, and
// version 5, YAML. Both hold requests as they are configured, without answers.
//
// A template has a value only if the export settles it: by an environment of a
// folder around the request, or by the base environment where no sub-environment
// says otherwise, for which of those was chosen is not in the export. A part with
// any other template is left out, as not seen; it is never guessed.
package insomnia

const (
	// MaxText is the number of bytes of an export in YAML that are read.
	MaxText = 8 << 20
	// maxMarks bounds the characters that can start a node of YAML, before it is
	// parsed.
	maxMarks = 1 << 20
	// maxNodes bounds the nodes of YAML when aliases are followed.
	maxNodes = 1 << 19
	// maxLevels bounds how deep nodes of YAML are nested, and so aliases of
	// aliases.
	maxLevels = 100
	// maxFolders is how deep folders may be nested.
	maxFolders = 64
	// maxRounds is how often a variable may lead to another.
	maxRounds = 8
	// maxResolved is the number of bytes that a value may come to.
	maxResolved = 1 << 20
	// maxClient is the number of bytes of the name of a client that are kept.
	maxClient = 200
	// maxComment is the number of bytes of the name of a request that are kept.
	maxComment = 200
)
