package har

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestDrain reads the file named by WHY401_DRAIN, for measuring a process as a
// whole: time WHY401_DRAIN=big.har WHY401_WORKERS=1 har.test -test.run Drain.
func TestDrain(t *testing.T) {
	name := os.Getenv("WHY401_DRAIN")
	if name == "" {
		t.Skip("WHY401_DRAIN names no file")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	workers, _ := strconv.Atoi(os.Getenv("WHY401_WORKERS"))
	c := &exchange.Capture{Name: "drain"}
	seq := ReadAt(c, f, st.Size(), Options{Workers: workers})
	if os.Getenv("WHY401_STREAM") != "" {
		seq = Read(c, f, Options{})
	}
	var entries, n401, auth, url, hdrs, bad int
	for x, err := range seq {
		if err != nil {
			if bad++; bad < 10 {
				t.Log(err)
			}
			continue
		}
		entries++
		if x.Response != nil {
			if x.Response.Status == 401 {
				n401++
			}
			hdrs += len(x.Response.Header)
		}
		url += len(x.Request.URL)
		hdrs += len(x.Request.Header)
		auth += len(x.Request.Header.Value("authorization"))
	}
	t.Logf("entries:%d n401:%d auth:%d url:%d hdrs:%d bad:%d %+v", entries, n401, auth, url, hdrs, bad, *c)
}

// bigHAR returns a HAR of about size bytes as DevTools lays it out. mixed puts
// a long body into one entry out of eight.
func bigHAR(size int, mixed bool) []byte {
	const head = "{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\n      \"name\": \"WebInspector\",\n      \"version\": \"537.36\"\n    },\n    \"pages\": [],\n    \"entries\": ["
	rng := rand.New(rand.NewPCG(1, 1))
	var b bytes.Buffer
	b.WriteString(head)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		bigEntry(&b, rng, i, mixed && i%8 == 0)
	}
	b.WriteString("\n    ]\n  }\n}\n")
	return b.Bytes()
}

func bigEntry(b *bytes.Buffer, rng *rand.Rand, i int, long bool) {
	in := func(depth int, format string, args ...any) {
		b.WriteByte('\n')
		b.WriteString(strings.Repeat("  ", depth))
		fmt.Fprintf(b, format, args...)
	}
	headers := func(n int, last string) {
		in(5, `"headers": [`)
		for k := range n {
			in(6, "{")
			in(7, `"name": "x-header-%d",`, k)
			in(7, `"value": "%0*x"`, 8+k*3, rng.Uint64())
			in(6, "},")
		}
		in(6, "{")
		in(7, `"name": "%s",`, last)
		in(7, `"value": "Mozilla/5.0 (X11; Linux x86_64) \"CANARY\""`)
		in(6, "}")
		in(5, "],")
	}
	text, encoding := strings.Repeat(`{\"key\":\"QA-1\",\"ok\":true},`, 10), ""
	switch {
	case long && i%16 == 0:
		text, encoding = strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA", 1+rng.IntN(20_000)), `"encoding": "base64",`
	case long:
		text = strings.Repeat(`<div class=\"x\">na\u00efve – text\n</div>`, 1+rng.IntN(10_000))
	}
	in(3, "{")
	in(4, `"_connectionId": "%d",`, i%40)
	in(4, `"_initiator": {`)
	in(5, `"type": "script"`)
	in(4, "},")
	in(4, `"cache": {},`)
	in(4, `"connection": "443",`)
	in(4, `"request": {`)
	in(5, `"method": "GET",`)
	in(5, `"url": "https://jira.example.com/rest/api/2/issue/QA-%d?fields=summary",`, i)
	in(5, `"httpVersion": "http/2.0",`)
	headers(11, "user-agent")
	in(5, `"queryString": [],`)
	in(5, `"cookies": [],`)
	in(5, `"headersSize": -1,`)
	in(5, `"bodySize": 0`)
	in(4, "},")
	in(4, `"response": {`)
	in(5, `"status": %d,`, 200+i%2*201)
	in(5, `"statusText": "",`)
	headers(9, "set-cookie")
	in(5, `"content": {`)
	in(6, `"size": 300,`)
	in(6, `"mimeType": "application/json",%s`, encoding)
	in(6, `"text": "%s"`, text)
	in(5, "},")
	in(5, `"_error": null`)
	in(4, "},")
	in(4, `"serverIPAddress": "203.0.113.7",`)
	in(4, `"startedDateTime": "2026-01-02T03:04:05.678Z",`)
	in(4, `"time": %v,`, rng.Float64()*1000)
	in(4, `"timings": {`)
	in(5, `"blocked": 1.9010000000000002,`)
	in(5, `"wait": %v`, rng.Float64()*1000)
	in(4, "}")
	in(3, "}")
}

func benchmarkRead(b *testing.B, mixed bool, workers int) {
	text := bigHAR(16<<20, mixed)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		c := &exchange.Capture{}
		for _, err := range ReadAt(c, bytes.NewReader(text), int64(len(text)), Options{Workers: workers}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkSmall(b *testing.B)  { benchmarkRead(b, false, 1) }
func BenchmarkMixed(b *testing.B)  { benchmarkRead(b, true, 1) }
func BenchmarkSmall2(b *testing.B) { benchmarkRead(b, false, 2) }
func BenchmarkMixed2(b *testing.B) { benchmarkRead(b, true, 2) }

// BenchmarkSkip is the scanner alone.
func BenchmarkSkip(b *testing.B) {
	for _, mixed := range []bool{false, true} {
		b.Run(fmt.Sprintf("mixed=%v", mixed), func(b *testing.B) {
			text := bigHAR(16<<20, mixed)
			s := newScanner(windowSize)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.reset(bytes.NewReader(text), 0)
				if !s.skip() {
					b.Fatal(s.bad)
				}
			}
		})
	}
}
