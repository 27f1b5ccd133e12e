package har

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A reading is all that came of a text.
type reading struct {
	c    *exchange.Capture
	xs   []*exchange.Exchange
	errs []*exchange.Unreadable
}

// readText reads text as a stream, or as a file if at is set.
func readText(t testing.TB, text string, at bool, o Options) reading {
	t.Helper()
	r := reading{c: &exchange.Capture{Name: "test.har"}}
	seq := Read(r.c, strings.NewReader(text), o)
	if at {
		seq = ReadAt(r.c, strings.NewReader(text), int64(len(text)), o)
	}
	for x, err := range seq {
		if (x == nil) == (err == nil) {
			t.Fatalf("neither or both of an exchange and an error: %v, %v", x, err)
		}
		if err == nil {
			if x.From != r.c {
				t.Fatal("From is not the capture")
			}
			x.From = nil // so that readings can be compared
			r.xs = append(r.xs, x)
			continue
		}
		var e *exchange.Unreadable
		if !errors.As(err, &e) {
			t.Fatalf("error is a %T", err)
		}
		r.errs = append(r.errs, e)
	}
	return r
}

// same fails the test where two readings differ.
func same(t testing.TB, what string, a, b reading) {
	t.Helper()
	if !reflect.DeepEqual(a.c, b.c) {
		t.Errorf("%s: captures differ:\n%+v\n%+v", what, *a.c, *b.c)
	}
	if !reflect.DeepEqual(a.errs, b.errs) {
		t.Errorf("%s: errors differ:\n%v\n%v", what, a.errs, b.errs)
	}
	if len(a.xs) != len(b.xs) {
		t.Fatalf("%s: %d and %d exchanges", what, len(a.xs), len(b.xs))
	}
	for i := range a.xs {
		if !reflect.DeepEqual(a.xs[i], b.xs[i]) {
			t.Fatalf("%s: exchanges %d differ:\n%+v\n%+v", what, i, a.xs[i], b.xs[i])
		}
	}
}

// one reads a text that must hold one exchange and no error.
func one(t *testing.T, text string) (*exchange.Exchange, *exchange.Capture) {
	t.Helper()
	r := readText(t, text, false, Options{})
	if len(r.errs) > 0 || len(r.xs) != 1 {
		t.Fatalf("%d exchanges, errors %v", len(r.xs), r.errs)
	}
	return r.xs[0], r.c
}

// log returns a HAR of a producer with entries.
func log(producer string, entries ...string) string {
	return fmt.Sprintf(`{"log":{"version":"1.2","creator":{"name":%q,"version":"1"},"entries":[%s]}}`, producer, strings.Join(entries, ","))
}

// get returns an entry with the given members of request and response.
func get(request, response string) string {
	return fmt.Sprintf(`{"startedDateTime":"2026-01-02T03:04:05.678Z","time":12.5,"request":{"method":"GET","url":"https://jira.example.com/rest/api/2/myself?a=b#c"%s},"response":{"status":401,"statusText":"Unauthorized"%s}}`,
		request, response)
}

