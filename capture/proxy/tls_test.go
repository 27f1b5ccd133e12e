package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

func okay(c *peer, _ int) {
	for c.head() != "" {
		c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

const okayAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// What clients do that do not trust the authority, and others that do not come
// as far as a request.
func TestClientHandshakes(t *testing.T) {
	ec := tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	for name, tt := range map[string]struct {
		config *tls.Config
		hang   bool            // it closes when it sees the certificate
		after  func(*tls.Conn) // what the client does after the handshake
		code   string
		alert  uint8
		works  bool
		check  func(*testing.T, *exchange.Exchange)
	}{
		"untrusted, 1.3":   {config: &tls.Config{ServerName: site, RootCAs: x509.NewCertPool()}, code: CodeRejected, alert: 42},
		"untrusted, 1.2":   {config: &tls.Config{ServerName: site, RootCAs: x509.NewCertPool(), MaxVersion: tls.VersionTLS12}, code: CodeRejected, alert: 42},
		"closes after it":  {config: &tls.Config{ServerName: site, InsecureSkipVerify: true}, after: func(c *tls.Conn) { _ = c.Close() }, code: CodeDropped},
		"closes within it": {config: &tls.Config{ServerName: site, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}, hang: true, code: CodeDropped},
		"wrong protocol":   {config: &tls.Config{ServerName: site, InsecureSkipVerify: true, NextProtos: []string{"acme-tls/1"}}, code: "ERR_ALPN_NEGOTIATION_FAILED"},
		"TLS 1.0": {config: &tls.Config{ServerName: site, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: allSuites()}, works: true, check: func(t *testing.T, x *exchange.Exchange) {
			if x.Conn.Handshake.Hello.Version != 0x301 || x.Conn.TLS.Version != "TLS 1.3" {
				t.Errorf("%+v", x.Conn)
			}
		}},
		"RSA key exchange only": {config: &tls.Config{ServerName: site, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, works: true, check: func(t *testing.T, x *exchange.Exchange) {
			if c := x.Conn.Handshake.Hello.Ciphers; len(c) == 0 || c[0] != tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA {
				t.Error(c)
			}
		}},
		"ECDSA only": {config: &tls.Config{ServerName: site, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{ec}}, works: true},
		"no name": {config: &tls.Config{InsecureSkipVerify: true}, works: true, check: func(t *testing.T, x *exchange.Exchange) {
			if n := x.Conn.Handshake.Hello.ServerName; n != "" {
				t.Error(n)
			}
		}},
		"other name": {config: &tls.Config{ServerName: "other.atlassian.net"}, works: true, check: func(t *testing.T, x *exchange.Exchange) {
			if n := x.Conn.Handshake.Hello.ServerName; n != "other.atlassian.net" || x.Request.URL != "https://"+site+"/rest/api/3/myself" {
				t.Error(n, x.Request.URL)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newOrigin(t, okay, site, "other.atlassian.net"))
			p := w.connect(site + ":443")
			if tt.config.RootCAs == nil {
				tt.config.RootCAs = w.CA().Pool()
			}
			if tt.hang {
				tt.config.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return p.raw.Close() }
			}
			c := tls.Client(p.raw, tt.config)
			err := c.Handshake()
			if tt.works {
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.WriteString(c, get)
				(&peer{br: bufio.NewReader(c)}).expect(t, okayAnswer)
			} else if tt.after != nil {
				tt.after(c)
			} else {
				_ = p.raw.Close()
			}
			x := w.exchanges(1)[0]
			if tt.check != nil {
				tt.check(t, x)
			}
			if tt.works {
				return
			}
			if x.Failure == nil || x.Failure.Phase != exchange.TLSHandshake || x.Failure.Code != tt.code {
				t.Fatalf("%+v", x.Failure)
			}
			if x.Request.Method != "CONNECT" || x.Request.URL != site+":443" || x.Response != nil {
				t.Errorf("%+v", x.Request)
			}
			if x.Sees(exchange.Credentials) != exchange.Hidden || x.Sees(exchange.TLSFacts) != exchange.Shown {
				t.Error(x.Sight)
			}
			h := x.Conn.Handshake
			if h == nil || h.Hello == nil || h.Hello.ServerName != site {
				t.Fatalf("%+v", h)
			}
			if tt.alert != 0 && (len(h.Alerts) != 1 || h.Alerts[0] != exchange.Alert{From: exchange.Client, Fatal: true, Code: tt.alert} || len(h.Chain) != 1 || h.Chain[0].Issuer != w.CA().Name()) {
				t.Errorf("%+v", h)
			}
		})
	}
}

func TestServerHandshakes(t *testing.T) {
	other, err := makeCA([]string{Everything}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	expired := func(c *tls.Config) {
		m := newMinter(originCA())
		m.now = func() time.Time { return time.Now().Add(-72 * time.Hour) }
		c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return m.of(h, site) }
	}
	for name, tt := range map[string]struct {
		change  func(*tls.Config)
		options func(*Options)
		names   []string
		code    string // "": it works
		phase   exchange.Phase
		text    string
		check   func(*testing.T, *exchange.Exchange)
	}{
		"unknown authority": {change: func(c *tls.Config) {
			m := newMinter(other)
			c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return m.of(h, site) }
		}, code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE", phase: exchange.TLSHandshake, text: "--upstream-ca FILE", check: func(t *testing.T, x *exchange.Exchange) {
			if x.Conn.TLS.Issuer != other.Name() || len(x.Conn.Handshake.Chain) != 1 {
				t.Errorf("%+v", x.Conn.TLS)
			}
		}},
		"unknown authority, insecure": {change: func(c *tls.Config) {
			m := newMinter(other)
			c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return m.of(h, site) }
		}, options: func(o *Options) { o.UpstreamInsecure = true }},
		"expired":    {change: expired, code: "CERT_HAS_EXPIRED", phase: exchange.TLSHandshake, text: "has expired"},
		"other name": {names: []string{"elsewhere.example.com"}, code: "ERR_TLS_CERT_ALTNAME_INVALID", phase: exchange.TLSHandshake, text: "another host name"},
		"TLS 1.0 only": {change: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS10 }, check: func(t *testing.T, x *exchange.Exchange) {
			if x.Conn.TLS.Version != "TLS 1.0" {
				t.Error(x.Conn.TLS.Version)
			}
		}},
		"RSA key exchange only": {change: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
		}},
		"wants a certificate, 1.3": {change: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", phase: exchange.TLSHandshake, text: "--client-cert", check: asked},
		"wants a certificate, 1.2": {change: func(c *tls.Config) {
			c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
		}, code: "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", phase: exchange.TLSHandshake, check: asked},
		"gets a certificate": {change: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, options: func(o *Options) {
			o.ClientCert, _ = newMinter(other).get(leafKey{"client", false})
		}},
		"unreachable":  {options: func(o *Options) { o.Connect[site] = "127.0.0.1:1" }, code: "ECONNREFUSED", phase: exchange.Dial, text: "nothing listens"},
		"no such name": {options: func(o *Options) { o.Connect[site] = "nowhere.invalid:443" }, code: "ENOTFOUND", phase: exchange.DNS, text: "no such host name"},
		"plain": {options: func(o *Options) {
			l, _ := net.Listen("tcp", "127.0.0.1:0")
			go func() {
				defer l.Close()
				if c, err := l.Accept(); err == nil {
					_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
					_, _ = io.Copy(io.Discard, c)
					_ = c.Close()
				}
			}()
			o.Connect[site] = l.Addr().String()
		}, code: "ERR_SSL_WRONG_VERSION_NUMBER", phase: exchange.TLSHandshake, check: func(t *testing.T, x *exchange.Exchange) {
			if !x.Conn.Handshake.PlainReply {
				t.Error("the plain reply was not seen")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			names := tt.names
			if names == nil {
				names = []string{site}
			}
			o := newOriginTLS(t, okay, tt.change, names...)
			if tt.options == nil {
				tt.options = func(*Options) {}
			}
			w := newWorld(t, o, tt.options)
			c := w.client(site)
			c.send(get)
			got := c.head()
			x := w.exchanges(1)[0]
			if tt.check != nil {
				tt.check(t, x)
			}
			if tt.code == "" {
				contains(t, got, "200 OK")
				if x.Failure != nil {
					t.Errorf("%+v", x.Failure)
				}
				return
			}
			contains(t, got, "HTTP/1.1 502 Bad Gateway\r\n")
			body, _ := c.all()
			contains(t, body, "why401: no answer from "+site+":443", tt.text, tt.code)
			if x.Failure == nil || x.Failure.Code != tt.code || x.Failure.Phase != tt.phase || x.Response != nil {
				t.Errorf("%+v", x.Failure)
			}
			if x.Request.Method != "GET" || x.Request.URL != "https://"+site+"/rest/api/3/myself" {
				t.Errorf("%+v", x.Request)
			}
		})
	}
}

