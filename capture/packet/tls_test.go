package packet

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A tap copies what is written to a connection into a dialog.
type tap struct {
	net.Conn
	mu   *sync.Mutex
	d    *dialog
	side int
}

func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	if !t.d.shut {
		t.d.send(t.side, string(p))
	}
	t.mu.Unlock()
	return t.Conn.Write(p)
}

func certificate(t *testing.T, rsaKey bool) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "jira.example.com"}, DNSNames: []string{"jira.example.com"},
		NotBefore: epoch.AddDate(0, -1, 0), NotAfter: epoch.AddDate(1, 0, 0),
	}
	var k crypto.Signer
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if rsaKey {
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

// session runs a real TLS connection and records it. It calls talk with the
// end of the client once the handshake is through, if it gets there.
func session(t *testing.T, d *dialog, client, server *tls.Config, talk func(c *tls.Conn)) {
	t.Helper()
	a, b := pair(t)
	over := make(chan struct{})
	var mu sync.Mutex
	d.open()
	var wg sync.WaitGroup
	wg.Go(func() {
		s := tls.Server(&tap{b, &mu, d, 1}, server)
		defer b.Close()
		if s.Handshake() != nil {
			return
		}
		if s.ConnectionState().NegotiatedProtocol == "h2" {
			h := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusUnauthorized)
				io.WriteString(w, "no!")
			}), Protocols: new(http.Protocols)}
			h.Protocols.SetHTTP2(true)
			h.Serve(&once{c: s, over: over})
			return
		}
		buf := make([]byte, len(get))
		for {
			if _, err := io.ReadFull(s, buf); err != nil {
				return
			}
			if _, err := io.WriteString(s, denied); err != nil {
				return
			}
		}
	})
	c := tls.Client(&tap{a, &mu, d, 0}, client)
	if c.Handshake() == nil {
		talk(c)
	}
	close(over)
	a.Close()
	wg.Wait()
	mu.Lock() // the server of HTTP/2 may still be closing
	defer mu.Unlock()
	d.close()
	d.shut = true
}

// A once is a listener with one connection.
type once struct {
	c    net.Conn
	done bool
	over chan struct{}
}

func (o *once) Accept() (net.Conn, error) {
	if o.done {
		<-o.over
		return nil, io.EOF
	}
	o.done = true
	return o.c, nil
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{} }

// pair returns the two ends of a connection.
func pair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		c.SetDeadline(time.Now().Add(5 * time.Second))
	}
	return a, b
}

func ask(n int) func(c *tls.Conn) {
	return func(c *tls.Conn) {
		for range n {
			io.WriteString(c, get)
			io.ReadFull(c, make([]byte, len(denied)))
		}
	}
}

const secret401 = "GET https://jira.example.com/rest/api/2/myself -> 401 \"no!\" 3\n"

// keysOf reads a key log.
func keysOf(t *testing.T, log string) *Keys {
	t.Helper()
	k := &Keys{}
	if n, err := k.ReadKeys(strings.NewReader("# comment\r\n" + strings.ReplaceAll(log, "\n", "\r\n") + "nonsense\n")); n == 0 || err != nil {
		t.Fatalf("%d keys, %v", n, err)
	}
	return k
}

