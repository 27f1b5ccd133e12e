package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A piece is what one side wrote at once.
type piece struct {
	from exchange.Side
	data []byte
}

// A tap is a connection that remembers what was written to it.
type tap struct {
	net.Conn
	from exchange.Side
	mu   *sync.Mutex
	log  *[]piece
}

func (t tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	*t.log = append(*t.log, piece{t.from, slices.Clone(p)})
	t.mu.Unlock()
	return t.Conn.Write(p)
}

var leaf = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "jira.example.com", Organization: []string{"Example Ltd"}},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Unix(1_900_000_000, 0),
		DNSNames: []string{"jira.example.com", "*.example.com"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// handshake lets a client and a server of crypto/tls talk, and returns what they
// wrote.
func handshake(t testing.TB, client, server *tls.Config) []piece {
	t.Helper()
	a, b, err := pair()
	if err != nil {
		t.Skip(err)
	}
	var log []piece
	var mu sync.Mutex
	client.ServerName = "jira.example.com"
	server.Certificates = []tls.Certificate{leaf()}
	deadline := time.Now().Add(10 * time.Second)
	_, _ = a.SetDeadline(deadline), b.SetDeadline(deadline)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := tls.Server(tap{b, exchange.Server, &mu, &log}, server)
		if c.Handshake() == nil {
			buf := make([]byte, 16)
			_, _ = c.Read(buf)
			_, _ = c.Write([]byte("HTTP/1.1 401 \r\n\r\n"))
		}
		_ = c.Close()
	}()
	c := tls.Client(tap{a, exchange.Client, &mu, &log}, client)
	if c.Handshake() == nil {
		_, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		_, _ = c.Read(make([]byte, 64))
	}
	_ = c.Close()
	<-done
	return log
}

func pair() (net.Conn, net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	b, err := l.Accept()
	return a, b, err
}

// watch feeds pieces cut to at most step bytes.
func watch(log []piece, step int) *Watch {
	w := new(Watch)
	for _, p := range log {
		for at := 0; at < len(p.data); at += step {
			w.Feed(p.from, p.data[at:min(at+step, len(p.data))])
		}
	}
	return w
}

func TestWatch(t *testing.T) {
	type config = tls.Config
	insecure := func(c *config) *config { c.InsecureSkipVerify = true; return c }
	for _, tt := range []struct {
		name           string
		client, server *config
		version        string
		cipher         string
		offered        uint16
		chain          bool
		check          func(w *Watch) bool
	}{
		{"TLS 1.3", insecure(&config{NextProtos: []string{"h2", "http/1.1"}}), &config{}, "TLS 1.3", "TLS_AES_128_GCM_SHA256", TLS13, false, func(w *Watch) bool {
			return w.Server.Group == uint16(tls.X25519MLKEM768) && !w.Rejected() && len(w.facts.Alerts) == 0 &&
				slices.Equal(w.Client.Protocols, []string{"h2", "http/1.1"}) && w.Sealed(exchange.Client).Records > 1
		}},
		{"TLS 1.2", insecure(&config{MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), &config{NextProtos: []string{"http/1.1"}}, "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", TLS12, true, func(w *Watch) bool {
			return w.Server.Protocol == "http/1.1" && w.Sealed(exchange.Client).Records > 1 && !w.Sealed(exchange.Client).AlertFirst && len(w.facts.Alerts) == 0
		}},
		{"TLS 1.0", insecure(&config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}), &config{MinVersion: tls.VersionTLS10}, "TLS 1.0", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", TLS10, true, nil},
		{"retry", insecure(&config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}), &config{CurvePreferences: []tls.CurveID{tls.CurveP256}}, "TLS 1.3", "TLS_AES_128_GCM_SHA256", TLS13, false, func(w *Watch) bool {
			return !w.Server.Retry && w.Server.Group == uint16(tls.CurveP256)
		}},
		{"client certificate", insecure(&config{MaxVersion: tls.VersionTLS12}), &config{ClientAuth: tls.RequestClientCert}, "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", TLS12, true, func(w *Watch) bool {
			return w.facts.CertificateAsked
		}},
		{"untrusted, TLS 1.2", &config{MaxVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}, &config{}, "TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", TLS12, true, func(w *Watch) bool {
			return slices.Equal(w.facts.Alerts, []exchange.Alert{{From: exchange.Client, Fatal: true, Code: 42}})
		}},
		{"untrusted, TLS 1.3", &config{RootCAs: x509.NewCertPool()}, &config{}, "TLS 1.3", "TLS_AES_128_GCM_SHA256", TLS13, false, func(w *Watch) bool {
			return w.Rejected() && len(w.facts.Alerts) == 0
		}},
		{"too old", insecure(&config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), &config{}, "", "", TLS11, false, func(w *Watch) bool {
			return slices.Equal(w.facts.Alerts, []exchange.Alert{{From: exchange.Server, Fatal: true, Code: 70}})
		}},
	} {
		log := handshake(t, tt.client, tt.server)
		for _, step := range []int{1, 7, 1000, 1 << 20} {
			w := watch(log, step)
			s, facts := w.TLS(), w.Handshake()
			switch {
			case facts == nil || facts.Hello == nil || facts.Hello.ServerName != "jira.example.com" || facts.Hello.Version != tt.offered || len(facts.Hello.Ciphers) == 0:
				t.Errorf("%s, step %d: hello %+v", tt.name, step, facts)
			case (s == nil) != (tt.version == "") || s != nil && (s.Version != tt.version || s.Cipher != tt.cipher):
				t.Errorf("%s, step %d: %+v", tt.name, step, s)
			case (len(facts.Chain) == 1) != tt.chain:
				t.Errorf("%s, step %d: chain %+v", tt.name, step, facts.Chain)
			case tt.check != nil && !tt.check(w):
				t.Errorf("%s, step %d: %+v %+v %+v", tt.name, step, w.facts, w.Server, w.Sealed(exchange.Client))
			}
			if tt.chain {
				c := facts.Chain[0]
				if c.Subject != "jira.example.com" || c.Organization != "Example Ltd" || !slices.Equal(c.Names, []string{"jira.example.com", "*.example.com", "192.0.2.1"}) || c.To.Unix() != 1_900_000_000 || s.Subject != c.Subject {
					t.Errorf("%s: %+v", tt.name, c)
				}
			}
		}
		// One side after the other must show the same.
		slices.SortStableFunc(log, func(a, b piece) int { return int(a.from) - int(b.from) })
		w := watch(log, 100)
		if s := w.TLS(); s == nil != (tt.version == "") || s != nil && s.Cipher != tt.cipher || tt.check != nil && !tt.check(w) {
			t.Errorf("%s, one side after the other: %+v %+v", tt.name, s, w.facts)
		}
	}
}

