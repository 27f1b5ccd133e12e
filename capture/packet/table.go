package packet

import (
	"bytes"

	"github.com/why401/why401/internal/exchange"
)

// A tuple tells connections apart. The lower end stands first.
type tuple struct {
	a, b   address
	pa, pb uint16
	vni    uint32
}

// recent returns the connection of a segment and the end that sent it if it is
// among those used last; nil: it is not.
func (r *reader) recent(g *datagram) (c *conn, i int) {
	c = r.latest[place(g)]
	switch {
	case c == nil || c.key.vni != g.vni:
	case c.key.pa == g.src && c.key.pb == g.dst && c.key.a == g.from && c.key.b == g.to:
		return c, 0
	case c.key.pa == g.dst && c.key.pb == g.src && c.key.a == g.to && c.key.b == g.from:
		return c, 1
	}
	return nil, 0
}

// place is where in the list of those used last the connection of g would be,
// whichever end sent it.
func place(g *datagram) int { return int(g.src+g.dst) % recentConns }

// less orders the ends of a connection.
func less(a, b address, pa, pb uint16) bool {
	if c := bytes.Compare(a[:], b[:]); c != 0 {
		return c < 0
	}
	return pa < pb
}

// tcp takes a segment.
func (r *reader) tcp(g *datagram, at mark) {
	c, i := r.recent(g)
	var k tuple
	if c == nil {
		k = tuple{g.from, g.to, g.src, g.dst, g.vni}
		if i = 0; less(g.to, g.from, g.dst, g.src) {
			k = tuple{g.to, g.from, g.dst, g.src, g.vni}
			i = 1
		}
		if c = r.conns[k]; c != nil {
			r.latest[place(g)] = c
		}
	}
	if c != nil && c.renewed(i, g) {
		k = c.key
		r.finish(c)
		r.forget(c)
		c = nil
	}
	if c == nil {
		// Neither a bare acknowledgement nor what follows an end makes a connection.
		if !g.syn && (len(g.payload) == 0 || g.rst) {
			return
		}
		c = r.open(k, i, g, at)
		r.latest[place(g)] = c
	}
	r.touch(c, at.at)
	if c.ended {
		return
	}
	c.take(i, g, at)
}

// renewed reports whether a segment belongs to a new connection between the
// same ends.
func (c *conn) renewed(i int, g *datagram) bool {
	h := &c.halves[i]
	switch {
	case g.syn && !g.rst:
		if c.synSeen[i] {
			return g.seq != c.synSeq[i]
		}
		if c.ended || !h.known {
			return c.ended
		}
		// The capture may show the SYN late, after data that follow it.
		d := int32(g.seq + 1 - h.next)
		return d > 0 || d < -1<<20
	case c.ended && len(g.payload) > 0 && !g.rst:
		// A late repetition lies before the end.
		d := int32(g.seq - h.next)
		return h.known && (d > 1<<20 || d < -1<<24)
	}
	return false
}

// open starts a connection.
func (r *reader) open(k tuple, i int, g *datagram, at mark) *conn {
	for len(r.conns) >= maxConns {
		r.evict(r.oldest.nextConn)
	}
	c := &conn{r: r, key: k, id: r.opened, first: at}
	r.opened++
	switch {
	case g.syn:
		c.client, c.sure = i, true
		if g.ackd {
			c.client = 1 - i
		}
	default:
		c.midway = true
		c.client, c.sure = guess(i, g)
	}
	c.top = newSniffer(c, around{}, 0)
	r.conns[k] = c
	return c
}

// guess tells the client of a connection whose start is missing.
func guess(i int, g *datagram) (client int, sure bool) {
	switch speaks(g.payload) {
	case exchange.Client:
		return i, true
	case exchange.Server:
		return 1 - i, true
	}
	// The server has the port that is well known, or else the lower one.
	if served(g.dst) != served(g.src) {
		if served(g.dst) {
			return i, false
		}
		return 1 - i, false
	}
	if g.dst <= g.src {
		return i, false
	}
	return 1 - i, false
}

func served(port uint16) bool {
	switch port {
	case 53, 80, 443, 3128, 7990, 7999, 8000, 8008, 8080, 8081, 8085, 8090, 8095, 8443, 8888:
		return true
	}
	return port < 1024
}

// A closing is a connection that is to end soon after an RST.
type closing struct {
	c     *conn
	frame int
}

// sweep ends the connections whose RST lies back far enough.
func (r *reader) sweep(frame int) {
	for len(r.closing) > 0 && frame-r.closing[0].frame > linger {
		c := r.closing[0].c
		r.closing = r.closing[1:]
		if c.cut != exchange.NotCut {
			r.finish(c)
		}
	}
}

// finish ends a connection: what still waits is handed on, holes passed over.
// It stays in the table for a while, so that late packets of it are known.
func (r *reader) finish(c *conn) {
	if c.ended {
		return
	}
	for i := range c.halves {
		h := &c.halves[i]
		for len(h.waiting) > 0 {
			c.skip(i)
		}
		if h.fin && h.known && before(h.next, h.end) && h.end-h.next < 1<<30 {
			c.miss(i, h.end-h.next, c.first)
		}
		c.close(i, c.first)
	}
	c.ended = true
	c.top.end()
	c.top = nil
	r.closed(c)
	c.app = appFacts{}
	// What comes late comes soon: only those that ended last are remembered.
	at := &r.ended[r.endings%maxEnded]
	if old := *at; old != nil && old.prev != nil {
		r.forget(old)
	}
	*at = c
	r.endings++
}

// touch makes c the connection used last.
func (r *reader) touch(c *conn, at instant) {
	c.last = at
	o := &r.oldest
	if o.prev == c {
		return
	}
	if c.prev != nil {
		c.prev.nextConn, c.nextConn.prev = c.nextConn, c.prev
	}
	c.prev, c.nextConn = o.prev, o
	o.prev.nextConn = c
	o.prev = c
}

// evict makes room in the table.
func (r *reader) evict(c *conn) {
	if !c.ended {
		r.evicted++
		r.finish(c)
	}
	r.forget(c)
}

// forget takes a connection that has ended out of the table.
func (r *reader) forget(c *conn) {
	c.prev.nextConn, c.nextConn.prev = c.nextConn, c.prev
	c.prev, c.nextConn = nil, nil
	delete(r.conns, c.key)
	if at := int(c.key.pa+c.key.pb) % recentConns; r.latest[at] == c {
		r.latest[at] = nil
	}
}

// relieve makes the connections that were idle longest hand on what they hold
// if too much waits. Connection but is being used.
func (r *reader) relieve(but *conn) {
	for c := r.oldest.nextConn; r.waiting > maxWaiting && c != &r.oldest; c = c.nextConn {
		if c == but || c.ended {
			continue
		}
		for i := range c.halves {
			for len(c.halves[i].waiting) > 0 {
				c.skip(i)
			}
		}
		if s, ok := c.top.(interface{ release() }); ok {
			s.release()
		}
	}
}
