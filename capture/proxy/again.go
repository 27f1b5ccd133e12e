package proxy

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// An Edit changes one header field line of a request.
type Edit struct {
	Field int    // index in the header of the request
	Name  string // the new name; "": as it is
	Value string // the new value
	Drop  bool   // the line is left out
}

// A Try is a request of a client that the proxy sent again, changed, and what came
// of it. It is no traffic of the client: Options.See does not get it, and its
// capture is one of its own, of format "try".
type Try struct {
	*exchange.Exchange
	head *wire.Head // of the answer
	body []byte     // content as sent, content codings included
	all  bool       // body is all of it
}

// The reasons why a request is not sent again.
var (
	ErrNotRepeatable = errors.New("proxy: only a GET or HEAD without a body whose lines are sound is sent again")
	ErrForgotten     = errors.New("proxy: it is too long ago to know where the request went")
)

// A route is where a connection to a server leads.
type route struct {
	to      place
	hello   *exchange.Handshake
	classic bool
}

// An again knows what it takes to send a request again. The zero value is ready.
type again struct {
	mu      sync.Mutex
	routes  map[*exchange.Conn]route // by the facts of the connection
	ring    [maxRoutes]*exchange.Conn
	next    int
	capture *exchange.Capture // that tries belong to
}

// remember notes where a connection leads.
func (a *again) remember(c *exchange.Conn, r route) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.routes == nil {
		a.routes = make(map[*exchange.Conn]route)
	}
	delete(a.routes, a.ring[a.next])
	a.ring[a.next] = c
	a.next = (a.next + 1) % len(a.ring)
	a.routes[c] = r
}

func (a *again) route(c *exchange.Conn) (route, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.routes[c]
	return r, ok && c != nil
}

// from returns the capture that tries belong to.
func (a *again) from(name string) *exchange.Capture {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.capture == nil {
		a.capture = &exchange.Capture{Name: name, Format: "try", Complete: true}
	}
	return a.capture
}

// Resend sends the request of x, which the proxy handed to Options.See or
// Options.Mend, once more with edits, over a connection of its own to where x
// went, and to nowhere else: a redirect is not followed. Only GET and HEAD
// without a body are sent again. It may be called after Shutdown.
//
// The error is ErrNotRepeatable or ErrForgotten; then nothing was sent. If there
// is no answer, Failure says why.
func (p *Proxy) Resend(ctx context.Context, x *exchange.Exchange, edits []Edit) (*Try, error) {
	r, ok := p.again.route(x.Conn)
	if !ok {
		return nil, ErrForgotten
	}
	raw := p.edited(x, edits, r.to)
	if raw == nil {
		return nil, ErrNotRepeatable
	}
	h, err := wire.ParseRequest(raw)
	if err != nil || len(h.Oddities()) > 0 || !h.Complete {
		return nil, ErrNotRepeatable
	}
	ctx, cancel := context.WithTimeout(ctx, againTime)
	defer cancel()
	// It has a client's connection to the proxy as little as it needs one.
	s := &session{p: p, id: "again-" + strconv.FormatUint(p.ids.Add(1), 10), client: x.Client, classic: r.classic}
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.kill()
	defer context.AfterFunc(ctx, s.kill)()
	t := &Try{Exchange: &exchange.Exchange{
		At: exchange.Locator{Capture: p.o.Name, Index: -1, Offset: -1}, From: p.again.from(p.o.Name),
		Sight: sight, Start: time.Now(), Client: x.Client, Request: h.Request(),
	}}
	t.Request.URL = x.Request.URL
	err = t.send(p, s, r, h)
	t.Took = time.Since(t.Start)
	if err != nil {
		t.Failure = failureOf(err)
		if ctx.Err() != nil {
			t.Failure = &exchange.Failure{Phase: exchange.HTTP, Code: "ETIMEDOUT"}
		}
	}
	return t, nil
}