// TestDecryption runs each kind of cipher of Go's TLS against a key log.
func TestDecryption(t *testing.T) {
	ec, rs := certificate(t, false), certificate(t, true)
	for _, tt := range []struct {
		name     string
		version  uint16
		suite    uint16
		cert     tls.Certificate
		sessions int
	}{
		{"TLS 1.3", tls.VersionTLS13, 0, ec, 2},
		{"AES-128-GCM", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ec, 1},
		{"AES-256-GCM", tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, rs, 1},
		{"ChaCha20", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ec, 1},
		{"CBC, TLS 1.2", tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, rs, 1},
		{"CBC, TLS 1.2, SHA256", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, ec, 1},
		{"CBC, TLS 1.1", tls.VersionTLS11, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, rs, 1},
		{"CBC, TLS 1.0", tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, rs, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			client := &tls.Config{
				ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log,
				MinVersion: tt.version, MaxVersion: tt.version, ClientSessionCache: tls.NewLRUClientSessionCache(4),
			}
			server := &tls.Config{Certificates: []tls.Certificate{tt.cert}, MinVersion: tls.VersionTLS10}
			if tt.suite != 0 {
				client.CipherSuites, server.CipherSuites = []uint16{tt.suite}, []uint16{tt.suite}
			}
			tr := &trace{}
			for i := range tt.sessions { // the second resumes the first
				session(t, tr.dial(laptop.at(uint16(51000+i)), jira.at(443), 1), client, server, ask(2))
			}
			b := tr.pcap()
			xs, c := read(t, b, keysOf(t, log.String()))
			equal(t, lines(xs), strings.Repeat(secret401, 2*tt.sessions))
			if len(c.Notes) != 0 || len(xs) == 0 {
				t.Fatalf("notes %v", c.Notes)
			}
			n := xs[0].Conn
			if n.TLS == nil || n.TLS.Subject != "jira.example.com" || n.TLS.Version == "" || n.Handshake == nil || n.Handshake.Hello.ServerName != "jira.example.com" {
				t.Errorf("TLS %+v", n.TLS)
			}
			if xs, c = read(t, b, nil); len(xs) != 0 || !slices.Contains(c.Notes, exchange.Note{Kind: exchange.NoteEncrypted, N: tt.sessions}) {
				t.Errorf("without keys: %s%v", lines(xs), c.Notes)
			}
		})
	}
}

// TestHTTP2 reads a real connection of HTTP/2.
func TestHTTP2(t *testing.T) {
	var log bytes.Buffer
	cert := certificate(t, false)
	server := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
	tr := &trace{}
	client := &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log, NextProtos: []string{"h2"}}
	session(t, tr.dial(laptop, jira.at(443), 1), client, server, func(c *tls.Conn) {
		tp := &http.Transport{
			DialTLSContext:    func(context.Context, string, string) (net.Conn, error) { return c, nil },
			ForceAttemptHTTP2: true,
		}
		defer tp.CloseIdleConnections()
		for range 3 {
			r, _ := http.NewRequest("POST", "https://jira.example.com/rest/api/2/search", strings.NewReader("{}"))
			r.Header.Set("Authorization", "Basic ZnJlZDpDQU5BUlk=")
			r.Header.Set("Cookie", "a=b; c=d")
			a, err := tp.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(io.Discard, a.Body)
			a.Body.Close()
		}
	})
	xs, c := read(t, tr.pcap(), keysOf(t, log.String()))
	equal(t, lines(xs), strings.Repeat("POST https://jira.example.com/rest/api/2/search body 2 -> 401 \"no!\" 3\n", 3))
	if len(xs) != 3 || len(c.Notes) != 0 {
		t.Fatalf("notes %v", c.Notes)
	}
	h := xs[2].Request.Header
	if h.Value("authorization") != "Basic ZnJlZDpDQU5BUlk=" || h.Value("cookie") != "a=b; c=d" || xs[2].Request.Proto != "h2" || xs[2].Sight&exchange.Wire != 0 {
		t.Errorf("%+v", h)
	}
}