func TestWatchOther(t *testing.T) {
	hello := handshake(t, &tls.Config{InsecureSkipVerify: true}, &tls.Config{})[0].data
	for _, reply := range []string{"HTTP/1.1 400 Bad Request\r\n\r\n", "<html><body>", "<!DOCTYPE HTML"} {
		w := watch([]piece{{exchange.Client, hello}, {exchange.Server, []byte(reply)}}, 3)
		if !w.Handshake().PlainReply || !w.Lost(exchange.Server) || w.TLS() != nil {
			t.Errorf("%q: %+v", reply, w.facts)
		}
	}
	w := watch([]piece{{exchange.Client, []byte("GET / HTTP/1.1\r\n\r\n")}, {exchange.Server, []byte("SSH-2.0-x\r\n")}}, 100)
	if w.Handshake() != nil || w.TLS() != nil || !w.Lost(exchange.Client) {
		t.Errorf("%+v", w.facts)
	}
	w = watch([]piece{{exchange.Client, []byte("GET / HTTP/1.1\r\n\r\n")}, {exchange.Server, []byte("HTTP/1.1 200 OK\r\n\r\n")}}, 100)
	if w.Handshake() != nil {
		t.Errorf("plain HTTP: %+v", w.facts)
	}
	w = watch([]piece{{exchange.Client, hello[:50]}}, 100)
	w.Gap(exchange.Client, 10)
	w.Feed(exchange.Client, hello[60:])
	if w.Client != nil || !w.Lost(exchange.Client) {
		t.Errorf("%+v", w.Client)
	}
	w = watch([]piece{{exchange.Client, hello}, {exchange.Client, []byte{RecordApplication, 3, 3, 0, 100, 1}}}, 1000)
	w.Gap(exchange.Client, 99)
	w.Feed(exchange.Client, []byte{RecordAlert, 3, 3, 0, 2, 1, 0})
	if len(w.facts.Alerts) != 1 || w.facts.Alerts[0].Fatal {
		t.Errorf("after a gap in data: %+v", w.facts.Alerts)
	}
}

// hex reads hexadecimal text with blanks.
func unhexText(s string) []byte {
	var out []byte
	var n, digits int
	for _, c := range []byte(s) {
		if d := unhex(c); d >= 0 {
			n = n<<4 | d
			if digits++; digits%2 == 0 {
				out = append(out, byte(n))
				n = 0
			}
		}
	}
	return out
}

