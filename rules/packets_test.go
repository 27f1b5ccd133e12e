package rules

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
	"github.com/why401/why401/internal/rule"
)

const (
	cloudHost = "acme.atlassian.net"
	ownHost   = "jira.example.com"
)

// A bench makes the packets of one fixture.
type bench struct {
	*testing.T
	tr   *packettest.Trace
	keys bytes.Buffer
	port uint16
}

// dial starts a connection from a port of its own.
func (b *bench) dial(server netip.AddrPort) *packettest.Dialog {
	b.port++
	client := packettest.Laptop
	if server.Addr().Is6() {
		client = netip.MustParseAddrPort("[2001:db8::5]:51000")
	}
	return b.tr.Dial(packettest.At(client, 51000+b.port), server, 1000*uint32(b.port))
}

var web = packettest.At(packettest.Server, 443)

// shake records a TLS connection of a client to a server, with the keys.
func (b *bench) shake(client, server *tls.Config, turns ...[2]string) {
	client.KeyLogWriter = &b.keys
	ask, answer := packettest.Talk(turns...)
	packettest.Session(b.T, b.dial(web), client, server, ask, answer)
}

// trusting is a client that takes every certificate.
func trusting(name string) *tls.Config {
	return &tls.Config{ServerName: name, InsecureSkipVerify: true}
}

func (b *bench) serving(names ...string) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{packettest.Certificate(b.T, false, nil, names...)}}
}

// get is a request with its answer.
func get(host, status string, lines ...string) [2]string {
	return packettest.Turn([]string{"GET /rest/api/3/myself HTTP/1.1", "Host: " + host, "User-Agent: curl/8.5.0", "Authorization: Basic ZnJlZDpDQU5BUlk="},
		"", "HTTP/1.1 "+status, append(lines, "Content-Type: application/json"), "{}")
}

// works is a look-up and a request that is answered.
func (b *bench) works() {
	b.tr.Lookup(cloudHost, 0, web.Addr().String())
	b.shake(trusting(cloudHost), b.serving(cloudHost), get(cloudHost, "200 OK", "X-AACCOUNTID: 1"))
}

// syns are attempts that nobody answers.
func (b *bench) syns(server netip.AddrPort, n int) *packettest.Dialog {
	d := b.dial(server)
	for i := range n {
		d.Flags(0, packettest.SYN)
		d.Seq[0]--
		b.tr.Now += time.Second << i
	}
	return d
}

// connect asks a proxy for a tunnel.
func (b *bench) connect(status string) {
	d := b.dial(packettest.At(packettest.Server, 3128)).Open()
	d.Ask("CONNECT " + cloudHost + ":443 HTTP/1.1\r\nHost: " + cloudHost + ":443\r\n\r\n").Answer("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").Close()
}

// refusing is a server that breaks off every handshake, with alert 80.
func refusing() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no") }}
}

// only12 leaves both sides one version and the ciphers given.
func only12(c *tls.Config, suites ...uint16) *tls.Config {
	c.MinVersion, c.MaxVersion, c.CipherSuites = tls.VersionTLS12, tls.VersionTLS12, suites
	return c
}

