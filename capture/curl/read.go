package curl

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// Read yields the exchanges of a transcript in file order: of each request that
// was printed, and of each call that failed before it sent one. Text that is no
// part of a transcript is passed over. The text must be UTF-8 or close to it.
//
// A response without a printed request (curl -i) and the line in which curl
// tells its failure make an exchange with an empty Request.Method; whoever knows
// the command can fill in the request.
func Read(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		t := &transcript{c: c, yield: yield, conns: map[string]*exchange.Conn{}}
		b := bufio.NewReaderSize(r, maxLine)
		for !t.stopped {
			line, err := b.ReadSlice('\n')
			n := int64(len(line))
			if err == bufio.ErrBufferFull {
				line = bytes.Clone(line)
				for err == bufio.ErrBufferFull {
					var more []byte
					more, err = b.ReadSlice('\n')
					n += int64(len(more))
				}
				c.Add(exchange.NoteLongValue)
			}
			t.line(string(line))
			t.at += n
			if err == io.EOF {
				break
			}
			if err != nil {
				t.flush()
				t.emit(nil, t.broken("the text could not be read to its end", "copy the file again"))
				return
			}
		}
		t.flush()
		if !t.stopped && t.n == 0 {
			t.emit(nil, t.broken("there is no request in it", "repeat the call with curl -v and save all that it prints: curl -v ... > curl.txt 2>&1"))
		}
	}
}

// A part is what the lines at hand belong to.
type part uint8

const (
	nothing part = iota
	requestHead
	requestBody
	responseHead
	responseBody
	ignored // a block of a trace that is not of HTTP
)

type transcript struct {
	c       *exchange.Capture
	yield   func(*exchange.Exchange, error) bool
	stopped bool
	n       int
	at      int64 // of the current line

	conn   *exchange.Conn
	conns  map[string]*exchange.Conn // by host
	host   string                    // of the connection
	secure bool
	dialed bool // a connection was told of

	part     part
	start    int64 // of the exchange at hand
	req, res []byte
	sent     []byte
	body     []byte // at most exchange.MaxBody
	size     int64  // of all of it
	hasBody  bool
	answered bool // the head of a final response is complete
	inexact  bool
	dotted   bool // dots in the head of the request may be other bytes
	failure  *exchange.Failure
	wget     bool // a request that wget -d printed
	page     page // of wget

	trace block
}

func (t *transcript) broken(reason, hint string) *exchange.Unreadable {
	return &exchange.Unreadable{At: exchange.Locator{Capture: t.c.Name, Index: -1, Offset: -1}, Reason: reason, Hint: hint, Fatal: true}
}

func (t *transcript) emit(x *exchange.Exchange, err error) {
	if !t.stopped && !t.yield(x, err) {
		t.stopped = true
	}
}

func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var (
	stamp    = pattern(`^([0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} )?(\[[0-9]+-[0-9x]+\] )?`)
	asks     = pattern(`^[A-Za-z]{3,20} \S.*? HTTP/[0-9.]+\s*$`)
	meter    = pattern(`^\s*([0-9]{1,3} +[0-9.]+[kMGTP]? +[0-9]{1,3} +[0-9.]+[kMGTP]? |% Total |Dload +Upload)`)
	traced   = pattern(`^(=>|<=) (Send|Recv) (header|data|SSL data), ([0-9]+) bytes \(0x[0-9a-f]+\)`)
	metadata = pattern(`^[{}] \[[0-9]+ bytes data\]`)
	glued    = pattern(`\* (Connection #[0-9]+ to host|Closing connection|Excess found)`)
)