func TestReadWhole(t *testing.T) {
	x, c := one(t, log("Firefox", `{
		"startedDateTime": "2026-01-02T03:04:05.678+01:00", "time": 12.5, "comment": "want x",
		"request": {"method": "POST", "url": "https://jira.example.com/x", "httpVersion": "HTTP/2",
			"headers": [{"name": "Host", "value": "jira.example.com"}, {"name": "authorization", "value": "Basic CANARY\n"}, {"name": "User-Agent", "value": "UA/1"}],
			"cookies": [{"name": "ignored", "value": "x"}, {}],
			"postData": {"mimeType": "text/plain", "text": "hello"}, "bodySize": 5},
		"response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/2", "redirectURL": "/y",
			"headers": [{"name": "Set-Cookie", "value": "a=1"}, {"name": "Set-Cookie", "value": "b=2"}],
			"cookies": [{"name": "a", "value": "1"}],
			"content": {"mimeType": "application/json", "size": 7, "text": "{\"a\":1}"}},
		"serverIPAddress": "203.0.113.7", "connection": "443", "_securityState": "secure"}`))
	if c.Format != "har" || c.Producer != "Firefox 1" || c.Cleans || c.Exchanges != 1 || len(c.Notes) != 0 {
		t.Errorf("capture %+v", *c)
	}
	x.Start = x.Start.UTC()
	want := &exchange.Exchange{
		At:     exchange.Locator{Capture: "test.har", Index: 0, Offset: 78},
		Sight:  exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing | exchange.TLSFacts,
		Start:  x.Start,
		Took:   12_500_000,
		Client: "UA/1",
		Conn:   &exchange.Conn{ServerAddr: "203.0.113.7", ServerPort: 443, TLS: &exchange.TLS{State: "secure"}},
		Request: exchange.Request{
			Method: "POST", URL: "https://jira.example.com/x", Proto: "HTTP/2",
			Header:  exchange.Header{{Name: "Host", Value: "jira.example.com"}, {Name: "authorization", Value: "Basic CANARY\n"}, {Name: "User-Agent", Value: "UA/1"}},
			Cookies: []exchange.Field{{Name: "ignored", Value: "x"}},
			Body:    exchange.Body{Head: []byte("hello"), Size: 5, Media: "text/plain", Kept: true},
		},
		Response: &exchange.Response{
			Status: 200, Reason: "OK", Proto: "HTTP/2", Redirect: "/y",
			Header: exchange.Header{{Name: "Set-Cookie", Value: "a=1"}, {Name: "Set-Cookie", Value: "b=2"}},
			Body:   exchange.Body{Head: []byte(`{"a":1}`), Size: 7, Media: "application/json", Kept: true},
		},
		Comment: "want x",
	}
	if !reflect.DeepEqual(x, want) {
		t.Errorf("got\n%+v\nwant\n%+v", x, want)
	}
	if s := x.Start.Format("2006-01-02T15:04:05.000Z07:00"); s != "2026-01-02T02:04:05.678Z" {
		t.Error(s)
	}
}

// TestLayout reads the same entries in every layout of the file around them.
func TestLayout(t *testing.T) {
	plain := log("Firefox", get("", ""), get("", ""))
	spaced := strings.NewReplacer("{", " {\n\t", "}", "\r\n } ", "[", "[ ", "]", "  ]", ":", " :  ", ",", "\n,\n").Replace(
		`{"log":{"version":"1.2","creator":{"name":"Firefox","version":"1"},"entries":[{},{}]}}`)
	for _, tt := range []struct {
		name, text string
		exchanges  int
		notes      []exchange.Note
	}{
		{"one line", plain, 2, nil},
		{"mark", "\ufeff" + plain, 2, []exchange.Note{{Kind: exchange.NoteBOM, N: 1}}},
		{"blanks", " \r\n\t" + plain + "\n\n ", 2, nil},
		{"zero bytes", plain + "\x00\x00\x00\n\x00", 2, nil},
		{"garbage", plain + "\n<html>", 2, []exchange.Note{{Kind: exchange.NoteTrailing, N: 1}}},
		{"second document", plain + "\n" + plain, 4, []exchange.Note{{Kind: exchange.NoteTrailing, N: 1}}},
		{"other keys first", strings.Replace(plain, `{"log"`, `{"x":[{"log":{}}],"entries":[1],"log"`, 1), 2, nil},
		{"word in pages", strings.Replace(plain, `"entries"`, `"pages":[{"title":"\"entries\":[","entries":[{}]}],"entries"`, 1), 2, nil},
		{"twice entries", strings.Replace(plain, `"entries"`, `"entries":[{}],"entries"`, 1), 3, []exchange.Note{{Kind: exchange.NoteDuplicateKey, N: 1}}},
		{"no entries", log("Firefox"), 0, nil},
		{"escaped keys", strings.NewReplacer(`"log"`, `"l\u006fg"`, `"entries"`, `"\u0065ntries"`, `"url"`, `"u\u0072l"`).Replace(plain), 2, nil},
		{"spaced", spaced, 2, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, at := range []bool{false, true} {
				r := readText(t, tt.text, at, Options{})
				if len(r.xs) != tt.exchanges || len(r.errs) > 0 {
					t.Errorf("%d exchanges, errors %v", len(r.xs), r.errs)
				}
				if !slices.Equal(r.c.Notes, tt.notes) {
					t.Errorf("notes %v, want %v", r.c.Notes, tt.notes)
				}
				for _, x := range r.xs {
					if strings.Contains(tt.name, "keys") && x.Request.URL == "" {
						t.Error("no URL")
					}
				}
			}
		})
	}
}

