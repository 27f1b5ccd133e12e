package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/why401/why401/internal/exchange"
)

// written returns the document that holds xs.
func written(t testing.TB, xs ...*exchange.Exchange) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, "why401", "1.0")
	for _, x := range xs {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// reread returns the exchanges of a document, which must have no defect.
func reread(t testing.TB, doc []byte) ([]*exchange.Exchange, *exchange.Capture) {
	t.Helper()
	c := &exchange.Capture{Name: "x.har"}
	var xs []*exchange.Exchange
	for x, err := range Read(c, bytes.NewReader(doc), Options{}) {
		if err != nil {
			t.Fatalf("%v\n%s", err, doc[:min(len(doc), 2000)])
		}
		xs = append(xs, x)
	}
	return xs, c
}

// A exchangeMaker makes exchanges that HAR has a place for.
type exchangeMaker struct{ *rand.Rand }

// pick is one of the values.
func pick[T any](m exchangeMaker, vs ...T) T { return vs[m.IntN(len(vs))] }

// some is a string out of pieces that have gone wrong somewhere before.
func (m exchangeMaker) some(limit int) string {
	var b strings.Builder
	for range m.IntN(limit) {
		b.WriteString(pick(m, "a", "Z", " ", "=", ";", "\"", "\\", "\n", "\r\n", "\t", "\x00", "\x1b[31m", "\x7f", "ö", "\u2028", "\u202e", "😀", "\ufffd", "<script>", "</", "&amp;", "%C3%B6", "\\u0000", "{", "}]}"))
	}
	return b.String()
}

// bytes are any bytes.
func (m exchangeMaker) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(m.Uint32())
	}
	return b
}

func (m exchangeMaker) header(response bool) exchange.Header {
	h := exchange.Header{}
	for range m.IntN(6) {
		f := exchange.Field{Name: pick(m, "Accept", "x-forwarded-for", ":path", "Authorization", "X-"+m.some(3)), Value: m.some(6) + pick(m, "", "", "", "\xf6", "\xff\xfe", "\xc3")}
		if response {
			// In a response the reader takes a line feed for a join.
			f.Name = pick(m, "Server", "WWW-Authenticate", "X-Seraph-LoginReason")
			f.Joined = strings.Contains(f.Value, "\n")
		}
		h = append(h, f)
	}
	return h
}

func (m exchangeMaker) body() exchange.Body {
	b := exchange.Body{Size: -1, Media: pick(m, "", "text/html; charset=utf-8", "application/json", m.some(3))}
	switch m.IntN(6) {
	case 0:
		return b
	case 1:
		b.Head = nil
	case 2:
		b.Head = []byte(strings.Repeat("ö", exchange.MaxBody/2))
	case 3:
		b.Head = m.bytes(exchange.MaxBody)
	case 4:
		b.Head = append(m.bytes(1+m.IntN(9)), 0xff)
	default:
		b.Head = []byte(m.some(50))
	}
	b.Kept = true
	b.Size = int64(len(b.Head))
	if len(b.Head) == exchange.MaxBody && m.IntN(2) == 0 {
		b.Size *= 1000 // cut, and the true size known
	}
	return b
}

func (m exchangeMaker) exchange() *exchange.Exchange {
	x := &exchange.Exchange{
		Start: time.UnixMicro(m.Int64N(4e15)).In(pick(m, time.UTC, time.FixedZone("", 5*3600+1800), time.FixedZone("", -3600))),
		Took:  time.Duration(m.Int64N(1e8)) * time.Microsecond,
		Request: exchange.Request{
			Method: pick(m, "GET", "POST", "pRoPfInD", m.some(3)),
			URL:    pick(m, "https://", "http://fred:secret@") + "jira.example.com/" + m.some(8) + pick(m, "", "?a=b&c", "?%zz=%C3%B6&&=&a=b=c", "#x?y=z"),
			Proto:  pick(m, "HTTP/1.1", "h2", "", "http/2.0"),
			Header: m.header(false),
			Body:   m.body(),
		},
		Comment: m.some(4),
	}
	if m.IntN(5) == 0 {
		x.Took = -1
	}
	if m.IntN(3) == 0 {
		x.Request.Header = append(x.Request.Header, exchange.Field{Name: "User-Agent", Value: "curl/8"}, exchange.Field{Name: "cookie", Value: "a=b; " + m.some(5) + "c"})
		x.Client = "curl/8"
	} else if m.IntN(2) == 0 {
		x.Request.Cookies = []exchange.Field{{Name: "JSESSIONID", Value: m.some(5)}}
	}
	m.outcome(x)
	m.connection(x)
	return x
}

