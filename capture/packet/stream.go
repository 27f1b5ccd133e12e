package packet

import "slices"

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
