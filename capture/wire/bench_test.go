package wire

import (
	"bytes"
	"crypto/tls"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// typical is the head of a request of a script: 15 fields.
const typical = "GET /rest/api/3/search/jql?jql=project%20%3D%20A&maxResults=50&fields=summary HTTP/1.1\r\n" +
	"Host: your-domain.atlassian.net\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: application/json\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Authorization: Basic ZnJlZEBleGFtcGxlLmNvbTpDQU5BUlktSGFyYm91ci0yNg==\r\nConnection: keep-alive\r\n" +
	"Content-Type: application/json\r\nCache-Control: no-cache\r\nPragma: no-cache\r\nX-Requested-With: XMLHttpRequest\r\n" +
	"X-Atlassian-Token: no-check\r\nSec-Fetch-Mode: cors\r\nPriority: u=4\r\n" +
	"Cookie: atlassian.xsrf.token=CANARY_lin; JSESSIONID=0123456789ABCDEF0123456789ABCDEF; theme=dark\r\n\r\n"

func BenchmarkParseRequest(b *testing.B) {
	raw := []byte(typical)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if h, err := ParseRequest(raw); err != nil || len(h.Header) != 15 {
			b.Fatal(err)
		}
	}
}

func BenchmarkRequestBody(b *testing.B) {
	h, _ := ParseRequest([]byte(typical))
	r := h.Request()
	b.ReportAllocs()
	for b.Loop() {
		if RequestBody(&r).Kind != NoBody {
			b.Fatal()
		}
	}
}

// TestAllocations holds the figure of the benchmark.
func TestAllocations(t *testing.T) {
	raw := []byte(typical)
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseRequest(raw) }); n > 3 {
		t.Errorf("%v allocations for a head", n)
	}
}

func BenchmarkFramer(b *testing.B) {
	in := []byte(strings.Repeat("4000\r\n"+strings.Repeat("x", 0x4000)+"\r\n", 16) + "0\r\n\r\n")
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	var f Framer
	for b.Loop() {
		f.Reset(Framing{Kind: Chunked})
		for at := 0; at < len(in); {
			n, _, err := f.Next(in[at:])
			if n == 0 || err != nil {
				b.Fatal(err)
			}
			at += n
		}
	}
}

func BenchmarkWatch(b *testing.B) {
	log := handshake(b, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}, &tls.Config{})
	b.Run("handshake", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w := new(Watch)
			for _, p := range log {
				w.Feed(p.from, p.data)
			}
			if w.TLS() == nil {
				b.Fatal()
			}
		}
	})
	b.Run("data", func(b *testing.B) {
		data := bytes.Repeat(append([]byte{RecordApplication, 3, 3, 0x40, 0}, make([]byte, 0x4000)...), 16)
		w := new(Watch)
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			w.Feed(exchange.Server, data)
		}
	})
}

func BenchmarkJA4(b *testing.B) {
	log := handshake(b, &tls.Config{InsecureSkipVerify: true}, &tls.Config{})
	w := watch(log, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		w.Client.JA4()
	}
}

func BenchmarkParseDNS(b *testing.B) {
	in := dnsMessage(0x8180, "your-domain.atlassian.net", 1, 2, 0, rr([]byte{0xc0, 12}, TypeCNAME, dnsName("edge.example")...), rr(dnsName("edge.example"), TypeA, 192, 0, 2, 7))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseDNS(in); err != nil {
			b.Fatal(err)
		}
	}
}