func asked(t *testing.T, x *exchange.Exchange) {
	if !x.Conn.Handshake.CertificateAsked && x.Conn.TLS.Version != "TLS 1.3" && x.Failure.Code != "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" {
		t.Errorf("%+v", x.Conn.Handshake)
	}
}

// What is of no interest passes through as it is.
func TestTunnel(t *testing.T) {
	o := newOrigin(t, okay, "www.example.com")
	w := newWorld(t, o)
	p := w.connect("www.example.com:443")
	c := tls.Client(p.raw, &tls.Config{ServerName: "www.example.com", RootCAs: originCA().Pool()})
	if err := c.Handshake(); err != nil {
		t.Fatal("it was opened:", err)
	}
	_, _ = io.WriteString(c, get)
	(&peer{br: bufio.NewReader(c)}).expect(t, okayAnswer)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) != 0 || len(w.tunnels) != 1 || w.tunnels[0] != (Tunnel{"www.example.com", 443, "127.0.0.1", "not one of the hosts that are intercepted"}) {
		t.Errorf("%v %+v", w.seen, w.tunnels)
	}
}

// A server that speaks first, half closed directions, and a host that cannot be
// reached.
func TestTunnelOfAnything(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "hello\n")
		b, _ := io.ReadAll(c)
		_, _ = fmt.Fprintf(c, "got %s", b)
	}()
	w := newWorld(t, nil)
	c := w.dial()
	// What follows at once must not be lost.
	c.send("CONNECT " + l.Addr().String() + " HTTP/1.1\r\n\r\nearly ")
	contains(t, c.head(), " 200 ")
	c.expect(t, "hello\n")
	c.send("late")
	_ = c.raw.(*net.TCPConn).CloseWrite()
	c.expect(t, "got early late")

	c = w.dial()
	c.send("CONNECT nowhere.invalid:443 HTTP/1.1\r\nUser-Agent: x\r\n\r\n")
	contains(t, c.head(), "HTTP/1.1 502 ")
	x := w.exchanges(1)[0]
	if x.Failure == nil || x.Failure.Phase != exchange.DNS || x.Request.Method != "CONNECT" || x.Request.URL != "nowhere.invalid:443" {
		t.Errorf("%+v", x)
	}
}

