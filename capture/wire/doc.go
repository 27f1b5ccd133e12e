// Package wire reads what goes over a wire byte for byte: the heads and bodies
// of HTTP/1 messages, the part of TLS handshakes that is not encrypted, and DNS
// messages. The intercepting proxy and the packet reader share it.
//
// Nothing here reads from a network, starts a goroutine or keeps time. Parsers
// take bytes, in pieces of any size where a message may come in pieces, and say
// what they are. Whatever a piece boundary does, the answer is the same.
//
// The HTTP/1 part finds the ends of messages where servers find them, and keeps
// what it finds as it is: case, order, blanks, stray line feeds. What no strict
// parser would accept becomes an [Oddity] with its place, not an error, because
// it is what this program looks for. Errors hold places, never input.
package wire

import "strconv"

// An Error says where the bytes stopped making sense.
type Error struct {
	At     int64  // offset in the bytes that the parser was given, from its start
	Reason string // in constant words
}

// Error says what happened and where.
func (e *Error) Error() string {
	return "byte " + strconv.FormatInt(e.At, 10) + ": " + e.Reason
}
