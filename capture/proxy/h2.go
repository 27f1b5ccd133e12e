package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// sightH2 is what the proxy shows of a request over HTTP/2: there are no lines
// as there are in HTTP/1, and net/http does not keep the order of fields.
const sightH2 = sight &^ exchange.Wire

// An h2 carries the requests of a client that speaks HTTP/2 only. It is not
// faithful to the byte; its upstream speaks HTTP/2 if the server does.
type h2 struct {
	p          *Proxy
	s          *session
	host, port string
	authority  string
	at, sni    string
	reverse    bool
	hello      *exchange.Handshake
	transport  *http.Transport

	mu    sync.Mutex
	facts *exchange.Conn // of the newest upstream connection
}

// serveH2 serves a client that speaks HTTP/2 only.
func (p *Proxy) serveH2(s *session, t *tls.Conn, hello *exchange.Handshake, addr, at string) {
	reverse := addr == ""
	if reverse {
		u := p.o.Reverse
		addr = net.JoinHostPort(u.Hostname(), orPort(u))
	}
	host, port, ok := splitAuthority(addr, "443")
	if !ok {
		return
	}
	h := &h2{p: p, s: s, host: host, port: port, at: at, reverse: reverse, sni: t.ConnectionState().ServerName, hello: hello}
	h.authority = host
	if at == "" {
		h.at = host
	}
	if port != "443" {
		h.authority = net.JoinHostPort(host, port)
	}
	if reverse {
		h.sni = ""
	}
	h.transport = &http.Transport{
		DialTLSContext:     h.dial,
		DialContext:        h.dialPlain,
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
	defer h.transport.CloseIdleConnections()
	done := make(chan struct{})
	end := sync.OnceFunc(func() { close(done) })
	var only http.Protocols
	only.SetHTTP2(true)
	server := http.Server{
		Handler: h, Protocols: &only, MaxHeaderBytes: wire.MaxHead, ErrorLog: log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return s.ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				end()
			}
		},
	}
	_ = server.Serve(&oneConn{conn: t, done: done})
	_ = t.Close()
}

// oneConn is a listener that has one connection, and ends with it.
type oneConn struct {
	conn net.Conn
	done <-chan struct{}
}

// Accept returns the connection at first, and then waits for its end.
func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

// Close does nothing.
func (l *oneConn) Close() error { return nil }

// Addr is not asked for.
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func orPort(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

func (h *h2) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := h.p.dial.connect(ctx, h.at, h.port)
	facts := &exchange.Conn{ID: h.s.id, Handshake: &exchange.Handshake{Hello: h.hello.Hello}, Client: h.s.secure}
	facts.ServerPort = portOf(h.port)
	defer func() {
		h.mu.Lock()
		h.facts = facts
		h.mu.Unlock()
	}()
	if err != nil {
		return nil, err
	}
	if h.p.dial.to("https", h.at, h.port) == nil {
		facts.ServerAddr = hostOf(conn.RemoteAddr())
	}
	if err := h.s.own(conn); err != nil {
		return nil, err
	}
	config := h.p.tls.upstream(h.s).Clone()
	config.NextProtos = []string{"h2", "http/1.1"}
	t, err := h.p.secure(ctx, conn, h.host, h.sni, facts, config)
	if err != nil {
		_ = conn.Close()
		h.s.disown(conn)
		return nil, err
	}
	h.p.again.remember(facts, route{place{"https", h.host, h.port, h.at, h.sni}, h.hello, h.s.classic})
	return t, nil
}

// dialPlain is for a reverse target without TLS.
func (h *h2) dialPlain(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := h.p.dial.connect(ctx, h.at, h.port)
	facts := &exchange.Conn{ID: h.s.id, ServerPort: portOf(h.port), Client: h.s.secure}
	if err == nil {
		facts.ServerAddr = hostOf(conn.RemoteAddr())
		h.p.again.remember(facts, route{place{"http", h.host, h.port, h.at, ""}, nil, h.s.classic})
		err = h.s.own(conn)
	}
	h.mu.Lock()
	h.facts = facts
	h.mu.Unlock()
	return conn, err
}

func (h *h2) scheme() string {
	if u := h.p.o.Reverse; h.reverse && u.Scheme == "http" {
		return "http"
	}
	return "https"
}

