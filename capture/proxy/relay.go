package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/safely"
)

// A relay carries the requests of one client connection and their answers. Two
// goroutines do it: run reads requests, answers reads answers; flights pass from
// the first to the second in order.
type relay struct {
	p      *Proxy
	s      *session
	client *leg
	scheme string
	since  time.Time // when the connection began, if its first head is not read yet

	host, port string // the server; "": what the request says
	at         string // where host is; "": to be looked up
	name, sni  string
	hello      *exchange.Handshake
	secured    time.Time // when the handshake with the client was through

	requests int
	wg       sync.WaitGroup // answers
	closing  atomic.Bool    // no further request is read; what comes is thrown away
	gone     atomic.Bool    // the client went away

	mu      sync.Mutex
	change  sync.Cond // pending became shorter, or closing was set
	pending []*flight
	up      *upstream
	framer  wire.Framer // of requests
}

func newRelay(p *Proxy, s *session, client *leg, scheme string) *relay {
	r := &relay{p: p, s: s, client: client, scheme: scheme}
	r.change.L = &r.mu
	return r
}

// run reads requests until the connection ends.
func (r *relay) run() {
	r.requestLoop()
	if u := r.upstream(); u != nil {
		r.mu.Lock()
		u.retired = len(r.pending) == 0
		r.mu.Unlock()
		_ = u.raw.Close()
	}
	if r.gone.Load() {
		_ = r.client.raw.Close() // an answer may be stuck on the way to it
	}
	r.wg.Wait()
	if r.client.tls != nil && !r.gone.Load() && !r.closing.Load() {
		_ = r.client.tls.Close()
	}
	_ = r.client.raw.Close()
}

func (r *relay) upstream() *upstream {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.up
}

func (r *relay) requestLoop() {
	for {
		// Nearly all the time is spent here: the less there is on the stack then,
		// the smaller it stays.
		raw, err := r.nextHead()
		if !r.next(raw, err) {
			break
		}
		r.requests++
	}
	if r.closing.Load() && !r.gone.Load() {
		_, _ = io.CopyN(io.Discard, r.client.br, maxLinger)
	}
}

// nextHead waits for the head of the next request.
func (r *relay) nextHead() ([]byte, error) {
	limit := r.p.o.HeadTimeout
	if !r.since.IsZero() {
		limit = max(limit-time.Since(r.since), time.Millisecond)
		r.since = time.Time{}
	}
	return r.client.head(limit)
}

// next carries the request with this head, or what came instead of one; false if
// it was the last one.
func (r *relay) next(raw []byte, err error) bool {
	if r.closing.Load() || r.s.last.Load() && err == nil {
		r.closeIfIdle()
		return false
	}
	if err != nil {
		r.noHead(raw, err)
		return false
	}
	r.s.touch()
	h, err := wire.ParseRequest(raw)
	if err != nil {
		return false
	}
	if r.requests == 0 && r.client.tls != nil {
		r.p.believe.add(r.hello)
	}
	req := h.Request()
	f := &flight{
		start: time.Now(), client: r.s.client, head: h, method: h.Method,
		framing: wire.RequestBody(&req), old: h.Proto == "HTTP/1.0",
	}
	f.open.Store(2)
	f.last = !wire.Persists(h.Proto, h.Header) || f.framing.Faults.Ambiguous() || r.s.last.Load()
	scheme, host, port, out, no := r.route(h)
	f.url = urlOf(h, scheme, host, port)
	f.back = r.backTo(h)
	if why := unfit(h, f.framing); why != "" {
		f.url = urlOf(h, r.scheme, r.host, r.port)
		f.failure, f.took = &exchange.Failure{Phase: exchange.HTTP, Code: CodeMalformed}, time.Since(f.start)
		r.p.rec.add(f)
		r.refuse(f, refusal{"400 Bad Request", malformed(h, why), ""})
		return false
	}
	if no.line != "" {
		r.refuse(f, no)
		return false
	}
	if f.back.authority != "" {
		// From here on it is the request that the server gets.
		if h, err = wire.ParseRequest(out); err != nil {
			return false
		}
		f.head = h
	}
	lost := r.lost(f)
	u, fresh, ok := r.server(f, scheme, host, port)
	if !ok {
		return false
	}
	if u.over {
		out = overProxy(h, r.p.dial.to("http", u.host, port), scheme, host, port)
	}
	f.conn = u.facts
	if f.quiet = r.host == "" && r.p.o.Reverse == nil && !r.p.o.Intercept(host); f.quiet && fresh {
		r.p.tunnelled(r.s, host, port, "plain HTTP to a host that is not one of those that are intercepted")
	}
	if h.Method == "CONNECT" || h.Header.Has("Upgrade") {
		f.decided = make(chan struct{})
	}
	if !r.push(f) {
		return false
	}
	if fresh {
		// Not before: a server may refuse at once, and that is the answer to f.
		r.wg.Go(func() {
			if err := safely.Do(func() { r.answers(u) }); err != nil {
				r.broke(err)
			}
		})
	}
	sent, complete := r.send(f, u, out)
	r.through(f)
	switch {
	case !complete:
		// The client went away within its request.
		r.leave(u)
		return false
	case !sent, lost:
		return r.discard(u)
	case f.decided != nil:
		return r.await(f, u)
	case f.last:
		return r.discard(u)
	}
	return true
}

