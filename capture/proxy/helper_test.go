package proxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

const site = "acme.atlassian.net"

// wait is how long a test waits for what must happen.
const wait = 5 * time.Second

// originCA is the authority of the servers that tests reach through the proxy.
var originCA = sync.OnceValue(func() *CA {
	ca, err := makeCA([]string{Everything}, time.Now())
	if err != nil {
		panic(err)
	}
	return ca
})

// An origin is a server of a test.
type origin struct {
	addr string
	mu   sync.Mutex
	n    int // connections
	tls  *tls.Config
}

func (o *origin) connections() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n
}

// newOrigin starts a server that speaks TLS for names, or plain if there are
// none. serve is called for each connection, which is closed after it; n counts
// them from 1.
func newOrigin(t testing.TB, serve func(c *peer, n int), names ...string) *origin {
	t.Helper()
	return newOriginTLS(t, serve, nil, names...)
}

func newOriginTLS(t testing.TB, serve func(c *peer, n int), change func(*tls.Config), names ...string) *origin {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{addr: l.Addr().String()}
	if len(names) > 0 {
		m := newMinter(originCA())
		o.tls = &tls.Config{MinVersion: tls.VersionTLS10, CipherSuites: allSuites(), NextProtos: []string{"h2", "http/1.1"}, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return m.of(h, names...)
		}}
		o.tls.NextProtos = []string{"http/1.1"}
		if change != nil {
			change(o.tls)
		}
	}
	var wg sync.WaitGroup
	var open sync.Map
	wg.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			o.mu.Lock()
			o.n++
			n := o.n
			o.mu.Unlock()
			open.Store(raw, true)
			wg.Go(func() {
				defer open.Delete(raw)
				defer raw.Close()
				c := raw
				if o.tls != nil {
					tc := tls.Server(raw, o.tls)
					if tc.Handshake() != nil {
						return
					}
					c = tc
				}
				p := &peer{Conn: c, raw: raw, br: bufio.NewReader(c)}
				serve(p, n)
				if p.kept {
					return
				}
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Range(func(k, _ any) bool { _ = k.(net.Conn).Close(); return true })
		wg.Wait()
	})
	return o
}

// A peer is an end of a connection in a test.
type peer struct {
	net.Conn
	raw  net.Conn
	br   *bufio.Reader
	kept bool // closed by the test
}

// Read reads what the buffer has first.
func (p *peer) Read(b []byte) (int, error) { return p.br.Read(b) }

// head reads the next head; "" at the end.
func (p *peer) head() string {
	raw, _ := wire.ReadHead(p.br, nil)
	return string(raw)
}

func (p *peer) send(s string) { _, _ = io.WriteString(p.Conn, s) }

// reset closes the connection by force.
func (p *peer) reset() {
	if c, ok := p.raw.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = p.raw.Close()
	p.kept = true
}

// A world is a proxy with what it reports.
type world struct {
	*Proxy
	t    testing.TB
	addr string
	stop func() // ends the proxy before the test does

	mu      sync.Mutex
	seen    []*exchange.Exchange
	tunnels []Tunnel
}

// newWorld starts a proxy that is ended with the test. All hosts of the site are
// at o.
func newWorld(t testing.TB, o *origin, options ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t}
	before := runtime.NumGoroutine()
	opt := Options{
		UpstreamCA: originCA().PEM(),
		Connect:    map[string]string{},
		See: func(x *exchange.Exchange) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, x)
		},
		Tunnelled: func(tn Tunnel) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.tunnels = append(w.tunnels, tn)
		},
	}
	if o != nil {
		opt.Connect[site] = o.addr
		opt.Connect["other.atlassian.net"] = o.addr
		opt.Connect["www.example.com"] = o.addr
	}
	for _, f := range options {
		f(&opt)
	}
	p, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	w.Proxy = p
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- p.Serve(context.Background(), l) }()
	w.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), graceful)
		defer cancel()
		start := time.Now()
		if err := p.Shutdown(ctx); err != nil {
			t.Error("shutdown:", err)
		}
		if d := time.Since(start); d > 2*time.Second+200*time.Millisecond {
			t.Error("shutdown took", d)
		}
		select {
		case <-done:
		case <-time.After(wait):
			t.Error("Serve does not return")
		}
		leakCheck(t, before)
	})
	t.Cleanup(w.stop)
	return w
}

