// Package packet reads packet captures (pcap, pcapng) as exchanges.
//
// Packets are put together to TCP connections, TLS is taken off where a key log
// has the keys, and HTTP/1 and HTTP/2 are read from what comes out. Look-ups,
// refused connections and broken handshakes become exchanges that failed.
//
// Only the packets themselves are taken apart by a library, gopacket. Files,
// reassembly and TLS are read here, because its readers panic on hostile files,
// know no key logs, and its reassembly loses connections that reuse a port.
package packet

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// Options are the settings of [Read]. The zero value is ready to use.
type Options struct {
	// Keys are those of key log files; nil: none. Keys within the capture are
	// used as well.
	Keys *Keys
	// Decoder undoes codings of bodies that the standard library does not know.
	Decoder wire.Decoder
	// Bodies keeps up to [exchange.MaxBody] bytes of every body. Without it less is
	// kept of long answers that succeeded and are no pages: there a refusal is not
	// explained.
	Bodies bool
}

// sight is what packets show of a request that can be read.
const sight = exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.Bodies | exchange.Timing

// A reader reads one capture.
type reader struct {
	capture *exchange.Capture
	keys    *Keys
	o       Options

	conns   map[tuple]*conn
	latest  [recentConns]*conn // the same, in short
	oldest  conn               // the head of the ring of connections by time of last use
	opened  int
	waiting int // bytes that wait in all connections
	closing []closing
	ended   [maxEnded]*conn // those that ended last, in a ring
	endings int
	now     mark

	queue   []*slot // exchanges in the order of their first frames
	yield   func(*exchange.Exchange, error) bool
	index   int
	stopped bool

	names   names
	clients map[netip.Addr]*client
	quiet   []quiet

	gaps, evicted, quietOver, overflow int  // what was not captured, and what the bounds dropped
	sided                              bool // something of both directions was seen

	bodies  wire.Memo
	buffers [][]byte // free ones, for bodies
	lent    int      // of them, and those in use
	records spares
	plain   [maxLayers + 1][]byte // what was decrypted last, by depth
	flights []*flight
	slots   []*slot // free ones, too

	asks, answers wire.Head // the heads that were split last

	live  bool        // exchanges are told as they end, by number and not by frame
	early []*tlsLayer // that wait for their secrets
}

// A client is what is known of an address that sends requests.
type client struct {
	ip    netip.Addr
	label string // address and the last User-Agent
	named string // that
	// reached has the hosts, with port, that it got through to.
	reached map[string]bool
}

// A quiet is a failure that counts only if the same client does not reach the
// same host in another way.
type quiet struct {
	x    *exchange.Exchange
	ip   netip.Addr
	host string // with port
	even bool   // tell it even then

	ended instant
}

// A slot is the place of an exchange in the order of the capture.
type slot struct {
	frame    int
	x        *exchange.Exchange
	done     bool
	detached bool // others did not wait for it any longer
}

// Read returns the exchanges of a packet capture, in the order of their first
// frames as far as memory allows. c is described while it is read. An error is
// always an *[exchange.Unreadable].
func Read(c *exchange.Capture, in io.Reader, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		r := newReader(c, o, yield)
		f, err := newFile(in, r.keys.add)
		d := newDecoder()
		if err == nil {
			err = r.packets(f, d)
			c.Producer = strings.ToValidUTF8(f.writer, "?")
		}
		r.over(d, err)
	}
}

func newReader(c *exchange.Capture, o Options, yield func(*exchange.Exchange, error) bool) *reader {
	r := &reader{
		capture: c, keys: &Keys{parent: o.Keys}, o: o, yield: yield,
		conns: map[tuple]*conn{}, clients: map[netip.Addr]*client{},
	}
	r.oldest.prev, r.oldest.nextConn = &r.oldest, &r.oldest
	c.Complete = true
	return r
}

