package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"

// through sends a request to a server that answers as serve says, over TLS, and
// expects answer.
func through(serve func(*peer, int), request, answer string) func(*testing.T) {
	return func(t *testing.T) {
		c := newWorld(t, newOrigin(t, serve, site)).client(site)
		c.send(request)
		c.expect(t, answer)
	}
}

// asIs sends a request whose bytes the server must get as they are.
func asIs(request string) func(*testing.T) { return through(echo, request, echoed(request)) }

// TestRows has a row for each defect that was measured in other proxies, and for
// what must work besides. The numbers are those of the sections in which the notes
// about martian have them: 1 relay, 2 time limits and shutdown, 3 HTTP/2, 4 TLS
// and certificates, 5 chains of proxies and reverse mode. Most rows have more than this one test;
// it is here that a reader finds that none was left out.
func TestRows(t *testing.T) {
	for _, row := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"1 the server dies within a body: reset", dies("Content-Length: 100", true)},
		{"1 the server dies within a body: early end", dies("Content-Length: 100", false)},
		{"1 the server dies within a body: cut chunked", dies("Transfer-Encoding: chunked", false)},
		{"1 events of a slow stream pass at once", TestFirstEvent},
		{"1 WebSocket and Upgrade", through(func(c *peer, _ int) {
			c.head()
			c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi")
		}, "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi")},
		{"1 Expect: 100-continue", TestContinue},
		{"1 103 Early Hints", through(script("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+one), get, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+one)},
		{"1 HTTP/1.0 client, chunked server", through(
			script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
			"GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
		)},
		{"1 the client leaves while the server thinks", func(t *testing.T) {
			asked, ended := make(chan bool), make(chan bool)
			w := newWorld(t, newOrigin(t, func(c *peer, _ int) { c.head(); close(asked); _, _ = io.Copy(io.Discard, c.br); close(ended) }, site))
			c := w.client(site)
			c.send(get)
			<-asked
			start := time.Now()
			_ = c.Conn.Close()
			<-ended
			prompt(t, "the server was told", start, noticed)
		}},
		{"1 POST on a stale connection", func(t *testing.T) {
			// The server closes after each answer, without saying so: the client's
			// connection goes with it, so no POST ever meets one that is about to end.
			w := newWorld(t, newOrigin(t, script(one), site))
			for range 5 {
				c := w.client(site)
				c.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab")
				c.expect(t, one)
				if rest, err := c.all(); rest != "" || err != nil {
					t.Errorf("%q, %v", rest, err)
				}
			}
		}},
		{"1 Host differs from the target of CONNECT", asIs("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n")},
		{"1 affinity for NTLM and Negotiate", TestAffinity},
		{"1 fidelity of requests", asIs("GET /a//b?%7e HTTP/1.1\r\nx-aTLassian-tOKEN: a \r\nB: 1\r\nA: 2\r\nB:3\r\n\r\n")}, // without User-Agent
		{"1 fidelity of answers", through(script("HTTP/1.1 304 nOt\r\nX-Seraph-LoginReason: a\r\nWWW-Authenticate: x\r\nb:1\r\nContent-Length: 7\r\n\r\n"), get,
			"HTTP/1.1 304 nOt\r\nX-Seraph-LoginReason: a\r\nWWW-Authenticate: x\r\nb:1\r\nContent-Length: 7\r\n\r\n")},
		{"1 no Accept-Encoding from the client", func(t *testing.T) {
			t.Run("request", asIs(get))
			packed := "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\n\x0b\x00\x80"
			t.Run("answer", through(script(packed), get, packed))
		}},
		{"1 base64 wrapped with LF", asIs("GET / HTTP/1.1\r\nAuthorization: Basic YWJj\nZnJlZA==\r\nX: 1\r\n\r\n")},
		{"1 line feed behind the credential", func(t *testing.T) {
			w := newWorld(t, newOrigin(t, echo, site))
			c := w.client(site)
			c.send("GET / HTTP/1.1\r\nAuthorization: Basic YWJj\n\r\nAccept: */*\r\n\r\n")
			c.head()
			if x := w.exchanges(1)[0]; field(x, "Authorization") != "Basic YWJj\n" || !strings.HasSuffix(string(x.Request.Raw), "\n\r\nAccept: */*\r\n\r\n") {
				t.Errorf("%q", x.Request.Raw)
			}
		}},
		{"1 blank before the colon", asIs("GET / HTTP/1.1\r\nAuthorization : x\r\n\r\n")},
		{"1 fields for the proxy do not leak", through(echo,
			"GET / HTTP/1.1\r\nProxy-Authorization: Basic CANARY\r\nProxy-Connection: keep-alive\r\nA: 1\r\n\r\n", echoed("GET / HTTP/1.1\r\nA: 1\r\n\r\n"))},
		{"1 an error of the server is told", func(t *testing.T) {
			w := newWorld(t, nil, func(o *Options) { o.Connect[site] = "127.0.0.1:1" })
			c := w.client(site)
			c.send(get)
			text, _ := c.all()
			contains(t, text, "HTTP/1.1 502 Bad Gateway\r\n", "nothing listens on that port")
			if x := w.exchanges(1)[0]; x.Failure == nil || x.Failure.Code != "ECONNREFUSED" {
				t.Errorf("%+v", x.Failure)
			}
		}},
		{"1 the end of TLS is announced", func(t *testing.T) {
			c := newWorld(t, newOrigin(t, script("HTTP/1.1 200 OK\r\n\r\nto the end"), site)).client(site)
			c.send(get)
			if text, err := c.all(); err != nil { // without close_notify: unexpected EOF
				t.Errorf("%q, %v", text, err)
			}
		}},
		{"1 keep-alive and pipelining", through(script(one, one, one), get+get+get, one+one+one)},
		{"1 HEAD with length, HEAD chunked", through(script("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", one),
			"HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n"+get, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+one)},
		{"1 204, 304, trailers", through(script("HTTP/1.1 204 X\r\n\r\n", "HTTP/1.1 304 X\r\n\r\n", "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: 1\r\n\r\n"), get+get+get,
			"HTTP/1.1 204 X\r\n\r\nHTTP/1.1 304 X\r\n\r\nHTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: 1\r\n\r\n")},
		{"1 HTTP/1.0 server", through(script("HTTP/1.0 200 OK\r\n\r\nto the end"), get, "HTTP/1.0 200 OK\r\n\r\nto the end")},
		{"1 plain HTTP in CONNECT", func(t *testing.T) {
			c := newWorld(t, newOrigin(t, echo)).connect(site + ":80")
			c.send(get)
			c.expect(t, echoed(get))
		}},
		{"1 long heads", TestBigHeads},
		{"1 idle connections cost nothing and end", func(t *testing.T) {
			w := newWorld(t, newOrigin(t, okay, site))
			for range 50 {
				w.client(site)
			}
			w.stop() // looks for goroutines that are left
		}},
		{"2 no transfer is cut by a time limit", func(t *testing.T) {
			w := newWorld(t, newOrigin(t, func(c *peer, _ int) {
				c.head()
				c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
				for range 10 {
					time.Sleep(50 * time.Millisecond)
					c.send("x")
				}
			}, site), func(o *Options) {
				o.HeadTimeout, o.HandshakeTimeout, o.DialTimeout = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
			})
			c := w.client(site)
			c.send(get)
			c.expect(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxxxxxxxxxx")
		}},
		{"2 shutdown with open tunnels", TestShutdownIsPrompt},
		{"2 shutdown twice", func(t *testing.T) {
			w := newWorld(t, nil)
			w.stop()
			if err := w.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}},
		{"2 a failed handshake ends the connection", func(t *testing.T) {
			c := newWorld(t, nil).connect(site + ":443")
			c.send("\x16\x03\x01\x00\x05nonsense")
			start := time.Now()
			_, _ = c.all()
			prompt(t, "the end", start, noticed)
		}},
		{"3 requests over HTTP/2 are seen", overH2([]string{"h2", "http/1.1"}, "HTTP/2.0")},
		{"3 the server has no HTTP/2", overH2([]string{"http/1.1"}, "HTTP/1.1")},
		{"3 a bad certificate behind HTTP/2 is told", func(t *testing.T) {
			o := newOriginTLS(t, okay, func(c *tls.Config) {
				m := newMinter(func() *CA { ca, _ := NewCA(nil); return ca }())
				c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return m.of(h, site) }
			}, site)
			resp, err := h2Client(newWorld(t, o)).Get("https://" + site + "/")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusBadGateway {
				t.Error(resp.Status)
			}
		}},
		{"3 who offers HTTP/1.1 gets that", func(t *testing.T) {
			w := newWorld(t, h2Origin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, "h2", "http/1.1"))
			p := w.connect(site + ":443")
			config := w.trust(site)
			config.NextProtos = []string{"h2", "http/1.1"}
			c := tls.Client(p.raw, config)
			_, _ = io.WriteString(c, get)
			got := make([]byte, 15)
			if _, err := io.ReadFull(c, got); string(got) != "HTTP/1.1 200 OK" || c.ConnectionState().NegotiatedProtocol != "http/1.1" {
				t.Errorf("%q, %v", got, err)
			}
		}},
		{"4 each request has the facts of both connections", func(t *testing.T) {
			w := newWorld(t, newOriginTLS(t, okay, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, site))
			c := w.client(site)
			c.send(get + get)
			c.expect(t, okayAnswer+okayAnswer)
			for _, x := range w.exchanges(2) {
				k := x.Conn
				if k.TLS.Version != "TLS 1.2" || k.Client.Version != "TLS 1.3" || k.Client.Cipher == "" || k.Client.ServerName != site || k.Client.Protocol != "http/1.1" || k.Handshake.Hello.Version != 0x304 {
					t.Errorf("%+v %+v", k.TLS, k.Client)
				}
			}
		}},
		{"4 client with TLS 1.0", oldClient(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: allSuites()}, "TLS 1.0")},
		{"4 client with TLS 1.1", oldClient(&tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11, CipherSuites: allSuites()}, "TLS 1.1")},
		{"4 client with RSA key exchange and 3DES", oldClient(&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, "TLS 1.2")},
		{"4 client that does not trust the proxy", func(t *testing.T) {
			w := newWorld(t, nil, func(o *Options) { o.Signer, o.Command = exchange.RunSigner, "curl" })
			p := w.dial()
			p.send("CONNECT " + site + ":443 HTTP/1.1\r\nUser-Agent: curl/8.5.0\r\n\r\n")
			p.head()
			if err := tls.Client(p.raw, &tls.Config{ServerName: site, RootCAs: x509.NewCertPool()}).Handshake(); err == nil {
				t.Fatal("it trusts")
			}
			x := w.exchanges(1)[0]
			if x.Failure.Code != CodeRejected || x.Client != "curl/8.5.0" || field(x, "User-Agent") != "curl/8.5.0" || x.Conn.Client == nil ||
				*x.Conn.Client != (exchange.ClientLeg{ServerName: site, Signer: exchange.RunSigner, Agent: "curl/8.5.0", Command: "curl", Version: x.Conn.Client.Version, Cipher: x.Conn.Client.Cipher, Protocol: x.Conn.Client.Protocol}) {
				t.Errorf("%+v %+v", x, x.Conn.Client)
			}
		}},
		{"4 server with TLS 1.0", func(t *testing.T) {
			c := newWorld(t, newOriginTLS(t, okay, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS10 }, site)).client(site)
			c.send(get)
			c.expect(t, okayAnswer)
		}},
		{"4 serial numbers and names of certificates", func(t *testing.T) {
			w := newWorld(t, nil)
			for i := range 50 {
				cert, err := w.leaf.of(nil, strings.Repeat("x", 60)+strconv.Itoa(i)+"."+site)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(cert.Leaf.SerialNumber.Bytes()); n > 20 || cert.Leaf.SerialNumber.Sign() <= 0 || len(cert.Leaf.Subject.CommonName) > 64 {
					t.Errorf("%d octets, %q", n, cert.Leaf.Subject.CommonName)
				}
			}
		}},
		{"4 the answer to CONNECT has no length", func(t *testing.T) { newWorld(t, newOrigin(t, okay, site)).connect(site + ":443") }}, // compares all bytes
		{"5 reverse: the checks of the server against forged requests pass", TestReverseRequest},
		{"5 reverse: the client stays at the proxy, with its cookies", TestReverseAnswer},
		{"5 upstream proxy http", chained("http")},
		{"5 upstream proxy https", chained("https")},
		{"5 upstream proxy socks5", chained("socks5")},
		{"5 NO_PROXY", func(t *testing.T) {
			w := newWorld(t, newOrigin(t, okay, site), func(o *Options) {
				o.UpstreamProxy, o.NoProxy = &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, ".atlassian.net"
			})
			c := w.client(site)
			c.send(get)
			c.expect(t, okayAnswer)
		}},
	} {
		t.Run(row.name, row.run)
	}
}

