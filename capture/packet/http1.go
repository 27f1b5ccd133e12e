package packet

import (
	"bytes"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// A flight is one request and its answer.
type flight struct {
	slot  *slot
	begun mark

	request exchange.Request
	method  string
	url     string
	head    *wire.Head // nil for HTTP/2
	tail    []byte     // header lines behind a head that a stray line feed ended
	framing wire.Framing
	body    wire.Keeper
	sent    bool // the request is whole

	response *exchange.Response
	answer   wire.Framing
	content  wire.Keeper
	answered bool // the response is whole
	last     time.Time

	expects  bool // waits for 100 before its body
	switches bool // CONNECT or Upgrade: what follows depends on the answer
	lost     bool // the answer was not captured
	interim  bool
	broken   bool   // HTTP/2: the stream was reset
	code     string // of the error with which it was
}

// complete returns the exchange of f; none is changed after that.
func (f *flight) complete(c *conn, ctx *around, h1 bool) *exchange.Exchange {
	x := c.exchange(f.begun, f.url)
	x.Request = f.request
	x.Request.URL = f.url
	x.Request.Body = f.body.Body(f.request.Header, f.framing, c.r.o.Decoder)
	if h1 {
		x.Sight |= exchange.Wire
		if len(f.tail) > 0 {
			raw := x.Request.Raw
			x.Request.Raw = append(raw[:len(raw):len(raw)], f.tail...)
		}
	}
	if ua := f.request.Header.Value("User-Agent"); ua != "" {
		w := c.r.who(c.clientIP())
		w.agent = ua
		x.Client = c.r.clientName(c.clientIP())
	}
	host, port := hostOf(f.url)
	x.Conn = c.facts(ctx, host)
	if f.response != nil {
		x.Response = f.response
		x.Response.Body = f.content.Body(f.response.Header, f.answer, c.r.o.Decoder)
		c.r.giveBack(f.content.Return())
		x.Took = took(f.begun.at, f.last)
		c.r.who(c.clientIP()).reach(hostPort(ctx.scheme, host, port))
		return x
	}
	// Silence counts only where an answer would have been captured.
	if c.twoSided() && !f.lost && (c.finished() || f.broken) {
		x.Failure = &exchange.Failure{Phase: exchange.HTTP, Code: f.code}
	}
	return x
}

// http1 reads the two directions of HTTP/1.
type http1 struct {
	c     *conn
	ctx   around
	sides [2]h1side
	queue []*flight // requests whose answers have not ended, in order
	next  layer     // what the connection was switched to
	holds int       // bytes held
	loose bool      // no longer wait for anything
}

// An h1side is one direction.
type h1side struct {
	state   state
	scan    wire.Scanner
	raw     []byte
	begun   mark
	started bool
	framer  *wire.Framer
	cur     *flight
	held    []piece
	early   *wire.Head
	after   []byte // what followed a head that ended early
	closed  bool
}

// A state is where in a direction the reader is.
type state uint8

const (
	inHead  state = iota
	inTail        // after the head of a request that a stray line feed ended
	inBody        //
	inDoubt       // what follows depends on the other direction
	adrift        // nobody knows where the next message starts
	done          // HTTP has ended
)

func newHTTP1(c *conn, ctx around) *http1 { return &http1{c: c, ctx: ctx} }

func (h *http1) data(from exchange.Side, p []byte, at mark) {
	if h.next != nil {
		h.next.data(from, p, at)
		return
	}
	h.put(from, piece{data: p, at: at})
}

func (h *http1) gap(from exchange.Side, n int64, at mark) {
	if h.next != nil {
		h.next.gap(from, n, at)
		return
	}
	h.put(from, piece{gap: n, at: at})
}

func (h *http1) fin(from exchange.Side, at mark) {
	if h.next != nil {
		h.next.fin(from, at)
		return
	}
	h.put(from, piece{fin: true, at: at})
}

// put takes a piece, or holds it if it cannot be judged yet.
func (h *http1) put(from exchange.Side, p piece) {
	s := &h.sides[index(from)]
	if len(s.held) == 0 && !h.waits(from) {
		if p = h.step(from, p); p.empty() {
			h.pump()
			return
		}
	}
	if h.next != nil {
		h.hand(from, p)
		return
	}
	p.data = append([]byte(nil), p.data...)
	s.held = append(s.held, p)
	h.holds += len(p.data)
	h.c.r.waiting += len(p.data)
	h.pump()
	if h.holds > maxHalf || len(s.held) > maxSegments {
		h.release()
	}
}

func (p *piece) empty() bool { return len(p.data) == 0 && p.gap == 0 && !p.fin }

// release stops waiting for the other direction.
func (h *http1) release() {
	h.loose = true
	h.c.midway = true
	h.pump()
	h.loose = false
}

// pump takes the pieces that need not wait any longer.
func (h *http1) pump() {
	for again := true; again && h.next == nil; {
		again = false
		for _, from := range [...]exchange.Side{exchange.Client, exchange.Server} {
			s := &h.sides[index(from)]
			for len(s.held) > 0 && h.next == nil && !h.waits(from) {
				p := s.held[0]
				rest := h.step(from, p)
				h.holds -= len(p.data) - len(rest.data)
				h.c.r.waiting -= len(p.data) - len(rest.data)
				again = true
				if rest.empty() {
					s.held = s.held[1:]
					continue
				}
				s.held[0] = rest
			}
		}
	}
	if h.next != nil {
		h.handOver()
	}
}

// handOver hands what is held to the layer that follows.
func (h *http1) handOver() {
	for _, from := range [...]exchange.Side{exchange.Client, exchange.Server} {
		s := &h.sides[index(from)]
		held := s.held
		s.held = nil
		for _, p := range held {
			h.holds -= len(p.data)
			h.c.r.waiting -= len(p.data)
			h.hand(from, p)
		}
	}
}

func (h *http1) hand(from exchange.Side, p piece) {
	switch {
	case p.fin:
		h.next.fin(from, p.at)
	case p.gap > 0:
		h.next.gap(from, p.gap, p.at)
	default:
		h.next.data(from, p.data, p.at)
	}
}

// waits reports whether a side can be judged only after more of the other.
func (h *http1) waits(from exchange.Side) bool {
	if h.loose {
		return false
	}
	s := &h.sides[index(from)]
	if from == exchange.Client {
		return s.state == inDoubt
	}
	// An answer needs its request; without the start of a connection it may
	// belong to one that was not captured.
	return s.state == inHead && !s.started && len(h.queue) == 0 && !h.c.midway && h.sides[0].state != adrift
}

// step takes a piece and returns what is left of it.
func (h *http1) step(from exchange.Side, p piece) piece {
	s := &h.sides[index(from)]
	switch {
	case p.fin:
		h.closed(from, s)
		return piece{}
	case p.gap > 0:
		h.missing(from, s, p.gap)
		return piece{}
	}
	for len(p.data) > 0 {
		before := len(p.data)
		was := s.state
		switch s.state {
		case inHead:
			p.data = h.headBytes(from, s, p)
		case inTail:
			p.data = h.tailBytes(s, p)
		case inBody:
			p.data = h.bodyBytes(from, s, p)
		case adrift:
			if want := wire.HTTPRequest; wire.Sniff(p.data) == want && from == exchange.Client ||
				wire.Sniff(p.data) == wire.HTTPResponse && from == exchange.Server {
				s.state = inHead
				continue
			}
			return piece{}
		case inDoubt:
			if !h.loose {
				return p
			}
			s.state = inHead
		case done:
			return piece{}
		}
		if h.next != nil || h.waits(from) || before == len(p.data) && was == s.state {
			break
		}
	}
	if len(p.data) == 0 {
		return piece{}
	}
	return p
}

// headBytes takes bytes of a head.
func (h *http1) headBytes(from exchange.Side, s *h1side, p piece) []byte {
	n, end, err := s.scan.Next(p.data)
	if !s.started && (end || !s.scan.Idle()) {
		s.begun, s.started = p.at, true
	}
	s.raw = append(s.raw, p.data[:n]...)
	rest := p.data[n:]
	if err != nil || !end && !mayStart(from, s.raw) {
		s.reset(adrift)
		return nil
	}
	if !end {
		return rest
	}
	raw, begun := s.raw, s.begun
	s.reset(inHead)
	if from == exchange.Client {
		h.requested(s, raw, begun)
	} else {
		h.responded(s, raw, begun, p.at)
	}
	return rest
}

// mayStart reports whether a message of a side may start with raw.
func mayStart(from exchange.Side, raw []byte) bool {
	if from == exchange.Client {
		return len(raw) <= 16 || wire.Sniff(raw) != wire.Other
	}
	raw = bytes.TrimLeft(raw, "\r\n")
	n := min(len(raw), len("HTTP/"))
	return string(raw[:n]) == "HTTP/"[:n]
}

func (s *h1side) reset(to state) {
	s.scan, s.raw, s.started, s.state = wire.Scanner{}, nil, false, to
}

// requested takes the head of a request.
func (h *http1) requested(s *h1side, raw []byte, at mark) {
	if wire.Sniff(raw) != wire.HTTPRequest {
		s.state = adrift
		return
	}
	head, err := wire.ParseRequest(raw)
	if err != nil || head.Method == "" {
		s.state = adrift
		return
	}
	f := &flight{slot: h.c.r.begin(at), begun: at, head: head, method: head.Method, request: head.Request()}
	authority := h.ctx.host
	if authority == "" {
		a := h.c.server()
		name := h.c.r.names.name(h.c.clientIP(), a.Addr())
		if name == "" {
			name = a.Addr().String()
		}
		authority = hostPort(h.ctx.scheme, name, a.Port())
	}
	f.url = head.URL(h.ctx.scheme, authority)
	f.framing = wire.RequestBody(&f.request)
	h.queue = append(h.queue, f)
	h.c.app.exchanges++
	s.cur = f
	f.switches = f.method == "CONNECT" || head.Header.Has("Upgrade") && f.framing.Kind == wire.NoBody
	f.expects = strings.EqualFold(strings.TrimSpace(head.Header.Value("Expect")), "100-continue") && f.framing.Kind != wire.NoBody
	switch {
	case head.Early:
		s.state, s.early, s.after = inTail, head, nil
		f.sent = true
	case f.switches:
		f.sent = true
		s.state = inDoubt
	case f.framing.Kind == wire.NoBody:
		f.sent = true
	case f.expects:
		s.state = inDoubt
	default:
		s.body(f.framing)
	}
}

func (s *h1side) body(f wire.Framing) {
	s.framer, s.state = wire.NewFramer(f), inBody
}

// tailBytes takes what follows a head that ended early.
func (h *http1) tailBytes(s *h1side, p piece) []byte {
	old := len(s.after)
	s.after = append(s.after, p.data...)
	_, n, more := s.early.Lost(s.after)
	f := s.cur
	f.tail = s.after[:min(n, len(s.after))]
	if more && len(s.after) < 64<<10 {
		return nil
	}
	s.state, s.early = inHead, nil
	all := s.after
	s.after = nil
	if n <= old {
		// What is left began in an earlier piece; it is the start of a message.
		return all[n:]
	}
	return p.data[n-old:]
}

// bodyBytes takes bytes of a body.
func (h *http1) bodyBytes(from exchange.Side, s *h1side, p piece) []byte {
	f := s.cur
	keeper := &f.body
	if from == exchange.Server {
		keeper = &f.content
		f.last = p.at.at
	}
	rest := p.data
	for len(rest) > 0 && !s.framer.Done() {
		n, data, err := s.framer.Next(rest)
		_, _ = keeper.Write(data)
		rest = rest[n:]
		if err != nil {
			s.state = adrift
			h.ended(from, s)
			return nil
		}
		if n == 0 {
			break
		}
	}
	if s.framer.Done() {
		s.state = inHead
		h.ended(from, s)
	}
	return rest
}

// ended marks the message of a side as whole.
func (h *http1) ended(from exchange.Side, s *h1side) {
	f := s.cur
	s.cur, s.framer = nil, nil
	if f == nil {
		return
	}
	if from == exchange.Client {
		f.sent = true
	} else {
		f.answered = true
		h.unqueue(f)
	}
	h.settle(f)
	if f.slot == nil { // nobody asked for it
		h.c.r.giveBack(f.content.Return())
	}
}

func (h *http1) unqueue(f *flight) {
	for i := range h.queue {
		if h.queue[i] == f {
			h.queue = append(h.queue[:i:i], h.queue[i+1:]...)
			return
		}
	}
}

// settle yields f if nothing more can come of it.
func (h *http1) settle(f *flight) {
	if f.answered && f.sent && f.slot != nil && h.sides[0].early == nil {
		h.yield(f)
	}
}

func (h *http1) yield(f *flight) {
	if f.slot != nil {
		h.c.r.fill(f.slot, f.complete(h.c, &h.ctx, true))
		f.slot = nil
	}
}

// responded takes the head of a response that began at begun.
func (h *http1) responded(s *h1side, raw []byte, begun, at mark) {
	head, err := wire.ParseResponse(raw)
	if err != nil || head.Status == 0 {
		s.state = adrift
		return
	}
	f := h.owner(begun)
	if head.Status < 200 && head.Status != 101 && head.Status != 0 {
		if f != nil {
			f.interim = true
			h.resolve(f, head.Status)
		}
		return
	}
	r := head.Response()
	method := ""
	if f != nil {
		method = f.method
	} else {
		f = &flight{sent: true} // its request was not captured
	}
	f.response, f.answer, f.last = r, wire.ResponseBody(method, r), at.at
	s.cur = f
	switch f.answer.Kind {
	case wire.NoBody:
		h.resolve(f, head.Status)
		h.ended(exchange.Server, s)
	case wire.Tunnel:
		f.answered = true
		h.unqueue(f)
		s.cur = nil
		h.switched(f, head)
	default:
		h.resolve(f, head.Status)
		f.content.Borrow(h.c.r.buffer())
		f.content.Keep(h.c.r.worth(r))
		s.body(f.answer)
	}
}

// owner returns the request that an answer which began at begun belongs to.
func (h *http1) owner(begun mark) *flight {
	if h.c.midway {
		// Answers may be missing, and requests. It is for the last request
		// before it, if that did not end others in a row.
		if len(h.queue) > 0 && h.queue[0].begun.frame > begun.frame {
			return nil
		}
		for len(h.queue) > 1 && h.queue[0].lost {
			f := h.queue[0]
			h.queue = h.queue[1:]
			h.yield(f)
		}
	}
	if len(h.queue) == 0 {
		return nil
	}
	return h.queue[0]
}

// resolve ends the doubts of the client side that depend on the answer to f.
func (h *http1) resolve(f *flight, status int) {
	s := &h.sides[0]
	if s.state != inDoubt || s.cur != f {
		return
	}
	switch {
	case f.switches:
		if status >= 200 {
			s.state, s.cur = inHead, nil
		}
	case status < 200:
		s.body(f.framing)
	default:
		// Told no, the client may leave the body out.
		if len(s.held) == 0 || len(s.held[0].data) > 0 && wire.Sniff(s.held[0].data) == wire.HTTPRequest || s.held[0].fin {
			f.sent = true
			s.state, s.cur = inHead, nil
			return
		}
		s.body(f.framing)
	}
}

// switched ends HTTP/1 on the connection.
func (h *http1) switched(f *flight, head *wire.Head) {
	ctx := h.ctx
	ctx.depth++
	if f.method != "CONNECT" && f.slot != nil && strings.EqualFold(strings.TrimSpace(head.Header.Value("Upgrade")), "h2c") {
		h.next = upgraded(h.c, ctx, f)
		return
	}
	h.settle(f)
	if f.method == "CONNECT" {
		ctx.host = f.request.URL
		ctx.scheme = "http"
		if ctx.depth <= maxLayers {
			h.next = newSniffer(h.c, ctx, ctx.depth)
			return
		}
	}
	h.next = nothing{}
}

// missing passes over bytes that were not captured.
func (h *http1) missing(from exchange.Side, s *h1side, n int64) {
	if s.state == inBody {
		inside := s.framer.Skip(n)
		if from == exchange.Server {
			s.cur.content.Skip(inside)
		} else {
			s.cur.body.Skip(inside)
		}
		if s.framer.Done() {
			s.state = inHead
			h.ended(from, s)
		}
		if inside == n {
			return
		}
	}
	if s.state == done {
		return
	}
	f := s.cur
	s.reset(adrift)
	s.early = nil
	switch {
	case from == exchange.Client && f != nil:
		f.sent = true
		s.cur = nil
		h.settle(f)
	case from == exchange.Server && f != nil:
		h.ended(from, s)
	case from == exchange.Server && len(h.queue) > 0:
		h.queue[0].lost = true
		if len(h.queue) > 1 {
			return
		}
	}
}

// closed ends a direction.
func (h *http1) closed(from exchange.Side, s *h1side) {
	s.closed = true
	if s.state == inBody {
		_ = s.framer.Close()
		h.ended(from, s)
	}
	if s.early != nil {
		f := s.cur
		s.early, s.cur = nil, nil
		h.settle(f)
	}
	s.reset(done)
}

func (h *http1) end() {
	if h.next != nil {
		h.next.end()
		return
	}
	h.loose = true
	h.pump()
	if h.next != nil {
		h.next.end()
		return
	}
	for i := range h.sides {
		if s := &h.sides[i]; s.early != nil {
			s.early = nil
		}
	}
	if f := h.sides[1].cur; f != nil {
		h.unqueue(f)
		h.yield(f)
		h.c.r.giveBack(f.content.Return())
	}
	for _, f := range h.queue {
		h.yield(f)
	}
	h.queue = nil
	if f := h.sides[0].cur; f != nil {
		h.yield(f)
	}
}

// nothing reads a protocol that says nothing to us.
type nothing struct{}

func (nothing) data(exchange.Side, []byte, mark) {}
func (nothing) gap(exchange.Side, int64, mark)   {}
func (nothing) fin(exchange.Side, mark)          {}
func (nothing) end()                             {}
