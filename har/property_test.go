package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/why401/why401/internal/exchange"
)

// fixture returns a HAR of n entries with every kind of value in it.
func fixture(n int, pretty bool) string {
	entries := make([]string, n)
	for i := range entries {
		entries[i] = fmt.Sprintf(`{"_initiator":{"type":"script","stack":{"callFrames":[{"functionName":"f","lineNumber":%d}],"parent":{"x":[1,[2,{}],[]]}}},`+
			`"startedDateTime":"2026-01-02T03:04:%02d.678Z","time":%d.25,"comment":"want é \ud83d\ude00",`+
			`"request":{"method":"GET","url":"https://jira.example.com/%d?a=b","httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"jira.example.com"},{"name":"Authorization","value":"Basic CANARY%d"}],"queryString":[{"name":"a","value":"b"}],"cookies":[],"headersSize":-1,"bodySize":0},`+
			`"response":{"status":%d,"statusText":"x","headers":[{"name":"Set-Cookie","value":"a=%s"}],"content":{"size":3,"mimeType":"text/html","text":"\t\"<b>\\u\u00e9%s"},"_transferSize":1e3,"_error":null},`+
			`"cache":{},"timings":{"blocked":-1,"wait":1.5e-2,"ok":true,"no":false},"serverIPAddress":"203.0.113.7","_connectionId":"%d"}`,
			i, i%60, i, i, i, 200+i%300, strings.Repeat("c", i%40), strings.Repeat("body ", i%100), 1+i%3)
	}
	text := log("WebInspector", entries...)
	if !pretty {
		return text
	}
	v := jsontext.Value(text)
	if err := v.Indent(jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		panic(err)
	}
	return string(v) + "\n"
}

// TestWorkers reads with every number of workers and size of chunk and window:
// the result must not depend on them, in whole files and damaged ones.
func TestWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, pretty := range []bool{false, true} {
		whole := fixture(60, pretty)
		texts := []string{whole}
		n := 40
		if testing.Short() {
			n = 8
		}
		for range n {
			texts = append(texts, damage(rng, whole))
		}
		for i, text := range texts {
			want := readText(t, text, false, Options{})
			if i == 0 && len(want.xs) != 60 {
				t.Fatalf("%d exchanges, %v", len(want.xs), want.errs)
			}
			for _, o := range []Options{
				{Workers: 1},
				{Workers: 2, chunk: 64, window: 1100},
				{Workers: 3, chunk: 700, window: 1100},
				{Workers: 2, chunk: 5000, window: 3000},
				{Workers: 4, chunk: 20_000},
			} {
				same(t, fmt.Sprintf("text %d, pretty %v, %+v", i, pretty, o), want, readText(t, text, true, o))
			}
			same(t, fmt.Sprintf("text %d, pretty %v, small window", i, pretty), want, readText(t, text, false, Options{window: 1100}))
		}
	}
}

// damage changes, cuts out or adds some bytes.
func damage(rng *rand.Rand, text string) string {
	b := []byte(text)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(b))
		switch rng.IntN(5) {
		case 0:
			b[at] = byte(rng.IntN(256))
		case 1:
			b = append(b[:at], b[min(len(b), at+1+rng.IntN(40)):]...)
		case 2:
			b = append(b[:at], append([]byte(`"{}[],:\ue` + "\x00\n")[rng.IntN(10):], b[at:]...)...)
		case 3:
			structural := []byte(`{}[]",:`)
			if k := bytes.IndexByte(b[at:], structural[rng.IntN(len(structural))]); k >= 0 {
				b[at+k] = structural[rng.IntN(len(structural))]
			}
		case 4:
			if rng.IntN(4) == 0 {
				b = b[:at]
			}
		}
		if len(b) == 0 {
			return ""
		}
	}
	return string(b)
}

