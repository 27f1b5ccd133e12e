package packet

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
)

// certificate makes one for the server of the tests.
func certificate(t *testing.T, rsaKey bool) tls.Certificate {
	t.Helper()
	return packettest.Certificate(t, rsaKey, nil, "jira.example.com")
}

// session runs a real TLS connection and records it. It calls talk with the
// end of the client once the handshake is through, if it gets there. The server
// answers as denied does, or with HTTP/2.
func session(t *testing.T, d *packettest.Dialog, client, server *tls.Config, talk func(c *tls.Conn)) {
	t.Helper()
	over := make(chan struct{})
	packettest.Session(t, d, client, server, func(c *tls.Conn) {
		talk(c)
		close(over)
	}, func(s *tls.Conn) {
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
		{"3DES", tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, rs, 1},
		{"3DES, TLS 1.0", tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, rs, 1},
		{"resumed, TLS 1.2", tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ec, 3},
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
			tr := &packettest.Trace{}
			for i := range tt.sessions { // the second resumes the first
				session(t, tr.Dial(packettest.At(laptop, uint16(51000+i)), packettest.At(jira, 443), 1), client, server, ask(2))
			}
			b := tr.PCAP()
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

// TestResumedAlone loses the session that another one resumes: without its keys
// nothing can be read, and the capture says so.
func TestResumedAlone(t *testing.T) {
	var log bytes.Buffer
	client := &tls.Config{
		ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log,
		MaxVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4),
	}
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t, false)}}
	tr := &packettest.Trace{}
	session(t, tr.Dial(laptop, packettest.At(jira, 443), 1), client, server, ask(1))
	first := len(tr.Packets)
	session(t, tr.Dial(packettest.At(laptop, 51001), packettest.At(jira, 443), 1), client, server, ask(1))
	tr.Packets, tr.Times = tr.Packets[first:], tr.Times[first:]
	xs, c := read(t, tr.PCAP(), keysOf(t, log.String()))
	want := []exchange.Note{{Kind: exchange.NoteResumed, N: 1}, {Kind: exchange.NoteEncrypted, N: 1}}
	if len(xs) != 0 || !slices.Equal(c.Notes, want) {
		t.Errorf("%s%v", lines(xs), c.Notes)
	}
}

// TestHandshakeFacts looks at the fingerprint of the client and at ALPN.
func TestHandshakeFacts(t *testing.T) {
	var log bytes.Buffer
	client := &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log, NextProtos: []string{"http/1.1"}}
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t, false)}, NextProtos: []string{"http/1.1"}}
	tr := &packettest.Trace{}
	for i := range 3 {
		session(t, tr.Dial(packettest.At(laptop, uint16(51000+i)), packettest.At(jira, 443), 1), client, server, ask(1))
	}
	xs, c := read(t, tr.PCAP(), keysOf(t, log.String()))
	if len(xs) != 3 || len(c.Handshakes) != 1 {
		t.Fatalf("%s%+v", lines(xs), c.Handshakes)
	}
	h := c.Handshakes[0]
	if h.N != 3 || h.Version != "TLS 1.3" || h.Offered != "http/1.1" || h.Protocol != "http/1.1" || !strings.HasPrefix(h.JA4, "t13d") || len(h.JA4) != 36 {
		t.Errorf("%+v", h)
	}
	if hello := xs[0].Conn.Handshake.Hello; hello.JA4 != h.JA4 || !slices.Equal(hello.Protocols, []string{"http/1.1"}) || xs[0].Conn.TLS.Protocol != "http/1.1" {
		t.Errorf("%+v %+v", hello, xs[0].Conn.TLS)
	}
}