func (m exchangeMaker) outcome(x *exchange.Exchange) {
	if m.IntN(4) == 0 {
		x.Failure = pick(
			m,
			&exchange.Failure{Phase: exchange.DNS, Code: "net::ERR_NAME_NOT_RESOLVED"},
			&exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"},
			&exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_CERT_AUTHORITY_INVALID"},
			&exchange.Failure{Phase: exchange.Blocked, Code: "net::ERR_ABORTED"},
			&exchange.Failure{Phase: exchange.DNS},
			&exchange.Failure{Phase: exchange.Dial},
			&exchange.Failure{Phase: exchange.TLSHandshake},
			&exchange.Failure{Phase: exchange.Blocked},
			&exchange.Failure{},
		)
		return
	}
	x.Response = &exchange.Response{
		Status:   pick(m, 200, 302, 401, 999, 1),
		Reason:   pick(m, "", "OK", m.some(4)),
		Proto:    pick(m, "HTTP/1.1", "h2", ""),
		Header:   m.header(true),
		Body:     m.body(),
		Redirect: pick(m, "", "/login.jsp?os_destination="+m.some(4)),
	}
	if m.IntN(3) == 0 {
		x.Response.Header = append(x.Response.Header, exchange.Field{Name: "Set-Cookie", Value: "a=b; Path=/; Secure; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT"}, exchange.Field{Name: "set-cookie", Value: pick(m, "", "=", "broken cookie\x00", "ö=ö; x")})
	} else if m.IntN(2) == 0 {
		x.Response.Cookies = []exchange.Field{{Name: "x", Value: m.some(5)}}
	}
}

func (m exchangeMaker) connection(x *exchange.Exchange) {
	if m.IntN(2) == 0 {
		return
	}
	x.Conn = &exchange.Conn{
		ID:         pick(m, "", "17", "443", "c-9", m.some(3)+"x"),
		ServerAddr: pick(m, "", "192.0.2.7", "2001:db8::1", "::1"),
		ServerPort: pick(m, 0, 443, 8080, 65535),
	}
	if m.IntN(2) == 0 {
		x.Conn.TLS = &exchange.TLS{
			Version: pick(m, "TLS 1.2", "TLS 1.3"), Cipher: pick(m, "", "AES_128_GCM"), Subject: pick(m, "", "jira.example.com", m.some(3)),
			Issuer: pick(m, "", "Example CA"), State: pick(m, "", "secure", "weak"),
		}
		if m.IntN(2) == 0 {
			x.Conn.TLS.From, x.Conn.TLS.To = time.Unix(1_700_000_000, 0).UTC(), time.Unix(1_800_000_000, 0).UTC()
		}
	}
	if *x.Conn == (exchange.Conn{}) {
		x.Conn = nil
	}
}

// bare takes from an exchange what HAR has no place for, and what says
// the same in another way.
func bare(x *exchange.Exchange) exchange.Exchange {
	c := *x
	c.At, c.From, c.Sight, c.Unsure = exchange.Locator{}, nil, 0, 0
	c.Start = c.Start.UTC()
	c.Took = c.Took.Round(time.Microsecond)
	c.Request.Header = append(exchange.Header{}, c.Request.Header...)
	if len(c.Request.Body.Head) == 0 {
		c.Request.Body.Head = nil
	}
	if c.Response != nil {
		r := *c.Response
		r.Header = append(exchange.Header{}, r.Header...)
		if len(r.Body.Head) == 0 {
			r.Body.Head = nil
		}
		c.Response = &r
	}
	return c
}

