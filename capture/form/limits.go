package form

const (
	levels    = 4      // of a JSON document that are looked at to tell its kind
	maxString = 256    // bytes of a JSON string that are kept to tell the kind of a document
	maxTokens = 20_000 // JSON tokens that are looked at to tell the kind of a document
)