// TestBroken reads what is not a whole HAR. The error must tell where.
func TestBroken(t *testing.T) {
	good := get("", "")
	broken := `{"startedDateTime":"2026-01-02T03:04:05Z","request":{"method":"GET","url":"CANARY","headers":[{"name":"a" "value":"CANARY"}]}}`
	deep := `{"request":{"x":` + strings.Repeat("[", 1200) + strings.Repeat("]", 1200) + `}}`
	lines := "{\n \"log\": {\n  \"entries\": [\n   {\n    \"request\": {}\n   },\n   {\n    \"request\": nul\n   },\n   {\n    \"time\": 1,\n    \"request\": {}\n   }\n  ]\n }\n}"
	for _, tt := range []struct {
		name, text string
		exchanges  int
		errs       []string
	}{
		{"empty", "", 0, []string{"test.har: line 1, column 1 (byte 0): the input is empty"}},
		{"blank", " \n\x00", 0, []string{"line 2, column 2 (byte 3): the input is empty"}},
		{"html", "<html>CANARY", 0, []string{"(byte 0): not an HTTP archive: not a JSON object"}},
		{"list", "[1]", 0, []string{"(byte 0): not an HTTP archive: not a JSON object"}},
		{"other JSON", `{"info":{"_postman_id":"CANARY"},"item":[]}`, 0, []string{"no log.entries"}},
		{"log is a string", `{"log":"CANARY"}`, 0, []string{": /log: log is not an object", "no log.entries"}},
		{"no list", `{"log":{"entries":"CANARY"}}`, 0, []string{": /log/entries: log.entries is not a list", "no log.entries"}},
		{"null list", `{"log":{"entries":null}}`, 0, []string{"not a list", "no log.entries"}},
		{"entry broken", log("x", good, broken, good), 2, []string{"test.har: entry 1: line 1, column "}},
		{"all broken", log("x", broken, broken), 0, []string{"entry 0: ", "entry 1: "}},
		{"not objects", log("x", "1", good, "null", `"x"`), 1, []string{"entry 0: line 1, column 73 (byte 72): /log/entries/0: the entry is not an object", "entry 2", "entry 3"}},
		{"lines", lines, 2, []string{"entry 1: line 8, column 19 (byte 79): /log/entries/1/request: not true, false or null"}},
		{"too deep", log("x", good, deep, good), 2, []string{"entry 1: ", "nested too deep"}},
		{"comma at the end", log("x", good, good+","), 2, []string{"/log/entries: no JSON value here"}},
		{"comma missing", log("x", good+" "+good, good), 3, []string{"/log/entries: neither a comma nor the end of a list"}},
		{"control character", log("x", good, `{"request":{"url":"a`+"\x01"+`"}}`, good), 2, []string{"/log/entries/1/request/url: a string holds a control character"}},
		{"bad escape", log("x", `{"comment":"\x"}`, good), 1, []string{"/log/entries/0/comment: a string holds an invalid escape"}},
		{"bad number", log("x", `{"time":-}`, good), 1, []string{"/log/entries/0/time: a number is not complete"}},
		{"bad pages", strings.Replace(log("x", good), `"entries"`, `"pages":[{]],"entries"`, 1), 1, []string{"/log/?/0/?: no object key here"}},
		{"cut in entry", log("x", good, good)[:len(log("x", good, good))-60], 1, []string{"entry 1: "}},
		{"cut behind entry", strings.TrimSuffix(log("x", good, good), "]}}"), 2, []string{"/log/entries: the text ends early"}},
		{"cut at the end", strings.TrimSuffix(log("x", good, good), "}"), 2, []string{"the text ends early"}},
		{"cut before", `{"log":{"version":"1.2","cre`, 0, []string{"the text ends early"}},
		{"bad behind", strings.TrimSuffix(log("x", good), "}}") + `,"x":tru}}`, 1, []string{"/log/?: not true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, at := range []bool{false, true} {
				r := readText(t, tt.text, at, Options{})
				if len(r.xs) != tt.exchanges {
					t.Errorf("%d exchanges, want %d", len(r.xs), tt.exchanges)
				}
				if tt.name == "too deep" {
					tt.errs = tt.errs[:1]
				}
				if len(r.errs) != len(tt.errs) {
					t.Fatalf("errors %v", r.errs)
				}
				for i, e := range r.errs {
					if s := e.Error(); !strings.Contains(s, tt.errs[i]) || strings.Contains(s, "CANARY") {
						t.Errorf("error %q, want %q", s, tt.errs[i])
					}
					if e.Hint == "" {
						t.Errorf("no hint with %q", e)
					}
				}
			}
		})
	}
}

