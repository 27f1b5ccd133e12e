package har

import (
	"io"
	"strconv"

	"github.com/why401/why401/internal/exchange"
)

// A parser turns entries into exchanges, one after another. It knows nothing
// of the capture as a whole, so that several can work on one file at a time.
type parser struct {
	s       *scanner
	dialect dialect
	from    *exchange.Capture // only handed on
	prepare func(*exchange.Exchange)
	beside  func(name string) (io.ReadCloser, error) // [Options.Body]
	level   int                                      // depth of the list of entries
	limit   int64                                    // no entry is read that starts here or later
	doubt   bool                                     // elements came back after a search

	draft
	layout  layout
	clients [4]string // User-Agents seen lately, so that exchanges share one
}

// A draft is what has been read of the current entry. Its buffers are reused.
type draft struct {
	text []byte // all strings but cookies and bodies
	jar  []byte // cookies: mostly not needed in the end

	req, res message
	method   span
	url      span
	reason   span
	redirect span
	status   int
	haveRes  bool // a response object, even an empty one
	credible bool // it has a key that only entries have

	started span
	took    float64 // milliseconds; negative: unknown
	failure span
	aborted bool
	rebuilt bool // the request, from settings
	partly  bool // and a credential may be missing
	comment span

	extra []span // scratch of field
	form  []byte // scratch of postData

	addr, conn, connID, port span
	tls                      *exchange.TLS
	shake                    *exchange.Handshake
	leg                      *exchange.ClientLeg

	notes notes
}

// A span is a piece of draft.text.
type span struct{ from, to int }

func (v span) empty() bool { return v.from == v.to }

// A message is a request or a response of a draft.
type message struct {
	fields      []spans
	cookies     []spans
	size        int  // of the fields on the wire
	cut         bool // fields were dropped
	headersSize float64
	proto       span

	media    span
	file     span // name of the body, if it lies beside the HAR
	body     []byte
	bodySize float64
	kept     bool // the body is there
	long     bool // and longer than body
	base64   bool
	tainted  bool // with invalid UTF-8
}

type spans struct{ name, value span }

// notes counts remarks until the consumer adds them to the capture.
type notes struct{ duplicate, invalid, long, cut, joined int }

// An item is an exchange, or why there is none, on its way to the consumer.
type item struct {
	x     *exchange.Exchange
	bad   *exchange.Unreadable
	loose bool // bad is not about one entry
	notes notes

	link    link
	shows   bool // a credential or cookie is to be seen
	cleaned bool // it is proven that some were removed
	weight  int  // about what it keeps in memory
}

func (d *draft) reset() {
	d.text, d.jar = d.text[:0], d.jar[:0]
	d.req.reset()
	d.res.reset()
	*d = draft{text: d.text, jar: d.jar, extra: d.extra, form: d.form, req: d.req, res: d.res, took: -1}
}

func (m *message) reset() {
	*m = message{
		fields: m.fields[:0], cookies: m.cookies[:0], body: m.body[:0],
		headersSize: -1, bodySize: -1,
	}
}

// entry reads the element of log.entries that starts at the next byte. If
// ok is false the scanner stands at an error and must be moved on.
func (p *parser) entry() (it item, ok bool) {
	start := p.s.offset()
	p.draft.reset()
	invalid := p.s.invalid
	if p.s.buf[p.s.i] != '{' {
		d := p.s.here(reasonEntry)
		if ok = p.s.skip(); ok {
			it.bad = d.unreadable()
		}
	} else if ok = p.members(); ok {
		p.notes.invalid = p.s.invalid - invalid
		it = p.build()
		it.x.At.Offset = start
		if p.prepare != nil {
			p.prepare(it.x)
		}
	}
	if !ok {
		it.bad = p.s.bad.unreadable()
	}
	return it, ok
}

// The bits of the keys of which a second one counts as a duplicate.
const (
	seenRequest = 1 << iota
	seenResponse
	seenStart
	seenTime
	seenMethod
	seenURL
	seenProto
	seenHeaders
	seenCookies
	seenBody
	seenStatus
	seenReason
	seenText
	seenName
	seenValue
)

// again counts a key that was seen before.
func (d *draft) again(seen *uint, bit uint) bool {
	if *seen&bit != 0 {
		d.notes.duplicate++
		return true
	}
	*seen |= bit
	return false
}

// members reads an entry, an object.
func (p *parser) members() bool {
	var seen uint
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return p.s.in("?")
		}
		if !p.member(k, &seen) {
			return false
		}
	}
	return ok
}

