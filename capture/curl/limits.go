package curl

const (
	// maxLine is the number of bytes of a line that are looked at.
	maxLine = 256 << 10
	// maxHead is the number of bytes of a head that are kept.
	maxHead = 512 << 10
	// maxConns is the number of hosts of which the connection is remembered.
	maxConns = 64
	// maxText bounds a name taken from the transcript.
	maxText = 256
)
