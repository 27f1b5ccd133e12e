package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const bad, good = "Authorization: bad\r\n", "Authorization: good\r\n"

// picky answers 200 to the right credential, with answer or else the head that
// it got, and 401 with refused to all others.
func picky(refused, answer string) func(*peer, int) {
	return func(c *peer, n int) {
		for {
			h := c.head()
			switch {
			case h == "":
				return
			case !strings.Contains(strings.ToLower(h), "authorization: good"):
				c.send(refused)
			case answer != "":
				c.send(answer)
			default:
				c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Conn: %d\r\nContent-Length: %d\r\n\r\n%s", n, len(h), h))
			}
		}
	}
}

const refusedShort = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"

// edit is the edit that makes the credential right.
func edit(t testing.TB, x *exchange.Exchange) []Edit {
	t.Helper()
	i := x.Request.Header.Index("Authorization")
	if i < 0 {
		t.Fatal("no Authorization")
	}
	return []Edit{{Field: i, Value: "good"}}
}

// TestResend: the request goes out again as it was but for the edit, over another
// connection to the same server, and is no exchange of the client.
func TestResend(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, ""), site)
	w := newWorld(t, o)
	c := w.client(site)
	const before, after = "GET /a?b=c HTTP/1.1\r\nHost: " + site + "\r\nx-Odd-case: 1\r\n", "Cookie: a=b\r\n\r\n"
	c.send(before + "Proxy-Authorization: secret\r\n" + bad + after)
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	for _, when := range []string{"serving", "stopped"} {
		if when == "stopped" {
			_ = c.Close()
			w.stop()
		}
		try, err := w.Resend(t.Context(), x, edit(t, x))
		if err != nil {
			t.Fatal(when, err)
		}
		if try.Response == nil || try.Response.Status != 200 || string(try.Response.Body.Head) != before+good+after {
			t.Fatalf("%s: %+v", when, try.Response)
		}
		if try.From == x.From || try.From.Format != "try" || try.Request.URL != x.Request.URL || try.Client != x.Client || try.Conn == nil || try.Took <= 0 {
			t.Errorf("%s: %+v", when, try.Exchange)
		}
	}
	if n := o.connections(); n != 3 {
		t.Errorf("%d connections", n)
	}
	if n := len(w.exchanges(1)); n != 1 || w.Capture().Exchanges != 1 {
		t.Errorf("%d exchanges", n)
	}
}

// TestResendFollowsNothing: a redirect is an answer.
func TestResendFollowsNothing(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, "HTTP/1.1 302 Found\r\nLocation: https://other.atlassian.net/\r\nContent-Length: 0\r\n\r\n"), site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	try, err := w.Resend(t.Context(), x, edit(t, x))
	if err != nil || try.Response == nil || try.Response.Status != 302 || o.connections() != 2 {
		t.Errorf("%v, %+v, %d connections", err, try, o.connections())
	}
}

// TestResendPlain: requests in absolute form and those in reverse mode go where
// they went.
func TestResendPlain(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, ""))
	w := newWorld(t, o)
	c := w.dial()
	c.send("GET http://" + site + "/x?y HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	try, err := w.Resend(t.Context(), x, edit(t, x))
	if err != nil || try.Response == nil || string(try.Response.Body.Head) != "GET /x?y HTTP/1.1\r\nHost: "+site+"\r\n"+good+"\r\n" {
		t.Errorf("%v, %+v", err, try)
	}
}

// TestResendLost: header lines that a stray line feed cut off are part of the
// request again, once the line feed is gone.
func TestResendLost(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, ""), site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nHost: " + site + "\r\nAuthorization: bad\n\r\nAccept: */*\r\n\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	try, err := w.Resend(t.Context(), x, edit(t, x))
	if err != nil || try.Response == nil || string(try.Response.Body.Head) != "GET / HTTP/1.1\r\nHost: "+site+"\r\n"+good+"Accept: */*\r\n\r\n" {
		t.Errorf("%v, %+v", err, try)
	}
}