// member reads the value of key k of an entry.
func (p *parser) member(k []byte, seen *uint) (ok bool) {
	step := "?"
	switch string(k) {
	case "request":
		step = "request"
		p.again(seen, seenRequest)
		p.credible = true
		ok = p.request()
	case "response":
		step = "response"
		p.again(seen, seenResponse)
		p.credible = true
		ok = p.response()
	case "startedDateTime":
		step = "startedDateTime"
		p.again(seen, seenStart)
		p.started, ok = p.str(maxKey)
	case "time":
		step = "time"
		p.again(seen, seenTime)
		p.took, ok = p.float()
	case "serverIPAddress":
		step = "serverIPAddress"
		p.addr, ok = p.str(maxName)
	case "connection":
		step = "connection"
		p.conn, ok = p.str(maxName)
	case "_connectionId":
		step = "_connectionId"
		p.connID, ok = p.str(maxName)
	case "_serverPort":
		step = "_serverPort"
		p.port, ok = p.str(maxName)
	case "_securityDetails":
		step = "_securityDetails"
		ok = p.security()
	case "_securityState":
		step = "_securityState"
		ok = p.securityState()
	case "_handshake":
		step = "_handshake"
		ok = p.handshake()
	case "_error", "_failureText":
		step = "_error"
		ok = p.failed()
	case "_wasAborted":
		step = "_wasAborted"
		p.aborted = p.s.buf[p.s.i] == 't'
		ok = p.s.skip()
	case "_fidelity":
		step = "_fidelity"
		var v span
		v, ok = p.str(maxName)
		p.partly = string(p.bytes(v)) == asFarAsSet
		p.rebuilt = p.partly || string(p.bytes(v)) == asConfigured
	case "comment":
		step = "comment"
		p.comment, ok = p.str(maxValue)
	default:
		ok = p.s.skip()
	}
	if !ok {
		return p.s.in(step)
	}
	return true
}

// failed reads an error text. An empty one, which Chrome writes for requests
// that went well, does not replace one seen before.
func (p *parser) failed() bool {
	v, ok := p.str(maxFailure)
	if !v.empty() {
		p.failure = v
	}
	return ok
}

// securityState reads the verdict that Firefox writes.
func (p *parser) securityState() bool {
	v, ok := p.str(maxName)
	if ok && !v.empty() {
		if p.tls == nil {
			p.tls = new(exchange.TLS)
		}
		p.tls.State = string(p.bytes(v))
	}
	return ok
}

// security reads the TLS facts that Playwright writes.
func (p *parser) security() bool {
	if p.s.buf[p.s.i] != '{' {
		return p.s.skip()
	}
	t := new(exchange.TLS)
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return false
		}
		switch string(k) {
		case "protocol":
			t.Version, ok = p.own()
		case "cipher":
			t.Cipher, ok = p.own()
		case "subjectName":
			t.Subject, ok = p.own()
		case "issuer":
			t.Issuer, ok = p.own()
		case "validFrom":
			t.From, ok = p.unix()
		case "validTo":
			t.To, ok = p.unix()
		default:
			ok = p.s.skip()
		}
		if !ok {
			return p.s.in("?")
		}
	}
	if p.tls != nil {
		t.State = p.tls.State
	}
	if *t != (exchange.TLS{}) {
		p.tls = t
	}
	return ok
}

// bytes returns a piece of text, valid until the next string is read.
func (d *draft) bytes(v span) []byte { return d.text[v.from:v.to] }

// own reads a string that is kept apart from the text of the exchange.
func (p *parser) own() (string, bool) {
	v, ok := p.str(maxName)
	return string(p.bytes(v)), ok
}

// str reads a string into text; of other scalars it takes the JSON text, for
// producers that quote what others do not. Null, lists and objects are empty.
func (p *parser) str(limit int) (span, bool) {
	return p.into(&p.text, limit)
}

func (p *parser) into(dst *[]byte, limit int) (v span, ok bool) {
	v.from = len(*dst)
	v.to = v.from
	limit = min(limit, maxText-v.from)
	switch c := p.s.buf[p.s.i]; c {
	case '"':
		p.s.i++
		var cut bool
		*dst, cut, ok = p.s.text(*dst, limit)
		if cut {
			p.notes.long++
		}
	case 'n', '{', '[':
		ok = p.s.skip()
	case 't', 'f':
		if ok = p.s.skip(); ok {
			*dst = strconv.AppendBool(*dst, c == 't')
		}
	default:
		var num []byte
		if num, ok = p.numeral(); ok && len(num) <= limit {
			*dst = append(*dst, num...)
		}
	}
	v.to = len(*dst)
	return v, ok
}

// numeral reads a number, where nothing else can stand any more.
func (p *parser) numeral() ([]byte, bool) {
	if c := p.s.buf[p.s.i]; c != '-' && c-'0' > 9 {
		return nil, p.s.failHere(reasonValue)
	}
	return p.s.number()
}

// float reads a number, or a string that holds one. Anything else is -1.
func (p *parser) float() (float64, bool) {
	if c := p.s.buf[p.s.i]; c == '-' || c-'0' <= 9 {
		num, ok := p.s.number()
		return parseNumber(num), ok
	}
	v, ok := p.into(&p.text, maxKey)
	f := parseNumber(p.bytes(v))
	p.text = p.text[:v.from]
	return f, ok
}
