package mitmflow

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// tnet writes a value as a tnetstring.
func tnet(v any) string {
	as := func(data string, kind byte) string { return strconv.Itoa(len(data)) + ":" + data + string(kind) }
	switch v := v.(type) {
	case nil:
		return as("", '~')
	case string:
		return as(v, ',')
	case int:
		return as(strconv.Itoa(v), '#')
	case float64:
		return as(strconv.FormatFloat(v, 'f', -1, 64), '^')
	case bool:
		return as(strconv.FormatBool(v), '!')
	case []any:
		var b strings.Builder
		for _, x := range v {
			b.WriteString(tnet(x))
		}
		return as(b.String(), ']')
	}
	panic(fmt.Sprintf("%T", v))
}

// pairs is a dictionary, in order.
type pairs []any

func (p pairs) String() string {
	var b strings.Builder
	for i, x := range p {
		switch x := x.(type) {
		case pairs:
			b.WriteString(x.String())
		default:
			if i%2 == 0 {
				s := x.(string)
				b.WriteString(strconv.Itoa(len(s)) + ":" + s + ";")
				continue
			}
			b.WriteString(tnet(x))
		}
	}
	return strconv.Itoa(b.Len()) + ":" + b.String() + "}"
}

func fields(kv ...string) []any {
	var l []any
	for i := 0; i < len(kv); i += 2 {
		l = append(l, []any{kv[i], kv[i+1]})
	}
	return l
}

func aFlow(authorization string, response any, more ...any) string {
	f := pairs{
		"type", "http", "version", 21, "websocket", nil, "response", response,
		"request",
		pairs{
			"path", "/rest/api/2/myself", "authority", "", "scheme", "https", "method", "GET", "port", 443, "host", "jira.example.com",
			"timestamp_start", 1795346624.25, "timestamp_end", 1795346624.5, "trailers", nil, "content", "",
			"headers", fields("Host", "jira.example.com", "User-Agent", "sync/1.0", "Authorization", authorization),
			"http_version", "HTTP/1.1",
		},
		"client_conn",
		pairs{"peername", []any{"192.0.2.5", 50000}, "tls_version", "TLSv1.3"},
		"server_conn",
		pairs{
			"id", "c-1", "tls_version", "TLSv1.2", "cipher", "ECDHE-RSA-AES128-GCM-SHA256",
			"ip_address",
			[]any{"192.0.2.20", 443},
			"address",
			[]any{"jira.example.com", 443},
		},
	}
	return append(f, more...).String()
}

func answer(body any) pairs {
	return pairs{
		"http_version", "HTTP/1.1", "status_code", 401, "reason", "Unauthorized",
		"headers", fields("X-Seraph-LoginReason", "AUTHENTICATED_FAILED", "Content-Type", "text/html"),
		"content", body, "timestamp_start", 1795346624.6, "timestamp_end", 1795346625.25,
	}
}

func read(t testing.TB, text string) (xs []*exchange.Exchange, errs []*exchange.Unreadable, c *exchange.Capture) {
	t.Helper()
	c = &exchange.Capture{Name: "test.flows"}
	for x, err := range Read(c, strings.NewReader(text), Options{}) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if err != nil {
			u := new(exchange.Unreadable)
			if !errors.As(err, &u) {
				t.Fatalf("%T", err)
			}
			errs = append(errs, u)
			continue
		}
		xs = append(xs, x)
	}
	return xs, errs, c
}

func TestRead(t *testing.T) {
	xs, errs, c := read(t, aFlow("Basic CANARY", answer("denied"))+
		aFlow("Basic other", nil, "error", pairs{"msg", "[Errno -2] Name or service not known", "timestamp", 1.5}))
	if len(xs) != 2 || len(errs) != 0 || c.Exchanges != 2 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Request.Method != "GET" || x.Request.URL != "https://jira.example.com/rest/api/2/myself" || x.Request.Header.Value("authorization") != "Basic CANARY" {
		t.Errorf("%+v", x.Request)
	}
	if x.Response.Status != 401 || string(x.Response.Body.Head) != "denied" || !x.Response.Body.Kept || x.Response.Reason != "Unauthorized" {
		t.Errorf("%+v", x.Response)
	}
	if x.Took.Milliseconds() != 1000 || x.Start.UnixMilli() != 1795346624250 || x.Client != "192.0.2.5 sync/1.0" {
		t.Error(x.Took, x.Start, x.Client)
	}
	if x.Conn == nil || x.Conn.TLS.Version != "TLS 1.2" || x.Conn.ServerAddr != "192.0.2.20" || x.Conn != xs[1].Conn {
		t.Errorf("%+v", x.Conn)
	}
	const want = exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.Bodies | exchange.Timing
	if x.Sight != want {
		t.Error(x.Sight)
	}
	if f := xs[1].Failure; f == nil || f.Phase != exchange.DNS || f.Code != "ENOTFOUND" || xs[1].Response != nil {
		t.Errorf("%+v", f)
	}
	if xs[0].At.Index != 0 || xs[1].At.Index != 1 || xs[1].At.Offset == 0 {
		t.Error(xs[0].At, xs[1].At)
	}
}

