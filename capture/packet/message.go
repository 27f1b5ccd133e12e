package packet

import (
	"bytes"
	"slices"
	"strings"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// headBytes takes bytes of a head.
func (h *http1) headBytes(from exchange.Side, s *h1side, p piece) []byte {
	n, end, err := s.scan.Next(p.data)
	if !s.started && (end || !s.scan.Idle()) {
		s.begun, s.started = p.at, true
	}
	raw, rest := p.data[:n], p.data[n:]
	if !end || len(s.raw) > 0 {
		s.raw = append(s.raw, raw...)
		raw = s.raw
	}
	if err != nil || !end && !mayStart(from, raw) {
		s.reset(adrift)
		return nil
	}
	if !end {
		return rest
	}
	begun := s.begun
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
	s.scan, s.started, s.state = wire.Scanner{}, false, to
	if cap(s.raw) > usualHead {
		s.raw = nil
	}
	s.raw = s.raw[:0]
}

// requested takes the head of a request, which is not kept.
func (h *http1) requested(s *h1side, raw []byte, at mark) {
	if wire.Sniff(raw) != wire.HTTPRequest {
		s.state = adrift
		return
	}
	head, text := &h.c.r.asks, string(raw)
	head.SplitRequest(text)
	if head.Method == "" {
		s.state = adrift
		return
	}
	f := h.c.r.flight()
	f.slot, f.begun, f.method, f.request, f.text = h.c.r.begin(at), at, head.Method, head.Request(), text[head.Lead:]
	authority := ""
	if !head.Header.Has("Host") {
		authority = h.authority()
	}
	f.url = head.URL(h.ctx.scheme, authority)
	f.framing = wire.RequestBody(&f.request)
	h.queue = append(h.queue, f)
	h.c.app.exchanges++
	bare := f.framing.Kind == wire.NoBody
	f.switches = f.method == "CONNECT" || bare && head.Header.Has("Upgrade")
	f.expects = !bare && strings.EqualFold(strings.TrimSpace(head.Header.Value("Expect")), "100-continue")
	switch {
	case head.Early:
		early := *head
		s.cur, s.state, s.early, s.after = f, inTail, &early, nil
		f.sent = true
	case f.switches:
		f.sent = true
		s.cur, s.state = f, inDoubt
	case bare:
		f.sent = true
		s.cur = nil
	case f.expects:
		s.cur, s.state = f, inDoubt
	default:
		s.cur = f
		s.body(f.framing)
		f.body.Borrow(h.c.r.buffer())
	}
}

// authority returns the host of a request that does not name one.
func (h *http1) authority() string {
	if h.ctx.host != "" {
		return h.ctx.host
	}
	a := h.c.server()
	name := h.c.r.names.name(h.c.clientIP(), a.Addr())
	if name == "" {
		name = a.Addr().String()
	}
	return hostPort(h.ctx.scheme, name, a.Port())
}

func (s *h1side) body(f wire.Framing) {
	s.framer.Reset(f)
	s.state = inBody
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
	s.cur = nil
	if f == nil {
		return
	}
	if from == exchange.Client {
		f.sent = true
	} else {
		f.answered = true
		h.unqueue(f)
	}
	asked := f.slot != nil
	h.settle(f)
	switch {
	case !asked && from == exchange.Server: // nobody asked for it
		h.c.r.giveBack(f.content.Return())
	case asked && f.slot == nil && h.sides[0].cur != f && h.sides[1].cur != f:
		h.c.r.land(f)
	}
}

func (h *http1) unqueue(f *flight) {
	if i := slices.Index(h.queue, f); i >= 0 {
		h.queue = slices.Delete(h.queue, i, i+1)
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
	head, text := &h.c.r.answers, string(raw)
	head.SplitResponse(text)
	if head.Status == 0 {
		s.state = adrift
		return
	}
	f := h.owner(begun)
	if head.Status < 200 && head.Status != 101 {
		if f != nil {
			h.resolve(f, head.Status)
		}
		return
	}
	if f == nil {
		f = &flight{sent: true} // its request was not captured
	}
	r := &f.reply
	*r = exchange.Response{Status: head.Status, Reason: head.Reason, Proto: head.Proto, Header: head.Header, Body: exchange.Body{Size: -1}}
	f.response, f.answer, f.last = r, wire.ResponseBody(f.method, r), at.at
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
		f.content.Share(&h.c.r.bodies)
		f.content.Keep(h.c.r.worth(f))
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
