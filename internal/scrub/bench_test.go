package scrub_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

// captured makes a capture of n calls as a browser exports them, each with secrets
// of its own.
func captured(n int) []byte {
	r := rand.New(rand.NewPCG(1, 401))
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	var b bytes.Buffer
	b.WriteString(`{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"entries":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		status := 200
		if i%12 == 0 {
			status = 401
		}
		var body strings.Builder
		body.WriteString(`{\"issues\":[`)
		for range r.IntN(4) {
			fmt.Fprintf(&body, `{\"id\":\"%d\",\"key\":\"QA-%d\",\"self\":\"https://acme.atlassian.net/rest/api/3/issue/%d\",\"fields\":{\"summary\":\"version component sprint\"}},`,
				r.IntN(1e6), r.IntN(1e4), r.IntN(1e6))
		}
		body.WriteString(`{}],\"total\":1}`)
		path := fmt.Sprintf("/rest/api/3/issue/QA-%d?fields=summary,assignee&expand=names", r.IntN(9999))
		fmt.Fprintf(&b, `{"startedDateTime":"2026-03-01T10:%02d:%02d.%03dZ","time":%.6f,"request":{"method":"GET","url":"https://acme.atlassian.net%s","httpVersion":"http/2.0","cookies":[],"queryString":[],"headersSize":-1,"bodySize":0,"headers":[`,
			i/60%60, i%60, r.IntN(1000), float64(r.IntN(1e6))/997, path)
		field := func(last bool, n, v string) {
			fmt.Fprintf(&b, `{"name":%q,"value":%q}`, n, v)
			if !last {
				b.WriteString(",")
			}
		}
		field(false, ":authority", "acme.atlassian.net")
		field(false, ":path", path)
		field(false, "accept", "application/json,text/javascript,*/*;q=0.01")
		field(false, "authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("fred@example.com:ATATT3x"+hex(40))))
		field(false, "cookie", "atlassian.xsrf.token="+hex(40)+"_lin; tenant.session.token="+hex(200))
		field(false, "referer", "https://acme.atlassian.net/browse/QA-1")
		field(true, "user-agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36")
		fmt.Fprintf(&b, `]},"response":{"status":%d,"statusText":"","httpVersion":"http/2.0","cookies":[],"redirectURL":"","headersSize":-1,"bodySize":-1,"content":{"size":300,"mimeType":"application/json","text":"%s"},"headers":[`, status, body.String())
		field(false, "atl-request-id", hex(32))
		field(false, "atl-traceid", hex(32))
		field(false, "content-type", "application/json;charset=UTF-8")
		field(false, "server", "AtlassianEdge")
		field(true, "x-arequestid", hex(32))
		fmt.Fprintf(&b, `]},"serverIPAddress":"104.192.142.19","connection":"443","timings":{"send":0.2,"wait":%.6f,"receive":0.6}}`, float64(r.IntN(1e6))/997)
	}
	b.WriteString("]}}\n")
	return b.Bytes()
}

// BenchmarkScrub measures the whole way of a capture through the scrubber:
// reading, replacing, writing, looking through what was written. Compare it with
// BenchmarkAnalyze, which reads and judges the same capture: at most twice its
// time is what it may take.
func BenchmarkScrub(b *testing.B) {
	in := captured(4000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	var draft bytes.Buffer
	draft.Grow(2 * len(in))
	for b.Loop() {
		c := &exchange.Capture{Name: "x.har", Format: "har"}
		s := scrub.New(scrub.Options{Key: [32]byte{1}})
		draft.Reset()
		w := har.NewWriter(&draft, "WebInspector", "537.36")
		for x, err := range har.Read(c, bytes.NewReader(in), har.Options{}) {
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Write(s.Exchange(x)); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		if err := s.Copy(io.Discard, &draft, s.Gate()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExchange measures what replaces secrets, alone.
func BenchmarkExchange(b *testing.B) {
	in := captured(4000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	var list []*exchange.Exchange
	for x, err := range har.Read(&exchange.Capture{Name: "x.har", Format: "har"}, bytes.NewReader(in), har.Options{}) {
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, x)
	}
	for b.Loop() {
		s := scrub.New(scrub.Options{Key: [32]byte{1}})
		for _, x := range list {
			s.Exchange(x)
		}
	}
}

func BenchmarkAnalyze(b *testing.B) {
	in := captured(4000)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		e, err := diagnose.New(rules.All(), diagnose.Options{})
		if err != nil {
			b.Fatal(err)
		}
		c := &exchange.Capture{Name: "x.har", Format: "har"}
		for x, err := range har.Read(c, bytes.NewReader(in), har.Options{}) {
			e.See(x, err)
		}
		e.Opened(c)
		if len(e.Diagnosis().Causes) == 0 {
			b.Fatal("no causes")
		}
	}
}
