package exchange

import (
	"fmt"
	"strconv"
)

// A Capture is one input: a HAR file, a member of an archive, a packet trace.
// All exchanges read from it share the value. Only the goroutine that pulls
// exchanges from the source may read it while the capture is being read: its
// later fields grow with what has been yielded.
type Capture struct {
	// Name is what the user called the input; a member of an archive is
	// "archive.zip!member.har".
	Name string
	// Format is the kind of input, for example "har".
	Format string
	// Producer names the program that wrote the capture, with its version.
	// It is untrusted text.
	Producer string

	// Cleans is set for a producer that by default removes credentials from
	// what it writes (the HAR export of Chromium browsers).
	Cleans bool

	// Complete is set as soon as the capture is known not to have been
	// cleaned, because a credential or cookie was seen in it.
	Complete bool

	// Cleaned is set as soon as an exchange proves that it was cleaned.
	Cleaned bool

	// Exchanges counts what was yielded so far, unreadable ones left out.
	Exchanges int

	// Notes are remarks on the capture as a whole, such as a byte order mark
	// or a truncated end.
	Notes []Note

	// Handshakes are the kinds of TLS handshakes in it, at most
	// [HandshakesKept], in the order in which they were first seen; only packets
	// show them.
	Handshakes []HandshakeKind
}

// A HandshakeKind is what handshakes of one client program have in common.
type HandshakeKind struct {
	JA4      string // [ClientHello.JA4]
	Offered  string // application protocols offered, joined by commas
	Protocol string // application protocol chosen; "" none, or hidden by TLS 1.3
	Version  string // chosen, as "TLS 1.2"; "": the handshake did not get so far
	N        int    // connections
}

// HandshakesKept is the number of kinds of handshakes that are kept.
const HandshakesKept = 32

// Shook counts a handshake.
func (c *Capture) Shook(k HandshakeKind) {
	k.N = 0
	for i := range c.Handshakes {
		o := &c.Handshakes[i]
		if k.N = o.N; k == *o {
			o.N++
			return
		}
	}
	if k.N = 1; len(c.Handshakes) < HandshakesKept {
		c.Handshakes = append(c.Handshakes, k)
	}
}

// A Note is a remark of a source on a capture. Kind is a stable word; N counts
// how often it applied.
type Note struct {
	Kind NoteKind
	N    int
}

// NoteKind is a stable name for a remark on a capture.
type NoteKind string

// The remarks that sources make.
const (
	NoteBOM           NoteKind = "byte-order-mark"      // a byte order mark was skipped
	NoteUTF16         NoteKind = "utf-16"               // the text was UTF-16
	NoteCompressed    NoteKind = "compressed"           // gzip, zlib or zip
	NoteTruncated     NoteKind = "truncated"            // the input ends early
	NoteTrailing      NoteKind = "trailing-data"        // something follows the document
	NoteInvalidUTF8   NoteKind = "invalid-utf-8"        // strings with invalid UTF-8
	NoteDuplicateKey  NoteKind = "duplicate-key"        // the last one of equal keys was used
	NoteJoinedHeaders NoteKind = "joined-headers"       // the producer joins repeated fields
	NoteAsConfigured  NoteKind = "as-configured"        // requests are rebuilt, not recorded
	NoteUnresolved    NoteKind = "unresolved-variables" // values that only the shell or the tool knows
	NoteUnreadable    NoteKind = "unreadable"           // exchanges that could not be read
	NoteTLSErrors     NoteKind = "failed-tls-sessions"  // handshakes that never became an exchange
	NoteSessionsOnly  NoteKind = "sessions-only"        // lines of a security log about sessions, where none is about a login
	NoteBodyCut       NoteKind = "bodies-cut"           // bodies longer than MaxBody
	NoteLongValue     NoteKind = "values-cut"           // other strings that were cut at their limit
	NotePacketsCut    NoteKind = "packets-cut"          // packets of which not all bytes were captured
	NoteOneSided      NoteKind = "one-sided"            // connections of which one direction was captured
	NoteEncrypted     NoteKind = "encrypted"            // TLS connections without a key
	NoteRewritten     NoteKind = "answers-rewritten"    // answers that a reverse proxy changed for the client; the capture has the server's
	NoteResumed       NoteKind = "resumed-sessions"     // those of them that resume a session which is not in the capture
)

// Add counts one more remark of kind k.
func (c *Capture) Add(k NoteKind) { c.AddN(k, 1) }

// AddN counts n more remarks of kind k.
func (c *Capture) AddN(k NoteKind, n int) {
	if n <= 0 {
		return
	}
	for i := range c.Notes {
		if c.Notes[i].Kind == k {
			c.Notes[i].N += n
			return
		}
	}
	c.Notes = append(c.Notes, Note{k, n})
}

// A Locator is a place in an input that a person can find again.
type Locator struct {
	Capture string // [Capture.Name]
	Index   int    // number of the exchange in its capture, from 0, in file order
	Offset  int64  // byte at which it starts in the decoded text; -1: unknown
	Frame   int    // frame number in a packet capture, from 1; 0: not one
}

// String returns the place as "login.har#3" or "trace.pcap frame 112".
func (l Locator) String() string {
	if l.Frame > 0 {
		return l.Capture + " frame " + strconv.Itoa(l.Frame)
	}
	return l.Capture + "#" + strconv.Itoa(l.Index)
}

// An Unreadable is the error for an exchange, or a whole input, that could not
// be read. It holds places, never input.
type Unreadable struct {
	At      Locator // Index -1: not one exchange but the input as a whole
	Line    int     // from 1; 0: unknown
	Column  int     // in bytes, from 1; 0: unknown
	Pointer string  // JSON pointer (RFC 6901); keys in it are known ones or "?"
	Reason  string  // what is wrong, in constant words
	Hint    string  // what to do about it, in constant words; may be empty
	Fatal   bool    // nothing more can be read from this input
}

// Error says what happened and where.
func (e *Unreadable) Error() string {
	s := e.At.Capture
	if e.At.Index >= 0 {
		s += fmt.Sprintf(": entry %d", e.At.Index)
	}
	if e.Line > 0 {
		s += fmt.Sprintf(": line %d, column %d (byte %d)", e.Line, e.Column, e.At.Offset)
	} else if e.At.Offset > 0 {
		s += fmt.Sprintf(": byte %d", e.At.Offset)
	}
	if e.Pointer != "" {
		s += ": " + e.Pointer
	}
	return s + ": " + e.Reason
}
