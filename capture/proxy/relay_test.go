package proxy

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const get = "GET /rest/api/3/myself HTTP/1.1\r\nHost: " + site + "\r\n\r\n"

func TestHeadsPassByteForByte(t *testing.T) {
	request := "GET /rest/api/3/myself?a=%7E&b= HTTP/1.1\r\nhOST:   " + site + "\r\nx-aTLassian-tOKEN: no-check \t\r\n" +
		"Authorization:Basic Zm86\r\nX-B: 2\r\nX-A: 1\r\nX-B: 3\r\nCookie: a=1;  b=2\r\n\r\n"
	answer := "HTTP/1.1 401 \r\nWWW-Authenticate: OAuth realm=\"x\"\r\nX-Seraph-LoginReason: AUTHENTICATED_FAILED \r\nb: 1\r\na: 2\r\nContent-Length:  2\r\n\r\nno"
	var got string
	o := newOrigin(t, func(c *peer, _ int) { got = c.head(); c.send(answer) }, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send(request)
	c.expect(t, answer)
	if got != request {
		t.Errorf("the server got %q", got)
	}
	x := w.exchanges(1)[0]
	equalBytes(t, x.Request.Raw, []byte(request))
	equalBytes(t, x.Response.Raw, []byte(strings.TrimSuffix(answer, "no")))
	if x.Request.URL != "https://"+site+"/rest/api/3/myself?a=%7E&b=" || x.Response.Status != 401 || string(x.Response.Body.Head) != "no" {
		t.Errorf("%+v", x)
	}
	if v := field(x, "x-atlassian-token"); v != "no-check \t" {
		t.Errorf("%q", v)
	}
	if x.Sees(exchange.Credentials|exchange.Wire|exchange.TLSFacts|exchange.Bodies) != exchange.Shown {
		t.Error("sight:", x.Sight)
	}
	if x.Conn == nil || x.Conn.ServerAddr != "127.0.0.1" || x.Conn.ServerPort != 443 || x.Conn.TLS.Version != "TLS 1.3" || x.Conn.TLS.Subject != site {
		t.Errorf("%+v", x.Conn)
	}
	h := x.Conn.Handshake
	if h == nil || h.Hello.ServerName != site || h.Hello.Version != 0x304 || len(h.Chain) != 1 || len(h.Alerts) != 0 {
		t.Errorf("%+v", h)
	}
	if x.At.Index != 0 || x.From != w.Capture() || x.Took <= 0 || x.Start.IsZero() {
		t.Errorf("%+v", x)
	}
}

// conformance is what goes in at the client and what has to come out there, for
// one connection. Each part of request is written once answer up to it is read.
var conformance = []struct {
	name    string
	request string
	origin  func(c *peer, n int)
	answer  string
	closes  bool // the connection ends after it
}{
	{
		"keep-alive", get + get, script("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"HEAD with length", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + get, script("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"HEAD chunked", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + get, script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"204", get + get, script("HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"304 with length", get + get, script("HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: \"x\"\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: \"x\"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"chunked with trailers", get + get, script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-T: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"early hints", get, script("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false,
	},
	{"until close", get, script("HTTP/1.1 200 OK\r\n\r\nto the end"), "HTTP/1.1 200 OK\r\n\r\nto the end", true},
	{
		"connection close", get, script("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"),
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", true,
	},
	{
		"client asks to close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", script("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", true,
	},
	{"HTTP/1.0 origin", get, script("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"), "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", true},
	{
		"HTTP/1.0 origin, keep-alive", get + get, script("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"),
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\naHTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", true,
	},
	{
		"HTTP/1.0 client, chunked origin", "GET / HTTP/1.0\r\nHost: x\r\n\r\n", script("HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nX-aB: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
		"HTTP/1.1 200 OK\r\nConnection: close\r\nX-aB: 1\r\n\r\nabcde", true,
	},
	{"chunked request", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n" + get, func(c *peer, _ int) {
		h := c.head()
		b := make([]byte, len("3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"))
		_, _ = io.ReadFull(c.br, b)
		c.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(h)+len(b), h, b))
		c.head()
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")
	}, "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false},
	{
		"base64 wrapped with LF", "GET / HTTP/1.1\r\nAuthorization: Basic YWJj\nZnJlZA==\r\nX: 1\r\n\r\n", echo,
		echoed("GET / HTTP/1.1\r\nAuthorization: Basic YWJj\nZnJlZA==\r\nX: 1\r\n\r\n"), false,
	},
	{
		"blank before colon", "GET / HTTP/1.1\r\nAuthorization : x\r\n\r\n", echo,
		echoed("GET / HTTP/1.1\r\nAuthorization : x\r\n\r\n"), false,
	},
	{"bare LF everywhere", "GET / HTTP/1.1\nHost: x\n\n", echo, echoed("GET / HTTP/1.1\nHost: x\n\n"), false},
	{
		"private fields", "GET / HTTP/1.1\r\nProxy-Authorization: Basic CANARY\r\n folded\r\nA: 1\r\nproxy-connection: keep-alive\r\nB: 2\r\n\r\n", echo,
		echoed("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n"), false,
	},
	{"Host of another", "GET / HTTP/1.1\r\nHost: nowhere.invalid\r\n\r\n", echo, echoed("GET / HTTP/1.1\r\nHost: nowhere.invalid\r\n\r\n"), false},
	{"switch of protocols", "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nhello")
	}, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nhello", true},
	{
		"switch refused", "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n" + get, script("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"),
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb", false,
	},
	{
		"answer before the body", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", script("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"),
		"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", true,
	},
	{
		"two lengths", "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab", echo,
		"HTTP/1.1 400 Bad Request\r\n", true,
	},
	{"no version", "GET /\r\n\r\n", echo, "HTTP/1.1 400 Bad Request\r\n", true},
	{"blank in URL", "GET /a b HTTP/1.1\r\n\r\n", echo, "HTTP/1.1 400 Bad Request\r\n", true},
	{"not HTTP from the server", get, script("SSH-2.0-x\r\n\r\n"), "HTTP/1.1 502 Bad Gateway\r\n", true},
	{"no answer", get, func(c *peer, _ int) { c.head() }, "HTTP/1.1 502 Bad Gateway\r\n", true},
	{"reset before an answer", get, func(c *peer, _ int) { c.head(); c.reset() }, "HTTP/1.1 502 Bad Gateway\r\n", true},
}

// echoed is the answer of echo to a head.
func echoed(head string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Conn: 1\r\nContent-Length: %d\r\n\r\n%s", len(head), head)
}

func TestConformance(t *testing.T) {
	for _, tt := range conformance {
		for _, scheme := range []string{"https", "http"} {
			t.Run(scheme+" "+tt.name, func(t *testing.T) {
				var c *peer
				var w *world
				if scheme == "https" {
					w = newWorld(t, newOrigin(t, tt.origin, site))
					c = w.client(site)
				} else {
					w = newWorld(t, newOrigin(t, tt.origin))
					c = w.connect(site + ":80")
				}
				c.send(tt.request)
				c.expect(t, tt.answer)
				if tt.closes {
					rest, err := c.all()
					if err != nil || len(rest) > 0 && !strings.Contains(tt.answer, " 400 ") && !strings.Contains(tt.answer, " 502 ") {
						t.Errorf("then %q, %v", rest, err)
					}
				}
			})
		}
	}
}

func TestPipelining(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site))
	c := w.client(site)
	const n = 100
	go func() {
		for i := range n {
			c.send("GET /" + strconv.Itoa(i) + " HTTP/1.1\r\n\r\n")
		}
	}()
	for i := range n {
		h := c.head()
		contains(t, h, "X-Conn: 1\r\n")
		c.expect(t, "GET /"+strconv.Itoa(i)+" HTTP/1.1\r\n\r\n")
	}
	for i, x := range w.exchanges(n) {
		if x.Request.URL != "https://"+site+"/"+strconv.Itoa(i) || x.At.Index != i {
			t.Fatalf("%d: %s", i, x.Request.URL)
		}
	}
}

