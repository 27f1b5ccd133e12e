package packet

import (
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// tlsLayer follows TLS and takes it off where there are keys.
type tlsLayer struct {
	c     *conn
	ctx   around
	watch wire.Watch
	inner layer
	sides [2]tlsSide

	secrets *secrets
	asked   bool      // secrets is set, if there are any
	since   time.Time // of the wait for them, in a live capture
	idle    bool      // nothing can be decrypted
	running bool

	again struct { // the handshake within the connection (renegotiation)
		client *wire.ClientHello
		server *wire.ServerHello
	}
}

// A tlsSide is one direction.
type tlsSide struct {
	buf    []byte
	marks  []reach // of the bytes in buf
	open   opener
	ccs    bool // ChangeCipherSpec of TLS up to 1.2
	hs     wire.Messages
	fails  int
	lost   bool
	adrift bool  // nobody knows where the next record starts
	past   int64 // bytes passed over since then
	fin    *mark
}

// room is where the records are decrypted into. What is encrypted twice needs
// two.
func (t *tlsLayer) room() *[]byte { return &t.c.r.plain[t.ctx.depth] }

// A reach says when the bytes up to end came.
type reach struct {
	end int
	at  mark
}

func newTLS(c *conn, ctx around) *tlsLayer {
	t := &tlsLayer{c: c, ctx: ctx}
	c.app.watch, c.app.tunnelled, c.app.sealed = &t.watch, ctx.host, false
	in := around{scheme: "https", host: ctx.host, watch: &t.watch}
	t.inner = newSniffer(c, in, ctx.depth+1)
	return t
}

func (t *tlsLayer) data(from exchange.Side, p []byte, at mark) {
	t.watch.Feed(from, p)
	t.alerted(at)
	s := &t.sides[index(from)]
	if t.idle || s.lost {
		return
	}
	if len(s.buf) > maxHalf {
		t.give()
		return
	}
	if s.buf == nil {
		s.buf = t.c.r.records.take()
	}
	s.buf = append(s.buf, p...)
	s.marks = append(s.marks, reach{len(s.buf), at})
	t.c.r.waiting += len(p)
	t.run()
}

// alerted notes where the first fatal alert was.
func (t *tlsLayer) alerted(at mark) {
	if t.c.app.alert.frame > 0 {
		return
	}
	if h := t.watch.Handshake(); h != nil {
		for _, a := range h.Alerts {
			if a.Fatal {
				t.c.app.alert = at
			}
		}
	}
}

// give stops to decrypt.
func (t *tlsLayer) give() {
	if w := &t.watch; t.asked && t.secrets == nil && w.Server != nil && w.Version() <= wire.TLS12 && w.Chain() == 0 && t.c.r.keys.any() {
		t.c.r.capture.Add(exchange.NoteResumed)
	}
	t.idle = true
	t.c.app.sealed = true
	for i := range t.sides {
		s := &t.sides[i]
		t.c.r.waiting -= len(s.buf)
		s.buf, s.marks = nil, nil
	}
}

func (t *tlsLayer) release() {
	if !t.c.app.tried {
		t.give()
		return
	}
	if r, ok := t.inner.(interface{ release() }); ok {
		r.release()
	}
}

// run takes the records that can be judged by now, of both sides.
func (t *tlsLayer) run() {
	if t.running {
		return
	}
	t.running = true
	for again := true; again && !t.idle; {
		again = false
		for _, from := range [...]exchange.Side{exchange.Client, exchange.Server} {
			s := &t.sides[index(from)]
			n := 0
			for !t.idle && !s.lost {
				m := t.record(from, s, s.buf[n:], s.at(n))
				if m == 0 {
					break
				}
				n += m
			}
			if n > 0 && !t.idle {
				s.consume(n, &t.c.r.records)
				t.c.r.waiting -= n
				again = true
			}
			if s.fin != nil && len(s.buf) == 0 {
				at := *s.fin
				s.fin = nil
				t.inner.fin(from, at)
			}
		}
	}
	t.running = false
}

// at returns when byte i of the buffer came.
func (s *tlsSide) at(i int) mark {
	for _, r := range s.marks {
		if i < r.end {
			return r.at
		}
	}
	return mark{}
}

// consume drops the first n bytes; memory that is empty then goes to spare.
func (s *tlsSide) consume(n int, spare *spares) {
	s.buf = append(s.buf[:0], s.buf[n:]...)
	if len(s.buf) == 0 {
		spare.give(s.buf)
		s.buf = nil
	}
	keep := s.marks[:0]
	for _, r := range s.marks {
		if r.end > n {
			keep = append(keep, reach{r.end - n, r.at})
		}
	}
	s.marks = keep
}

// record takes one record off b and returns how many bytes it has; 0: it has to
// wait.
func (t *tlsLayer) record(from exchange.Side, s *tlsSide, b []byte, at mark) int {
	if len(b) == 0 {
		return 0
	}
	if s.adrift {
		return t.search(from, s, b, at)
	}
	r, n, err := wire.ParseRecord(b)
	switch {
	case err != nil:
		if len(b) > 4 && b[0]&0x80 != 0 && from == exchange.Client && s.open == nil { // the hello of SSL 2
			if n = 2 + int(b[0]&0x7f)<<8 + int(b[1]); n <= len(b) {
				return n
			}
			return 0
		}
		s.lost = true
		return 0
	case n == 0:
		return 0
	}
	server := t.watch.Server
	if r.Type == wire.RecordHandshake && !s.ccs || r.Type == wire.RecordAlert && !s.ccs && len(r.Fragment) == 2 {
		return n
	}
	if t.watch.Client == nil || server == nil || server.Retry {
		return 0
	}
	if r.Type == wire.RecordCCS && (!s.ccs || is13(server.Version)) {
		s.ccs = !is13(server.Version)
		return n
	}
	if !t.ready(from, s) {
		return 0
	}
	plain, kind, ok := s.open.open(r.Type, r.Version, r.Fragment)
	if !ok {
		if s.fails++; s.fails > 64 {
			s.lost = true
			t.inner.gap(from, 1<<40, at)
		}
		return n
	}
	s.fails = 0
	t.content(from, s, kind, plain, at)
	return n
}

func is13(v uint16) bool { return v == wire.TLS13 || v>>8 == 0x7f }

// ready makes sure that the records of a side can be decrypted.
func (t *tlsLayer) ready(from exchange.Side, s *tlsSide) bool {
	if !t.asked {
		t.secrets = t.c.r.keys.of(t.watch.Client.Random)
		if t.waits() {
			return false
		}
		t.asked = true
		if t.secrets == nil && !is13(t.watch.Server.Version) {
			t.secrets = t.c.r.keys.resumed(t.watch.Client, t.watch.Server)
		}
	}
	if s.open == nil && t.secrets != nil {
		s.open = newOpener(t.secrets, t.watch.Client, t.watch.Server, index(from), t.room())
		if from == exchange.Server && s.open != nil && !is13(t.watch.Server.Version) {
			t.c.r.keys.keep(t.watch.Issued, t.secrets.master)
			t.c.r.keys.keep(idName(t.watch.Server.Session), t.secrets.master)
		}
	}
	if s.open == nil {
		t.give()
		return false
	}
	return true
}

// waits reports whether the secrets may yet come: clients write them about the
// time when they send what is encrypted with them.
func (t *tlsLayer) waits() bool {
	r := t.c.r
	if !r.live || t.secrets.complete(t.watch.Server.Version) || !r.keys.grows() {
		return false
	}
	if t.since.IsZero() {
		t.since = time.Now()
		r.early = append(r.early, t)
	}
	return time.Since(t.since) < keysLate
}

// content takes what was in a record.
func (t *tlsLayer) content(from exchange.Side, s *tlsSide, kind uint8, p []byte, at mark) {
	if !t.c.app.tried {
		t.c.app.tried = true
	}
	switch kind {
	case wire.RecordApplication:
		if len(p) == 0 {
			return
		}
		if from == exchange.Client {
			t.c.app.clientApp += len(p)
		}
		t.inner.data(from, p, at)
	case wire.RecordHandshake:
		s.hs.Add(p, func(kind uint8, body []byte) {
			switch {
			case kind == wire.MessageKeyUpdate:
				s.open.update()
			case kind == wire.MessageClientHello && from == exchange.Client:
				t.again.client, _ = wire.ParseClientHello(body)
				t.again.server = nil
			case kind == wire.MessageServerHello && from == exchange.Server:
				t.again.server, _ = wire.ParseServerHello(body)
			default:
				t.watch.Message(from, kind, body)
			}
		})
	case wire.RecordCCS:
		t.rekey(from, s, at)
	case wire.RecordAlert:
		if a, ok := wire.ParseAlert(from, p); ok && a.Code != 0 && a.Code != 90 {
			t.watch.Alert(a)
			t.alerted(at)
		}
	}
}

// rekey takes the keys of the handshake within the connection: what follows is
// encrypted with them.
func (t *tlsLayer) rekey(from exchange.Side, s *tlsSide, at mark) {
	c, h := t.again.client, t.again.server
	if c == nil || h == nil {
		return
	}
	k := t.c.r.keys.of(c.Random)
	if k == nil {
		k = t.c.r.keys.resumed(c, h)
	}
	if k != nil {
		if o := newOpener(k, c, h, index(from), t.room()); o != nil {
			s.open, s.hs = o, wire.Messages{}
			return
		}
	}
	s.lost = true
	t.inner.gap(from, 1<<40, at)
}

func (t *tlsLayer) gap(from exchange.Side, n int64, at mark) {
	t.watch.Gap(from, n)
	s := &t.sides[index(from)]
	if t.idle || s.lost {
		return
	}
	if s.open == nil || !s.open.seeks() {
		s.lost = true
		t.c.r.waiting -= len(s.buf)
		s.buf, s.marks = nil, nil
		t.inner.gap(from, 1<<40, at)
		return
	}
	// The records before it are complete or lost.
	s.past += int64(len(s.buf)) + n
	t.c.r.waiting -= len(s.buf)
	s.buf, s.marks = s.buf[:0], s.marks[:0]
	s.adrift = true
}

// search looks for the start of a record after a gap, and tries which one it is.
func (t *tlsLayer) search(from exchange.Side, s *tlsSide, b []byte, at mark) int {
	for i := 0; i+5 <= len(b); i++ {
		r, n, err := wire.ParseRecord(b[i:])
		if err != nil || b[i] != wire.RecordApplication || b[i+1] != 3 || b[i+2] != 3 {
			continue
		}
		if n == 0 {
			if len(b) > 40<<10 {
				continue
			}
			s.past += int64(i)
			return i
		}
		plain, kind, skipped, ok := s.open.seek(r.Type, r.Version, r.Fragment, int(min(s.past/22+2, 4096)))
		if !ok {
			continue
		}
		s.adrift = false
		// Without padding the length of what is lost is known.
		missing := s.past + int64(i) - int64(skipped)*int64(s.open.overhead())
		s.past = 0
		if missing > 0 {
			t.inner.gap(from, missing, at)
		}
		t.content(from, s, kind, plain, at)
		return i + n
	}
	keep := min(len(b), 4)
	s.past += int64(len(b) - keep)
	return len(b) - keep
}

func (t *tlsLayer) fin(from exchange.Side, at mark) {
	s := &t.sides[index(from)]
	if t.idle {
		return
	}
	if len(s.buf) == 0 || s.lost {
		t.inner.fin(from, at)
		return
	}
	s.fin = &at
}

func (t *tlsLayer) end() {
	if !t.idle && !t.c.app.tried {
		t.c.app.sealed = true
	}
	for i := range t.sides {
		s := &t.sides[i]
		t.c.r.waiting -= len(s.buf)
		t.c.r.records.give(s.buf)
		s.buf = nil
	}
	t.inner.end()
}
