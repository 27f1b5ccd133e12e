package har

import "github.com/why401/why401/internal/exchange"

// The bounds of everything that grows with the input. What is beyond a bound
// is read, validated and dropped; [exchange.NoteLongValue] and
// [exchange.NoteBodyCut] count how often.
const (
	// maxDepth bounds nested arrays and objects. Chrome nests the call stacks
	// of _initiator.stack.parent some hundred levels deep at most.
	maxDepth = 1000

	// maxValue bounds one header value, URL, cookie or comment.
	maxValue = 64 << 10

	// maxMessage bounds the header fields of one message together, counted as
	// on the wire: name, colon, blank, value, line end.
	maxMessage = 1 << 20

	// maxText bounds all strings of one exchange but its bodies together.
	maxText = 3 << 20

	// maxFields bounds the number of header fields, cookies or form parameters
	// of one message; ones with an empty name and value would not be stopped
	// by maxMessage soon enough.
	maxFields = 10_000

	// maxEncoded is the base64 text that decodes to a full exchange.MaxBody.
	maxEncoded = (exchange.MaxBody/3 + 1) * 4

	// maxKey bounds the object keys that are compared with known ones.
	maxKey = 64

	// maxTLSErrors bounds the failed handshakes that are kept until the end of the
	// entries; [exchange.NoteTLSErrors] counts all.
	maxTLSErrors = 1000

	// maxName bounds methods, protocol versions, addresses and other names.
	maxName = 256

	// maxFailure bounds reason phrases, media types and error texts.
	maxFailure = 1024

	// maxClient bounds a User-Agent that becomes Exchange.Client.
	maxClient = 512

	// maxConns bounds the connections remembered so that exchanges share them.
	maxConns = 1024

	// maxAlerts, maxChain, maxCiphers and maxNames bound the lists of a handshake.
	maxAlerts  = 16
	maxChain   = 16
	maxCiphers = 512
	maxNames   = 256

	// maxSpare is the number of fields for which a Writer keeps room.
	maxSpare = 1024

	// windowSize is the piece of input that a scanner holds. It should fit the
	// L2 cache: the bytes are copied into it by the kernel and read once.
	windowSize = 256 << 10

	// lookBack is what a window keeps of the bytes before the current one, so
	// that the search for the next entry can start before an error.
	lookBack = 256

	// pad is the zero bytes behind a window: no JSON text goes on with one, so
	// the loops that read eight bytes at a time stop there.
	pad = 40

	// chunkSize is the piece of a file that a worker parses in one go.
	chunkSize = 1 << 20

	// maxChunkItems and maxChunkBytes bound what one chunk may turn into:
	// `{},` is three bytes of input and half a kilobyte of Exchange.
	maxChunkItems = 4096
	maxChunkBytes = 4 << 20
)