func readsAs(t testing.TB, got, want *exchange.Exchange) bool {
	t.Helper()
	g, w := bare(got), bare(want)
	if reflect.DeepEqual(g, w) {
		return true
	}
	for i := range reflect.TypeFor[exchange.Exchange]().NumField() {
		a, b := reflect.ValueOf(g).Field(i).Interface(), reflect.ValueOf(w).Field(i).Interface()
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s:\ngot  %.2000s\nwant %.2000s", reflect.TypeFor[exchange.Exchange]().Field(i).Name, dumped(a), dumped(b))
		}
	}
	return false
}

func dumped(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestWriteReadsBack(t *testing.T) {
	schema := harSchema(t)
	for seed := range uint64(20) {
		m := exchangeMaker{rand.New(rand.NewPCG(seed, 4011))}
		var xs []*exchange.Exchange
		for range 25 {
			xs = append(xs, m.exchange())
		}
		doc := written(t, xs...)
		if !utf8.Valid(doc) {
			t.Fatal("not UTF-8")
		}
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Fatal(err)
		}
		back, c := reread(t, doc)
		if len(back) != len(xs) {
			t.Fatalf("got %d exchanges, want %d", len(back), len(xs))
		}
		if c.Producer != "why401 1.0" {
			t.Errorf("producer %q", c.Producer)
		}
		for i := range xs {
			if !readsAs(t, back[i], xs[i]) {
				t.Fatalf("seed %d, exchange %d", seed, i)
			}
		}
		if again := written(t, back...); !bytes.Equal(again, doc) && !timesDiffer(again, doc) {
			t.Errorf("seed %d: written again it is another document", seed)
		}
	}
}

// timesDiffer reports whether two documents differ in no more than how they
// write the times of day: a reader turns them into UTC.
func timesDiffer(a, b []byte) bool {
	strip := func(p []byte) string {
		var out []string
		for line := range strings.Lines(string(p)) {
			_, rest, _ := strings.Cut(line, `,"request":`)
			out = append(out, rest)
		}
		return strings.Join(out, "\n")
	}
	return strip(a) == strip(b)
}

// MarshalText has encoding/json write the text of a body as a string.
func (t outText) MarshalText() ([]byte, error) { return t, nil }

// TestAppendEntry: an entry is what encoding/json makes of it.
func TestAppendEntry(t *testing.T) {
	m := exchangeMaker{rand.New(rand.NewPCG(7, 401))}
	same := func(e *outEntry) {
		t.Helper()
		for _, list := range []*[]outField{&e.Request.Cookies, &e.Request.Headers, &e.Request.Query, &e.Response.Cookies, &e.Response.Headers} {
			if *list == nil {
				*list = []outField{} // as entryOf makes it
			}
		}
		var want bytes.Buffer
		j := json.NewEncoder(&want)
		j.SetEscapeHTML(false)
		if err := j.Encode(e); err != nil {
			t.Fatal(err)
		}
		if got := appendEntry(nil, e); string(got) != want.String() {
			t.Fatalf("got  %.2000s\nwant %.2000s", got, want.String())
		}
	}
	for range 400 {
		x := m.exchange()
		if m.IntN(3) == 0 && x.Conn != nil {
			x.Conn.Handshake = &exchange.Handshake{Hello: &exchange.ClientHello{ServerName: "<a>&" + m.some(4)}}
		}
		same(new(spareFields).entryOf(x))
	}
	for c := range rune(0x3000) {
		same(&outEntry{Comment: string(rune(c)), Started: string([]byte{byte(c), byte(c >> 8)})})
	}
	for _, f := range []float64{0, -1, 1e-7, 1e-6, 0.1, 123.456, 1e20, 1e21, 1.5e300, -2e-9} {
		same(&outEntry{Time: f})
	}
}