// TestNotResent: what may do more than ask, or is not sound, is not sent.
func TestNotResent(t *testing.T) {
	var asked atomic.Int32
	o := newOrigin(t, func(c *peer, _ int) {
		for h := c.head(); h != ""; h = c.head() {
			asked.Add(1)
			if strings.Contains(h, "Content-Length: 2") {
				_, _ = io.ReadFull(c.br, make([]byte, 2))
			}
			c.send(refusedShort)
		}
	}, site)
	w := newWorld(t, o)
	sent := int32(0)
	for _, tc := range []struct{ name, raw string }{
		{"POST", "POST / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "Content-Length: 2\r\n\r\nhi"},
		{"DELETE", "DELETE / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n"},
		{"another case", "get / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n"},
		{"a body", "GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "Content-Length: 2\r\n\r\nhi"},
		{"upgrade", "GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "Upgrade: websocket\r\n\r\n"},
		{"another line is broken", "GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "X: a\r\n b\r\n\r\n"},
		{"a line without colon", "GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "c3RyYXk\r\n\r\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := w.client(site)
			c.send(tc.raw)
			_ = c.head()
			sent++
			x := w.exchanges(int(sent))[sent-1]
			if try, err := w.Resend(t.Context(), x, edit(t, x)); !errors.Is(err, ErrNotRepeatable) || try != nil {
				t.Errorf("got %v, %v", try, err)
			}
			if asked.Load() != sent {
				t.Errorf("the server was asked %d times", asked.Load())
			}
		})
	}
	x := *w.exchanges(1)[0]
	x.Request.Method, x.Request.Raw = "GET", nil
	x.Request.Header = exchange.Header{{Name: "A", Value: "b"}}
	x.Request.Body = exchange.Body{}
	for _, edits := range [][]Edit{{{Field: 1}}, {{Field: -1}}, {{Value: "a\r\nB: c"}}, {{Value: "a\nB: c"}}, {{Name: "a\r\nB", Value: "c"}}, {{Value: "a\x01"}}} {
		if _, err := w.Resend(t.Context(), &x, edits); !errors.Is(err, ErrNotRepeatable) {
			t.Errorf("%+v: %v", edits, err)
		}
	}
	x.Conn = &exchange.Conn{}
	if _, err := w.Resend(t.Context(), &x, nil); !errors.Is(err, ErrForgotten) {
		t.Error(err)
	}
}

// TestResendEnds: a server that does not answer does not hold the caller up.
func TestResendEnds(t *testing.T) {
	o := newOrigin(t, func(c *peer, n int) {
		if c.head(); n == 1 {
			c.send(refusedShort)
		}
		_, _ = io.Copy(io.Discard, c)
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	try, err := w.Resend(ctx, x, edit(t, x))
	if err != nil || try.Response != nil || try.Failure == nil || try.Failure.Code != "ETIMEDOUT" || time.Since(start) > wait/2 {
		t.Errorf("%v, %+v after %v", err, try, time.Since(start))
	}
}

// mending makes the proxy give the answer to the repaired request, and tells how
// often it was asked.
func mending(w **world, asked *atomic.Int32, marked *[]bool) func(*Options) {
	return func(o *Options) {
		o.Mend = func(ctx context.Context, x *exchange.Exchange) Mended {
			asked.Add(1)
			i := x.Request.Header.Index("Authorization")
			if i < 0 {
				return Mended{}
			}
			try, err := (*w).Resend(ctx, x, []Edit{{Field: i, Value: "good"}})
			if err != nil || try.Response == nil || try.Response.Status != 200 {
				return Mended{}
			}
			return Mended{Answer: try, Label: "a-rule", Note: 401}
		}
		o.Mended = func(x *exchange.Exchange, m *Mended) {
			if m.Given && m.Note != 401 || x.At.Index != len(*marked) {
				(*w).t.Errorf("%+v about %+v", m, x.At)
			}
			*marked = append(*marked, m.Given)
		}
	}
}

// TestMend: the client gets the better answer, in a form that fits its connection,
// and the record says what the server answered to its own request.
func TestMend(t *testing.T) {
	const ok = "HTTP/1.1 200 Fine\r\nset-Cookie: a=b\r\n"
	big := strings.Repeat("x", maxHeld+1)
	for _, tc := range []struct {
		name, request, refused, answer, want string
		asked                                int32
	}{
		{"length", "", refusedShort, ok + "Content-Length: 3\r\n\r\nyes", ok + "X-Why401-Repaired: a-rule\r\nContent-Length: 3\r\n\r\nyes", 1},
		{"chunks", "", refusedShort, ok + "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n3\r\nyes\r\n0\r\nx: y\r\n\r\n", ok + "X-Why401-Repaired: a-rule\r\nContent-Length: 3\r\n\r\nyes", 1},
		{"refused in chunks", "", "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", ok + "Content-Length: 3\r\n\r\nyes", ok + "X-Why401-Repaired: a-rule\r\nContent-Length: 3\r\n\r\nyes", 1},
		{"the server ends", "", "HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", ok + "Content-Length: 3\r\n\r\nyes", ok + "X-Why401-Repaired: a-rule\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes", 1},
		{"HEAD", "HEAD / HTTP/1.1\r\n", "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n", ok + "Content-Length: 3\r\n\r\n", ok + "Content-Length: 3\r\nX-Why401-Repaired: a-rule\r\n\r\n", 1},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n", refusedShort, ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n", ok + "X-Why401-Repaired: a-rule\r\nConnection: close\r\nContent-Length: 3\r\n\r\nyes", 1},
		{"not better", "", refusedShort, refusedShort, refusedShort, 1},
		{"cut", "", refusedShort, ok + "Content-Length: 9\r\nConnection: close\r\n\r\nyes", refusedShort, 1},
		{"too big a refusal", "", "HTTP/1.1 401 No\r\nContent-Length: 65537\r\n\r\n" + big, ok + "Content-Length: 3\r\n\r\nyes", "HTTP/1.1 401 No\r\nContent-Length: 65537\r\n\r\n" + big, 0},
		{"another status", "", "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nno", ok + "Content-Length: 3\r\n\r\nyes", "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nno", 0},
		{"a body", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", refusedShort, ok + "Content-Length: 3\r\n\r\nyes", refusedShort, 0},
		{"DELETE", "DELETE / HTTP/1.1\r\n", refusedShort, ok + "Content-Length: 3\r\n\r\nyes", refusedShort, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newOrigin(t, func(c *peer, _ int) {
				for h := c.head(); h != ""; h = c.head() {
					if strings.Contains(h, "chunked") {
						_, _ = io.ReadFull(c.br, make([]byte, len("0\r\n\r\n")))
					}
					if strings.Contains(h, "X-Again") || strings.Contains(h, good) {
						c.send(tc.answer)
						if strings.Contains(tc.answer, "close") {
							return
						}
					} else {
						c.send(tc.refused)
					}
				}
			}, site)
			var w *world
			var asked atomic.Int32
			var marked []bool
			w = newWorld(t, o, mending(&w, &asked, &marked))
			c := w.client(site)
			if tc.request == "" {
				tc.request = "GET / HTTP/1.1\r\n"
			}
			c.send(tc.request + "Host: " + site + "\r\n" + bad + "\r\n")
			if strings.Contains(tc.request, "chunked") {
				c.send("0\r\n\r\n")
			}
			c.expect(t, tc.want)
			if strings.HasPrefix(tc.want, "HTTP/1.1 200") && !strings.Contains(tc.want, "close") {
				// The connection goes on.
				method, _, _ := strings.Cut(tc.request, " ")
				c.send(method + " /2 HTTP/1.1\r\nHost: " + site + "\r\nAuthorization: none\r\nX-Again: 1\r\n\r\n")
				if !strings.Contains(c.head(), "200 Fine") {
					t.Error("no second answer")
				}
				w.exchanges(2)
			}
			x := w.exchanges(1)[0]
			w.stop()
			if asked.Load() != tc.asked {
				t.Errorf("asked %d times", asked.Load())
			}
			if tc.asked > 0 && (len(marked) != 1 || marked[0] != (tc.want != refusedShort)) {
				t.Errorf("marked %v", marked)
			}
			if x.Response == nil || x.Response.Status == 200 || x.Response.Status == 0 {
				t.Errorf("recorded %+v", x.Response)
			}
		})
	}
}

// TestMendSlow: a refusal that does not come to its end is passed on as it comes.
func TestMendSlow(t *testing.T) {
	const head = "HTTP/1.1 401 No\r\nContent-Length: 4\r\n\r\nno"
	more := make(chan bool)
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send(head)
		<-more
		c.send("no")
		_, _ = io.Copy(io.Discard, c)
	}, site)
	var w *world
	var asked atomic.Int32
	var marked []bool
	w = newWorld(t, o, mending(&w, &asked, &marked))
	c := w.client(site)
	start := time.Now()
	c.send("GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	c.expect(t, head)
	if d := time.Since(start); d < holdTime/2 || d > holdTime+wait/2 {
		t.Error("it took", d)
	}
	close(more)
	c.expect(t, "no")
	w.exchanges(1)
	if asked.Load() != 0 {
		t.Error("asked although the answer was passed on")
	}
}

// TestMendH2: a client that speaks HTTP/2 gets the better answer, too.
func TestMendH2(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, "HTTP/1.1 200 OK\r\nX-Is: it\r\nContent-Length: 3\r\n\r\nyes"), site)
	var w *world
	var asked atomic.Int32
	var marked []bool
	w = newWorld(t, o, mending(&w, &asked, &marked))
	client := h2Client(w)
	for _, tc := range []struct {
		value, body string
		status      int
	}{{"bad", "yes", 200}, {"", "no", 401}} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+site+"/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if tc.value != "" {
			r.Header.Set("Authorization", tc.value)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != tc.status || string(b) != tc.body || (resp.Header.Get("X-Why401-Repaired") == "a-rule") != (tc.status == 200) {
			t.Errorf("%v, %d, %q, %v", err, resp.StatusCode, b, resp.Header)
		}
	}
	client.CloseIdleConnections()
	seen := w.exchanges(2)
	w.stop()
	if x := seen[0]; x.Response.Status != 401 || string(x.Response.Body.Head) != "no" {
		t.Errorf("recorded %+v", x.Response)
	}
	if asked.Load() != 2 || len(marked) != 2 || !marked[0] || marked[1] {
		t.Errorf("asked %d times, marked %v", asked.Load(), marked)
	}
}

