package rawhttp

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// Options are what bodies are decoded with.
type Options struct {
	Decoder wire.Decoder
}

// Read yields the messages of a text in file order: a request with the response that
// follows it, a request alone, or a response alone. Of several requests in a row that
// responses follow, the last ones are those that were answered, in order.
func Read(c *exchange.Capture, r io.Reader, o Options) form.Exchanges {
	return func(yield func(*exchange.Exchange, error) bool) {
		t := &text{c: c, o: o, yield: yield, b: bufio.NewReaderSize(r, maxLine)}
		goesOn := false
		for !t.stopped {
			piece, err := t.b.ReadSlice('\n')
			n := int64(len(piece))
			if n > 0 {
				t.line(string(piece), goesOn)
				t.at += n
			}
			goesOn = err == bufio.ErrBufferFull
			switch {
			case err == nil || goesOn:
				continue
			case err == io.EOF:
				t.end()
				if !t.stopped && t.n == 0 {
					t.broken("there is no HTTP message in it", "copy the whole message, from its first line (GET /path HTTP/1.1, or HTTP/1.1 401) to its end")
				}
			default:
				t.end()
				t.broken("the text could not be read to its end", "copy the file again")
			}
			return
		}
	}
}

// A text is read line by line.
type text struct {
	c       *exchange.Capture
	o       Options
	yield   func(*exchange.Exchange, error) bool
	stopped bool
	n       int
	b       *bufio.Reader
	at      int64 // of the current line

	msg  *message             // at hand; nil: none
	some bool                 // there was a line with something in it
	asks []*exchange.Exchange // requests, and after them
	said []*exchange.Exchange // responses
}

// A kind is a kind of message.
type kind uint8

const (
	none kind = iota
	request
	response
	fields // :method and the like
)

// A message is one in the making.
type message struct {
	kind    kind
	at      int64
	indent  string
	crlf    bool // its lines end in CR LF
	head    []byte
	ends    int  // empty lines in it
	short   bool // not all of the head is kept
	excerpt bool // something is left out of the head
	inBody  bool
	body    []byte
	left    int64 // bytes of the body that are to come; -1: as far as it goes
	cut     bool
}

var (
	asks    = form.Pattern(`^[A-Z]{3,20} \S+ HTTP/[0-9](?:\.[0-9])?[ \t]*$`)
	says    = form.Pattern(`^HTTP/[0-9](?:\.[0-9])? [0-9]{3}(?:[ \t][^\r\n]*)?$`)
	lists   = form.Pattern(`^:(?:authority|method|path|scheme|status)(?:$|:[ \t]*[^\r\n]*$)`)
	field   = form.Pattern(`^[A-Za-z][\w-]*:`)
	fence   = form.Pattern("^[ \\t]*(?:```|~~~|\\{(?:code|noformat)\\}|</(?:pre|code)>)")
	omitted = form.Pattern(`^[ \t]*[\[(<]?(?:\.{3,}|…|snip|cut|omitted)[\])>]?[ \t]*$`)
)

// line takes a line with its line end; goesOn: it is the rest of one.
func (t *text) line(l string, goesOn bool) {
	bare := strings.TrimRight(l, "\r\n")
	if !goesOn {
		if k := t.starts(bare); k != none && (k != fields || t.msg == nil || t.msg.kind != fields || t.msg.inBody) {
			t.open(k, l)
			return
		}
	}
	t.some = t.some || strings.TrimSpace(bare) != ""
	m := t.msg
	switch {
	case m == nil:
	case !goesOn && (m.left < 0 || !m.inBody) && fence().MatchString(bare[:min(len(bare), 200)]):
		t.close()
	case m.inBody:
		t.content(l)
	default:
		t.headLine(l, goesOn)
	}
}

// starts tells the first line of a message from other text.
func (t *text) starts(bare string) kind {
	s := strings.TrimLeft(bare, " \t")
	if s == "" {
		return none
	}
	switch {
	case s[0] == ':' && lists().MatchString(s):
		return fields
	case s[0] == 'H' && says().MatchString(s):
		return response
	case s[0] >= 'A' && s[0] <= 'Z' && asks().MatchString(s):
		if next := strings.TrimLeft(t.next(), " \t"); !t.some || field().MatchString(next) {
			return request
		}
	}
	return none
}

// next returns the start of the next line, without its end.
func (t *text) next() string {
	p, _ := t.b.Peek(maxPeek)
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		p = p[:i]
	}
	return strings.TrimRight(string(p), "\r")
}