// noHead deals with a client that sent no further request.
func (r *relay) noHead(raw []byte, err error) {
	u := r.upstream()
	var tooLong *wire.Error
	switch {
	case r.s.ctx.Err() != nil:
	case err == io.EOF && len(raw) == 0 || err == io.EOF && len(bytes.Trim(raw, "\r\n")) == 0:
		if r.requests == 0 && r.client.tls != nil && r.distrusts() {
			hello := copyHandshake(r.hello)
			r.p.handshakeFailed(r.s, r.name, r.port, hello, r.secured, &clientError{err, CodeDropped})
		}
		if u != nil {
			r.leave(u)
		}
	case errors.As(err, &tooLong), errors.Is(err, io.ErrUnexpectedEOF), timedOut(err):
		h, _ := wire.ParseRequest(raw[:min(len(raw), wire.MaxHead-1)])
		if h != nil {
			f := &flight{start: time.Now(), client: r.s.client, head: h, method: h.Method}
			f.url = urlOf(h, r.scheme, r.host, r.port)
			f.failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeMalformed}
			r.p.rec.add(f)
		}
		if r.drained() {
			r.p.refuseHead(r.client, err)
		}
	default:
		r.gone.Store(true)
		if u != nil {
			_ = u.raw.Close()
		}
	}
}

// leave deals with a client that closed its side. On a plain connection it may
// still read: the server is told the same, and its answer is passed on. With TLS
// that is the end of it.
func (r *relay) leave(u *upstream) {
	r.mu.Lock()
	due := len(r.pending) > 0
	r.mu.Unlock()
	if due && r.client.tls == nil {
		u.closeWrite()
		if r.drainedWithin(halfClosed) {
			return
		}
	}
	r.gone.Store(true)
	_ = u.raw.Close()
}

// refuse answers a request in place of a server.
func (r *relay) refuse(f *flight, no refusal) {
	if !r.drained() {
		return
	}
	writeAnswer(r.client, no.line, no.text, no.fields, f.method == "HEAD")
	r.hangUp(nil)
}

// lost takes header lines that follow a head which a stray line feed ended. The
// server would take them for another request; they are not sent on.
func (r *relay) lost(f *flight) bool {
	if !f.head.Early || f.framing.Kind != wire.NoBody {
		return false
	}
	after, _ := r.client.br.Peek(r.client.br.Buffered())
	lines, n, _ := f.head.Lost(after)
	if len(lines) == 0 {
		return false
	}
	f.tail = append([]byte(nil), after[:n]...)
	f.last = true
	return true
}

// server returns the connection to the server of a request. If that cannot be
// reached, the client is told, and ok is false. Nobody reads answers from a fresh
// one yet.
func (r *relay) server(f *flight, scheme, host, port string) (u *upstream, fresh, ok bool) {
	if u = r.upstream(); u != nil {
		if u.scheme == scheme && u.host == host && u.port == port {
			return u, false, true
		}
		// Requests for several servers come one after the other.
		if !r.drained() {
			return nil, false, false
		}
		r.mu.Lock()
		u.retired = true
		r.up = nil
		r.mu.Unlock()
		_ = u.raw.Close()
		r.s.disown(u.raw)
		r.wg.Wait()
		if r.closing.Load() {
			return nil, false, false
		}
	}
	r.s.pending.Add(1)
	defer r.s.pending.Add(-1)
	v := watch(r.s.ctx, r.client, r.client.tls == nil)
	u, facts, err := r.p.reach(v.ctx, r.s, place{scheme, host, port, r.at, r.sni}, r.hello)
	left := v.end()
	if err != nil {
		f.conn, f.failure, f.took = facts, failureOf(err), time.Since(f.start)
		if left || r.s.ctx.Err() != nil {
			f.failure = r.aborted()
			r.gone.Store(true)
			r.p.rec.add(f)
			return nil, false, false
		}
		r.p.rec.add(f)
		writeAnswer(r.client, "502 Bad Gateway", gatewayText(net.JoinHostPort(host, port), f.failure), "", f.method == "HEAD")
		r.hangUp(nil)
		return nil, false, false
	}
	r.mu.Lock()
	r.up = u
	r.mu.Unlock()
	return u, true, true
}

