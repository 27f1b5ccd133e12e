package packet

import (
	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// An around is what the layers below know of a stream.
type around struct {
	scheme string // "https" within TLS, else "http"
	host   string // host with port that a tunnel leads to; "": the server itself
	watch  *wire.Watch
	depth  int
}

// A piece is bytes of one direction that wait to be looked at, or a gap.
type piece struct {
	data []byte
	gap  int64
	fin  bool
	at   mark
}

// A sniffer waits for the first bytes of a stream, which say what it is, and
// hands over to the layer that reads it.
type sniffer struct {
	c     *conn
	ctx   around
	to    layer // once it is known
	held  [2][]piece
	order []exchange.Side // of the pieces held
	head  [2][]byte
	dull  bool
}

func newSniffer(c *conn, ctx around, depth int) *sniffer {
	ctx.depth = depth
	if ctx.scheme == "" {
		ctx.scheme = "http"
	}
	return &sniffer{c: c, ctx: ctx}
}

func index(s exchange.Side) int {
	if s == exchange.Client {
		return 0
	}
	return 1
}

// speaks returns which side of a connection sends such bytes.
func speaks(b []byte) exchange.Side {
	switch wire.Sniff(b) {
	case wire.HTTPRequest, wire.HTTP2:
		return exchange.Client
	case wire.HTTPResponse:
		return exchange.Server
	case wire.TLSRecords:
		if len(b) > 5 && b[0] == wire.RecordHandshake {
			switch b[5] {
			case wire.MessageClientHello:
				return exchange.Client
			case wire.MessageServerHello:
				return exchange.Server
			}
		}
		if b[0]&0x80 != 0 {
			return exchange.Client
		}
	}
	return exchange.NoSide
}

func (s *sniffer) data(from exchange.Side, p []byte, at mark) {
	if s.to != nil {
		s.to.data(from, p, at)
		return
	}
	i := index(from)
	if s.dull {
		// The start is missing, or lies in something else: a message may yet
		// begin with a segment.
		if !s.c.midway || wire.Sniff(p) == wire.Other || wire.Sniff(p) == wire.Unsure {
			return
		}
		s.dull = false
		s.head = [2][]byte{}
	}
	if len(s.order) == 0 { // the usual case: the first segment tells
		if s.told(wire.Sniff(p)) {
			s.to.data(from, p, at)
			return
		}
	}
	if len(s.head[i]) < 8<<10 {
		s.head[i] = append(s.head[i], p...)
	}
	s.hold(from, piece{data: append([]byte(nil), p...), at: at})
	s.decide(i)
}

func (s *sniffer) hold(from exchange.Side, p piece) {
	i := index(from)
	s.held[i] = append(s.held[i], p)
	s.order = append(s.order, from)
	if len(s.order) > maxSegments {
		s.give()
	}
}

// give gives up: nobody knows what this is.
func (s *sniffer) give() {
	s.dull = true
	s.held, s.order, s.head = [2][]piece{}, nil, [2][]byte{}
}

// decide looks at the first bytes of a side.
func (s *sniffer) decide(i int) {
	p := wire.Sniff(s.head[i])
	if s.told(p) {
		return
	}
	switch p {
	case wire.TLSRecords: // too many within each other
		s.give()
	case wire.Other:
		// The server of HTTP/2 starts with SETTINGS, and may be captured first.
		if b := s.head[i]; i == 1 && len(b) >= 9 && b[3] == 4 && b[4]&^1 == 0 && len(s.head[0]) == 0 && len(b) < 4096 {
			return
		}
		if s.c.port() == 53 {
			s.become(&dnsStream{c: s.c})
			return
		}
		s.give()
	}
}

// told hands over to the layer that reads p, and reports whether there is one.
func (s *sniffer) told(p wire.Protocol) bool {
	switch {
	case p == wire.HTTPRequest || p == wire.HTTPResponse:
		s.become(newHTTP1(s.c, s.ctx))
	case p == wire.HTTP2:
		s.become(newHTTP2(s.c, s.ctx))
	case p == wire.TLSRecords && s.ctx.depth < maxLayers:
		s.become(newTLS(s.c, s.ctx))
	default:
		return false
	}
	return true
}

// become hands over to a layer.
func (s *sniffer) become(l layer) {
	s.to = l
	if s.c.top == layer(s) { // from now on it does without s
		s.c.top = l
	}
	var next [2]int
	for _, from := range s.order {
		i := index(from)
		p := s.held[i][next[i]]
		next[i]++
		switch {
		case p.fin:
			l.fin(from, p.at)
		case p.gap > 0:
			l.gap(from, p.gap, p.at)
		default:
			l.data(from, p.data, p.at)
		}
	}
	s.held, s.order, s.head = [2][]piece{}, nil, [2][]byte{}
}

func (s *sniffer) gap(from exchange.Side, n int64, at mark) {
	switch {
	case s.to != nil:
		s.to.gap(from, n, at)
	case !s.dull:
		s.give()
	}
}

func (s *sniffer) fin(from exchange.Side, at mark) {
	switch {
	case s.to != nil:
		s.to.fin(from, at)
	case !s.dull:
		s.hold(from, piece{fin: true, at: at})
	}
}

func (s *sniffer) end() {
	if s.to != nil {
		s.to.end()
	}
}

func (s *sniffer) release() {
	if r, ok := s.to.(interface{ release() }); ok {
		r.release()
	} else if s.to == nil {
		s.give()
	}
}

// A dnsStream is DNS over TCP.
type dnsStream struct {
	c   *conn
	buf [2][]byte
	bad [2]bool
}

func (d *dnsStream) data(from exchange.Side, p []byte, at mark) {
	i := index(from)
	if d.bad[i] {
		return
	}
	b := append(d.buf[i], p...)
	for {
		msg, n := wire.DNSOverTCP(b)
		if n == 0 {
			break
		}
		client, server := d.c.clientIP(), d.c.server().Addr()
		if from == exchange.Client {
			d.c.r.names.message(client, server, msg, at)
		} else {
			d.c.r.names.message(server, client, msg, at)
		}
		b = b[n:]
	}
	d.buf[i] = append(d.buf[i][:0:0], b...)
}

func (d *dnsStream) gap(from exchange.Side, _ int64, _ mark) { d.bad[index(from)] = true }
func (d *dnsStream) fin(exchange.Side, mark)                 {}
func (d *dnsStream) end()                                    {}
