package proxy

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// answers reads the answers of a server until the connection to it ends.
func (r *relay) answers(u *upstream) {
	for {
		raw, err := u.head(0) // as in requestLoop
		if !r.answer(u, raw, err) {
			break
		}
	}
	// Nobody waits for what does not come any more.
	for f := r.oldest(); f != nil && !r.retired(u); f = r.oldest() {
		if f.failure == nil {
			f.failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeEmpty}
			if r.gone.Load() || r.s.ctx.Err() != nil {
				f.failure = r.aborted()
			}
		}
		r.end(f)
	}
}

// aborted is why a request has no answer, or no whole one, where that is not the
// doing of the server.
func (r *relay) aborted() *exchange.Failure {
	if r.s.expired.Load() {
		return &exchange.Failure{Phase: exchange.HTTP, Code: "ETIMEDOUT"}
	}
	return &exchange.Failure{Phase: exchange.Blocked, Code: CodeAborted}
}

func (r *relay) retired(u *upstream) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return u.retired
}

// end takes f, the oldest flight, off: its answer is through.
func (r *relay) end(f *flight) {
	f.took = time.Since(f.start)
	if f.decided != nil {
		select {
		case <-f.decided:
		default:
			close(f.decided)
		}
	}
	r.pop()
	r.through(f)
}

// answer carries the answer with this head, or what came instead of one; false if
// it was the last one.
func (r *relay) answer(u *upstream, raw []byte, err error) bool {
	if r.retired(u) {
		return false
	}
	f := r.oldest()
	if err != nil {
		r.noAnswer(u, f, raw, err)
		return false
	}
	r.s.touch()
	h, err := wire.ParseResponse(raw)
	if f == nil || err != nil {
		// Nobody asked: a server says 408 that way, for example.
		r.hangUp(u)
		return false
	}
	if h.Status == 0 || !strings.HasPrefix(h.Proto, "HTTP/1.") {
		r.fail(u, f, &exchange.Failure{Phase: exchange.HTTP, Code: CodeNotHTTP})
		return false
	}
	if h.Status/100 == 1 && h.Status != 101 {
		if !f.old {
			if _, err := r.client.Write(raw); err != nil {
				r.gone.Store(true)
				_ = u.raw.Close()
			}
		}
		return true
	}
	resp := h.Response()
	f.answer, f.answerFraming = h, wire.ResponseBody(f.method, resp)
	if f.answerFraming.Kind == wire.Tunnel {
		r.switchOver(u, f, raw)
		return false
	}
	c := pump{from: u.leg, to: r.client.Conn, keep: &f.answerBody, s: r.s}
	held := r.hold(f, h.Status)
	if held != nil {
		c.to = held
	}
	if raw, f.rewritten = f.back.inward(h, r.p.o.Reverse); f.rewritten {
		if h, err = wire.ParseResponse(raw); err != nil {
			r.fail(u, f, &exchange.Failure{Phase: exchange.HTTP, Code: CodeNotHTTP})
			return false
		}
	}
	if f.old && f.answerFraming.Kind == wire.Chunked {
		raw = unchunked(h)
		c.bare = true
	}
	if f.answerFraming.Kind == wire.NoBody {
		_, c.writeErr = c.to.Write(raw)
		err = c.writeErr
	} else {
		u.framer.Reset(f.answerFraming)
		c.framer = &u.framer
		err = c.run(raw)
	}
	if err != nil {
		if held != nil {
			_ = held.release()
		}
		switch {
		case c.writeErr != nil || r.gone.Load() || r.s.ctx.Err() != nil:
			f.failure = r.aborted()
		case f.answerFraming.Kind == wire.Chunked:
			f.failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeCutChunked}
		case reset(err):
			f.failure = &exchange.Failure{Phase: exchange.HTTP, Code: "ECONNRESET"}
		default:
			f.failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeCut}
		}
		r.end(f)
		r.breakOff(u)
		return false
	}
	last := f.last || c.bare || f.answerFraming.Kind == wire.UntilClose || f.answerFraming.Faults.Ambiguous() ||
		!wire.Persists(h.Proto, h.Header) || r.s.last.Load()
	u.answers++
	if held != nil {
		if err := held.settle(r, f, last); err != nil {
			f.failure = r.aborted()
			r.end(f)
			r.breakOff(u)
			return false
		}
	}
	if last {
		r.hangUp(u)
	}
	r.end(f)
	return !last
}

// switchOver passes on an answer after which both sides speak something else,
// and then what the server says.
func (r *relay) switchOver(u *upstream, f *flight, raw []byte) {
	_, err := r.client.Write(raw)
	f.switched = err == nil && f.decided != nil
	if !f.switched {
		r.end(f)
		r.breakOff(u)
		return
	}
	r.s.switched.Store(true)
	r.s.pending.Add(1) // what follows may take long
	defer r.s.pending.Add(-1)
	r.end(f)
	buf := buffers.Get().(*[copyBuffer]byte)
	defer buffers.Put(buf)
	if err := r.copyRaw(r.client.Conn, u.leg, buf[:]); err != nil {
		r.breakOff(u)
		return
	}
	r.client.closeWrite()
}

// noAnswer deals with a server that closed the connection.
func (r *relay) noAnswer(u *upstream, f *flight, raw []byte, err error) {
	switch {
	case f == nil && !r.gone.Load():
		r.hangUp(u)
	case f == nil:
	case r.gone.Load() || r.s.ctx.Err() != nil:
		f.failure = r.aborted()
		r.breakOff(u)
	default:
		failure := failureOf(err)
		if errors.Is(err, io.EOF) && len(raw) == 0 {
			failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeEmpty}
		}
		var tooLong *wire.Error
		if errors.As(err, &tooLong) {
			failure = &exchange.Failure{Phase: exchange.HTTP, Code: "ERR_RESPONSE_HEADERS_TOO_BIG"}
		}
		r.fail(u, f, failure)
	}
}

// fail tells the client that there is no answer to f. On a connection that had
// answers before, that is done by closing it, as the server did: clients know
// that as a connection that timed out, and try again.
func (r *relay) fail(u *upstream, f *flight, failure *exchange.Failure) {
	f.failure = failure
	if u.answers > 0 && (failure.Code == CodeEmpty || failure.Code == "ECONNRESET") {
		r.end(f)
		r.breakOff(u)
		return
	}
	writeAnswer(r.client, "502 Bad Gateway", gatewayText(net.JoinHostPort(u.host, u.port), failure), "", f.method == "HEAD")
	r.hangUp(u)
	r.end(f)
}
