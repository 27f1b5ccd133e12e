package errtext

const (
	// maxText is the number of bytes of a text that are read.
	maxText = 8 << 20
	// maxLine is the number of bytes of a line that are looked at for an error.
	maxLine = 10 << 10
	// maxTries is the number of lines with a status that are looked at in vain.
	maxTries = 20_000
	// maxErrors is the number of errors of one text.
	maxErrors = 10_000
	// maxDetails is the number of lines below an error of Python that tell more of
	// it, and maxStack that of a stack before the members of an error of Node.
	maxDetails = 200
	maxStack   = 100
	// maxLiteral is the number of bytes of one literal of Python or JavaScript.
	maxLiteral = 1 << 20
	// maxDepth bounds objects within objects, maxNodes the values of one literal.
	maxDepth = 40
	maxNodes = 20_000
	// maxValue is the number of bytes of a string that are kept.
	maxValue = 128 << 10
	// maxFields is the number of header fields of one message.
	maxFields = 500
	// maxURL is the number of bytes of an address.
	maxURL = 8 << 10
)
