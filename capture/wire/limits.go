package wire

// The bounds of everything that grows with the input.
const (
	// MaxHead bounds the head of one HTTP/1 message, the empty lines before it
	// included. A longer one is an error.
	MaxHead = 1 << 20

	// maxFields bounds the header fields that are kept of one head; the bytes
	// of further ones are still in Head.Raw.
	maxFields = 10_000

	// maxOddities bounds the places that are kept of one kind of oddity; all
	// are counted.
	maxOddities = 8

	// longLine is the length of a line from which common servers refuse it: 8
	// KiB is the default of Tomcat, nginx, Apache and many load balancers.
	longLine = 8 << 10

	// maxLost bounds the header lines after a head that ended early.
	maxLost = 64 << 10

	// maxTrailer bounds the bytes of the trailer section that are kept.
	maxTrailer = 64 << 10

	// maxSizeLine bounds the line of a chunk size, its extensions included.
	maxSizeLine = 64 << 10

	// maxCodings bounds the codings of one message: each costs a decoder.
	maxCodings = 4

	// The bounds of what a Memo keeps.
	memoBodies = 256
	memoBody   = 4 << 10  // bytes of a body as it came
	memoOut    = 16 << 10 // and decoded

	// sniffLine is the length of a first line that Sniff waits for.
	sniffLine = 4 << 10

	// maxRecord is the longest fragment of a TLS record that some version
	// allows: RFC 5246, section 6.2.3.
	maxRecord = 1<<14 + 2048

	// maxMessage bounds a TLS handshake message that is kept; longer ones are
	// skipped and counted. OpenSSL takes chains of 100 KiB.
	maxMessage = 256 << 10

	// The bounds of the lists in TLS messages.
	maxCiphers    = 1024
	maxExtensions = 256
	maxProtocols  = 32
	maxChain      = 16
	maxNames      = 128 // of one certificate
	maxText       = 512 // bytes of one name in a certificate or hello
	maxAlerts     = 16  // of one connection

	// The bounds of a DNS message.
	maxRecords  = 256 // records that are looked at
	maxJumps    = 64  // compression pointers in one name
	maxAnswers  = 64  // addresses, and aliases, that are kept
	maxExtended = 8   // extended errors that are kept
)