// TestBrokenHandshakes covers alerts.
func TestBrokenHandshakes(t *testing.T) {
	cert := certificate(t, true)
	for _, tt := range []struct {
		name           string
		client, server *tls.Config
		keys           bool
		code           uint8
		from           exchange.Side
	}{
		{"old client", &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, &tls.Config{}, false, 70, exchange.Server},
		{"unknown authority", &tls.Config{MaxVersion: tls.VersionTLS12}, &tls.Config{}, false, 42, exchange.Client},
		{"unknown authority, TLS 1.3", &tls.Config{}, &tls.Config{}, true, 42, exchange.Client},
		{"unknown authority, no keys", &tls.Config{}, &tls.Config{}, false, 0, exchange.NoSide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			tt.client.ServerName, tt.client.KeyLogWriter = "jira.example.com", &log
			tt.server.Certificates = []tls.Certificate{cert}
			tr := &trace{}
			session(t, tr.dial(laptop, jira.at(443), 1), tt.client, tt.server, func(*tls.Conn) { t.Error("no failure") })
			var keys *Keys
			if tt.keys {
				keys = keysOf(t, log.String())
			}
			xs, _ := read(t, tr.pcap(), keys)
			equal(t, lines(xs), " https://jira.example.com/ failed in phase 4\n")
			if len(xs) != 1 {
				return
			}
			a := xs[0].Conn.Handshake.Alerts
			if tt.code == 0 {
				if len(a) != 0 {
					t.Errorf("alerts %+v", a)
				}
			} else if len(a) != 1 || a[0] != (exchange.Alert{From: tt.from, Fatal: true, Code: tt.code}) || xs[0].At.Frame < 5 {
				t.Errorf("alerts %+v at %v", a, xs[0].At)
			}
		})
	}
}

// TestTunnelledTLS reads TLS through a proxy.
func TestTunnelledTLS(t *testing.T) {
	var log bytes.Buffer
	tr := &trace{}
	d := tr.dial(laptop, jira.at(3128), 1)
	inner := &trace{}
	session(t, inner.dial(laptop, jira.at(3128), 1), &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log},
		&tls.Config{Certificates: []tls.Certificate{certificate(t, false)}}, ask(1))
	d.open().ask("CONNECT jira.example.com:443 HTTP/1.1\r\n\r\n").answer("HTTP/1.1 200 OK\r\n\r\n")
	for _, p := range inner.packets {
		if payload := p[54:]; len(payload) > 0 {
			i := 0
			if p[34] == 3128>>8 && p[35] == 3128&0xff {
				i = 1
			}
			d.send(i, string(payload))
		}
	}
	d.close()
	xs, _ := read(t, tr.pcap(), keysOf(t, log.String()))
	equal(t, lines(xs), "CONNECT jira.example.com:443 -> 200 \"\" 0\n"+secret401)
}

// TestLostRecords loses a packet in the middle of a long answer.
func TestLostRecords(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var log bytes.Buffer
		tr := &trace{}
		cert := certificate(t, false)
		a, b := pair(t)
		var mu sync.Mutex
		d := tr.dial(laptop, jira.at(443), 1).open()
		var wg sync.WaitGroup
		wg.Go(func() {
			s := tls.Server(&tap{b, &mu, d, 1}, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version})
			defer b.Close()
			io.ReadFull(s, make([]byte, len(get)))
			io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n")
			for range 120 {
				io.WriteString(s, strings.Repeat("x", 1000))
			}
			io.ReadFull(s, make([]byte, len(get)))
			io.WriteString(s, denied)
		})
		c := tls.Client(&tap{a, &mu, d, 0}, &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log})
		io.WriteString(c, get)
		io.ReadFull(c, make([]byte, len("HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n")+120000))
		io.WriteString(c, get)
		io.ReadFull(c, make([]byte, len(denied)))
		a.Close()
		wg.Wait()
		d.close()
		k := len(tr.packets) / 2
		tr.packets, tr.times = slices.Delete(tr.packets, k, k+3), slices.Delete(tr.times, k, k+3)
		xs, notes := read(t, tr.pcap(), keysOf(t, log.String()))
		equal(t, lines(xs), "GET https://jira.example.com/rest/api/2/myself -> 200 \""+strings.Repeat("x", 40)+"\" 120000\n"+secret401)
		if len(notes.Notes) != 1 || notes.Notes[0].Kind != noteLost {
			t.Errorf("notes %v", notes.Notes)
		}
	}
}