// open begins a message.
func (t *text) open(k kind, l string) {
	t.close()
	t.some = true
	s := strings.TrimLeft(l, " \t")
	t.msg = &message{kind: k, at: t.at, indent: l[:len(l)-len(s)], left: -1}
	t.msg.crlf = strings.HasSuffix(s, "\r\n") && t.msg.indent == ""
	t.headLine(l, false)
}

// headLine takes a line of a head.
func (t *text) headLine(l string, goesOn bool) {
	m := t.msg
	if !goesOn {
		l = strings.TrimPrefix(l, m.indent)
	}
	bare := strings.TrimRight(l, "\r\n")
	switch {
	case goesOn:
	case bare == "" || !m.crlf && strings.TrimSpace(bare) == "":
		if m.kind == fields {
			t.close()
			return
		}
		if !m.crlf {
			l = "\r\n"
		}
		t.keepHead(l)
		if m.ends++; m.ends <= maxEnds && field().MatchString(t.next()) {
			if h, err := wire.ParseRequest(m.head); err == nil && h.Early {
				return // a line feed in a value: the client meant what follows as fields
			}
		}
		t.beginBody()
		return
	case len(bare) < 40 && omitted().MatchString(bare):
		m.excerpt = true
		return
	}
	if !m.crlf && strings.HasSuffix(l, "\n") {
		l = bare + "\r\n"
	}
	t.keepHead(l)
}

func (t *text) keepHead(l string) {
	if len(t.msg.head)+len(l) > maxHead {
		t.c.Add(exchange.NoteLongValue)
		t.msg.short = true
		return
	}
	t.msg.head = append(t.msg.head, l...)
}

// beginBody finds out how long the body is.
func (t *text) beginBody() {
	m := t.msg
	m.inBody = true
	h, err := wire.ParseRequest(m.head) // the fields are those of a response, too
	if err != nil {
		return
	}
	length, err := strconv.ParseInt(strings.TrimSpace(h.Header.Value("Content-Length")), 10, 64)
	switch {
	case h.Header.Has("Transfer-Encoding"):
	case err == nil && length >= 0:
		m.left = length
	case m.kind == request:
		m.left = 0
	}
	if m.left == 0 {
		t.close()
	}
}

// content takes a line of a body. What follows the end of it can be a message, with
// no line end between them.
func (t *text) content(l string) {
	m := t.msg
	n := len(l)
	if m.left >= 0 {
		n = int(min(int64(n), m.left))
		m.left -= int64(n)
	}
	if room := maxBody - len(m.body); room < n {
		m.body, m.cut = append(m.body, l[:room]...), true
	} else {
		m.body = append(m.body, l[:n]...)
	}
	if m.left != 0 {
		return
	}
	t.close()
	if n < len(l) {
		t.at += int64(n)
		t.line(l[n:], false)
		t.at -= int64(n)
	}
}

// close ends the message at hand.
func (t *text) close() {
	m := t.msg
	t.msg = nil
	if m == nil {
		return
	}
	var x *exchange.Exchange
	switch m.kind {
	case request:
		x = t.request(m)
	case response:
		x = t.response(m)
	default:
		x = t.fields(m)
	}
	if x == nil {
		return
	}
	if m.cut {
		t.c.Add(exchange.NoteBodyCut)
	}
	x.At = exchange.Locator{Capture: t.c.Name, Offset: m.at}
	x.From = t.c
	if x.Response == nil {
		if len(t.said) > 0 || len(t.asks) >= maxRun {
			t.pair()
		}
		t.asks = append(t.asks, x)
		return
	}
	if x.Response.Status < 200 {
		return // the final one follows
	}
	if len(t.said) >= maxRun {
		t.pair()
	}
	t.said = append(t.said, x)
}

// end yields what is left.
func (t *text) end() {
	t.close()
	t.pair()
}

// pair yields the requests and responses of a run.
func (t *text) pair() {
	first := max(len(t.asks)-len(t.said), 0) // of those that were answered
	for i, x := range t.asks {
		if i >= first {
			y := t.said[i-first]
			x.Response = y.Response
			x.Sight |= y.Sight
		}
		t.emit(x)
	}
	for _, x := range t.said[min(len(t.said), len(t.asks)):] {
		x.Request.URL = realm(x.Response.Header)
		t.emit(x)
	}
	t.asks, t.said = nil, nil
}

func (t *text) emit(x *exchange.Exchange) {
	if t.stopped {
		return
	}
	x.At.Index = t.n
	t.n++
	t.c.Exchanges++
	t.stopped = !t.yield(x, nil)
}

func (t *text) broken(reason, hint string) {
	if !t.stopped {
		t.yield(nil, &exchange.Unreadable{At: exchange.Locator{Capture: t.c.Name, Index: -1, Offset: -1}, Reason: reason, Hint: hint, Fatal: true})
	}
}