func TestAbsoluteForm(t *testing.T) {
	o := newOrigin(t, echo)
	w := newWorld(t, o)
	c := w.dial()
	for _, tt := range []struct{ target, want, url string }{
		{"http://" + site + "/a?b", "/a?b", "http://" + site + "/a?b"},
		{"http://" + site, "/", "http://" + site},
		{"HTTP://user:CANARY@other.atlassian.net:80?x", "/?x", "HTTP://user:CANARY@other.atlassian.net:80?x"},
	} {
		c.send("GET " + tt.target + " HTTP/1.1\r\nhost:  " + site + "\r\nProxy-Connection: keep-alive\r\n\r\n")
		want := "GET " + tt.want + " HTTP/1.1\r\nhost:  " + site + "\r\n\r\n"
		contains(t, c.head(), "Content-Length: "+strconv.Itoa(len(want)))
		c.expect(t, want)
	}
	for i, x := range w.exchanges(3) {
		if i == 0 && x.Request.URL != "http://"+site+"/a?b" {
			t.Error(x.Request.URL)
		}
		if !x.Request.Header.Has("Proxy-Connection") {
			t.Error("the exchange does not show what the client sent")
		}
	}
	if n := o.connections(); n != 2 {
		t.Error(n, "connections")
	}
}

func TestURLInTarget(t *testing.T) {
	w := newWorld(t, newOrigin(t, okay, site))
	c := w.client(site)
	c.send("GET /login?to=https://x.example/ HTTP/1.1\r\nHost: other\r\n\r\n")
	c.expect(t, okayAnswer)
	if u := w.exchanges(1)[0].Request.URL; u != "https://"+site+"/login?to=https://x.example/" {
		t.Error(u)
	}
}