// send carries the one request of s.
func (t *Try) send(p *Proxy, s *session, r route, h *wire.Head) error {
	u, facts, err := p.reach(s.ctx, s, r.to, r.hello)
	if t.Conn = facts; err != nil {
		return err
	}
	out := h.Raw
	if u.over {
		out = overProxy(h, p.dial.to("http", u.host, u.port), u.scheme, u.host, u.port)
	}
	if _, err := u.Write(out); err != nil {
		return err
	}
	for n := 0; ; n++ {
		raw, err := u.head(0)
		if err != nil {
			return err
		}
		if t.head, err = wire.ParseResponse(raw); err != nil {
			return err
		}
		if t.head.Status == 0 || t.head.Status == 101 || n > maxInterim {
			return errors.New("no answer to this request")
		}
		if t.head.Status/100 != 1 {
			break
		}
	}
	resp := t.head.Response()
	f := wire.ResponseBody(h.Method, resp)
	var keep wire.Keeper
	if f.Kind == wire.NoBody {
		t.all = true
	} else {
		var body bounded
		c := pump{from: u.leg, to: &body, framer: wire.NewFramer(f), keep: &keep, s: s, bare: true}
		// How an answer breaks off does not matter: its head is what counts.
		t.all = c.run(nil) == nil && len(f.Codings) == 0 && !f.Faults.Ambiguous()
		t.body = body.b
	}
	resp.Body = keep.Body(resp.Header, f, p.o.Decoder)
	t.Response = resp
	return nil
}

// A bounded keeps up to maxAgain bytes, and then fails.
type bounded struct{ b []byte }

// Write keeps b, or fails if there is too much.
func (w *bounded) Write(b []byte) (int, error) {
	if len(w.b)+len(b) > maxAgain {
		return 0, errTooLong
	}
	w.b = append(w.b, b...)
	return len(b), nil
}

// edited returns the head of x with edits; nil if it must not be sent. Lines of
// other fields keep their order and the case of their names.
func (p *Proxy) edited(x *exchange.Exchange, edits []Edit, to place) []byte {
	q := &x.Request
	if q.Method != "GET" && q.Method != "HEAD" || wire.RequestBody(q).Kind != wire.NoBody || q.Body.Size > 0 || q.Header.Has("Upgrade") {
		return nil
	}
	target, proto, fields := "", "HTTP/1.1", append(exchange.Header(nil), q.Header...)
	drop := map[int]bool{}
	for _, e := range edits {
		switch {
		case e.Field < 0 || e.Field >= len(fields):
			return nil
		case e.Drop:
			drop[e.Field] = true
			continue
		case e.Name != "":
			fields[e.Field].Name = e.Name
		}
		fields[e.Field].Value = e.Value
	}
	host := ""
	if len(q.Raw) > 0 {
		h, err := wire.ParseRequest(q.Raw)
		if err != nil || len(h.Header) != len(q.Header) || h.Count(wire.NoColon) > len(drop) {
			return nil
		}
		target, proto = h.Target, h.Proto
		// A stray line feed ended the head: what it cut off belongs to it.
		lost, _, _ := h.Lost(q.Raw[len(h.Raw):])
		fields = append(fields, lost...)
	} else {
		// HTTP/2: there is no Host field.
		_, rest, _ := strings.Cut(q.URL, "://")
		host, _, _ = strings.Cut(rest, "/")
		fields = append(exchange.Header{{Name: "Host", Value: host}}, fields...)
		drop = shifted(drop)
		target = q.URL
	}
	if isAbsolute(target) {
		_, rest, _ := strings.Cut(target, "://")
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			target = rest[i:]
		} else {
			target = "/"
		}
		if target[0] != '/' {
			target = "/" + target
		}
	}
	if u := p.o.Reverse; u != nil && strings.EqualFold(u.Hostname(), to.host) && orPort(u) == to.port {
		host = u.Host
	}
	var b bytes.Buffer
	b.WriteString(q.Method + " " + target + " " + proto + "\r\n")
	for i, f := range fields {
		name, value := f.Name, strings.Trim(f.Value, " \t")
		switch {
		case drop[i] || private(name):
			continue
		case host != "" && strings.EqualFold(name, "Host"):
			value = host
		case strings.ContainsAny(name, "\r\n") || strings.ContainsAny(value, "\r\n\x00"):
			return nil // another line of it is broken, too
		}
		b.WriteString(name + ": " + value + "\r\n")
	}
	b.WriteString("\r\n")
	if b.Len() > wire.MaxHead {
		return nil
	}
	return b.Bytes()
}

func shifted(drop map[int]bool) map[int]bool {
	out := map[int]bool{}
	for i := range drop {
		out[i+1] = drop[i]
	}
	return out
}