// A client that looked the name up itself asks for an address.
func TestAddressWithName(t *testing.T) {
	o := newOrigin(t, okay, site)
	w := newWorld(t, o)
	p := w.connect(o.addr)
	c := tls.Client(p.raw, w.trust(site))
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, get)
	(&peer{br: bufio.NewReader(c)}).expect(t, okayAnswer)
	_, port, _ := net.SplitHostPort(o.addr)
	if x := w.exchanges(1)[0]; x.Request.URL != "https://"+site+":"+port+"/rest/api/3/myself" || x.Conn.ServerAddr != "127.0.0.1" {
		t.Error(x.Request.URL)
	}
}

func TestTransparent(t *testing.T) {
	o := newOrigin(t, okay, site, "www.example.com")
	plain := newOrigin(t, echo)
	w := newWorld(t, o, func(o *Options) { o.Transparent, o.Connect[site+":80"] = true, plain.addr })
	for name, roots := range map[string]*CA{site: w.CA(), "www.example.com": originCA()} {
		c := tls.Client(w.dial().raw, &tls.Config{ServerName: name, RootCAs: roots.Pool()})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, get)
		(&peer{br: bufio.NewReader(c)}).expect(t, okayAnswer)
	}
	c := w.dial()
	c.send(get)
	contains(t, c.head(), "200 OK")
	c.expect(t, get)
	if x := w.exchanges(2)[1]; x.Request.URL != "http://"+site+"/rest/api/3/myself" {
		t.Error(x.Request.URL)
	}
}

