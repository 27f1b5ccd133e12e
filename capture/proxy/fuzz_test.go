package proxy

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

var heads = []string{
	get,
	"GET / HTTP/1.1\r\nProxy-Authorization: Basic x\r\n folded\r\nA: 1\r\n\r\n",
	"GET http://a/b HTTP/1.1\nproxy-connection : x\nHost:\n\n",
	"GET / HTTP/1.1\r\nAuthorization: Basic a\n\r\nProxy-X: 1\r\n\r\n",
	"\r\nGET / HTTP/1.1\r\n Proxy-A: 1\r\nProxy-\r\n\r\n",
	"GET / HTTP/1.1\r\nA: 1\r\n\r Proxy-X: 1\r\n\v\x00Proxy-Y: 1\r\n\r\n",
	"POST / HTTP/1.1\r\r\nContent-Length: 3\r\r\nProxy-B: 1\r\r\n\r\r\nabc",
}

// What goes to a server is what came, less the fields that are for the proxy,
// which are never there.
func FuzzOutward(f *testing.F) {
	for _, h := range heads {
		f.Add([]byte(h), "/x", "h")
	}
	f.Fuzz(func(t *testing.T, raw []byte, target, host string) {
		h, err := wire.ParseRequest(raw)
		if err != nil || !h.Complete {
			return
		}
		var kept, sent exchange.Header
		secret := false
		for _, x := range h.Header {
			if private(x.Name) {
				secret = true
				continue
			}
			kept = append(kept, x)
		}
		out := outward(h, "", "", nil)
		if !secret && !bytes.Equal(out, h.Raw) {
			t.Fatalf("changed for nothing: %q", out)
		}
		again, err := wire.ParseRequest(out)
		if err != nil {
			t.Fatal(err)
		}
		sent = again.Header
		for _, x := range sent {
			if private(x.Name) {
				t.Fatalf("%q is still there", x.Name)
			}
		}
		if h.Count(wire.TooManyFields) == 0 && len(sent) != len(kept) {
			t.Fatalf("%d fields of %d: %q", len(sent), len(kept), out)
		}
		if again.Method != h.Method || again.Target != h.Target {
			t.Fatalf("%q %q", again.Method, again.Target)
		}
		if target != "" && !strings.ContainsAny(target+host, "\r\n \t") && unfit(h, wire.Framing{}) == "" {
			if p, err := wire.ParseRequest(outward(h, target, host, nil)); err != nil || p.Target != target || p.Method != h.Method {
				t.Fatalf("%q", outward(h, target, host, nil))
			}
		}
	})
}

func FuzzUnchunked(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nX: 1\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\nTransfer-Encoding:\n chunked\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := wire.ParseResponse(raw)
		if err != nil || !h.Complete || h.Status == 0 {
			return
		}
		again, err := wire.ParseResponse(unchunked(h))
		if err != nil || again.Status != h.Status {
			t.Fatal(err, again.Status)
		}
		if again.Header.Has("Transfer-Encoding") {
			t.Fatalf("%q", unchunked(h))
		}
	})
}

func FuzzAuthority(f *testing.F) {
	for _, s := range []string{"a:1", "[::1]:2", "::1", "[", ":", "]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, port, ok := splitAuthority(s, "443")
		if !ok {
			return
		}
		again, p, ok := splitAuthority(net.JoinHostPort(host, port), "1")
		if !ok || again != host || p != port {
			t.Fatalf("%q: %q %q, then %q %q", s, host, port, again, p)
		}
	})
}

func FuzzJKS(f *testing.F) {
	f.Add(jks(jksCertificates(originCA().PEM(), "x")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, ok := jksEntries(b); ok {
			again, ok := jksEntries(jks(list))
			if !ok || len(again) != len(list) {
				t.Fatal(len(list), len(again))
			}
		}
	})
}

// Whatever a client and a server say, the connection ends when they end it.
func FuzzRelay(f *testing.F) {
	for _, h := range heads {
		f.Add([]byte(h), []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), true)
	}
	f.Add([]byte(get), []byte("HTTP/1.1 101 X\r\n\r\nabc"), false)
	f.Add([]byte(get+get), []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na"), false)
	f.Add([]byte("GET http://"+site+"/ HTTP/1.0\r\nUpgrade: x\r\n\r\nabc"), []byte("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx"), true)
	f.Fuzz(func(t *testing.T, request, reply []byte, tunnel bool) {
		o := newOrigin(t, func(c *peer, _ int) {
			_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_ = c.head()
			c.send(string(reply))
		})
		w := newWorld(t, o, func(o *Options) { o.HeadTimeout = 100 * time.Millisecond })
		var c *peer
		if tunnel {
			c = w.connect(site + ":80")
		} else {
			c = w.dial()
		}
		_, _ = c.Conn.Write(request)
		_ = c.raw.(*net.TCPConn).CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(wait))
		if _, err := io.Copy(io.Discard, c.br); timedOut(orNil(err)) {
			t.Fatal("it hangs")
		}
	})
}

type nothing struct{}

func (nothing) Error() string { return "" }

func orNil(err error) error {
	if err == nil {
		return nothing{}
	}
	return err
}