// leakCheck waits until there are no more goroutines than there were, those of
// servers of the test, which end later, aside.
func leakCheck(t testing.TB, before int) {
	t.Helper()
	var stacks string
	for end := time.Now().Add(wait); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		buf := make([]byte, 4<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		if !ours(stacks) {
			return
		}
	}
	t.Errorf("goroutines are left (%d before):\n%s", before, stacks)
}

// ours reports whether a goroutine of the proxy or of martian is left.
func ours(stacks string) bool {
	for _, g := range strings.Split(stacks, "\n\n") {
		for _, part := range []string{"proxy.(*Proxy)", "proxy.(*relay)", "proxy.(*recorder)", "proxy.splice", "martian/v3.(*Proxy)", "proxy.(*h2"} {
			if strings.Contains(g, part) && !strings.Contains(g, "testing.tRunner") {
				return true
			}
		}
	}
	return false
}

// exchanges waits until n exchanges are there.
func (w *world) exchanges(n int) []*exchange.Exchange {
	w.t.Helper()
	for end := time.Now().Add(wait); ; time.Sleep(2 * time.Millisecond) {
		w.mu.Lock()
		seen := w.seen
		w.mu.Unlock()
		if len(seen) >= n {
			return seen
		}
		if time.Now().After(end) {
			w.t.Fatalf("%d exchanges, want %d", len(seen), n)
		}
	}
}

// dial connects to the proxy.
func (w *world) dial() *peer {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(2 * wait))
	w.t.Cleanup(func() { _ = c.Close() })
	return &peer{Conn: c, raw: c, br: bufio.NewReader(c)}
}

// connect asks the proxy for a tunnel.
func (w *world) connect(addr string) *peer {
	w.t.Helper()
	p := w.dial()
	p.send("CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")
	if got := p.head(); got != "HTTP/1.1 200 Connection established\r\n\r\n" {
		w.t.Fatalf("CONNECT: %q", got)
	}
	return p
}

// trust is the TLS settings of a client that trusts the proxy.
func (w *world) trust(name string) *tls.Config {
	return &tls.Config{ServerName: name, RootCAs: w.CA().Pool(), NextProtos: []string{"http/1.1"}}
}

// client connects to a host through the proxy.
func (w *world) client(host string) *peer {
	w.t.Helper()
	p := w.connect(host + ":443")
	t := tls.Client(p.raw, w.trust(host))
	if err := t.Handshake(); err != nil {
		w.t.Fatal(err)
	}
	return &peer{Conn: t, raw: p.raw, br: bufio.NewReader(t)}
}

// expect reads exactly want.
func (p *peer) expect(t testing.TB, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(p.br, got)
	if string(got[:n]) != want {
		t.Fatalf("got %q (%v), want %q", got[:n], err, want)
	}
}

// all reads to the end.
func (p *peer) all() (string, error) {
	b, err := io.ReadAll(p.br)
	return string(b), err
}

// echo answers each request with its own head as the body.
func echo(c *peer, n int) {
	for {
		h := c.head()
		if h == "" {
			return
		}
		c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Conn: %d\r\nContent-Length: %d\r\n\r\n%s", n, len(h), h))
	}
}

// script answers the requests of a connection with the given answers.
func script(answers ...string) func(*peer, int) {
	return func(c *peer, _ int) {
		for _, a := range answers {
			if c.head() == "" {
				return
			}
			c.send(a)
		}
	}
}

func verify(t testing.TB, ca *CA, chain [][]byte, name string) error {
	t.Helper()
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	_, err = leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: ca.Pool()})
	return err
}

func field(x *exchange.Exchange, name string) string { return x.Request.Header.Value(name) }

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in %q", p, text)
		}
	}
}

func equalBytes(t testing.TB, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func tlsOf(p *peer) *tls.Conn {
	t, _ := p.Conn.(*tls.Conn)
	return t
}