func TestReadError(t *testing.T) {
	text := log("x", get("", ""), get("", ""))
	c := &exchange.Capture{Name: "n"}
	n, last := 0, error(nil)
	for x, err := range Read(c, &failing{text: []byte(text[:len(text)-20])}, Options{}) {
		if x != nil {
			n++
		}
		last = err
	}
	var e *exchange.Unreadable
	if n != 1 || !errors.As(last, &e) || !e.Fatal || e.Reason != reasonRead || e.Hint != hintRead {
		t.Errorf("%d exchanges, %v", n, last)
	}
}

type failing struct{ text []byte }

func (f *failing) Read(p []byte) (int, error) {
	if len(f.text) == 0 {
		return 0, errors.New("CANARY")
	}
	n := copy(p, f.text[:min(7, len(f.text))])
	f.text = f.text[n:]
	return n, nil
}

// TestStop breaks off a sequence: no worker may be left, and no more yielded.
func TestStop(t *testing.T) {
	text := []byte(log("x", slices.Repeat([]string{get("", "")}, 500)...))
	for _, stop := range []int{1, 2, 3, 250} {
		n := 0
		for range ReadAt(&exchange.Capture{}, bytes.NewReader(text), int64(len(text)), Options{Workers: 3, chunk: 2000, window: 1100}) {
			if n++; n == stop {
				break
			}
		}
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		log("x"):                                            true,
		"\ufeff \n{ \"log\" : { \"pages\":[":                true,
		`{"log":{"_x":{"entries":1},"entries":[`:            true,
		`{"x":{"log":{"version":"1.2"}},"log":{"creator":{`: true,
		`{"log":{"comment":"x","version":"1.1","`:           true,
		`{"log":{`:         false,
		`{"log":"x"}`:      false,
		`{"log":{"a":1}}`:  false,
		``:                 false,
		`[]`:               false,
		`{"x":"\"log\":{}`: false,
		`{"collection":{"info":{},"item":[{"log":{"version":"1","entries":[]}}]},"run":{"executions":[]}}`:     false,
		`{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}`: false,
	} {
		if got := Is([]byte(text)); got != want {
			t.Errorf("Is(%q) = %v", text, got)
		}
	}
}