// TestRoutesAreBounded: old connections are forgotten.
func TestRoutesAreBounded(t *testing.T) {
	var a again
	first := &exchange.Conn{}
	a.remember(first, route{})
	for range maxRoutes {
		a.remember(&exchange.Conn{}, route{})
	}
	if _, ok := a.route(first); ok || len(a.routes) != maxRoutes {
		t.Errorf("%d routes", len(a.routes))
	}
	if _, ok := a.route(nil); ok {
		t.Error("a route of nothing")
	}
}

// TestResendReverse: in reverse mode the Host field is that of the server again.
func TestResendReverse(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, ""), site)
	w := newWorld(t, o, func(o *Options) { o.Reverse = &url.URL{Scheme: "https", Host: site} })
	c := w.dial()
	c.send("GET /x HTTP/1.1\r\nHost: localhost:1234\r\n" + bad + "\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	try, err := w.Resend(t.Context(), x, edit(t, x))
	if err != nil || try.Response == nil || string(try.Response.Body.Head) != "GET /x HTTP/1.1\r\nHost: "+site+"\r\n"+good+"\r\n" {
		t.Errorf("%v, %+v", err, try)
	}
}

// TestResendOverProxy: a request that went over another proxy goes there again.
func TestResendOverProxy(t *testing.T) {
	o := newOrigin(t, picky(refusedShort, "")) // the other proxy: it answers by itself
	w := newWorld(t, nil, func(op *Options) {
		op.UpstreamProxy = &url.URL{Scheme: "http", Host: o.addr, User: url.UserPassword("me", "pw")}
	})
	c := w.dial()
	c.send("GET http://" + site + "/x HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	c.expect(t, refusedShort)
	x := w.exchanges(1)[0]
	try, err := w.Resend(t.Context(), x, edit(t, x))
	if err != nil || try.Response == nil || !strings.HasPrefix(string(try.Response.Body.Head), "GET http://"+site+"/x HTTP/1.1\r\nProxy-Authorization: Basic ") {
		t.Errorf("%v, %+v", err, try)
	}
	if try != nil && strings.Contains(string(try.Request.Raw), "Proxy-Authorization") {
		t.Error("the password of the other proxy is in the record")
	}
}

// TestMendStops: a proxy that is shut down while a client waits for something
// better does not wait with it.
func TestMendStops(t *testing.T) {
	o := newOrigin(t, func(c *peer, n int) {
		c.head()
		if n == 1 {
			c.send(refusedShort)
		}
		_, _ = io.Copy(io.Discard, c)
	}, site)
	var w *world
	var asked atomic.Int32
	var marked []bool
	w = newWorld(t, o, mending(&w, &asked, &marked))
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nHost: " + site + "\r\n" + bad + "\r\n")
	for end := time.Now().Add(wait); o.connections() < 2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_ = w.Shutdown(ctx)
	if d := time.Since(start); d > time.Second {
		t.Error("it took", d)
	}
	w.stop() // all is closed by then
	if asked.Load() != 1 || len(w.exchanges(1)) != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}
