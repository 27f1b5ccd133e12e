package wire

import (
	"math"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A BodyKind says how the end of a body is found.
type BodyKind uint8

// The kinds.
const (
	NoBody     BodyKind = iota // the message ends with its head
	Sized                      // Content-Length
	Chunked                    // Transfer-Encoding: chunked
	UntilClose                 // the body ends with the connection
	Tunnel                     // HTTP ends here: CONNECT or a switch of protocols
)

// A Fault is a set of what is wrong with the framing of a message.
type Fault uint16

// The faults of a head, and below of a chunked body.
const (
	LengthAndChunked Fault = 1 << iota // both Content-Length and Transfer-Encoding
	LengthRepeated                     // several lengths, all the same
	LengthsDiffer                      // several lengths
	LengthBad                          // not a number, or one that is too large
	LengthIgnored                      // a length above 0 where there is no body, other than for HEAD and 304
	CodingUnknown                      // a transfer coding that is not known
	CodingAfterChunk                   // chunked is not the last transfer coding, or is there twice
	CodingIn10                         // Transfer-Encoding in HTTP/1.0 or older
	NameSpaced                         // a blank before the colon of a field that frames the message
	ValueFolded                        // the value of such a field is folded, or holds a line end

	ChunkBareLF  // a line of the chunked coding ends with LF without CR
	ChunkBlank   // blanks around the size of a chunk
	TrailerCut   // the trailer section was longer than what is kept
	ChunkExtends // chunk extensions; nothing wrong with them
)

// Ambiguous reports whether two parties that obey different parts of the faults
// could disagree on where the message ends. A relay must then not use the
// connection for another message.
func (f Fault) Ambiguous() bool {
	return f&^(LengthRepeated|LengthIgnored|ChunkExtends|TrailerCut) != 0
}

// A Framing says where the body of a message ends (RFC 9112, section 6.3).
type Framing struct {
	Kind    BodyKind
	Length  int64    // of a Sized body
	Codings []string // transfer codings within chunked, or without it, in order of application
	Faults  Fault
	// Hopeless is set if the fields contradict themselves or cannot be read, so
	// that nobody knows where the body ends: servers refuse such a request, and
	// a relay must not send it on. Kind is then UntilClose.
	Hopeless bool
}

// RequestBody returns how the body of a request ends. The body of a CONNECT is
// the tunnel, which exists only if the answer says so.
func RequestBody(r *exchange.Request) Framing {
	f, found := fields(r.Proto, r.Header)
	switch {
	case r.Method == "CONNECT":
		return Framing{Kind: Tunnel, Faults: f.Faults | ignored(found, f)}
	case f.Kind == UntilClose:
		// RFC 9112, section 6.3, item 4: the length cannot be determined.
		f.Hopeless = true
	case !found:
		f.Kind = NoBody
	}
	return f
}

// ResponseBody returns how the body of a response to a request with the given
// method ends.
func ResponseBody(method string, r *exchange.Response) Framing {
	f, found := fields(r.Proto, r.Header)
	s := r.Status
	switch {
	case s == 101 || method == "CONNECT" && s/100 == 2:
		return Framing{Kind: Tunnel, Faults: f.Faults | ignored(found, f)}
	case method == "HEAD" || s == 304:
		return Framing{Kind: NoBody, Faults: f.Faults}
	case s/100 == 1 || s == 204:
		return Framing{Kind: NoBody, Faults: f.Faults | ignored(found, f)}
	case !found:
		f.Kind = UntilClose
	}
	return f
}

func ignored(found bool, f Framing) Fault {
	if found && (f.Kind != Sized || f.Length > 0) {
		return LengthIgnored
	}
	return 0
}

// fields reads the fields that frame a message, and whether there are any.
func fields(proto string, h exchange.Header) (f Framing, found bool) {
	const unset = -1
	length := int64(unset)
	coded, chunked, last := false, 0, false
	for i := range h {
		name := h[i].Name
		if len(name) < len("content-length") || name[0]|0x20 != 'c' && name[0]|0x20 != 't' {
			continue
		}
		trimmed := strings.TrimRight(name, " \t")
		isLength := strings.EqualFold(trimmed, "Content-Length")
		if !isLength && !strings.EqualFold(trimmed, "Transfer-Encoding") {
			continue
		}
		found = true
		if isLength && length == unset && len(trimmed) == len(name) { // the usual case
			if n, ok := parseLength(h[i].Value); ok {
				length = n
				continue
			}
		}
		if len(trimmed) < len(name) {
			f.Faults |= NameSpaced
		}
		if strings.ContainsAny(h[i].Value, "\r\n") {
			f.Faults |= ValueFolded
		}
		for part := range strings.SplitSeq(h[i].Value, ",") {
			part = strings.Trim(part, " \t\r\n")
			if isLength {
				n, ok := parseLength(part)
				switch {
				case !ok:
					f.Faults |= LengthBad
				case length == unset:
					length = n
				case length == n:
					f.Faults |= LengthRepeated
				default:
					f.Faults |= LengthsDiffer
				}
				continue
			}
			coded = true
			switch coding := strings.ToLower(part); coding {
			case "":
			case "chunked":
				chunked++
				last = true
			case "gzip", "x-gzip", "deflate", "compress", "x-compress":
				last = false
				if len(f.Codings) < maxCodings {
					f.Codings = append(f.Codings, coding)
				}
			default:
				last = false
				if coding != "identity" { // RFC 2616, section 3.6; some still send it
					f.Faults |= CodingUnknown
				}
			}
		}
	}
	if coded && length != unset {
		f.Faults |= LengthAndChunked
	}
	if coded && !modern(proto) {
		f.Faults |= CodingIn10
	}
	if chunked > 0 && (!last || chunked > 1) {
		f.Faults |= CodingAfterChunk
	}
	switch {
	case last:
		f.Kind = Chunked
	case coded && (f.Faults&CodingUnknown != 0 || chunked > 0 || len(f.Codings) > 0):
		f.Kind = UntilClose
	case f.Faults&(LengthsDiffer|LengthBad) != 0:
		f.Kind, f.Hopeless = UntilClose, true
	case length != unset:
		f.Kind, f.Length = Sized, length
	default:
		return f, false // nothing but "identity" or empty values
	}
	return f, found
}

// modern reports whether proto is HTTP/1.1 or later.
func modern(proto string) bool {
	return goodProto(proto) && (proto[5] > '1' || proto[5] == '1' && proto[7] > '0')
}

// parseLength reads 1*DIGIT (RFC 9110, section 8.6).
func parseLength(s string) (int64, bool) {
	var n int64
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		d := int64(s[i] - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, s != ""
}

// Persists reports whether the connection stays open after a message with this
// version and header, as far as they say (RFC 9112, section 9.3).
func Persists(proto string, h exchange.Header) bool {
	keep := modern(proto)
	for i := range h {
		if name := h[i].Name; len(name) == len("connection") && strings.EqualFold(name, "connection") ||
			len(name) == len("proxy-connection") && strings.EqualFold(name, "proxy-connection") {
			for part := range strings.SplitSeq(h[i].Value, ",") {
				switch strings.ToLower(strings.Trim(part, " \t\r\n")) {
				case "close":
					return false
				case "keep-alive":
					keep = true
				}
			}
		}
	}
	return keep
}
