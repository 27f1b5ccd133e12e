package packet

import (
	"net/netip"
	"slices"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A mark is when and in which frame something began.
type mark struct {
	frame int
	at    time.Time
}

// A tuple tells connections apart. The lower end stands first.
type tuple struct {
	a, b   address
	pa, pb uint16
	vni    uint32
}

// A segment is a piece of one direction that waits for those before it.
type segment struct {
	seq  uint32
	n    uint32
	data []byte // nil: its n bytes were not captured
	at   mark
}

// A half is one direction of a TCP connection.
type half struct {
	known   bool   // next is set
	next    uint32 // the sequence number that is due
	waiting []segment
	bytes   int
	seen    bool // a packet of it was captured
	fin     bool
	end     uint32 // the sequence number of the FIN
	closed  bool   // everything up to the FIN was delivered
	acked   uint32 // by the other side
	hasAck  bool
	hole    int // packets since bytes were acknowledged that were not seen
	ttl     uint8
	hasTTL  bool
}

// before reports whether sequence number a lies before b.
func before(a, b uint32) bool { return int32(a-b) < 0 }

// A conn is a TCP connection.
type conn struct {
	r     *reader
	key   tuple
	id    int
	first mark
	last  time.Time

	// client is the end, 0 for the lower one of the tuple, that opened it.
	client   int
	sure     bool // SYN, or the first bytes, tell the client
	halves   [2]half
	synSeq   [2]uint32
	synSeen  [2]bool
	midway   bool // the start, or something later, is missing
	attempts int
	lastSYN  time.Time
	accepted bool
	cut      exchange.Cut
	cutAt    mark
	ender    exchange.Side // who sent FIN or RST first
	endedAt  time.Time
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

// tcp takes a segment.
func (r *reader) tcp(g *datagram, at mark) {
	k := tuple{g.from, g.to, g.src, g.dst, g.vni}
	i := 0
	if less(g.to, g.from, g.dst, g.src) {
		k = tuple{g.to, g.from, g.dst, g.src, g.vni}
		i = 1
	}
	c := r.conns[k]
	if c != nil && c.renewed(i, g) {
		r.finish(c)
		c = nil
	}
	if c == nil {
		// Neither a bare acknowledgement nor what follows an end makes a connection.
		if !g.syn && (len(g.payload) == 0 || g.rst) {
			return
		}
		c = r.open(k, i, g, at)
	}
	r.touch(c, at.at)
	if c.ended {
		return
	}
	c.take(i, g, at)
}

// less orders the ends of a connection.
func less(a, b address, pa, pb uint16) bool {
	if c := slices.Compare(a[:], b[:]); c != 0 {
		return c < 0
	}
	return pa < pb
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
	if c.attempts == 0 || at.at.Sub(c.lastSYN) > 50*time.Millisecond {
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

// deliver hands on the bytes of the end i that are due, and keeps those that are
// not.
func (c *conn) deliver(i int, seq uint32, p []byte, at mark) {
	h := &c.halves[i]
	if len(p) == 0 {
		return
	}
	if len(h.waiting) == 0 && !before(h.next, seq) {
		old := h.next - seq
		if old >= uint32(len(p)) {
			return
		}
		p = p[old:]
		h.next += uint32(len(p))
		h.hole = 0
		c.top.data(c.side(i), p, at)
		return
	}
	c.insert(i, segment{seq, uint32(len(p)), p, at})
	c.drain(i)
}

// insert keeps a segment. Of bytes that come twice the first count.
func (c *conn) insert(i int, s segment) {
	h := &c.halves[i]
	if before(s.seq, h.next) {
		old := h.next - s.seq
		if old >= s.n {
			return
		}
		s = s.from(old)
	}
	if s.seq-h.next > 1<<30 { // not of this connection
		return
	}
	for at := 0; ; at++ {
		if at == len(h.waiting) {
			c.keep(h, at, s)
			break
		}
		w := &h.waiting[at]
		if !before(w.seq, s.seq+s.n) { // s lies before w
			c.keep(h, at, s)
			break
		}
		end := w.seq + w.n
		if !before(s.seq, end) {
			continue
		}
		if before(s.seq, w.seq) { // s starts before w
			head := s
			head.n = w.seq - s.seq
			if head.data != nil {
				head.data = head.data[:head.n]
			}
			c.keep(h, at, head)
			at++
		}
		if !before(end, s.seq+s.n) {
			break
		}
		s = s.from(end - s.seq)
	}
	if h.bytes > maxHalf || len(h.waiting) > maxSegments {
		c.skip(i)
	}
	c.r.relieve(c)
}

// from returns s without its first n bytes.
func (s segment) from(n uint32) segment {
	s.seq += n
	s.n -= n
	if s.data != nil {
		s.data = s.data[n:]
	}
	return s
}

func (c *conn) keep(h *half, at int, s segment) {
	s.data = slices.Clone(s.data)
	h.waiting = slices.Insert(h.waiting, at, s)
	h.bytes += len(s.data)
	c.r.waiting += len(s.data)
}

// drain hands on what is due among the segments of the end i that wait.
func (c *conn) drain(i int) {
	h := &c.halves[i]
	for len(h.waiting) > 0 && h.waiting[0].seq == h.next {
		s := h.waiting[0]
		h.waiting = slices.Delete(h.waiting, 0, 1)
		h.bytes -= len(s.data)
		c.r.waiting -= len(s.data)
		h.next += s.n
		h.hole = 0
		if s.data == nil {
			c.midway = true
			c.top.gap(c.side(i), int64(s.n), s.at)
			continue
		}
		c.top.data(c.side(i), s.data, s.at)
	}
	if len(h.waiting) == 0 {
		h.waiting = nil
	}
}

// skip passes over the hole before the first segment that waits.
func (c *conn) skip(i int) {
	h := &c.halves[i]
	if len(h.waiting) == 0 {
		return
	}
	n := h.waiting[0].seq - h.next
	if n > 0 {
		c.miss(i, n, h.waiting[0].at)
	}
	c.drain(i)
}

// miss says that the next n bytes of the end i are lost.
func (c *conn) miss(i int, n uint32, at mark) {
	h := &c.halves[i]
	c.r.gaps++
	c.midway = true
	h.next += n
	h.hole = 0
	c.top.gap(c.side(i), int64(n), at)
}

// lost passes over bytes that the other side acknowledged and that are not in
// the capture. An acknowledgement may stand before its bytes, so it waits a
// little.
func (c *conn) lost(i int, at mark) {
	h := &c.halves[i]
	if !h.hasAck || !h.known || !h.seen || !before(h.next, h.acked) || c.ended {
		h.hole = 0
		return
	}
	n := h.acked - h.next
	if h.fin && h.acked == h.end+1 {
		n-- // the FIN takes one number
	}
	if n == 0 || n > 1<<30 {
		return
	}
	if h.hole++; h.hole < patience {
		return
	}
	if len(h.waiting) > 0 {
		n = min(n, h.waiting[0].seq-h.next)
	}
	c.miss(i, n, at)
	c.drain(i)
}

// close tells the layers that the end i has sent everything.
func (c *conn) close(i int, at mark) {
	h := &c.halves[i]
	if h.fin && !h.closed && h.known && !before(h.next, h.end) {
		h.closed = true
		c.top.fin(c.side(i), at)
	}
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
// It stays in the table, so that late packets of it are known.
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
}

// touch makes c the connection used last.
func (r *reader) touch(c *conn, at time.Time) {
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

// evict forgets a connection.
func (r *reader) evict(c *conn) {
	if !c.ended {
		r.evicted++
		r.finish(c)
	}
	c.prev.nextConn, c.nextConn.prev = c.nextConn, c.prev
	c.prev, c.nextConn = nil, nil
	delete(r.conns, c.key)
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