func harSchema(t testing.TB) *jsonschema.Resolved {
	t.Helper()
	text, err := os.ReadFile("testdata/write/har-1.2.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The schema is only worth something if it refuses.
func TestSchemaRefuses(t *testing.T) {
	schema := harSchema(t)
	doc := string(written(t, exchangeMaker{rand.New(rand.NewPCG(1, 1))}.exchange()))
	for _, change := range [][2]string{
		{`"queryString":`, `"query":`},
		{`"version":"1.2"`, `"version":"1.1"`},
		{`"cache":{},`, ``},
		{`"timings":{"send":0,`, `"timings":{`},
		{`"headersSize":-1`, `"headersSize":"-1"`},
		{`"startedDateTime":"`, `"startedDateTime":"x`},
		{`"_`, `"`},
	} {
		var v any
		bad := strings.Replace(doc, change[0], change[1], 1)
		if bad == doc {
			continue
		}
		if err := json.Unmarshal([]byte(bad), &v); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s -> %s is valid", change[0], change[1])
		}
	}
}

func TestWriteNothing(t *testing.T) {
	doc := written(t)
	if want := `{"log":{"version":"1.2","creator":{"name":"why401","version":"1.0"},"entries":[` + "\n]}}\n"; string(doc) != want {
		t.Errorf("got %s", doc)
	}
	if xs, _ := reread(t, doc); len(xs) != 0 {
		t.Errorf("got %d exchanges", len(xs))
	}
	var v any
	json.Unmarshal(doc, &v)
	if err := harSchema(t).Validate(v); err != nil {
		t.Error(err)
	}
}

// header value bytes that are not UTF-8 are in the file as Latin-1, marked.
func TestWriteLatin1(t *testing.T) {
	x := &exchange.Exchange{Took: -1, Request: exchange.Request{
		Method: "GET", URL: "https://jira.example.com/\xff",
		Header: exchange.Header{{Name: "X-Name", Value: "J\xf6rg \xc3\xb6"}, {Name: "X-Other", Value: "Jörg"}},
		Body:   exchange.Body{Size: -1},
	}}
	doc := string(written(t, x))
	for _, want := range []string{
		`{"name":"X-Name","value":"Jörg Ã¶","_encoding":"latin-1"}`,
		`{"name":"X-Other","value":"Jörg"}`,
		`"url":"https://jira.example.com/%FF"`,
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %s in %s", want, doc)
		}
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if got, ok := fromLatin1([]byte(toLatin1(string(all)))); !ok || !bytes.Equal(got, all) {
		t.Errorf("got %q", got)
	}
	for _, s := range []string{"ā", "\xff", "€", "a\ufffd"} {
		if got, ok := fromLatin1([]byte(s)); ok || string(got) != s {
			t.Errorf("%q: got %q", s, got)
		}
	}
	xs, _ := reread(t, []byte(doc))
	for i, f := range xs[0].Request.Header {
		if f != x.Request.Header[i] {
			t.Errorf("got %q, want %q", f.Value, x.Request.Header[i].Value)
		}
	}
}

// A Chromium export that was cleaned must still prove it after a copy.
func TestWriteKeepsProofOfRemoval(t *testing.T) {
	x := &exchange.Exchange{
		Took: time.Millisecond,
		Request: exchange.Request{
			Method: "GET", URL: "https://jira.example.com/rest/api/2/myself?a=ö", Proto: "HTTP/1.1",
			Header: exchange.Header{{Name: "Accept", Value: "*/* 😀"}}, Body: exchange.Body{Size: 0, Kept: true},
			Removed: exchange.Removed{Known: true, Bytes: 41},
		},
		Response: &exchange.Response{
			Status: 401, Reason: "Unauthorized", Proto: "HTTP/1.1", Header: exchange.Header{{Name: "Server", Value: "x"}},
			Body: exchange.Body{Size: -1}, Removed: exchange.Removed{Known: true, Bytes: 0},
		},
		Fidelity: exchange.Stripped,
	}
	var b bytes.Buffer
	w := NewWriter(&b, "WebInspector", "537.36")
	if err := errors.Join(w.Write(x), w.Close()); err != nil {
		t.Fatal(err)
	}
	xs, c := reread(t, b.Bytes())
	readsAs(t, xs[0], x)
	if !c.Cleaned || !c.Cleans {
		t.Errorf("got %+v", c)
	}
}

func TestWriteOddTimes(t *testing.T) {
	for want, start := range map[string]time.Time{
		"0001-01-01T00:00:00.000Z":         {},
		"2026-01-02T03:04:05.006Z":         time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
		"2026-01-02T03:04:05.000007Z":      time.Date(2026, 1, 2, 3, 4, 5, 7999, time.UTC),
		"2026-01-02T03:04:05.000+05:30":    time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 19800)),
		"2026-01-02T02:04:04.000Z":         time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3601)),
		"0001-01-01T00:00:00.000Z ":        time.Date(12026, 1, 2, 3, 4, 5, 0, time.UTC),
		"0001-01-01T00:00:00.000Z  ":       time.Date(-5, 1, 2, 3, 4, 5, 0, time.UTC),
		"9999-12-31T23:59:59.000Z":         time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"2026-01-02T03:04:05.000001-01:00": time.Date(2026, 1, 2, 3, 4, 5, 1000, time.FixedZone("", -3600)),
	} {
		if got := stamp(start); got != strings.TrimSpace(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// fullWriter is a writer that has room for n bytes.
type fullWriter struct{ n int }

var errFull = errors.New("no space left")

func (f *fullWriter) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	x := &exchange.Exchange{Took: -1}
	w := NewWriter(&fullWriter{1200}, "why401", "1.0")
	var err error
	for range 10 {
		if err = w.Write(x); err != nil {
			break
		}
	}
	for _, err := range []error{err, w.Write(x), w.Close(), w.Close(), w.Write(x)} {
		if !errors.Is(err, errFull) {
			t.Errorf("got %v", err)
		}
	}
	w = NewWriter(&fullWriter{1 << 20}, "why401", "1.0")
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if err := w.Write(x); err == nil {
		t.Error("writes after Close")
	}
}

// What is on disk when the program is killed holds whole entries.
func TestWriteIsWholeAtAnyTime(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, "why401", "1.0")
	m := exchangeMaker{rand.New(rand.NewPCG(3, 3))}
	for i := range 5 {
		if err := w.Write(m.exchange()); err != nil {
			t.Fatal(err)
		}
		if xs, _ := reread(t, append(bytes.Clone(b.Bytes()), "]}}"...)); len(xs) != i+1 {
			t.Errorf("got %d exchanges, want %d", len(xs), i+1)
		}
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("https://jira.example.com/?a=b", "Authorization", "Basic x\n", []byte("body"), uint64(1))
	f.Add("\xff", "X-\xff", "\x00\xf6", []byte("\xff\x00"), uint64(2))
	schema := harSchema(f)
	f.Fuzz(func(t *testing.T, url, name, value string, body []byte, seed uint64) {
		m := exchangeMaker{rand.New(rand.NewPCG(seed, 1))}
		x := m.exchange()
		x.Request.URL = url
		x.Request.Header = exchange.Header{{Name: name, Value: value}}
		x.Request.Body = exchange.Body{Head: body[:min(len(body), exchange.MaxBody)], Size: int64(len(body)), Kept: true}
		x.Comment = value
		doc := written(t, x)
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Fatal(err)
		}
		xs, _ := reread(t, doc)
		if len(xs) != 1 {
			t.Fatalf("got %d exchanges", len(xs))
		}
		if utf8.ValidString(url) && len(url) < maxValue && xs[0].Request.URL != url {
			t.Errorf("URL: got %q, want %q", xs[0].Request.URL, url)
		}
		if got := xs[0].Request.Body.Head; !bytes.Equal(got, x.Request.Body.Head) && utf8.Valid(got) {
			t.Errorf("body: got %q, want %q", got, x.Request.Body.Head)
		}
	})
}

// TestWriteNotSent: a request that was rebuilt from settings is no failed one after
// a copy, and what may be missing of it still may.
func TestWriteNotSent(t *testing.T) {
	for _, sight := range []exchange.Sight{exchange.Credentials, 0} {
		x := &exchange.Exchange{
			Took: -1, Fidelity: exchange.AsConfigured, Sight: sight,
			Request: exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/myself", Body: exchange.Body{Size: 0}},
		}
		var b bytes.Buffer
		w := NewWriter(&b, "why401", "test")
		if err := errors.Join(w.Write(x), w.Close()); err != nil {
			t.Fatal(err)
		}
		xs, _ := reread(t, b.Bytes())
		if got := xs[0]; got.Response != nil || got.Failure != nil || got.Fidelity != exchange.AsConfigured || got.Sight&(exchange.Credentials|exchange.Cookies) != sight {
			t.Errorf("response %v, failure %v, fidelity %v, sight %v, not %v", got.Response, got.Failure, got.Fidelity, got.Sight, sight)
		}
	}
}