// The remarks that only packets give rise to.
const (
	noteLost    exchange.NoteKind = "packets-lost"      // places where bytes are missing
	noteDropped exchange.NoteKind = "over-limit"        // connections, look-ups and streams dropped for a bound
	noteLink    exchange.NoteKind = "unknown-link-type" // packets of a kind of network that is not read
)

// A source hands out packets one after the other. The error is io.EOF at the
// end, and errIdle if there is none at the moment.
type source interface{ read(*frame) error }

// errIdle is for a source that goes on, but has nothing now.
var errIdle = errors.New("no packet at the moment")

// packets takes packets until there are no more.
func (r *reader) packets(from source, d *decoder) error {
	var fr frame
	var g datagram
	for !r.stopped {
		err := from.read(&fr)
		if err == errIdle {
			r.idle(time.Now())
			continue
		}
		if err != nil {
			return err
		}
		r.now = mark{fr.number, fr.at}
		if d.safely(&fr, &g) {
			r.packet(&g)
		}
		r.sweep(fr.number)
	}
	return io.EOF
}

// over ends the reading; err is why.
func (r *reader) over(d *decoder, err error) {
	if r.stopped {
		return
	}
	r.finishAll()
	r.capture.AddN(exchange.NotePacketsCut, d.cuts)
	r.capture.AddN(noteLost, r.gaps)
	r.capture.AddN(noteDropped, r.evicted+r.names.dropped+r.quietOver+r.overflow+d.frag.dropped)
	r.capture.AddN(noteLink, d.strange)
	switch {
	case r.stopped || err == io.EOF:
	case errors.Is(err, io.ErrUnexpectedEOF):
		r.capture.Add(exchange.NoteTruncated)
	case errors.Is(err, errDamaged):
		r.unreadable("it is damaged here; what follows cannot be read", "capture again, or copy the file again")
	default:
		r.unreadable("reading it failed", "")
	}
}

// unreadable yields an error about the rest of the capture.
func (r *reader) unreadable(reason, hint string) {
	u := &exchange.Unreadable{
		At:     exchange.Locator{Capture: r.capture.Name, Index: -1, Offset: -1, Frame: r.now.frame},
		Reason: reason, Hint: hint, Fatal: true,
	}
	if !r.yield(nil, u) {
		r.stopped = true
	}
}

// safely decodes a frame; one that makes a decoder panic is left out.
func (d *decoder) safely(fr *frame, g *datagram) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return d.decode(fr, g)
}

func (r *reader) packet(g *datagram) {
	switch {
	case !g.udp:
		r.tcp(g, r.now)
	case g.src == 53 || g.dst == 53:
		from, to := netip.AddrFrom16(g.from).Unmap(), netip.AddrFrom16(g.to).Unmap()
		r.names.message(from, to, g.payload, r.now)
	}
}

// finishAll ends what is still open at the end of the capture.
func (r *reader) finishAll() {
	var open []*conn
	for c := r.oldest.nextConn; c != &r.oldest; c = c.nextConn {
		if !c.ended {
			open = append(open, c)
		}
	}
	slices.SortFunc(open, func(a, b *conn) int { return cmp.Compare(a.first.frame, b.first.frame) })
	for _, c := range open {
		if r.stopped {
			return
		}
		r.finish(c)
	}
	r.lookups(0)
	r.tell(0)
	for _, s := range r.queue {
		if s.done {
			r.emit(s.x)
		}
	}
	r.queue = nil
}

// begin takes a place in the order of the capture for what begins at m.
func (r *reader) begin(m mark) *slot {
	s := r.slot()
	s.frame = m.frame
	if r.live {
		s.detached = true
		return s
	}
	i := len(r.queue)
	for i > 0 && r.queue[i-1].frame > s.frame {
		i--
	}
	r.queue = slices.Insert(r.queue, i, s)
	if len(r.queue) > maxPending {
		head := r.queue[0]
		r.queue = slices.Delete(r.queue, 0, 1)
		head.detached = true
		if head.done {
			r.leave(head)
		}
	}
	return s
}

