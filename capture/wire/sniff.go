package wire

import (
	"bytes"
	"strings"
)

// A Protocol is what one side of a connection speaks.
type Protocol uint8

// The protocols that [Sniff] tells apart.
const (
	Unsure       Protocol = iota // more bytes are needed
	Other                        // none of these
	HTTPRequest                  // HTTP/1, a request
	HTTPResponse                 // HTTP/1, a response
	HTTP2                        // the preface of an HTTP/2 client
	TLSRecords                   // TLS, or a ClientHello in the form of SSL 2
)

// preface starts an HTTP/2 connection (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// methods are known from their first bytes, before the line ends.
var methods = []string{
	"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "DELETE ", "PATCH ", "CONNECT ", "TRACE ",
	"PROPFIND ", "REPORT ", "SEARCH ", "MKCOL ", "COPY ", "MOVE ", "LOCK ", "UNLOCK ",
}

// Sniff tells what a side of a connection speaks from its first bytes.
func Sniff(b []byte) Protocol {
	if p := sniffTLS(b); p != Other {
		return p
	}
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	if len(b) == 0 {
		return Unsure
	}
	s := string(b[:min(len(b), len(preface))])
	switch {
	case s == preface:
		return HTTP2
	case len(s) >= 7 && s[:5] == "HTTP/" && isDigit(s[5]) && (s[6] == '.' || s[6] == ' '):
		return HTTPResponse
	}
	unsure := strings.HasPrefix(preface, s) || strings.HasPrefix("HTTP/", s) || len(s) == 6 && s[:5] == "HTTP/" && isDigit(s[5])
	for _, m := range methods {
		switch {
		case strings.HasPrefix(s, m):
			return HTTPRequest
		case strings.HasPrefix(m, s):
			unsure = true
		}
	}
	if unsure {
		return Unsure
	}
	// Any other token is a method if the line ends with a version.
	i := 0
	for i < len(b) && class[b[i]]&tokenByte != 0 {
		i++
	}
	switch {
	case i > 64 || i < len(b) && (i == 0 || b[i] != ' '):
		return Other
	case i == len(b):
		return Unsure
	}
	line, _, whole := bytes.Cut(b[:min(len(b), sniffLine)], lf)
	switch {
	case bytes.IndexByte(line, 0) >= 0, !whole && len(b) >= sniffLine:
		return Other
	case !whole:
		return Unsure
	}
	line = bytes.TrimRight(line, " \t\r")
	if j := bytes.LastIndexByte(line, ' '); isProto(string(line[j+1:])) {
		return HTTPRequest
	}
	return Other
}

// sniffTLS looks for the header of a record.
func sniffTLS(b []byte) Protocol {
	if len(b) == 0 {
		return Unsure
	}
	if b[0]&0x80 != 0 { // SSL 2: a length, the type of the hello, a version
		switch {
		case len(b) > 2 && b[2] != sslClientHello, len(b) > 3 && b[3] > 3, len(b) > 1 && (b[1] < 9 && b[0] == 0x80):
			return Other
		case len(b) < 5:
			return Unsure
		case b[3] == 3 || b[3] == 0 && b[4] == 2:
			return TLSRecords
		}
		return Other
	}
	switch {
	case b[0] < RecordCCS || b[0] > RecordHeartbeat, len(b) > 1 && b[1] != 3, len(b) > 2 && b[2] > 4,
		len(b) > 4 && int(b[3])<<8|int(b[4]) > maxRecord:
		return Other
	case len(b) < 5:
		return Unsure
	}
	return TLSRecords
}
