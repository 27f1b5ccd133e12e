package packet

import (
	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

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
	raw     []byte // the start of a head that goes on in another piece
	begun   mark
	started bool
	framer  wire.Framer
	cur     *flight // whose message is being read; nil: none
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
