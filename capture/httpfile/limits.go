package httpfile

const (
	// MaxText is the number of bytes of a file that are read.
	MaxText = 4 << 20
	// maxRequests is the number of requests of one file.
	maxRequests = 10000
	// maxFields is the number of header fields of one request.
	maxFields = 1000
	// maxVariables is the number of variables of one file.
	maxVariables = 1000
	// maxValue is the number of bytes of an address or of one header field that are
	// kept, and what a value may grow to by variables.
	maxValue = 64 << 10
	// maxDepth bounds variables within variables.
	maxDepth = 8
)