// slot returns an empty one.
func (r *reader) slot() *slot {
	if n := len(r.slots); n > 0 {
		s := r.slots[n-1]
		r.slots = r.slots[:n-1]
		return s
	}
	return new(slot)
}

// fill puts an exchange in its place, which the caller forgets then.
func (r *reader) fill(s *slot, x *exchange.Exchange) {
	s.x, s.done = x, true
	if s.detached {
		r.leave(s)
		return
	}
	n := 0
	for n < len(r.queue) && r.queue[n].done {
		r.leave(r.queue[n])
		n++
	}
	r.queue = slices.Delete(r.queue, 0, n)
}

// leave yields what is in a slot.
func (r *reader) leave(s *slot) {
	x := s.x
	if *s = (slot{}); len(r.slots) < maxSpare {
		r.slots = append(r.slots, s)
	}
	r.emit(x)
}

func (r *reader) emit(x *exchange.Exchange) {
	if x == nil || r.stopped {
		return
	}
	x.At.Index = r.index
	if r.live {
		x.At.Frame = 0 // nobody has the packets
	}
	r.index++
	r.capture.Exchanges++
	if !r.yield(x, nil) {
		r.stopped = true
	}
}

// who returns what is known of a client.
func (r *reader) who(ip netip.Addr) *client {
	c := r.clients[ip]
	if c == nil {
		c = &client{ip: ip, label: ip.String(), reached: map[string]bool{}}
		if len(r.clients) < maxClients {
			r.clients[ip] = c
		}
	}
	return c
}

// who returns the client of c.
func (c *conn) who() *client {
	t := c.told()
	if ip := c.clientIP(); t.client == nil || t.client.ip != ip {
		t.client = c.r.who(ip)
	}
	return t.client
}

// agent notes a User-Agent.
func (c *client) agent(name string) {
	if c.named != name {
		c.named, c.label = strings.Clone(name), c.ip.String()+" "+name
	}
}

func (c *client) reach(host string) {
	if len(c.reached) < maxNames {
		c.reached[host] = true
	}
}

// exchange starts an exchange of c.
func (c *conn) exchange(at mark, url string) *exchange.Exchange {
	x := &exchange.Exchange{}
	c.begin(x, at)
	x.Client = c.r.clientName(c.clientIP())
	x.Request.URL, x.Request.Body.Size = url, -1
	return x
}

// begin fills in what an exchange of c has from the start.
func (c *conn) begin(x *exchange.Exchange, at mark) {
	x.At = exchange.Locator{Capture: c.r.capture.Name, Offset: -1, Frame: at.frame}
	x.From, x.Sight, x.Start, x.Took = c.r.capture, sight, at.at.time(), -1
	if c.r.names.seen {
		x.Sight |= exchange.DNSFacts
	}
}

func (r *reader) clientName(ip netip.Addr) string {
	if c := r.clients[ip]; c != nil {
		return c.label
	}
	return ip.String()
}

// tell yields the failures that nothing made good, but for those that ended
// after before; 0 stands for all.
func (r *reader) tell(before instant) {
	later := r.quiet[:0]
	for _, q := range r.quiet {
		if before != 0 && q.ended > before {
			later = append(later, q)
			continue
		}
		if w := r.clients[q.ip]; w != nil && w.reached[q.host] && !q.even {
			continue
		}
		q.x.Client = r.clientName(q.ip)
		r.fill(r.begin(mark{frame: q.x.At.Frame}), q.x)
	}
	clear(r.quiet[len(later):])
	r.quiet = later
}

// keepQuiet remembers a failure for tell.
func (r *reader) keepQuiet(q quiet) {
	if len(r.quiet) >= maxQuiet {
		r.quietOver++
		return
	}
	r.quiet = append(r.quiet, q)
}
