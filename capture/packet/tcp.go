package packet

import (
	"net/netip"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A mark is when and in which frame something began.
type mark struct {
	frame int
	at    instant
}

// A conn is a TCP connection.
type conn struct {
	r     *reader
	key   tuple
	id    int
	first mark
	last  instant

	// client is the end, 0 for the lower one of the tuple, that opened it.
	client   int
	sure     bool // SYN, or the first bytes, tell the client
	halves   [2]half
	synSeq   [2]uint32
	synSeen  [2]bool
	midway   bool // the start, or something later, is missing
	attempts int
	lastSYN  instant
	accepted bool
	cut      exchange.Cut
	cutAt    mark
	ender    exchange.Side // who sent FIN or RST first
	endedAt  instant
	packets  int

	top   layer
	ended bool

	app appFacts

	prev, nextConn *conn // by time of last use
}

// A layer takes the bytes of a connection in order.
type layer interface {
	data(from exchange.Side, p []byte, at mark)
	gap(from exchange.Side, n int64, at mark)
	fin(from exchange.Side, at mark)
	// end is called once; nothing follows.
	end()
}

// side returns what the end i is.
func (c *conn) side(i int) exchange.Side {
	if i == c.client {
		return exchange.Client
	}
	return exchange.Server
}

func (c *conn) addr(i int) netip.AddrPort {
	a, p := c.key.a, c.key.pa
	if i == 1 {
		a, p = c.key.b, c.key.pb
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a).Unmap(), p)
}
func (c *conn) server() netip.AddrPort { return c.addr(1 - c.client) }

func (c *conn) clientIP() netip.Addr {
	return c.r.names.owner(c.addr(c.client).Addr(), c.server().Addr())
}
func (c *conn) twoSided() bool     { return c.halves[0].seen && c.halves[1].seen }
func (c *conn) serverClosed() bool { return c.halves[1-c.client].closed }
func (c *conn) clientClosed() bool { return c.halves[c.client].closed }

func (c *conn) finished() bool {
	return c.cut != exchange.NotCut || c.serverClosed() || c.clientClosed()
}
func (c *conn) serverSent() bool { return c.halves[1-c.client].seen }

// take handles a segment of the end i.
func (c *conn) take(i int, g *datagram, at mark) {
	h, other := &c.halves[i], &c.halves[1-i]
	h.seen = true
	c.packets++
	switch {
	case g.syn:
		c.syn(i, g, at)
		g.seq++ // the SYN takes one number
	case !g.rst && !h.hasTTL:
		h.ttl, h.hasTTL = g.ttl, true
	}
	if g.rst {
		c.reset(i, g, at)
		return
	}
	if !h.known && (len(g.payload) > 0 || g.fin) {
		h.known, h.next = true, g.seq
		if len(g.payload) > 0 {
			c.midway = c.midway || !c.synSeen[i]
		}
	}
	if g.ackd && !other.known && !other.seen {
		other.known, other.next = true, g.ack
	}
	if g.ackd && (!other.hasAck || before(other.acked, g.ack)) {
		other.acked, other.hasAck = g.ack, true
	}
	if n := len(g.payload) + g.cut; n > 0 {
		c.deliver(i, g.seq, g.payload, at)
		if g.cut > 0 {
			c.insert(i, segment{g.seq + uint32(len(g.payload)), uint32(g.cut), nil, at})
			c.drain(i)
		}
	}
	if g.fin && !h.fin {
		c.ends(i, at)
		h.fin, h.end = true, g.seq+uint32(len(g.payload)+g.cut)
	}
	c.lost(0, at)
	c.lost(1, at)
	c.close(0, at)
	c.close(1, at)
	if c.halves[0].closed && c.halves[1].closed {
		c.r.finish(c)
	}
}

// syn handles a SYN, g, of the end i.
func (c *conn) syn(i int, g *datagram, at mark) {
	h := &c.halves[i]
	h.ttl, h.hasTTL = g.ttl, true
	c.synSeq[i], c.synSeen[i] = g.seq, true
	if !c.sure {
		c.client, c.sure = i, true
		if g.ackd {
			c.client = 1 - i
		}
	}
	if !h.known {
		h.known, h.next = true, g.seq+1
	}
	if g.ackd {
		c.accepted = true
		if o := &c.halves[1-i]; !o.known {
			o.known, o.next = true, g.ack
		}
		return
	}
	// On lo the kernel shows each packet twice.
	if c.attempts == 0 || at.at.since(c.lastSYN) > 50*time.Millisecond {
		c.attempts++
	}
	c.lastSYN = at.at
	if c.cut != exchange.NotCut { // Windows tries again after an RST
		c.cut = exchange.NotCut
	}
}

// reset handles an RST of the end i.
func (c *conn) reset(i int, g *datagram, at mark) {
	if c.cut != exchange.NotCut {
		return
	}
	h := &c.halves[i]
	c.ends(i, at)
	c.cut, c.cutAt = exchange.CutByClient, at
	if i != c.client {
		c.cut = exchange.CutByServer
		if d := int(h.ttl) - int(g.ttl); h.hasTTL && (d > 3 || d < -3) {
			c.cut = exchange.CutBetween
		}
	}
	c.r.closing = append(c.r.closing, closing{c, at.frame})
}

// ends notes that the end i is the first that wants no more.
func (c *conn) ends(i int, at mark) {
	if c.ender == exchange.NoSide {
		c.ender, c.endedAt = c.side(i), at.at
	}
}
