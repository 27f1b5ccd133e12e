package rawhttp

const (
	// maxLine is the number of bytes that are looked at as one line.
	maxLine = 64 << 10
	// maxPeek is the number of bytes of the line after it that are looked at.
	maxPeek = 1 << 10
	// maxHead is the number of bytes of a head that are kept.
	maxHead = 512 << 10
	// maxBody is the number of bytes of a body that are kept until it is decoded.
	maxBody = 256 << 10
	// maxEnds is the number of empty lines after line feeds in values that are
	// taken for a part of a head.
	maxEnds = 8
	// maxRun is the number of messages that wait for what belongs to them.
	maxRun = 32
	// maxClient is the number of bytes of the name of a client.
	maxClient = 256
)
