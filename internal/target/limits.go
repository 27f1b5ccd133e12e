package target

// The bounds of this package.
const (
	// maxHosts is the number of hosts that a [Memory] keeps.
	maxHosts = 4096
	// maxPlaces is the number of ports and context paths of one host in it.
	maxPlaces = 8
	// maxHostName is the longest name that DNS has (RFC 1035, section 3.1).
	maxHostName = 255
	// maxContext is the number of segments that a context path may have. Two
	// are common behind a shared front; three take in one that was doubled.
	maxContext = 3
	// maxBodyMarks is the number of places in a body that are looked at; the
	// body itself is at most exchange.MaxBody.
	maxBodyMarks = 32
	// wholeHeader is the number of fields that any real server sends.
	wholeHeader = 4
)
