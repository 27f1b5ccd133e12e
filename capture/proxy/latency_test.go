package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// prompt fails if something took far longer than it may on a machine that has
// other things to do, too. The bounds that the proxy is built for are a tenth of
// that; -v shows what was measured.
func prompt(t *testing.T, what string, start time.Time, bound time.Duration) {
	t.Helper()
	d := time.Since(start)
	t.Logf("%s: %v (bound %v)", what, d.Round(time.Microsecond), bound)
	if d > 10*bound {
		t.Errorf("%s took %v", what, d)
	}
}

const noticed = 100 * time.Millisecond

// A client that goes away while the proxy is on the way to the server for it is
// noticed at once, and that is what the capture says.
func TestClientGoneOnTheWay(t *testing.T) {
	hang := func(w *world, reached chan<- bool) {
		w.Proxy.dial.plain.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
			reached <- true
			<-ctx.Done()
			return ctx.Err()
		}
	}
	for _, tt := range []struct {
		name   string
		tunnel bool // of no interest
		tls    bool // the client speaks TLS with the proxy
		shake  bool // the server accepts, and then says nothing
		reset  bool
	}{
		{name: "dial, TLS", tls: true},
		{name: "dial, TLS, reset", tls: true, reset: true},
		{name: "dial, plain, reset", reset: true},
		{name: "dial, tunnel", tunnel: true},
		{name: "handshake with the server", tls: true, shake: true},
		{name: "handshake with the server, reset", tls: true, shake: true, reset: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reached := make(chan bool, 1)
			ended := make(chan time.Time, 1)
			o := newOrigin(t, func(c *peer, _ int) {
				reached <- true
				_, _ = io.Copy(io.Discard, c.br)
				ended <- time.Now()
			})
			w := newWorld(t, o)
			if !tt.shake {
				hang(w, reached)
			}
			var c *peer
			switch {
			case tt.tunnel:
				c = w.dial()
				c.send("CONNECT www.example.com:443 HTTP/1.1\r\n\r\n")
			case tt.tls:
				c = w.client(site)
				c.send(get)
			default:
				c = w.dial()
				c.send("GET http://" + site + "/rest/api/3/myself HTTP/1.1\r\n\r\n")
			}
			<-reached
			start := time.Now()
			if tt.reset {
				c.reset()
			} else {
				_ = c.Conn.Close()
			}
			x := w.exchanges(1)[0]
			prompt(t, "noticed", start, noticed)
			if x.Failure == nil || *x.Failure != (exchange.Failure{Phase: exchange.Blocked, Code: CodeAborted}) {
				t.Errorf("%+v", x.Failure)
			}
			if tt.shake {
				<-ended // the server is told, too
				prompt(t, "the server was told", start, noticed)
			}
		})
	}
}

// A client that only closed its side waits for the answer, also while the server
// is being reached.
func TestHalfClosedOnTheWay(t *testing.T) {
	o := newOrigin(t, okay)
	w := newWorld(t, o)
	proceed := make(chan bool)
	w.Proxy.dial.plain.ControlContext = func(context.Context, string, string, syscall.RawConn) error { <-proceed; return nil }
	c := w.dial()
	c.send("GET http://" + site + "/ HTTP/1.1\r\n\r\n")
	closeWrite(c.raw)
	time.Sleep(30 * time.Millisecond)
	close(proceed)
	c.expect(t, okayAnswer)
}

// A client that sends more while the server is being reached loses nothing.
func TestBodyOnTheWay(t *testing.T) {
	body := make([]byte, 3*headBuffer)
	for i := range body {
		body[i] = byte('a' + i%26)
	}
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		b := make([]byte, len(body))
		_, _ = io.ReadFull(c.br, b)
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 12288\r\n\r\n" + string(b))
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("POST / HTTP/1.1\r\nContent-Length: 12288\r\n\r\n" + string(body))
	c.expect(t, "HTTP/1.1 200 OK\r\nContent-Length: 12288\r\n\r\n"+string(body))
}

// A server that is cut off is noticed at once by the client, wherever the answer
// is.
func TestServerCut(t *testing.T) {
	for name, begin := range map[string]string{
		"before the answer": "",
		"in its head":       "HTTP/1.1 200 OK\r\nContent-",
		"in its body":       "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc",
		"in a stream":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			cut := make(chan time.Time, 1)
			now := make(chan bool)
			w := newWorld(t, newOrigin(t, func(c *peer, _ int) {
				c.head()
				c.send(begin)
				<-now
				cut <- time.Now()
				c.reset()
			}, site))
			c := w.client(site)
			c.send(get)
			time.Sleep(20 * time.Millisecond)
			close(now)
			start := <-cut
			_, _ = c.all()
			prompt(t, "the client noticed", start, noticed)
			if x := w.exchanges(1)[0]; x.Failure == nil || x.Failure.Phase != exchange.HTTP {
				t.Errorf("%+v", x.Failure)
			}
		})
	}
}

// The first event of a stream is there at once.
func TestFirstEvent(t *testing.T) {
	sent := make(chan time.Time, 1)
	end := make(chan bool)
	w := newWorld(t, newOrigin(t, func(c *peer, _ int) {
		c.head()
		sent <- time.Now()
		c.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
		<-end
	}, site))
	c := w.client(site)
	c.send(get)
	c.expect(t, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
	prompt(t, "the first event", <-sent, 10*time.Millisecond)
	close(end)
}

// Tunnels are closed at once, and what else is open within two seconds.
func TestShutdownIsPrompt(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) {
		switch h := c.head(); {
		case h == "":
			_, _ = io.Copy(io.Discard, c.br)
		default:
			c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
			_, _ = io.Copy(c.Conn, c.br)
		}
	}, site, "www.example.com")
	w := newWorld(t, o)
	var open []io.Reader
	for range 3 {
		p := w.connect("www.example.com:443")
		tc := tls.Client(p.raw, &tls.Config{ServerName: "www.example.com", RootCAs: originCA().Pool()})
		if err := tc.Handshake(); err != nil {
			t.Fatal(err)
		}
		open = append(open, tc)
		open = append(open, w.connect("www.example.com:443").Conn) // no ClientHello
	}
	start := time.Now()
	w.stop()
	prompt(t, "shutdown with tunnels", start, 100*time.Millisecond)
	for _, c := range open {
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Error("a tunnel is open:", err)
		}
	}
	w = newWorld(t, o)
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	contains(t, c.head(), "101")
	start = time.Now()
	w.stop()
	prompt(t, "shutdown with a WebSocket", start, 100*time.Millisecond)
	if testing.Short() {
		return
	}
	// An answer under way gets the time there is.
	w = newWorld(t, newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n")
		_, _ = io.Copy(io.Discard, c.br)
	}, site))
	c = w.client(site)
	c.send(get)
	c.head()
	start = time.Now()
	w.stop()
	if d := time.Since(start); d > graceful+time.Second {
		t.Error("shutdown took", d)
	}
}