// ServeHTTP carries one request.
func (h *h2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer h.s.mend()
	h.s.pending.Add(1)
	defer h.s.pending.Add(-1)
	h.s.touch()
	start := time.Now()
	x := &exchange.Exchange{Sight: sightH2, Start: start, Client: h.s.client}
	if h.reverse {
		listener{"https", r.Host}.sent(r.Header, h.p.o.Reverse)
	}
	if ua := r.Header.Get("User-Agent"); ua != "" {
		x.Client = ua
	}
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") {
		target = "/" + strings.TrimPrefix(target, "*")
	}
	x.Request = exchange.Request{Method: r.Method, URL: h.scheme() + "://" + h.authority + target, Proto: "h2", Header: fieldsOf(r.Header)}
	var sent, got wire.Keeper
	var mended *Mended
	defer func() {
		x.Took = time.Since(start)
		x.Request.Body = sent.Body(x.Request.Header, wire.Framing{}, h.p.o.Decoder)
		if x.Response != nil {
			x.Response.Body = got.Body(x.Response.Header, wire.Framing{}, h.p.o.Decoder)
		}
		h.mu.Lock()
		x.Conn = h.facts
		h.mu.Unlock()
		h.p.rec.add(&flight{start: start, done: x, mended: mended})
	}()
	out, err := h.outgoing(w, r, &sent)
	if err != nil {
		x.Failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeMalformed}
		http.Error(w, "why401: this request cannot be sent on", http.StatusBadRequest)
		return
	}
	resp, err := h.transport.RoundTrip(out)
	if err != nil {
		x.Failure = failureOf(err)
		if r.Context().Err() != nil {
			x.Failure = &exchange.Failure{Phase: exchange.Blocked, Code: CodeAborted}
			return
		}
		http.Error(w, "why401: "+gatewayText(net.JoinHostPort(h.host, h.port), x.Failure), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	proto := resp.Proto
	if resp.ProtoMajor == 2 {
		proto = "h2"
	}
	_, reason, _ := strings.Cut(resp.Status, " ")
	if resp.ProtoMajor == 2 {
		reason = ""
	}
	x.Response = &exchange.Response{Status: resp.StatusCode, Reason: reason, Proto: proto, Header: fieldsOf(resp.Header)}
	if r.ContentLength == 0 {
		if mended = h.mend(w, x, resp); mended != nil && mended.Given {
			_, _ = io.Copy(&got, resp.Body)
			return
		}
	}
	for name, values := range resp.Header {
		w.Header()[name] = slices.Clone(values)
	}
	if h.reverse && (listener{"https", r.Host}).fields(w.Header(), h.p.o.Reverse) {
		x.Comment = rewritten
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Proxy-Connection"} {
		w.Header().Del(name) // RFC 9113, section 8.2.2
	}
	w.WriteHeader(resp.StatusCode)
	if err := h.stream(w, resp.Body, &got); err != nil {
		x.Failure = &exchange.Failure{Phase: exchange.HTTP, Code: CodeCut}
		if r.Context().Err() != nil {
			x.Failure = &exchange.Failure{Phase: exchange.Blocked, Code: CodeAborted}
		}
		panic(http.ErrAbortHandler) // the client must not take it for all
	}
	for name, values := range resp.Trailer {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

// outgoing makes the request for the server.
func (h *h2) outgoing(w http.ResponseWriter, r *http.Request, sent *wire.Keeper) (*http.Request, error) {
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, fields textproto.MIMEHeader) error {
		if code != http.StatusContinue {
			had := w.Header().Clone()
			maps.Copy(w.Header(), http.Header(fields))
			w.WriteHeader(code)
			clear(w.Header())
			maps.Copy(w.Header(), had)
		}
		return nil
	}})
	out, err := http.NewRequestWithContext(ctx, r.Method, h.scheme()+"://"+h.authority, nil)
	if err != nil {
		return nil, errors.New("a bad method")
	}
	out.URL.Path, out.URL.RawPath, out.URL.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
	out.Host = r.Host
	if h.reverse {
		out.Host = h.authority
	}
	out.Header = r.Header.Clone()
	for name := range out.Header {
		if private(name) {
			delete(out.Header, name)
		}
	}
	if _, ok := r.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = nil // else net/http adds its own
	}
	out.ContentLength, out.Trailer = r.ContentLength, r.Trailer
	if r.ContentLength != 0 && r.Body != nil {
		out.Body = &keptBody{r.Body, sent, h.s}
	}
	return out, nil
}

// stream passes a body on, each piece at once.
func (h *h2) stream(w http.ResponseWriter, body io.Reader, got *wire.Keeper) error {
	flusher := http.NewResponseController(w)
	buf := buffers.Get().(*[copyBuffer]byte)
	defer buffers.Put(buf)
	for {
		n, err := body.Read(buf[:])
		if n > 0 {
			h.s.touch()
			_, _ = got.Write(buf[:n])
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
			if werr := flusher.Flush(); werr != nil {
				return werr
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

// keptBody keeps the start of what is read from it.
type keptBody struct {
	io.ReadCloser
	keep *wire.Keeper
	s    *session
}

// Read passes on what it reads.
func (b *keptBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_, _ = b.keep.Write(p[:n])
	b.s.touch()
	return n, err
}

// fieldsOf lists fields with their names in lower case, as they are in HTTP/2,
// in the order of the alphabet, as the real one is not known.
func fieldsOf(h http.Header) exchange.Header {
	var list exchange.Header
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			list = append(list, exchange.Field{Name: strings.ToLower(name), Value: v})
		}
	}
	return list
}
