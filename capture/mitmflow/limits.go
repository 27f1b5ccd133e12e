package mitmflow

const (
	// maxPart is the number of bytes of a part of a flow that is read whole, such
	// as all header fields of a message; a longer part makes the flow unreadable.
	maxPart = 1 << 20
	// maxDepth is how deep lists and dictionaries may be nested.
	maxDepth = 16
	// maxValues is the number of values in one part.
	maxValues = 100_000
	// maxDigits is the number of digits of a length.
	maxDigits = 12
	// maxFields is the number of header fields of a message.
	maxFields = 10_000
	// maxName is the number of bytes of a key of a dictionary.
	maxName = 200
	// maxConns is the number of connections that exchanges are put together by.
	maxConns = 10_000
)