// TestRFC8448 reads the ClientHello and ServerHello of RFC 8448, section 3.
func TestRFC8448(t *testing.T) {
	client := unhexText(`16 03 01 00 c4 01 00 00 c0 03 03 cb 34 ec b1 e7 81 63
		ba 1c 38 c6 da cb 19 6a 6d ff a2 1a 8d 99 12 ec 18 a2 ef 62 83 02 4d ec e7 00 00 06 13 01 13 03 13 02 01 00 00 91 00 00 00 0b
		00 09 00 00 06 73 65 72 76 65 72 ff 01 00 01 00 00 0a 00 14 00 12 00 1d 00 17 00 18 00 19 01 00 01 01 01 02 01 03 01 04 00 23
		00 00 00 33 00 26 00 24 00 1d 00 20 99 38 1d e5 60 e4 bd 43 d2 3d 8e 43 5a 7d ba fe b3 c0 6e 51 c1 3c ae 4d 54 13 69 1e 52 9a
		af 2c 00 2b 00 03 02 03 04 00 0d 00 20 00 1e 04 03 05 03 06 03 02 03 08 04 08 05 08 06 04 01 05 01 06 01 02 01 04 02 05 02 06
		02 02 02 00 2d 00 02 01 01 00 1c 00 02 40 01`)
	server := unhexText(`16 03 03 00 5a 02 00 00 56 03 03 a6 af 06 a4 12 18 60
		dc 5e 6e 60 24 9c d3 4c 95 93 0c 8a c5 cb 14 34 da c1 55 77 2e d3 e2 69 28 00 13 01 00 00 2e 00 33 00 24 00 1d 00 20 c9 82 88
		76 11 20 95 fe 66 76 2b db f7 c6 72 e1 56 d6 cc 25 3b 83 3d f1 dd 69 b1 b0 4e 75 1f 0f 00 2b 00 02 03 04`)
	r, n, err := ParseRecord(client)
	if err != nil || n != len(client) || r.Type != RecordHandshake || r.Version != TLS10 {
		t.Fatalf("%+v %d %v", r, n, err)
	}
	w := watch([]piece{{exchange.Client, client}, {exchange.Server, server}}, 11)
	c := w.Client
	if c == nil || c.ServerName != "server" || c.Version() != TLS13 || c.Legacy != TLS12 || !slices.Equal(c.Ciphers, []uint16{0x1301, 0x1303, 0x1302}) ||
		len(c.Groups) != 9 || len(c.Signatures) != 15 || len(c.Extensions) != 9 || c.Protocols != nil {
		t.Errorf("%+v", c)
	}
	if s := w.Server; s == nil || s.Version != TLS13 || s.Cipher != 0x1301 || s.Group != 0x1d || s.Retry {
		t.Errorf("%+v", s)
	}
	if ja4 := c.JA4(); !strings.HasPrefix(ja4, "t13d030900_") {
		t.Error(ja4)
	}
}