// TestClientLeaves covers clients that dislike a certificate and do not say so.
func TestClientLeaves(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version uint16
		keys    bool
		talk    func(c *tls.Conn)
		wait    time.Duration // before the end
		quit    exchange.Quit
		want    string
	}{
		{"at once, TLS 1.3", tls.VersionTLS13, false, nil, 0, exchange.QuitSilent, " https://jira.example.com/ failed in phase 4\n"},
		{"at once, TLS 1.3, with keys", tls.VersionTLS13, true, nil, 0, exchange.QuitSilent, " https://jira.example.com/ failed in phase 4\n"},
		{"at once, TLS 1.2", tls.VersionTLS12, false, nil, 0, exchange.QuitSilent, " https://jira.example.com/ failed in phase 4\n"},
		{"opened in advance", tls.VersionTLS13, false, nil, time.Minute, exchange.NoQuit, ""},
		{"after a request", tls.VersionTLS13, false, ask(1), 0, exchange.NoQuit, ""},
		{"after a request, TLS 1.2", tls.VersionTLS12, false, ask(1), 0, exchange.NoQuit, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			tr := &packettest.Trace{}
			d := tr.Dial(laptop, packettest.At(jira, 443), 1)
			packettest.Session(t, d, &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log},
				&tls.Config{Certificates: []tls.Certificate{certificate(t, false)}, MaxVersion: tt.version}, func(c *tls.Conn) {
					if tt.talk != nil {
						tt.talk(c)
					}
				}, func(s *tls.Conn) {
					if tt.talk != nil {
						io.ReadFull(s, make([]byte, len(get)))
						io.WriteString(s, denied)
					}
				})
			// The end of the dialog is that of the server; here the client is first.
			tr.Packets, tr.Times = tr.Packets[:len(tr.Packets)-3], tr.Times[:len(tr.Times)-3]
			d.Seq[0]--
			d.Seq[1]--
			tr.Now += tt.wait
			d.Flags(0, fin|ack)
			d.Flags(1, fin|ack)
			d.Flags(0, ack)
			var keys *Keys
			if tt.keys {
				keys = keysOf(t, log.String())
			}
			xs, _ := read(t, tr.PCAP(), keys)
			equal(t, lines(xs), tt.want)
			if len(xs) == 1 && xs[0].Conn.Handshake.Quit != tt.quit {
				t.Errorf("quit %d, want %d", xs[0].Conn.Handshake.Quit, tt.quit)
			}
		})
	}
}

// TestHTTP2 reads a real connection of HTTP/2.
func TestHTTP2(t *testing.T) {
	var log bytes.Buffer
	cert := certificate(t, false)
	server := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
	tr := &packettest.Trace{}
	client := &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log, NextProtos: []string{"h2"}}
	session(t, tr.Dial(laptop, packettest.At(jira, 443), 1), client, server, func(c *tls.Conn) {
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
	xs, c := read(t, tr.PCAP(), keysOf(t, log.String()))
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
			tr := &packettest.Trace{}
			session(t, tr.Dial(laptop, packettest.At(jira, 443), 1), tt.client, tt.server, func(*tls.Conn) { t.Error("no failure") })
			var keys *Keys
			if tt.keys {
				keys = keysOf(t, log.String())
			}
			xs, _ := read(t, tr.PCAP(), keys)
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
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, packettest.At(jira, 3128), 1)
	inner := &packettest.Trace{}
	session(t, inner.Dial(laptop, packettest.At(jira, 3128), 1), &tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log},
		&tls.Config{Certificates: []tls.Certificate{certificate(t, false)}}, ask(1))
	d.Open().Ask("CONNECT jira.example.com:443 HTTP/1.1\r\n\r\n").Answer("HTTP/1.1 200 OK\r\n\r\n")
	for _, p := range inner.Packets {
		if payload := p[54:]; len(payload) > 0 {
			i := 0
			if p[34] == 3128>>8 && p[35] == 3128&0xff {
				i = 1
			}
			d.Send(i, string(payload))
		}
	}
	d.Close()
	xs, _ := read(t, tr.PCAP(), keysOf(t, log.String()))
	equal(t, lines(xs), "CONNECT jira.example.com:443 -> 200 \"\" 0\n"+secret401)
}

// TestLostRecords loses a packet in the middle of a long answer.
func TestLostRecords(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var log bytes.Buffer
		tr := &packettest.Trace{}
		cert := certificate(t, false)
		const head = "HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n"
		packettest.Session(t, tr.Dial(laptop, packettest.At(jira, 443), 1),
			&tls.Config{ServerName: "jira.example.com", InsecureSkipVerify: true, KeyLogWriter: &log},
			&tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version},
			func(c *tls.Conn) {
				io.WriteString(c, get)
				io.ReadFull(c, make([]byte, len(head)+120000))
				io.WriteString(c, get)
				io.ReadFull(c, make([]byte, len(denied)))
			}, func(s *tls.Conn) {
				io.ReadFull(s, make([]byte, len(get)))
				io.WriteString(s, head)
				for range 120 {
					io.WriteString(s, strings.Repeat("x", 1000))
				}
				io.ReadFull(s, make([]byte, len(get)))
				io.WriteString(s, denied)
			})
		k := len(tr.Packets) / 2
		tr.Packets, tr.Times = slices.Delete(tr.Packets, k, k+3), slices.Delete(tr.Times, k, k+3)
		xs, notes := read(t, tr.PCAP(), keysOf(t, log.String()))
		equal(t, lines(xs), "GET https://jira.example.com/rest/api/2/myself -> 200 \""+strings.Repeat("x", 40)+"\" 120000\n"+secret401)
		if len(notes.Notes) != 1 || notes.Notes[0].Kind != noteLost {
			t.Errorf("notes %v", notes.Notes)
		}
	}
}