// TestItsOwnAnswer: what mitmproxy says of a server that it cannot reach is no
// answer of a server or of a proxy in front of it.
func TestItsOwnAnswer(t *testing.T) {
	f := pairs{
		"type", "http", "version", 17,
		"request",
		pairs{
			"path", "", "authority", "jira.example.com:443", "scheme", "", "method", "CONNECT", "port", 443, "host", "jira.example.com",
			"headers", fields("Host", "jira.example.com:443"), "content", nil,
		},
		"response",
		pairs{"status_code", 502, "headers", fields("content-length", "5"), "content", "Bad"},
	}
	broken := append(f[:len(f):len(f)], "server_conn", pairs{"error", "[Errno 111] Connect call failed", "timestamp_tcp_setup", nil})
	sound := append(f[:len(f):len(f)], "server_conn", pairs{"error", nil, "timestamp_tcp_setup", 1.5})
	xs, errs, _ := read(t, broken.String()+sound.String())
	if len(xs) != 2 || len(errs) != 0 {
		t.Fatal(errs)
	}
	if x := xs[0]; x.Response != nil || x.Failure == nil || x.Failure.Code != "ECONNREFUSED" || x.Request.URL != "jira.example.com:443" {
		t.Errorf("%+v %+v", x.Response, x.Failure)
	}
	if x := xs[1]; x.Response == nil || x.Response.Status != 502 || x.Failure != nil {
		t.Errorf("%+v %+v", x.Response, x.Failure)
	}
}

// TestBodies: an absent body is not an empty one, and a long one is cut.
func TestBodies(t *testing.T) {
	xs, errs, c := read(t, aFlow("x", answer(nil))+aFlow("x", answer(""))+aFlow("x", answer(strings.Repeat("a", 3<<20))))
	if len(xs) != 3 || len(errs) != 0 {
		t.Fatal(errs)
	}
	if b := xs[0].Response.Body; b.Kept || b.Size != -1 {
		t.Errorf("%+v", b)
	}
	if b := xs[1].Response.Body; !b.Kept || b.Size != 0 {
		t.Errorf("%+v", b)
	}
	if b := xs[2].Response.Body; len(b.Head) != exchange.MaxBody || b.Size != 3<<20 || len(c.Notes) != 1 {
		t.Error(len(b.Head), b.Size, c.Notes)
	}
}

// TestDamage: a flow that cannot be read costs that flow, and no more.
func TestDamage(t *testing.T) {
	good := aFlow("Basic CANARY", answer("denied"))
	many := pairs{"type", "http", "metadata", pairs{"a", strings.Repeat("x", maxPart+1)}}.String()
	deep := ""
	for range 40 {
		deep = strconv.Itoa(len(deep)) + ":" + deep + "]"
	}
	nested := "8:metadata;" + deep
	nested = strconv.Itoa(len(nested)) + ":" + nested + "}"
	other := pairs{"type", "tcp", "messages", []any{}}.String()
	for name, tt := range map[string]struct {
		text       string
		xs, errs   int
		fatal, cut bool
	}{
		"good":        {good + good, 2, 0, false, false},
		"no request":  {good + pairs{"type", "http"}.String() + good, 2, 1, false, false},
		"bad inside":  {good + "9:4:type;xx}" + good, 2, 1, false, false},
		"bad number":  {good + "13:1:a;6:CANARY#}" + good, 2, 1, false, false},
		"too long":    {good + many + good, 2, 1, false, false},
		"too deep":    {good + nested + good, 2, 1, false, false},
		"other flows": {other + good, 1, 0, false, false},
		"cut":         {good + good[:len(good)/2], 1, 1, true, true},
		"no length":   {"CANARY", 0, 1, true, false},
		"long length": {"99999999999999:", 0, 1, true, false},
		"empty":       {"", 0, 0, false, false},
	} {
		xs, errs, c := read(t, tt.text)
		if len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
			continue
		}
		for _, u := range errs {
			if strings.Contains(u.Error()+u.Hint, "CANARY") {
				t.Errorf("%s: the error holds input", name)
			}
			if u.At.Offset < 0 || u.At.Offset > int64(len(tt.text)) || u.Hint == "" {
				t.Errorf("%s: %+v", name, u)
			}
			if u.Fatal != tt.fatal {
				t.Errorf("%s: fatal %t", name, u.Fatal)
			}
		}
		cut := false
		for _, n := range c.Notes {
			cut = cut || n.Kind == exchange.NoteTruncated
		}
		if cut != tt.cut {
			t.Errorf("%s: %v", name, c.Notes)
		}
	}
}

func FuzzRead(f *testing.F) {
	good := aFlow("Basic CANARY", answer("denied"))
	for _, s := range []string{"", good, good[:len(good)-9], good + "3:abc,", "0:~", "13:1:a;6:CANARY#}", pairs{"type", "tcp"}.String()} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &exchange.Capture{Name: "fuzz"}
		next, index := 0, 0
		for x, err := range Read(c, bytes.NewReader(text), Options{}) {
			switch u := new(exchange.Unreadable); {
			case (x == nil) == (err == nil):
				t.Fatal("neither an exchange nor an error, or both")
			case err != nil && (!errors.As(err, &u) || u.At.Offset < 0 || u.At.Offset > int64(len(text))):
				t.Fatal("an error without a place in the input")
			case err != nil:
				if !u.Fatal {
					index++
				}
			case x != nil:
				if x.At.Index != index || x.From != c || len(x.Request.Body.Head) > exchange.MaxBody {
					t.Fatalf("%+v", x.At)
				}
				next++
				index++
			}
		}
		if c.Exchanges != next {
			t.Fatal(c.Exchanges, next)
		}
	})
}
