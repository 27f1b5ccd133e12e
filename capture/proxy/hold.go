package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/safely"
)

// Mended is what [Options.Mend] made of a refused request.
type Mended struct {
	// Answer is given to the client in place of that of the server; nil: that of
	// the server. It is passed over if it is not whole.
	Answer *Try
	// Label is the value of the field X-Why401-Repaired that the answer gets then:
	// letters, digits and dashes.
	Label string
	// Given is set, before Options.Mended is called, if the client got Answer.
	Given bool
	// Note is for the caller.
	Note any
}

// mayMend reports whether the answer to a request is worth holding back.
func mayMend(method string, status int) bool {
	if method != http.MethodGet && method != http.MethodHead {
		return false
	}
	return status == 400 || status == 401 || status == 403 || status == 404
}

// hold returns what takes the answer to f until it is known whether a repaired
// request fares better; nil if it need not be held back.
func (r *relay) hold(f *flight, status int) *holder {
	if r.p.o.Mend == nil || f.quiet || f.decided != nil || f.framing.Kind != wire.NoBody || !mayMend(f.method, status) {
		return nil
	}
	h := &holder{to: r.client.Conn}
	h.timer = time.AfterFunc(holdTime, func() { _ = h.open() })
	return h
}

// A holder keeps what is written until it is released, or becomes too much, or
// takes too long.
type holder struct {
	to    io.Writer
	timer *time.Timer

	mu     sync.Mutex
	buf    []byte
	passes bool // everything does
	err    error
}

// Write keeps b, or passes it on.
func (h *holder) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.passes && len(h.buf)+len(b) <= maxHeld {
		h.buf = append(h.buf, b...)
		return len(b), nil
	}
	if err := h.pass(); err != nil {
		return 0, err
	}
	return h.to.Write(b)
}

// pass passes on what is kept, and all that follows.
func (h *holder) pass() error {
	if !h.passes {
		h.passes = true
		_, h.err = h.to.Write(h.buf)
		h.buf = nil
	}
	return h.err
}

// release passes on what is kept, if that is not done yet.
func (h *holder) release() error {
	h.timer.Stop()
	return h.open()
}

func (h *holder) open() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pass()
}

// settle answers f, whose answer is whole, with it or with a better one.
func (h *holder) settle(r *relay, f *flight, last bool) error {
	h.timer.Stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passes {
		return h.err // it took too long
	}
	f.took = time.Since(f.start)
	if err := safely.Do(func() { f.done = f.exchange(&r.p.o) }); err != nil {
		return h.pass() // see tells of it
	}
	f.mended = r.p.mend(r.s.ctx, f.done)
	if f.mended.Given {
		t := *f.mended.Answer
		if raw, ok := f.back.inward(t.head, r.p.o.Reverse); ok {
			if head, err := wire.ParseResponse(raw); err == nil {
				t.head = head
			}
		}
		h.buf = t.bytes(f.method, f.mended.Label, last)
	}
	return h.pass()
}

// mend asks for something better than the answer of x, of which it hands out a
// copy: x itself is not complete yet.
func (p *Proxy) mend(ctx context.Context, x *exchange.Exchange) *Mended {
	y := *x
	y.From = p.again.from(p.o.Name)
	y.At = exchange.Locator{Capture: p.o.Name, Index: -1, Offset: -1}
	ctx, cancel := context.WithTimeout(ctx, againTime)
	defer cancel()
	var m Mended
	if err := safely.Do(func() { m = p.o.Mend(ctx, &y) }); err != nil {
		p.o.Fault(err) // and the client gets what the server said
	}
	m.Given = m.Answer != nil && m.Answer.all && m.Answer.Response != nil
	return &m
}

// carried reports whether a field of the answer is not sent on as it is: it
// belongs to the connection on which that came.
func carried(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "transfer-encoding", "trailer", "upgrade", "proxy-connection":
		return false
	}
	return true
}

// bytes returns the answer as a message of HTTP/1.1, marked with label.
func (t *Try) bytes(method, label string, last bool) []byte {
	status := t.head.Status
	bodyless := method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
	out := []byte("HTTP/1.1 " + strconv.Itoa(status) + " " + t.head.Reason + "\r\n")
	fieldLines(t.head, func(lines []byte, name string, start bool) {
		if start || name == "" || !carried(name) || !bodyless && strings.EqualFold(name, "Content-Length") {
			return
		}
		out = append(out, strings.TrimRight(string(lines), "\r\n")+"\r\n"...)
	})
	out = append(out, "X-Why401-Repaired: "+label+"\r\n"...)
	if last {
		out = append(out, "Connection: close\r\n"...)
	}
	if bodyless {
		return append(out, "\r\n"...)
	}
	out = append(out, "Content-Length: "+strconv.Itoa(len(t.body))+"\r\n\r\n"...)
	return append(out, t.body...)
}

// mend holds the answer resp back, and answers in its place if there is a
// better one; else resp can be sent on as if nothing was read of it.
func (h *h2) mend(w http.ResponseWriter, x *exchange.Exchange, resp *http.Response) (m *Mended) {
	if h.p.o.Mend == nil || !mayMend(x.Request.Method, resp.StatusCode) {
		return nil
	}
	body := resp.Body
	b, err := io.ReadAll(io.LimitReader(body, maxHeld+1))
	if err != nil || len(b) > maxHeld {
		resp.Body = &rest{io.MultiReader(bytes.NewReader(b), body), body}
		return nil
	}
	resp.Body = &rest{bytes.NewReader(b), body}
	var keep wire.Keeper
	_, _ = keep.Write(b)
	y := *x
	answer := *x.Response
	answer.Body = keep.Body(answer.Header, wire.Framing{}, h.p.o.Decoder)
	y.Response = &answer
	h.mu.Lock()
	y.Conn = h.facts
	h.mu.Unlock()
	if m = h.p.mend(h.s.ctx, &y); !m.Given {
		return m
	}
	t := m.Answer
	for _, f := range t.Response.Header {
		if carried(f.Name) && !strings.EqualFold(f.Name, "Content-Length") {
			w.Header().Add(f.Name, strings.Trim(f.Value, " \t\r\n"))
		}
	}
	w.Header().Set("X-Why401-Repaired", m.Label)
	w.WriteHeader(t.head.Status)
	_, _ = w.Write(t.body)
	return m
}

// rest is a body of which a part was read.
type rest struct {
	io.Reader
	io.Closer
}