// TestJA4 has the example of the specification (FoxIO, technical_details/JA4.md).
func TestJA4(t *testing.T) {
	h := &ClientHello{
		Legacy: TLS12, Versions: []uint16{0x1a1a, TLS13, TLS12}, Named: true, Protocols: []string{"h2", "http/1.1"},
		Ciphers: []uint16{0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		Extensions: []uint16{
			0x3a3a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x4a4a,
		},
		Signatures: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
	}
	if got := h.JA4(); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Error(got)
	}
	for _, tt := range []struct {
		h    ClientHello
		want string
	}{
		{ClientHello{Legacy: TLS10}, "t10i000000_000000000000_000000000000"},
		{ClientHello{Legacy: SSL30, Protocols: []string{"\xab\xcd"}}, "ts3i0000ad_000000000000_000000000000"},
		{ClientHello{Legacy: 1, Protocols: []string{"0\xab"}}, "t00i00003b_000000000000_000000000000"},
		{ClientHello{Legacy: TLS12, Protocols: []string{"x"}}, "t12i0000xx_000000000000_000000000000"},
		{ClientHello{Legacy: TLS12, Versions: []uint16{0x7f17, 0x0a0a}, Ciphers: make([]uint16, 120)}, "t13i990000_"},
	} {
		if got := tt.h.JA4(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func TestSSL2Hello(t *testing.T) {
	in := unhexText("80 2e 01 03 01 00 15 00 00 00 10  00 00 39 00 00 35 07 00 c0 00 00 33 00 00 2f 06 00 40 00 00 05  01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10")
	for _, step := range []int{1, 5, 100} {
		w := watch([]piece{{exchange.Client, in}}, step)
		if c := w.Client; c == nil || !c.SSL2 || c.Version() != TLS10 || !slices.Equal(c.Ciphers, []uint16{0x39, 0x35, 0x33, 0x2f, 0x05}) || c.Random[31] != 0x10 || c.Random[0] != 0 {
			t.Errorf("step %d: %+v", step, c)
		}
	}
}

func TestMessages(t *testing.T) {
	big := append([]byte{99, 0x10, 0, 0}, make([]byte, 1<<20)...)
	in := slices.Concat([]byte{1, 0, 0, 2, 'a', 'b', 14, 0, 0, 0}, big, []byte{20, 0, 0, 1, 'c'})
	for _, step := range []int{1, 3, 16384, 4 << 20} {
		var m Messages
		got := ""
		for at := 0; at < len(in); at += step {
			m.Add(in[at:min(at+step, len(in))], func(kind uint8, body []byte) { got += string('@'+rune(kind)) + string(body) + " " })
		}
		if got != "Aab N Tc " || m.Pending() || m.Skipped() != 1 || cap(m.buf) > 64 {
			t.Errorf("step %d: %q, %d skipped, %d bytes", step, got, m.Skipped(), cap(m.buf))
		}
	}
}

func TestParseRecord(t *testing.T) {
	for _, tt := range []struct {
		in  []byte
		n   int
		bad bool
	}{
		{nil, 0, false},
		{[]byte{22, 3}, 0, false},
		{[]byte{22, 3, 1, 0, 1}, 0, false},
		{[]byte{22, 3, 1, 0, 1, 0, 9}, 6, false},
		{[]byte{22, 2}, 0, true},
		{[]byte("GET"), 0, true},
		{[]byte{23, 3, 3, 0xff, 0xff}, 0, true},
	} {
		_, n, err := ParseRecord(tt.in)
		var e *Error
		if n != tt.n || errors.As(err, &e) != tt.bad {
			t.Errorf("%v: %d, %v", tt.in, n, err)
		}
	}
}

func TestCertificateMessages(t *testing.T) {
	der := leaf().Certificate[0]
	entry := func(size int, b []byte) []byte {
		out := make([]byte, 0, size+len(b))
		for i := size - 1; i >= 0; i-- {
			out = append(out, byte(len(b)>>(8*i)))
		}
		return append(out, b...)
	}
	old := entry(3, slices.Concat(entry(3, der), entry(3, []byte("not DER"))))
	modern := append([]byte{0}, entry(3, append(entry(3, der), 0, 0))...)
	for _, tt := range []struct {
		name    string
		version uint16
		body    []byte
		chain   int
		bad     bool
	}{
		{"1.2", TLS12, old, 2, false},
		{"1.2, told from the message", 0, old, 2, false},
		{"1.3", TLS13, modern, 1, false},
		{"1.3, told from the message", 0, modern, 1, false},
		{"cut", TLS12, old[:len(old)-3], 1, true},
		{"empty", TLS12, []byte{0, 0, 0}, 0, false},
		{"nothing", TLS12, nil, 0, true},
		{"many", TLS12, entry(3, make([]byte, 3000)), maxChain, false},
	} {
		chain, err := ParseCertificates(tt.version, tt.body)
		if len(chain) != tt.chain || (err != nil) != tt.bad || len(chain) > 0 && tt.name != "many" && chain[0].Subject != "jira.example.com" {
			t.Errorf("%s: %+v, %v", tt.name, chain, err)
		}
	}

	names := entry(2, slices.Concat(entry(2, []byte("CA 1")), entry(2, []byte("CA 2"))))
	sig := entry(2, []byte{4, 3, 8, 4})
	r, err := ParseCertificateRequest(TLS12, slices.Concat(entry(1, []byte{1, 64}), sig, names))
	if err != nil || len(r.Types) != 2 || len(r.Signatures) != 2 || r.Authorities != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = ParseCertificateRequest(TLS13, slices.Concat([]byte{0}, entry(2, slices.Concat([]byte{0, 13}, entry(2, sig), []byte{0, 47}, entry(2, names)))))
	if err != nil || len(r.Signatures) != 2 || r.Authorities != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err = ParseCertificateRequest(TLS10, []byte{1}); err == nil {
		t.Error("no error")
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		VersionName(TLS12): "TLS 1.2", VersionName(0x7777): "", CipherName(0x1301): "TLS_AES_128_GCM_SHA256",
		CipherName(0xc02f): "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherName(0xfafa): "0xFAFA",
		AlertName(48): "unknown_ca", AlertName(99): "alert 99",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if got := CipherName(s.ID); got != s.Name {
			t.Errorf("%04x: %s, want %s", s.ID, got, s.Name)
		}
	}
	if !IsGREASE(0x0a0a) || !IsGREASE(0xfafa) || IsGREASE(0x0a1a) || IsGREASE(0x1301) {
		t.Error("GREASE")
	}
}