// TestDamage checks that one damaged entry costs one entry.
func TestDamage(t *testing.T) {
	for _, pretty := range []bool{false, true} {
		text := fixture(20, pretty)
		clean := readText(t, text, false, Options{})
		from, to := int(clean.xs[7].At.Offset), int(clean.xs[8].At.Offset)
		step := 3
		if testing.Short() {
			step = 29
		}
		for at := from + 1; at < to-60; at += step {
			for _, c := range []byte("\x01\"{]") {
				b := []byte(text)
				if b[at] == c {
					continue
				}
				b[at] = c
				r := readText(t, string(b), false, Options{window: 4096})
				if len(r.errs) > 1 || len(r.xs)+len(r.errs) < 20 {
					t.Errorf("pretty %v, %q for %q at entry 7 + %d of %d: %d exchanges, %v", pretty, c, text[at], at-from, to-from, len(r.xs), r.errs)
				}
			}
		}
	}
}

// TestPrefixes reads every prefix: all entries that are complete come out, then
// exactly one error.
func TestPrefixes(t *testing.T) {
	for _, pretty := range []bool{false, true} {
		text := fixture(8, pretty)
		whole := readText(t, text, false, Options{})
		var ends []int
		for i := range whole.xs {
			end := int(whole.xs[i].At.Offset)
			d := jsontext.NewDecoder(strings.NewReader(text[end:]), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
			if err := d.SkipValue(); err != nil {
				t.Fatal(err)
			}
			ends = append(ends, end+int(d.InputOffset()))
		}
		last := strings.LastIndexByte(text, '}')
		for n := range text {
			if testing.Short() && n%17 != 0 {
				continue
			}
			complete := 0
			for complete < len(ends) && ends[complete] <= n {
				complete++
			}
			r := readText(t, text[:n], n%2 == 0, Options{Workers: 2, chunk: 500, window: 1100})
			if len(r.xs) != complete {
				t.Fatalf("prefix of %d bytes: %d exchanges, want %d: %v", n, len(r.xs), complete, r.errs)
			}
			want := 1
			if n > last {
				want = 0
			}
			if len(r.errs) != want || want == 1 && !r.errs[0].Fatal {
				t.Fatalf("prefix of %d bytes: errors %v", n, r.errs)
			}
			if want == 1 && n > 0 && (r.errs[0].Reason != reasonEarly || r.errs[0].At.Offset != int64(n)) {
				t.Fatalf("prefix of %d bytes: error %v", n, r.errs[0])
			}
		}
	}
}

// compare reads text and checks verdict and offset of the first error against
// jsontext, which reads the first value of it.
func compare(t testing.TB, text []byte) {
	t.Helper()
	r := readText(t, string(text), false, Options{window: 1100})
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := d.SkipValue()
	var first *exchange.Unreadable
	for _, e := range r.errs {
		switch e.Reason {
		case reasonDeep:
			return // jsontext allows more
		case reasonEntry, reasonEntries, reasonLog, reasonNoLog:
			continue // about HAR, not JSON
		}
		if first = e; first != nil {
			break
		}
	}
	if (err == nil) != (first == nil) {
		t.Fatalf("jsontext: %v; we: %v; text %.300q", err, r.errs, text)
	}
	if err == nil {
		return
	}
	at := d.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	if first.Reason == reasonKey && (first.At.Offset < at || errors.Is(err, io.ErrUnexpectedEOF)) {
		return // jsontext reads a token before it finds that it is no key
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		if first.Reason != reasonEarly {
			t.Fatalf("jsontext: %v; we: %v", err, first)
		}
		return
	}
	if at != first.At.Offset && at < int64(len(text)) && text[at] == ',' {
		// For jsontext the comma before a bracket is wrong, for us the bracket.
		for at++; isSpace(text[at]); at++ {
		}
	}
	if first.At.Offset != at {
		t.Fatalf("jsontext: %v at %d; we: %v at %d; text around: %q", err, at, first, first.At.Offset, text[max(0, int(at)-20):min(len(text), int(at)+20)])
	}
}

// TestAgainstJSONText damages a HAR in thousands of ways.
func TestAgainstJSONText(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, pretty := range []bool{false, true} {
		whole := fixture(3, pretty)
		n := 4000
		if testing.Short() {
			n = 500
		}
		for range n {
			text := damage(rng, whole)
			if len(text) == 0 || text[0] != '{' {
				continue // not even an object
			}
			compare(t, []byte(text))
		}
	}
}
