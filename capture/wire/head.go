package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A Scanner finds the end of the head of an HTTP/1 message in bytes that come
// in pieces. It ends a head where lenient servers do: at the first empty line
// after the start line, whether lines end with CRLF, LF or CR CR LF, or with
// each in turn. Empty lines before the start line are part of the head.
//
// The zero value is ready for a head. A Scanner keeps no bytes.
type Scanner struct {
	n       int64
	started bool // there was something else than line ends
	filled  bool // the current line holds something else than CR
}

// Next looks at the next bytes and returns how many of them belong to the head,
// and whether it ends with them. The error is an [*Error] if the head is longer
// than [MaxHead]; then n counts the bytes up to there.
func (s *Scanner) Next(p []byte) (n int, done bool, err error) {
	room := MaxHead - s.n
	in := p
	if int64(len(in)) > room {
		in = in[:room]
	}
	for n < len(in) {
		i := bytes.IndexByte(in[n:], '\n')
		line := in[n:]
		if i >= 0 {
			line = in[n : n+i]
		}
		if !s.filled && !onlyCR(line) {
			s.filled, s.started = true, true
		}
		if i < 0 {
			n = len(in)
			break
		}
		n += i + 1
		if s.started && !s.filled {
			*s = Scanner{}
			return n, true, nil
		}
		s.filled = false
	}
	s.n += int64(n)
	if len(in) < len(p) {
		return n, false, &Error{s.n, "the head of the message is longer than 1 MiB"}
	}
	return n, false, nil
}

// Idle reports whether only line ends, or nothing at all, have come so far.
func (s *Scanner) Idle() bool { return !s.started }

func onlyCR(b []byte) bool {
	for _, c := range b {
		if c != '\r' {
			return false
		}
	}
	return true
}

// A LineReader is what [ReadHead] reads from; [*bufio.Reader] is one.
type LineReader interface {
	// ReadSlice reads up to and including the first delim. Its result is valid
	// until the next read; it may be a part of a line with an error
	// [bufio.ErrBufferFull].
	ReadSlice(delim byte) (line []byte, err error)
}

// ReadHead appends the head of the next message to buf and returns it. It reads
// nothing that follows the head. If the input ends within the head, the error is
// [io.ErrUnexpectedEOF], and [io.EOF] if there was nothing but line ends; what
// came is returned with every error.
func ReadHead(r LineReader, buf []byte) ([]byte, error) {
	var s Scanner
	for {
		line, err := r.ReadSlice('\n')
		buf = append(buf, line...)
		_, done, tooLong := s.Next(line)
		switch {
		case done:
			return buf, nil
		case tooLong != nil:
			return buf, tooLong
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && !s.Idle():
			return buf, io.ErrUnexpectedEOF
		default:
			return buf, err
		}
	}
}

// A Head is the head of an HTTP/1 message, split but not changed.
type Head struct {
	// Raw is all of it: empty lines before the start line, the start line, the
	// fields and the empty line at the end.
	Raw []byte
	// Lead is the number of bytes of the empty lines before the start line.
	Lead int

	// The parts of a request line. Target is as sent: a path, an absolute URL,
	// "host:port" or "*". Blanks in the middle of it stay.
	Method, Target string
	// Proto is the version as sent; "" if there is none.
	Proto string
	// The parts of a status line.
	Status int // 0: not three digits
	Reason string

	// Header is the fields in order. A name is everything before the colon; a
	// value is everything after it up to the line end, but for one blank or tab
	// that follows the colon. Line ends inside a folded value stay.
	Header exchange.Header

	// Complete is set if the empty line that ends the head is there.
	Complete bool
	// Early is set if a stray line feed ended the head; see [StrayLF].
	Early bool

	odd   oddities
	text  string          // Raw as a string: all other strings are parts of it
	known exchange.Header // fields of a head before this one that had nothing odd
}

// Oddities returns what is odd about the head, in order of position, the first
// few of each kind.
func (h *Head) Oddities() []Oddity { return h.odd.list }

// Count returns how often an oddity of kind k was met.
func (h *Head) Count(k OddityKind) int {
	if k >= oddityKinds {
		return 0
	}
	return int(h.odd.count[k])
}

// Request returns the head as a request. URL is the target as sent.
func (h *Head) Request() exchange.Request {
	return exchange.Request{
		Method: h.Method, URL: h.Target, Proto: h.Proto, Header: h.Header,
		Body: exchange.Body{Size: -1}, Raw: h.Raw[min(h.Lead, len(h.Raw)):],
	}
}

// Response returns the head as a response.
func (h *Head) Response() *exchange.Response {
	return &exchange.Response{
		Status: h.Status, Reason: h.Reason, Proto: h.Proto, Header: h.Header,
		Body: exchange.Body{Size: -1}, Raw: h.Raw[min(h.Lead, len(h.Raw)):],
	}
}

// URL returns the URL that the request is for: the target if it is absolute,
// else scheme and the Host field with the target added. authority stands in if
// there is no Host field. Nothing is normalised or escaped. The target of a
// CONNECT is returned as it is.
func (h *Head) URL(scheme, authority string) string {
	if h.Method == "CONNECT" || absolute(h.Target) {
		return h.Target
	}
	if host := strings.Trim(h.Header.Value("Host"), " \t\r\n"); host != "" {
		authority = host
	}
	target := h.Target
	if target == "*" {
		target = ""
	} else if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return scheme + "://" + authority + target
}

// absolute reports whether a target starts with a scheme.
func absolute(target string) bool {
	if strings.HasPrefix(target, "/") { // nearly always
		return false
	}
	i := strings.Index(target, "://")
	return i > 0 && strings.IndexFunc(target[:i], func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '+' && r != '-' && r != '.'
	}) < 0
}

// Lost reads header lines that follow a head which a stray line feed ended, from
// the bytes after it: the client meant them as fields of this head, the server
// takes them for a body or another message. n is how many of the bytes they are,
// their own empty line and the line ends before them included; if there are no
// lines, it counts the line ends that the client left behind. With more set,
// further bytes can change the answer.
//
// A head that was not ended early has lost nothing.
func (h *Head) Lost(after []byte) (lost exchange.Header, n int, more bool) {
	if !h.Early {
		return nil, 0, false
	}
	cut := len(after) > maxLost
	if cut {
		after = after[:maxLost]
	}
	lead := 0
	for lead < len(after) && (after[lead] == '\r' || after[lead] == '\n') {
		lead++
	}
	rest := after[lead:]
	i := 0
	for i < len(rest) && class[rest[i]]&tokenByte != 0 {
		i++
	}
	switch {
	case i == len(rest):
		// A value that ended in a line feed as the last one of its head leaves
		// its own CRLF behind.
		return nil, lead, !cut
	case i == 0 || rest[i] != ':':
		return nil, lead, false
	}
	var s Scanner
	end, done, _ := s.Next(rest)
	tail := parseLines(rest[:end])
	return tail.Header, lead + end, !done && !cut
}