// line takes one line, with its line end.
func (t *transcript) line(line string) {
	first := byte(0)
	if start := strings.TrimLeft(line, " \t"); start != "" {
		first = start[0] // most lines can be told by it
	}
	digit := first >= '0' && first <= '9'
	if i := strings.Index(line, "--:--:--"); i >= 0 { // the progress meter ends in no line end
		j := strings.LastIndexAny(line[i:], "*<>=")
		if j < 0 || !meter().MatchString(line) {
			if meter().MatchString(line) {
				return
			}
		} else if k := strings.Index(line[i:], "* "); k >= 0 {
			line = line[i+k:]
		} else if k := strings.Index(line[i:], "== Info: "); k >= 0 {
			line = line[i+k:]
		}
	} else if (digit || first == '%' || first == 'D') && meter().MatchString(line) {
		return
	}
	if digit || first == '[' {
		line = line[len(stamp().FindString(line)):]
	}
	text := strings.TrimRight(line, "\r\n")
	var m []string
	if strings.HasPrefix(text, "=> ") || strings.HasPrefix(text, "<= ") {
		m = traced().FindStringSubmatch(text)
	}
	if m != nil {
		t.endBlock()
		t.wget = false
		t.trace = block{open: true, send: m[1] == "=>", kind: m[3], at: t.at}
		t.trace.size, _ = strconv.Atoi(m[4])
		return
	}
	if t.trace.open && t.trace.line(text) {
		return
	}
	t.endBlock()
	if t.told(text) {
		return
	}
	switch {
	case strings.HasPrefix(text, "---request begin---"):
		t.flush()
		t.wget, t.start, t.part = true, t.at, requestHead
	case t.wget && strings.HasPrefix(text, "---request end---"):
		t.part = requestBody
	case t.wget && strings.HasPrefix(text, "---response begin---"):
		t.part = responseHead
	case t.wget && strings.HasPrefix(text, "---response end---"):
		t.response("\r\n")
		t.wget, t.part = false, nothing
	case t.wget && t.part == requestHead:
		t.header(&t.req, text+"\r\n")
	case t.wget && t.part == responseHead:
		t.header(&t.res, text+"\r\n")
	case strings.HasPrefix(text, "== Info: "):
		t.info(text[len("== Info: "):])
	case strings.HasPrefix(line, "* "):
		t.info(text[2:])
	case line[:min(1, len(line))] == ">" && t.isRequest(line):
		t.request(strings.TrimPrefix(line[1:], " "))
	case line[:min(1, len(line))] == "<" && t.isResponse(line):
		t.response(strings.TrimPrefix(line[1:], " "))
	case (first == '{' || first == '}') && metadata().MatchString(text):
	case strings.HasPrefix(text, "curl: ("):
		t.failed(text)
	case strings.HasPrefix(text, "HTTP/") && (t.part == nothing || t.part == responseBody && t.req == nil):
		t.flush()
		t.response(line)
	case t.part == responseHead && t.req == nil && !t.answered:
		t.response(line) // curl -i
	default:
		t.text(line)
	}
}

// isRequest tells a line of a request from other text that starts with ">", such
// as a quoted mail or a body.
func (t *transcript) isRequest(line string) bool {
	return t.part == requestHead || asks().MatchString(strings.TrimPrefix(line[1:], " "))
}

func (t *transcript) isResponse(line string) bool {
	return t.part == responseHead || strings.HasPrefix(strings.TrimPrefix(line[1:], " "), "HTTP/")
}

func (t *transcript) header(to *[]byte, line string) {
	if len(*to)+len(line) > maxHead {
		t.c.Add(exchange.NoteLongValue)
		return
	}
	*to = append(*to, line...)
}

// request takes a line of the head of a request.
func (t *transcript) request(line string) {
	if t.part != requestHead {
		t.flush()
		t.start, t.part = t.at, requestHead
		// A transcript that lost its CRs tells nothing about line ends.
		t.inexact = !strings.HasSuffix(line, "\r\n")
	}
	if t.inexact {
		line = strings.TrimRight(line, "\r\n") + "\r\n"
	}
	t.header(&t.req, line)
}

// response takes a line of the head of a response.
func (t *transcript) response(line string) {
	if t.req == nil && t.res == nil && !t.page.placed {
		t.start = t.at
	}
	t.part = responseHead
	if strings.HasPrefix(line, "HTTP/") && t.res != nil {
		t.res = nil // after a 1xx, or a request that curl sent anew
		t.answered = false
	}
	t.header(&t.res, strings.TrimRight(line, "\r\n")+"\r\n")
	if strings.TrimRight(line, "\r\n") == "" {
		t.part = responseBody
		h, err := wire.ParseResponse(t.res)
		t.answered = err == nil && h.Status >= 200
	}
}

// text takes a line without a mark: of a body, or of nothing at all.
func (t *transcript) text(line string) {
	if t.part != responseBody || !t.answered {
		if t.part == requestHead && strings.TrimSpace(line) != "" {
			t.part = requestBody
		}
		return
	}
	rest := ""
	if !strings.Contains(line, "* ") {
		// As nearly all.
	} else if m := glued().FindStringIndex(line); m != nil {
		line, rest = line[:m[0]], line[m[0]+2:]
	}
	if line != "" {
		t.hasBody = t.hasBody || strings.TrimSpace(line) != ""
		t.keep(line)
	}
	if rest != "" {
		t.info(strings.TrimRight(rest, "\r\n"))
	}
}

// endBlock takes a block of a trace that is complete.
func (t *transcript) endBlock() {
	b := t.trace
	t.trace = block{}
	switch {
	case !b.open || b.kind == "SSL data":
	case b.kind == "header" && b.send:
		for i, l := range strings.SplitAfter(string(b.data), "\n") {
			if i == 0 {
				t.part = nothing
			}
			if l != "" {
				t.request(l)
			}
		}
		t.inexact = t.inexact || !b.hex
		t.dotted = !b.hex
		t.start, t.part = b.at, requestBody
	case b.kind == "header":
		if t.req == nil && t.res == nil {
			defer func() { t.start = b.at }()
		}
		for _, l := range strings.SplitAfter(string(b.data), "\n") {
			if l != "" {
				t.response(l)
			}
		}
	case b.send && t.req != nil:
		t.sent = append(t.sent, b.data[:min(len(b.data), exchange.MaxBody-len(t.sent))]...)
	case t.answered:
		t.hasBody = true
		t.keep(string(b.data))
		t.part = ignored // the same body may follow as plain text
	}
}