// onWire are fixtures of rules that packets show something special of: what the
// rule must find, and what looks like it and is not.
var onWire = map[string]struct{ bad, good func(b *bench) }{
	"dns-name-not-found": {
		func(b *bench) { b.tr.Lookup(cloudHost, 3) },
		(*bench).works,
	},
	"host-misspelt": {
		func(b *bench) { b.tr.Lookup("acme.atlasian.net", 3) },
		func(b *bench) { b.tr.Lookup(cloudHost, 3) },
	},
	"dns-server-trouble": {
		func(b *bench) { b.tr.Lookup(cloudHost, 2) },
		func(b *bench) { b.tr.Lookup(cloudHost, 3) },
	},
	"dns-sinkhole": {
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, "10.20.0.66")
			d := b.dial(netip.MustParseAddrPort("10.20.0.66:443"))
			d.Flags(0, packettest.SYN)
			d.Flags(1, packettest.RST|packettest.ACK)
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			d := b.dial(web)
			d.Flags(0, packettest.SYN)
			d.Flags(1, packettest.RST|packettest.ACK)
		},
	},
	"dns-stale-address": {
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, "198.51.100.4")
			b.tr.Now += time.Minute
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.syns(netip.MustParseAddrPort("198.51.100.4:443"), 4)
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.syns(web, 4)
		},
	},
	"ipv6-blackhole": {
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String(), "2001:db8::7")
			b.syns(netip.MustParseAddrPort("[2001:db8::7]:443"), 4)
			b.works()
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String(), "2001:db8::7")
			b.syns(netip.MustParseAddrPort("[2001:db8::7]:443"), 1) // happy eyeballs
			b.works()
		},
	},
	"connection-refused": {
		func(b *bench) {
			b.tr.Lookup(ownHost, 0, web.Addr().String())
			d := b.dial(packettest.At(web, 8443))
			d.Flags(0, packettest.SYN)
			d.Flags(1, packettest.RST|packettest.ACK)
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			d = b.dial(web)
			d.Flags(0, packettest.SYN)
			d.Flags(1, packettest.RST|packettest.ACK)
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.syns(web, 4)
		},
	},
	"connection-timeout": {
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.syns(web, 4)
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			d := b.syns(web, 3)
			d.Open().Ask(packettest.Hello(b.T, trusting(cloudHost)))
			d.Flags(1, packettest.RST|packettest.ACK)
		},
	},
	"connection-reset": {
		func(b *bench) {
			d := b.dial(web).Open().Ask(packettest.Hello(b.T, trusting(cloudHost)))
			d.Flags(1, packettest.RST|packettest.ACK)
		},
		func(b *bench) {
			d := b.dial(web).Open().Ask(packettest.Hello(b.T, trusting(cloudHost)))
			d.Flags(0, packettest.RST|packettest.ACK)
		},
	},
	"proxy-auth-required": {
		func(b *bench) {
			b.connect("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"")
		},
		func(b *bench) { b.connect("200 Connection established") },
	},
	"proxy-tunnel-refused": {
		func(b *bench) { b.connect("403 Forbidden") },
		func(b *bench) { b.connect("407 Proxy Authentication Required") },
	},
	"proxy-not-used": {
		func(b *bench) {
			b.connect("200 Connection established")
			resolver := packettest.At(elsewhere, 40000)
			b.tr.UDP(resolver, packettest.NameServer, packettest.DNS(cloudHost, 0))
			b.tr.UDP(packettest.NameServer, resolver, packettest.DNS(cloudHost, 0x8180, web.Addr().String()))
			d := b.tr.Dial(elsewhere, web, 1)
			for i := range 4 {
				d.Flags(0, packettest.SYN)
				d.Seq[0]--
				b.tr.Now += time.Second << i
			}
		},
		func(b *bench) {
			b.connect("200 Connection established")
			b.syns(web, 4)
		},
	},
	"proxy-bypass-missing": {
		func(b *bench) {
			b.dial(packettest.At(packettest.Server, 3128)).Open().Ask("CONNECT jira.corp.internal:443 HTTP/1.1\r\nHost: jira.corp.internal:443\r\n\r\n").
				Answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").Close()
		},
		func(b *bench) { b.connect("503 Service Unavailable") },
	},
	"tls-alert": {
		func(b *bench) { b.shake(trusting(cloudHost), refusing()) },
		(*bench).works,
	},
	"tls-version-too-old": {
		func(b *bench) {
			c := trusting(cloudHost)
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			b.shake(c, b.serving(cloudHost))
		},
		func(b *bench) { b.shake(trusting(cloudHost), refusing()) },
	},
	"tls-no-shared-cipher": {
		func(b *bench) {
			b.shake(only12(trusting(cloudHost), tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), only12(b.serving(cloudHost), tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256))
		},
		func(b *bench) {
			b.shake(only12(trusting(cloudHost), tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), only12(b.serving(cloudHost), tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256))
		},
	},
	"tls-on-plain-port": {
		func(b *bench) {
			b.dial(packettest.At(web, 8080)).Open().Ask(packettest.Hello(b.T, trusting(ownHost))).
				Answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").Close()
		},
		func(b *bench) { b.shake(trusting(ownHost), refusing()) },
	},
	"tls-sni-missing": {
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.shake(only12(trusting(""), tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), only12(b.serving("www.example.com"), tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256))
		},
		func(b *bench) {
			b.tr.Lookup(cloudHost, 0, web.Addr().String())
			b.shake(only12(trusting(cloudHost), tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), only12(b.serving("www.example.com"), tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256))
		},
	},
	"tls-sni-host-mismatch": {
		func(b *bench) {
			b.shake(trusting("proxy.example.com"), b.serving(ownHost), get(ownHost, "403 Forbidden"))
		},
		func(b *bench) { b.shake(trusting(ownHost), b.serving(ownHost), get(ownHost, "403 Forbidden")) },
	},
	"tls-untrusted-ca": {
		func(b *bench) { b.shake(&tls.Config{ServerName: cloudHost, Time: clock}, b.serving(cloudHost)) },
		func(b *bench) {
			b.shake(trusting(cloudHost), b.serving(cloudHost), get(cloudHost, "401 Unauthorized"))
		},
	},
	"tls-certificate-invalid": {
		func(b *bench) {
			old := packettest.Certificate(b.T, false, func(c *x509.Certificate) { c.NotAfter = packettest.Epoch.AddDate(0, 0, -1) }, ownHost)
			roots := x509.NewCertPool()
			leaf, _ := x509.ParseCertificate(old.Certificate[0])
			roots.AddCert(leaf)
			b.shake(&tls.Config{ServerName: ownHost, RootCAs: roots, Time: clock}, &tls.Config{Certificates: []tls.Certificate{old}})
		},
		func(b *bench) { b.shake(&tls.Config{ServerName: ownHost, Time: clock}, b.serving(ownHost)) },
	},
	"tls-client-cert-required": {
		func(b *bench) {
			s := b.serving(ownHost)
			s.ClientAuth = tls.RequireAnyClientCert
			b.shake(trusting(ownHost), s, get(ownHost, "200 OK"))
		},
		func(b *bench) {
			s := b.serving(ownHost)
			s.ClientAuth = tls.RequestClientCert
			b.shake(trusting(ownHost), s, get(ownHost, "403 Forbidden"))
		},
	},
}