// push adds f to the flights that wait for an answer.
func (r *relay) push(f *flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.pending) >= maxPending && !r.closing.Load() {
		r.change.Wait()
	}
	if r.closing.Load() {
		return false
	}
	r.pending = append(r.pending, f)
	r.s.pending.Add(1)
	return true
}

// oldest returns the flight whose answer is next.
func (r *relay) oldest() *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 {
		return nil
	}
	return r.pending[0]
}

// pop takes the oldest flight off.
func (r *relay) pop() {
	r.mu.Lock()
	n := copy(r.pending, r.pending[1:])
	r.pending[n] = nil
	r.pending = r.pending[:n]
	r.mu.Unlock()
	r.s.pending.Add(-1)
	r.change.Broadcast()
}

// drained waits until all answers are through; false if the connection ends.
func (r *relay) drained() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.pending) > 0 && !r.closing.Load() {
		r.change.Wait()
	}
	return !r.closing.Load()
}

func (r *relay) drainedWithin(d time.Duration) bool {
	t := time.AfterFunc(d, r.shut)
	defer t.Stop()
	return r.drained()
}

// through says that one side of f has ended; the second one hands it on.
func (r *relay) through(f *flight) {
	if f.open.Add(-1) == 0 && !f.quiet {
		r.p.rec.add(f)
	}
}

// send sends a request. sent is false if the server did not take all of it,
// complete if the client sent all of it.
func (r *relay) send(f *flight, u *upstream, head []byte) (sent, complete bool) {
	if f.framing.Kind == wire.NoBody || f.framing.Kind == wire.Tunnel {
		_, err := u.Write(head)
		return err == nil, true
	}
	r.framer.Reset(f.framing)
	c := pump{from: r.client, to: u.Conn, framer: &r.framer, keep: &f.body, s: r.s, sink: true}
	err := c.run(head)
	return !c.sunk, err == nil
}

// discard throws away what a client sends after its last request, until the
// connection ends.
func (r *relay) discard(u *upstream) bool {
	buf := buffers.Get().(*[copyBuffer]byte)
	defer buffers.Put(buf)
	for n := 0; n < maxLinger; {
		m, err := r.client.br.Read(buf[:])
		n += m
		if r.closing.Load() {
			return false
		}
		if err != nil {
			if err == io.EOF {
				r.leave(u)
			} else {
				r.gone.Store(true)
				_ = u.raw.Close()
			}
			return false
		}
	}
	// It does not stop: then only the answer counts.
	r.drained()
	return false
}

// await waits for the answer to a request that may end HTTP on this connection.
func (r *relay) await(f *flight, u *upstream) bool {
	_, err := r.client.br.Peek(1)
	if err != nil && !r.closing.Load() {
		select {
		case <-f.decided:
		default:
			if err == io.EOF {
				r.leave(u)
			} else {
				r.gone.Store(true)
				_ = u.raw.Close()
			}
			return false
		}
	}
	<-f.decided
	if !f.switched {
		return err == nil
	}
	buf := buffers.Get().(*[copyBuffer]byte)
	defer buffers.Put(buf)
	if err := r.copyRaw(u.Conn, r.client, buf[:]); err != nil {
		_ = u.raw.Close()
		r.client.abort()
		return false
	}
	u.closeWrite()
	r.wg.Wait() // the other direction goes on
	return false
}

// copyRaw copies until the end of from.
func (r *relay) copyRaw(to io.Writer, from *leg, buf []byte) error {
	for {
		n, err := from.br.Read(buf)
		if n > 0 {
			r.s.touch()
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// closeIfIdle ends a connection that is to end after its last answer.
func (r *relay) closeIfIdle() {
	if r.drained() {
		r.hangUp(r.upstream())
	}
}

// shut says that no further request is read.
func (r *relay) shut() {
	r.mu.Lock()
	r.closing.Store(true)
	r.mu.Unlock()
	r.change.Broadcast()
}

// hangUp ends the connection in an orderly way, after the last answer.
func (r *relay) hangUp(u *upstream) {
	r.shut()
	r.client.closeWrite()
	_ = r.client.raw.SetReadDeadline(time.Now().Add(lingerTime))
	if u != nil {
		_ = u.raw.Close()
	}
}

// broke ends the connection after a fault of ours in answers, so that nobody waits
// for what does not come any more.
func (r *relay) broke(err error) {
	r.p.o.Fault(err)
	r.gone.Store(true)
	r.shut()
	r.s.kill()
	for f := r.oldest(); f != nil; f = r.oldest() {
		f.failure = r.aborted()
		r.end(f)
	}
}

// breakOff ends the connection in the middle of an answer, so that the client
// cannot take what it has for all of it.
func (r *relay) breakOff(u *upstream) {
	r.gone.Store(true)
	r.shut()
	r.client.abort()
	_ = u.raw.Close()
}