// TestHostile reads inputs that are made to exhaust a reader: the memory it
// holds and the time it takes must not grow with them.
func TestHostile(t *testing.T) {
	size := 8 << 20
	if testing.Short() {
		size = 1 << 20
	}
	if os.Getenv("WHY401_HOSTILE") != "" {
		size = 1 << 30
	}
	big := func(head, part, tail string) *repeat {
		return &repeat{head: head, part: strings.Repeat(part, max(1, 4096/len(part))), tail: tail, size: int64(size)}
	}
	const open, end = `{"log":{"entries":[{"request":{"url":"u"`, `}]}}`
	for _, tt := range []struct {
		name      string
		text      *repeat
		exchanges int
		errors    int
	}{
		{"one string", big(`{"log":{"entries":[{"response":{"status":1,"content":{"text":"`, "x", `"}}}]}}`), 1, 0},
		{"base64", big(`{"log":{"entries":[{"response":{"status":1,"content":{"encoding":"base64","text":"`, "QUJD", `"}}}]}}`), 1, 0},
		{"one URL of escapes", big(`{"log":{"entries":[{"request":{"url":"`, `\u00e9\n`, `"}}]}}`), 1, 0},
		{"one key", big(open+`,"`, "k", `":1}`+end), 1, 0},
		{"one number", big(open+`,"x":1`, "0", `}`+end), 1, 0},
		{"blanks", big(open, " \n", `}`+end), 1, 0},
		{"blanks around a key", big(open+`,"url"`, " \n", `:"v"}`+end), 1, 0},
		{"headers", big(open+`,"headers":[{}`, `,{"name":"a","value":"b"}`, `]}`+end), 1, 0},
		{"headers keyed", big(open+`,"headers":{"a":"b"`, `,"a":"b"`, `}}`+end), 1, 0},
		{"values", big(open+`,"headers":[{"name":"a","value":[1`, `,"b"`, `]}]}`+end), 1, 0},
		{"cookies", big(open+`,"cookies":[{}`, `,{"name":"a","value":"b"}`, `]}`+end), 1, 0},
		{"parameters", big(open+`,"postData":{"params":[{}`, `,{"name":"a","value":"b"}`, `]}}`+end), 1, 0},
		{"the same key", big(open, `,"url":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`, `}`+end), 1, 0},
		{"lists, open", big(open+`,"x":`, "[", ``), 0, 1},
		{"objects, open", big(`{"log":{"x":`, `{"a":`, ``), 0, 1},
		{"lists in the first key", big(``, `[`, ``), 0, 1},
		{"garbage behind an error", big(`{"log":{"entries":[{"x":tru},`, `{"startedDateTime":`, ``), 0, 1},
		{"zero bytes", big(``, "\x00", ``), 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, workers := range []int{0, 1, 2} {
				c := &exchange.Capture{}
				seq := ReadAt(c, tt.text, tt.text.Size(), Options{Workers: workers})
				if workers == 0 {
					seq = Read(c, io.NewSectionReader(tt.text, 0, tt.text.Size()), Options{})
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				n, errs := 0, 0
				for x, err := range seq {
					if err != nil {
						errs++
					} else if n++; kept(x) > maxText+4*exchange.MaxBody {
						t.Errorf("%d bytes kept", kept(x))
					}
				}
				runtime.ReadMemStats(&after)
				if n != tt.exchanges || errs != tt.errors {
					t.Errorf("%d exchanges, %d errors", n, errs)
				}
				if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20+uint64(size/4) {
					t.Errorf("%d MB allocated", grown>>20)
				}
				if d := time.Since(start); d > 20*time.Second {
					t.Errorf("took %v", d)
				}
			}
		})
	}
}

// TestManyErrors has an error in each of very many entries.
func TestManyErrors(t *testing.T) {
	text := &repeat{head: `{"log":{"entries":[{"request":{}}`, part: strings.Repeat(`,{"request":tru}`, 256), tail: `]}}`, size: 4 << 20}
	for _, workers := range []int{1, 2} {
		n := 0
		for range ReadAt(&exchange.Capture{}, text, text.Size(), Options{Workers: workers}) {
			n++
		}
		if want := 1 + 256*int((text.size+4095)/4096); n != want {
			t.Errorf("%d workers: %d exchanges and errors, want %d", workers, n, want)
		}
	}
}

// A repeat is a text that says the same over and over, without being held.
type repeat struct {
	head, part, tail string
	size             int64 // of the middle, rounded up to whole parts
}

func (r *repeat) middle() int64 {
	n := int64(len(r.part))
	return (r.size + n - 1) / n * n
}

func (r *repeat) Size() int64 { return int64(len(r.head)) + r.middle() + int64(len(r.tail)) }

func (r *repeat) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		var src string
		switch at := off + int64(n) - int64(len(r.head)); {
		case at < 0:
			src = r.head[off+int64(n):]
		case at < r.middle():
			src = r.part[at%int64(len(r.part)):]
		case at-r.middle() < int64(len(r.tail)):
			src = r.tail[at-r.middle():]
		default:
			return n, io.EOF
		}
		n += copy(p[n:], src)
	}
	return n, nil
}