// The product's headline case: echo without -n, pasted into a raw socket.
func TestTrailingLineFeed(t *testing.T) {
	for _, scheme := range []string{"https", "http", "absolute"} {
		for _, tail := range []string{"", "Accept: */*\r\nContent-Type: text/plain\r\n"} {
			t.Run(scheme+strconv.Itoa(len(tail)), func(t *testing.T) {
				var w *world
				var c *peer
				target := "/rest/api/3/myself"
				names := []string{site}
				if scheme != "https" {
					names = nil
				}
				var got string
				o := newOrigin(t, func(c *peer, _ int) {
					got = c.head()
					c.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
					c.head()
				}, names...)
				w = newWorld(t, o)
				switch scheme {
				case "https":
					c = w.client(site)
				case "http":
					c = w.connect(site + ":80")
				default:
					c = w.dial()
					target = "http://" + site + target
				}
				c.send("GET " + target + " HTTP/1.1\r\nHost: " + site + "\r\nAuthorization: Basic CANARY==\n\r\n" + tail + "\r\n")
				c.expect(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
				x := w.exchanges(1)[0]
				if v := field(x, "Authorization"); v != "Basic CANARY==\n" {
					t.Errorf("%q", v)
				}
				if x.Response == nil || x.Response.Status != 401 {
					t.Errorf("%+v", x.Response)
				}
				if tail != "" {
					contains(t, string(x.Request.Raw), "\n\r\n"+tail)
				}
				if want := "GET /rest/api/3/myself HTTP/1.1\r\nHost: " + site + "\r\nAuthorization: Basic CANARY==\n\r\n"; got != want {
					t.Errorf("the server got %q", got)
				}
			})
		}
	}
}

func TestContinue(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 100 Continue\r\n\r\n")
		b := make([]byte, 5)
		_, _ = io.ReadFull(c.br, b)
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + string(b))
		c.head()
		c.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	c.expect(t, "HTTP/1.1 100 Continue\r\n\r\n")
	c.send("hello")
	c.expect(t, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
	c.send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	c.expect(t, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	x := w.exchanges(1)[0]
	if string(x.Request.Body.Head) != "hello" || string(x.Response.Body.Head) != "hello" {
		t.Errorf("%+v", x)
	}
}

func TestStreamAtOnce(t *testing.T) {
	next := make(chan bool)
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range next {
			c.send("9\r\ndata: 1\n\n\r\n")
		}
		c.send("0\r\n\r\n")
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send(get)
	c.head()
	for range 5 {
		start := time.Now()
		next <- true
		c.expect(t, "9\r\ndata: 1\n\n\r\n")
		if d := time.Since(start); d > 10*time.Millisecond && !raceEnabled {
			t.Error("an event took", d)
		}
	}
	close(next)
	c.expect(t, "0\r\n\r\n")
}

func TestSwitchOver(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
		b := make([]byte, 4)
		for {
			if _, err := io.ReadFull(c.br, b); err != nil {
				c.send("bye!")
				return
			}
			c.send(string(b))
		}
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	contains(t, c.head(), "101")
	for i := range 5 {
		m := fmt.Sprintf("m%03d", i)
		c.send(m)
		c.expect(t, m)
	}
	(&leg{raw: c.raw, tls: tlsOf(c)}).closeWrite()
	c.expect(t, "bye!") // half closed
	if x := w.exchanges(1)[0]; x.Response.Status != 101 {
		t.Error(x.Response.Status)
	}
}

func TestAffinity(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site))
	a, b := w.client(site), w.client(site)
	for range 3 {
		for i, c := range []*peer{a, b} {
			c.send(get)
			contains(t, c.head(), "X-Conn: "+strconv.Itoa(i+1)+"\r\n")
			c.expect(t, get)
		}
	}
}

func TestBrokenAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		reset  bool
		code   string
	}{
		"early end":         {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", false, CodeCut},
		"reset":             {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", true, ""},
		"chunked, cut":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", false, CodeCutChunked},
		"chunked, broken":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nabc\r\nxyz\r\n", false, CodeCutChunked},
		"until close, torn": {"HTTP/1.1 200 OK\r\n\r\nabc", true, ""},
	} {
		for _, scheme := range []string{"https", "http"} {
			t.Run(scheme+" "+name, func(t *testing.T) {
				serve := func(c *peer, _ int) {
					c.head()
					c.head() // what is not read makes the end a reset
					c.send(tt.answer)
					if tt.reset {
						time.Sleep(20 * time.Millisecond)
						c.reset()
					}
				}
				var w *world
				var c *peer
				if scheme == "https" {
					w = newWorld(t, newOrigin(t, serve, site))
					c = w.client(site)
				} else {
					w = newWorld(t, newOrigin(t, serve))
					c = w.connect(site + ":80")
				}
				c.send(get + get)
				start := time.Now()
				got, err := c.all()
				if err == nil {
					t.Error("it ended as if that were all")
				}
				if d := time.Since(start); d > time.Second {
					t.Error("took", d)
				}
				if !strings.HasPrefix(tt.answer, got) && tt.reset == false {
					t.Errorf("got %q", got)
				}
				x := w.exchanges(1)[0]
				if x.Failure == nil || x.Failure.Phase != exchange.HTTP || tt.code != "" && x.Failure.Code != tt.code {
					t.Errorf("%+v", x.Failure)
				}
			})
		}
	}
}

func TestClientGone(t *testing.T) {
	for _, scheme := range []string{"https", "http"} {
		for _, how := range []string{"close", "reset"} {
			t.Run(scheme+" "+how, func(t *testing.T) {
				noticed := make(chan time.Time, 1)
				got := make(chan bool, 1)
				serve := func(c *peer, _ int) {
					c.head()
					got <- true
					_, _ = c.br.ReadByte()
					noticed <- time.Now()
				}
				var w *world
				var c *peer
				if scheme == "https" {
					w = newWorld(t, newOrigin(t, serve, site))
					c = w.client(site)
				} else {
					w = newWorld(t, newOrigin(t, serve))
					c = w.connect(site + ":80")
				}
				c.send(get)
				<-got
				start := time.Now()
				if how == "reset" {
					c.reset()
				} else {
					_ = c.Conn.Close()
				}
				select {
				case at := <-noticed:
					if d := at.Sub(start); d > 100*time.Millisecond {
						t.Error("noticed after", d)
					}
				case <-time.After(wait):
					t.Fatal("not noticed")
				}
				x := w.exchanges(1)[0]
				if x.Failure == nil || scheme == "https" && (x.Failure.Phase != exchange.Blocked || x.Failure.Code != CodeAborted) {
					t.Errorf("%+v", x.Failure)
				}
			})
		}
	}
}

// A client that asks for much, reads nothing and says goodbye holds nobody up.
func TestClientThatDoesNotRead(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
		_, _ = io.Copy(c.Conn, io.LimitReader(zeros{}, 100_000_000))
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send(get)
	c.head()
	time.Sleep(50 * time.Millisecond)
	_ = tlsOf(c).CloseWrite()
	if x := w.exchanges(1)[0]; x.Failure == nil || x.Failure.Code != CodeAborted {
		t.Errorf("%+v", x.Failure)
	}
	for end := time.Now().Add(wait); w.Stats().Open > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the connection is still there")
		}
	}
}

func TestHalfClose(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		_, _ = io.ReadAll(c.br)
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	})
	w := newWorld(t, o)
	c := w.dial()
	c.send("GET http://" + site + "/ HTTP/1.1\r\n\r\n")
	_ = c.raw.(*net.TCPConn).CloseWrite()
	c.expect(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
}