// elsewhere is another client.
var elsewhere = netip.MustParseAddrPort("10.20.0.6:52000")

// clock is the time of the clients.
func clock() time.Time { return packettest.Epoch }

// foundOn returns the findings of a rule, run alone, about a packet capture.
func foundOn(t *testing.T, r *rule.Rule, pcap []byte, keyLog string) (found, exchanges int) {
	t.Helper()
	e, err := diagnose.New([]*rule.Rule{r}, diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys := &packet.Keys{}
	if _, err := keys.ReadKeys(strings.NewReader(keyLog)); err != nil {
		t.Fatal(err)
	}
	c := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
	for x, err := range packet.Read(c, bytes.NewReader(pcap), packet.Options{Keys: keys}) {
		if err != nil {
			t.Fatal(err)
		}
		exchanges++
		e.See(x, nil)
	}
	for _, f := range e.Diagnosis().Findings {
		if f.Rule.ID == r.ID && !f.Minor {
			found++
		}
	}
	return found, exchanges
}

// TestPacketFixtures runs every rule about names, TLS and the network over packets
// that it must, and must not, find something in. Where such a rule looks at HTTP
// only, its HARs are sent over the wire.
func TestPacketFixtures(t *testing.T) {
	known := map[string]bool{}
	for _, r := range All() {
		known[r.ID] = true
		if r.Area != rule.TLS && r.Area != rule.DNS && r.Area != rule.EdgeAndNetwork {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			f, ok := onWire[r.ID]
			if !ok {
				replay(t, r)
				return
			}
			for _, side := range []struct {
				name  string
				build func(b *bench)
				want  bool
			}{{"bad", f.bad, true}, {"good", f.good, false}} {
				b := &bench{T: t, tr: &packettest.Trace{}}
				side.build(b)
				n, of := foundOn(t, r, b.tr.PCAP(), b.keys.String())
				if n > 0 != side.want || of == 0 && side.want {
					t.Errorf("%s: %d findings about %d exchanges", side.name, n, of)
				}
			}
		})
	}
	for id := range onWire {
		if !known[id] {
			t.Errorf("there is no rule %s", id)
		}
	}
}

// replay sends the exchanges of the HARs of a rule over the wire, as far as they
// were answered, and demands the same of the packets.
func replay(t *testing.T, r *rule.Rule) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", r.ID, "*.har"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no HARs: %v", err)
	}
	bad := 0
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{T: t, tr: &packettest.Trace{}}
		sent := 0
		for x, err := range har.Read(&exchange.Capture{Name: "x"}, f, har.Options{}) {
			if err == nil && b.send(x) {
				sent++
			}
		}
		f.Close()
		isBad := strings.HasPrefix(filepath.Base(name), "bad")
		if sent == 0 {
			continue
		}
		n, of := foundOn(t, r, b.tr.PCAP(), b.keys.String())
		if of != sent {
			t.Errorf("%s: %d of %d requests come back", name, of, sent)
		}
		switch {
		case isBad && n > 0:
			bad++
		case !isBad && n > 0:
			t.Errorf("%s: %d findings in packets", name, n)
		}
	}
	if bad == 0 {
		t.Error("packets show none of what its HARs show")
	}
}

// send sends an exchange over TLS, or in plain text for http, and reports whether
// it can be sent.
func (b *bench) send(x *exchange.Exchange) bool {
	u, err := url.Parse(x.Request.URL)
	if err != nil || x.Response == nil || x.Response.Status < 200 {
		return false
	}
	lines := func(h exchange.Header) (out []string) {
		for _, f := range h {
			if !strings.HasPrefix(f.Name, ":") && !strings.EqualFold(f.Name, "host") {
				out = append(out, f.Name+": "+f.Value)
			}
		}
		return out
	}
	target := u.RequestURI()
	if x.Request.Method == "CONNECT" {
		return false
	}
	turn := packettest.Turn(append([]string{fmt.Sprintf("%s %s HTTP/1.1", x.Request.Method, target), "Host: " + u.Host}, lines(x.Request.Header)...),
		string(x.Request.Body.Head), fmt.Sprintf("HTTP/1.1 %d %s", x.Response.Status, x.Response.Reason), lines(x.Response.Header), string(x.Response.Body.Head))
	addr := web
	if u.Scheme == "http" {
		b.dial(packettest.At(addr, 80)).Open().Ask(turn[0]).Answer(turn[1]).Close()
		return true
	}
	b.shake(trusting(u.Hostname()), b.serving(slices.Compact([]string{u.Hostname()})...), turn)
	return true
}