// Plain HTTP to others is passed on, and not shown.
func TestPlainOfNoInterest(t *testing.T) {
	w := newWorld(t, newOrigin(t, okay))
	c := w.dial()
	for range 2 {
		c.send("GET http://www.example.com/ HTTP/1.1\r\n\r\n")
		c.expect(t, okayAnswer)
	}
	c.send("GET http://" + site + "/ HTTP/1.1\r\n\r\n")
	c.expect(t, okayAnswer)
	if x := w.exchanges(1); len(x) != 1 || x[0].Request.URL != "http://"+site+"/" || len(w.tunnels) != 1 {
		t.Error(len(x), w.tunnels)
	}
}

func TestAccess(t *testing.T) {
	w := newWorld(t, newOrigin(t, okay, site), func(o *Options) { o.Auth = "fred:CANARY" })
	for _, request := range []string{"CONNECT " + site + ":443 HTTP/1.1\r\n\r\n", "GET http://" + site + "/ HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n\r\n"} {
		c := w.dial()
		c.send(request)
		contains(t, c.head(), "HTTP/1.1 407 ", "Proxy-Authenticate: Basic")
	}
	c := w.dial()
	c.send("CONNECT " + site + ":443 HTTP/1.1\r\nProxy-Authorization: basic " + base64.StdEncoding.EncodeToString([]byte("fred:CANARY")) + "\r\n\r\n")
	contains(t, c.head(), " 200 ")

	for _, target := range []string{w.addr, "localhost:" + w.addr[strings.LastIndexByte(w.addr, ':')+1:]} {
		c = w.dial()
		c.send("CONNECT " + target + " HTTP/1.1\r\nProxy-Authorization: basic " + base64.StdEncoding.EncodeToString([]byte("fred:CANARY")) + "\r\n\r\n")
		contains(t, c.head(), "HTTP/1.1 508 ")
	}
	p := &Proxy{o: Options{AllowFrom: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for addr, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "10.1.2.3:1": true, "[::ffff:10.1.2.3]:1": true, "192.0.2.1:1": false} {
		a, _ := net.ResolveTCPAddr("tcp", addr)
		if got := p.allowed(a); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

func TestLoopByName(t *testing.T) {
	loop := newWorld(t, nil, func(o *Options) { o.Connect["loop.test"] = "localhost" })
	c := loop.dial()
	c.send("CONNECT loop.test:" + loop.addr[strings.LastIndexByte(loop.addr, ':')+1:] + " HTTP/1.1\r\n\r\n")
	contains(t, c.head(), "HTTP/1.1 50")
}

func TestReverse(t *testing.T) {
	o := newOrigin(t, echo, site)
	ca, err := NewCA([]string{"127.0.0.1", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, o, func(o *Options) { o.Reverse, o.CA = &url.URL{Scheme: "https", Host: site}, ca })
	plain := w.dial()
	tp := w.dial()
	tc := tls.Client(tp.raw, w.trust("localhost"))
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	noName := w.dial()
	nc := tls.Client(noName.raw, w.trust("127.0.0.1"))
	if err := nc.Handshake(); err != nil {
		t.Fatal(err)
	}
	for i, c := range []*peer{plain, {Conn: tc, br: bufio.NewReader(tc)}, {Conn: nc, br: bufio.NewReader(nc)}} {
		for range 2 {
			c.send("GET /a HTTP/1.1\r\nhost: localhost:8080\r\nX: 1\r\n\r\n")
			contains(t, c.head(), "200 OK")
			c.expect(t, "GET /a HTTP/1.1\r\nHost: "+site+"\r\nX: 1\r\n\r\n")
		}
		if x := w.exchanges(2*i + 2)[2*i]; x.Request.URL != "https://"+site+"/a" {
			t.Error(x.Request.URL)
		}
	}
}

// An upstream proxy of each kind, with credentials.
func TestChain(t *testing.T) {
	for _, scheme := range []string{"http", "https", "socks5"} {
		t.Run(scheme, func(t *testing.T) {
			o := newOrigin(t, okay, site)
			plain := newOrigin(t, echo)
			up := newChainProxy(t, scheme, map[string]string{site + ":443": o.addr, site + ":80": plain.addr})
			u := &url.URL{Scheme: scheme, Host: up.host, User: url.UserPassword("fred", "CANARY")}
			w := newWorld(t, nil, func(o *Options) {
				o.UpstreamProxy = u
				o.NoProxy = "direct.atlassian.net"
				o.Connect[up.name] = "127.0.0.1"
			})
			c := w.client(site)
			c.send(get)
			c.expect(t, okayAnswer)
			if got := up.asked(); len(got) == 0 || got[0] != site+":443 fred:CANARY" {
				t.Error(got)
			}
			p := w.dial()
			p.send("GET http://" + site + "/a HTTP/1.1\r\nHost: " + site + "\r\n\r\n")
			contains(t, p.head(), "200 OK")
			p.expect(t, "GET /a HTTP/1.1\r\nHost: "+site+"\r\n\r\n")
			if x := w.exchanges(2)[0]; x.Conn.ServerAddr != "" {
				t.Error("the address is that of the proxy:", x.Conn.ServerAddr)
			}
			c = w.client("direct.atlassian.net")
			c.send(get)
			contains(t, c.head(), "502")
			if x := w.exchanges(3)[2]; x.Failure.Phase != exchange.DNS {
				t.Errorf("%+v", x.Failure)
			}
		})
		t.Run(scheme+", refused", func(t *testing.T) {
			up := newChainProxy(t, scheme, nil)
			w := newWorld(t, nil, func(o *Options) {
				o.UpstreamProxy = &url.URL{Scheme: scheme, Host: up.host, User: url.UserPassword("fred", "wrong")}
				o.Connect[up.name] = "127.0.0.1"
			})
			c := w.client(site)
			c.send(get)
			contains(t, c.head(), "502")
			if x := w.exchanges(1)[0]; x.Failure.Phase != exchange.Proxy || scheme != "socks5" && x.Failure.Code != "ERR_PROXY_AUTH_REQUESTED" {
				t.Errorf("%+v", x.Failure)
			}
		})
	}
}

func TestShutdownWithOpenConnections(t *testing.T) {
	hold := make(chan bool)
	o := newOrigin(t, func(c *peer, _ int) { c.head(); <-hold; c.send(okayAnswer); c.head() }, site)
	tunnelled := newOrigin(t, func(c *peer, _ int) { _, _ = io.ReadAll(c.br) })
	w := newWorld(t, o)
	w.dial()                      // silent
	w.connect(site + ":443")      // in the handshake
	w.connect(tunnelled.addr)     // a tunnel
	idle := w.client(site)        // idle
	half := w.dial()              // within its head
	half.send("GET http://x/ HT") //
	busy := w.client(site)
	busy.send(get)
	time.Sleep(50 * time.Millisecond)
	done := make(chan time.Duration)
	go func() {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), graceful)
		defer cancel()
		_ = w.Shutdown(ctx)
		done <- time.Since(start)
	}()
	if _, err := idle.all(); err == nil && !raceEnabled {
		_ = err // closed, in whatever way
	}
	close(hold)
	busy.expect(t, okayAnswer)
	if d := <-done; d > time.Second {
		t.Error("took", d)
	}
	if x := w.exchanges(1)[0]; x.Failure != nil || x.Response.Status != 200 {
		t.Errorf("%+v", x)
	}
}

func TestShutdownCutsWhatLasts(t *testing.T) {
	o := newOrigin(t, func(c *peer, _ int) { c.head(); _, _ = c.br.ReadByte() }, site)
	w := newWorld(t, o)
	c := w.client(site)
	c.send(get)
	time.Sleep(20 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_ = w.Shutdown(ctx)
	if d := time.Since(start); d > time.Second {
		t.Error("took", d)
	}
	if x := w.exchanges(1)[0]; x.Failure == nil || x.Failure.Phase != exchange.Blocked {
		t.Errorf("%+v", x.Failure)
	}
}

func TestIdle(t *testing.T) {
	o := newOrigin(t, func(c *peer, n int) {
		c.head()
		if n == 1 {
			c.send("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n")
			for range 25 {
				time.Sleep(100 * time.Millisecond)
				c.send("x")
			}
		}
		_, _ = c.br.ReadByte()
	}, site)
	w := newWorld(t, o, func(o *Options) { o.IdleTimeout, o.AnswerTimeout = time.Second, time.Second })
	c := w.client(site)
	c.send(get)
	c.head()
	if testing.Short() {
		return
	}
	if _, err := io.ReadFull(c.br, make([]byte, 25)); err != nil {
		t.Error("a transfer that is not idle was cut:", err)
	}
	start := time.Now()
	_, _ = c.all()
	if d := time.Since(start); d > 4*time.Second {
		t.Error("closed after", d)
	}
}

func TestManyIdleConnections(t *testing.T) {
	n := 200
	switch {
	case os.Getenv("WHY401_SOAK") != "":
		n = 2000
	case testing.Short():
		n = 20
	}
	w := newWorld(t, newOrigin(t, okay, site))
	var wg sync.WaitGroup
	clients := make([]*peer, n)
	for k := range 4 {
		wg.Go(func() {
			for i := k; i < n; i += 4 {
				clients[i] = w.client(site)
				clients[i].send(get)
				clients[i].expect(t, okayAnswer)
			}
		})
	}
	wg.Wait()
	if s := w.Stats(); s.Open != n || s.Intercepted != n {
		t.Errorf("%+v", s)
	}
	for _, c := range clients {
		_ = c.Conn.Close()
	}
	for end := time.Now().Add(wait); w.Stats().Open > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", w.Stats())
		}
	}
}

// A slow reader of exchanges never holds the relay up.
func TestSlowReader(t *testing.T) {
	hold := make(chan bool)
	n := 0
	w := newWorld(t, newOrigin(t, okay, site), func(o *Options) {
		o.See = func(*exchange.Exchange) { <-hold; n++ }
	})
	c := w.client(site)
	const sent = 2*maxQueued + 100 // what is handed over counts no more as queued
	for range sent {
		c.send(get)
		c.expect(t, okayAnswer)
	}
	close(hold)
	ctx, cancel := context.WithTimeout(context.Background(), graceful)
	defer cancel()
	_ = w.Shutdown(ctx)
	if d := w.Stats().Dropped; int(d)+n != sent || d == 0 || n != w.Capture().Exchanges {
		t.Error(d, n)
	}
}