// A server that closes an idle connection takes the client's with it: no request
// ever meets a connection that is about to end.
func TestIdleServerCloses(t *testing.T) {
	o := newOrigin(t, script("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"), site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send(get)
	c.expect(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
	if rest, err := c.all(); rest != "" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestBigBodies(t *testing.T) {
	const size = 8 << 20
	o := newOrigin(t, func(c *peer, _ int) {
		c.head()
		n, _ := io.CopyN(io.Discard, c.br, size)
		c.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + strconv.FormatInt(n, 10) + "\r\n\r\n")
		_, _ = io.Copy(c.Conn, io.LimitReader(zeros{}, n))
		c.head()
	}, site)
	w := newWorld(t, o)
	c := w.client(site)
	go func() {
		c.send("POST / HTTP/1.1\r\nContent-Length: " + strconv.Itoa(size) + "\r\n\r\n")
		_, _ = io.Copy(c.Conn, io.LimitReader(zeros{}, size))
	}()
	c.head()
	if n, err := io.CopyN(io.Discard, c.br, size); n != size {
		t.Fatal(n, err)
	}
	x := w.exchanges(1)[0]
	for _, b := range []exchange.Body{x.Request.Body, x.Response.Body} {
		if b.Size != size || len(b.Head) != exchange.MaxBody || !b.Kept {
			t.Error(b.Size, len(b.Head))
		}
	}
}

// What is kept of a body is decoded, what is passed on is not.
func TestKeptBody(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `{"errorMessages":["x"]}`)
	_ = z.Close()
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", packed.Len(), packed.String())
	w := newWorld(t, newOrigin(t, script(answer), site))
	c := w.client(site)
	c.send(get)
	c.expect(t, answer)
	if b := w.exchanges(1)[0].Response.Body; string(b.Head) != `{"errorMessages":["x"]}` || !b.Kept || b.Size != int64(packed.Len()) || b.Media != "application/json" {
		t.Errorf("%+v", b)
	}
}

// An answer that does not come is given up after AnswerTimeout, and that is not
// put down to the client.
func TestAnswerTimeout(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	w := newWorld(t, newOrigin(t, func(c *peer, _ int) { c.head(); _, _ = c.br.ReadByte() }, site), func(o *Options) { o.AnswerTimeout = time.Second })
	c := w.client(site)
	c.send(get)
	_, _ = c.all()
	if x := w.exchanges(1)[0]; x.Failure == nil || *x.Failure != (exchange.Failure{Phase: exchange.HTTP, Code: "ETIMEDOUT"}) {
		t.Errorf("%+v", x.Failure)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestBigHeads(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site))
	for _, n := range []int{5000, 100_000, 900_000} {
		c := w.client(site)
		h := "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", n) + "\r\n\r\n"
		go c.send(h)
		c.head()
		c.expect(t, h)
	}
	c := w.client(site)
	go c.send("GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n")
	contains(t, c.head(), "HTTP/1.1 431 ")
	d := w.dial()
	go d.send("GET http://" + site + "/ HTTP/1.1\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n")
	contains(t, d.head(), "HTTP/1.1 431 ")
}

func TestSlowLoris(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site), func(o *Options) { o.HeadTimeout = 300 * time.Millisecond })
	for _, front := range []bool{true, false} {
		var c *peer
		if front {
			c = w.dial()
		} else {
			c = w.client(site)
		}
		go func() {
			for _, b := range []byte("GET / HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyy") {
				if _, err := c.Conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(30 * time.Millisecond)
			}
		}()
		start := time.Now()
		got, _ := c.all()
		if d := time.Since(start); d > 2*time.Second {
			t.Error("took", d)
		}
		if !front || got != "" {
			contains(t, got, "HTTP/1.1 408 ")
		}
	}
}

func TestMalformedTellsWhy(t *testing.T) {
	w := newWorld(t, newOrigin(t, echo, site))
	for request, want := range map[string]string{
		"GET /a b HTTP/1.1\r\nAuthorization: Basic CANARY\r\n\r\n": "is there one in the URL?",
		"GET /\r\nAuthorization: Basic CANARY\r\n\r\n":             "does not end with HTTP/1.1",
		"\x00\x01\r\n\r\n": "METHOD URL",
		"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n": "where its body ends",
	} {
		for _, c := range []*peer{w.client(site), w.dial()} {
			c.send(request)
			got, _ := c.all()
			if strings.HasPrefix(request, "\x00") && got == "" {
				continue // at the front: not HTTP at all
			}
			contains(t, got, "HTTP/1.1 400 Bad Request\r\n", "\r\n\r\nwhy401: ")
			if _, ok := c.Conn.(*net.TCPConn); !ok {
				contains(t, got, want)
			}
			if strings.Contains(got, "CANARY") {
				t.Error("it shows what the client sent")
			}
		}
	}
}