// dies: the client must not take what came for all of it, nor anything that
// follows for a part of it.
func dies(framing string, reset bool) func(*testing.T) {
	return func(t *testing.T) {
		c := newWorld(t, newOrigin(t, func(c *peer, _ int) {
			c.head()
			c.send("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n5\r\nab")
			if reset {
				time.Sleep(10 * time.Millisecond)
				c.reset()
			}
		}, site)).client(site)
		c.send(get + get)
		start := time.Now()
		if text, err := c.all(); err == nil || strings.Count(text, "HTTP/1.1") > 1 {
			t.Errorf("%q, %v", text, err)
		}
		prompt(t, "the end", start, noticed)
	}
}

func overH2(protos []string, proto string) func(*testing.T) {
	return func(t *testing.T) {
		w := newWorld(t, h2Origin(t, func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.Proto) }, protos...))
		resp, err := h2Client(w).Get("https://" + site + "/a")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, _ := io.ReadAll(resp.Body); string(b) != proto {
			t.Errorf("%q", b)
		}
		if x := w.exchanges(1)[0]; x.Request.URL != "https://"+site+"/a" || x.Response.Status != 200 || x.Conn.Client.Protocol != "h2" {
			t.Errorf("%+v", x)
		}
	}
}

func oldClient(config *tls.Config, version string) func(*testing.T) {
	return func(t *testing.T) {
		w := newWorld(t, newOriginTLS(t, okay, func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }, site))
		p := w.connect(site + ":443")
		config.ServerName, config.RootCAs = site, w.CA().Pool()
		c := tls.Client(p.raw, config)
		_, _ = io.WriteString(c, get)
		got := make([]byte, len(okayAnswer))
		if _, err := io.ReadFull(c, got); string(got) != okayAnswer {
			t.Fatalf("%q, %v", got, err)
		}
		if x := w.exchanges(1)[0]; x.Conn.Client.Version != version || x.Conn.TLS.Version == "TLS 1.0" {
			t.Errorf("%+v %+v", x.Conn.Client, x.Conn.TLS)
		}
	}
}

func chained(scheme string) func(*testing.T) {
	return func(t *testing.T) {
		up := newChainProxy(t, scheme, map[string]string{site + ":443": newOrigin(t, okay, site).addr})
		w := newWorld(t, nil, func(o *Options) {
			o.UpstreamProxy = &url.URL{Scheme: scheme, Host: up.host, User: url.UserPassword("fred", "CANARY")}
			o.Connect[up.name] = "127.0.0.1"
		})
		c := w.client(site)
		c.send(get)
		c.expect(t, okayAnswer)
		if got := up.asked(); len(got) != 1 || got[0] != site+":443 fred:CANARY" {
			t.Error(got)
		}
	}
}
