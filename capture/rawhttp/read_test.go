package rawhttp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/capture/rawhttp"
	"github.com/why401/why401/internal/exchange"
)

// read reads a text and checks what always holds.
func read(t testing.TB, in string) ([]*exchange.Exchange, *exchange.Unreadable) {
	t.Helper()
	c := &exchange.Capture{Name: "m"}
	var out []*exchange.Exchange
	var bad *exchange.Unreadable
	last := int64(-1)
	for x, err := range rawhttp.Read(c, strings.NewReader(in), rawhttp.Options{}) {
		if (x == nil) == (err == nil) || bad != nil {
			t.Fatal("an exchange or one error")
		}
		if err != nil {
			if !errors.As(err, &bad) {
				t.Fatal("an error without a place")
			}
			continue
		}
		switch {
		case x.At.Index != len(out), x.At.Offset <= last && len(out) > 0, x.At.Offset > int64(len(in)), x.From != c:
			t.Fatalf("a wrong place: %+v", x.At)
		case x.Request.Method == "" && x.Sight&(exchange.Credentials|exchange.Cookies|exchange.Wire) != 0:
			t.Fatal("it shows a request that is not there")
		case x.Request.Method == "" && x.Response == nil:
			t.Fatal("nothing")
		case x.Sight&exchange.Wire != 0 && !strings.Contains(in, string(x.Request.Raw)):
			t.Fatal("bytes that are not there")
		case len(x.Request.Body.Head) > exchange.MaxBody, x.Response != nil && len(x.Response.Body.Head) > exchange.MaxBody:
			t.Fatal("a body beyond its bound")
		}
		last = x.At.Offset
		out = append(out, x)
	}
	if c.Exchanges != len(out) {
		t.Fatal("miscounted")
	}
	return out, bad
}

// told is what a test compares.
func told(all []*exchange.Exchange) string {
	var b strings.Builder
	for _, x := range all {
		fmt.Fprintf(&b, "%s %s", x.Request.Method, x.Request.URL)
		if v, ok := x.Request.Header.Get("Authorization"); ok {
			fmt.Fprintf(&b, " %q", v)
		}
		if x.Response != nil {
			fmt.Fprintf(&b, " %d %q", x.Response.Status, x.Response.Body.Head)
		}
		fmt.Fprintf(&b, " [%v]\n", x.Sight)
	}
	return b.String()
}

const (
	ask   = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nAuthorization: Basic QQ==\r\n\r\n"
	says  = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno"
	asked = `GET https://jira.example.com/rest/api/2/myself "Basic QQ=="`
)

func TestRead(t *testing.T) {
	lf := func(s string) string { return strings.ReplaceAll(s, "\r", "") }
	heads := "[credentials, cookies"
	for name, c := range map[string]struct{ in, want string }{
		"request":            {ask, asked + " " + heads + ", wire]\n"},
		"without CR":         {lf(ask), asked + " " + heads + "]\n"},
		"no empty line":      {strings.TrimSuffix(lf(ask), "\n"), asked + " " + heads + "]\n"},
		"pair":               {ask + says, asked + ` 401 "no" ` + heads + ", wire, bodies]\n"},
		"pair without CR":    {"It fails:\n\n" + lf(ask+says) + "\n\nBye\n", asked + ` 401 "no" ` + heads + ", bodies]\n"},
		"response":           {says, `  401 "no" [bodies]` + "\n"},
		"response, realm":    {"HTTP/1.1 401 \r\nWWW-Authenticate: OAuth realm=\"https%3A%2F%2Fh.example\"\r\n\r\n", ` https://h.example 401 "" []` + "\n"},
		"long target":        {"GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: h.example\r\n\r\n", "GET https://h.example/" + strings.Repeat("x", 20<<10) + " " + heads + ", wire]\n"},
		"two pairs":          {ask + says + "\n" + ask + says, asked + ` 401 "no" ` + heads + ", wire, bodies]\n" + asked + ` 401 "no" ` + heads + ", wire, bodies]\n"},
		"pipelined":          {ask + ask + says + "HTTP/1.1 200 OK\r\n\r\n", asked + ` 401 "no" ` + heads + ", wire, bodies]\n" + asked + ` 200 "" ` + heads + ", wire]\n"},
		"one answered":       {ask + ask + says, asked + " " + heads + ", wire]\n" + asked + ` 401 "no" ` + heads + ", wire, bodies]\n"},
		"continued":          {ask + "HTTP/1.1 100 Continue\r\n\r\n" + says, asked + ` 401 "no" ` + heads + ", wire, bodies]\n"},
		"fenced":             {"```http\n" + lf(ask) + "```\nand\n```\n" + lf(says) + "\n```\nBye\n", asked + ` 401 "no" ` + heads + ", bodies]\n"},
		"indented":           {"  x\n    " + strings.ReplaceAll(strings.TrimSpace(lf(ask)), "\n", "\n    ") + "\n", asked + " " + heads + "]\n"},
		"glued":              {"POST /x HTTP/1.1\r\nHost: h.example\r\nContent-Length: 2\r\n\r\n{}" + says, `POST https://h.example/x 401 "no" ` + heads + ", wire, bodies]\n"},
		"chunked":            {ask + "HTTP/1.1 403 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", asked + ` 403 "no" ` + heads + ", wire, bodies]\n"},
		"chunks undone":      {ask + "HTTP/1.1 403 \r\nTransfer-Encoding: chunked\r\n\r\nnope", asked + ` 403 "nope" ` + heads + ", wire, bodies]\n"},
		"body not copied":    {ask + "HTTP/1.1 401 \r\nContent-Length: 20\r\n\r\n", asked + ` 401 "" ` + heads + ", wire]\n"},
		"absolute":           {"GET https://h.example/x HTTP/1.1\r\nHost: h.example\r\n\r\n" + says, `GET https://h.example/x 401 "no" ` + heads + ", wire, bodies]\n"},
		"port of http":       {"GET /x HTTP/1.1\r\nHost: h.example:8080\r\n\r\n", "GET http://h.example:8080/x " + heads + ", wire]\n"},
		"port of https":      {"GET /x HTTP/1.1\r\nHost: h.example:8443\r\n\r\n", "GET https://h.example:8443/x " + heads + ", wire]\n"},
		"scheme told":        {"GET /x HTTP/1.1\r\nHost: h.example:8080\r\nReferer: https://h.example:8080/y\r\n\r\n", "GET https://h.example:8080/x " + heads + ", wire]\n"},
		"HTTP/2":             {"GET /x HTTP/2\r\nHost: h.example\r\n\r\nHTTP/2 401\r\n\r\n", `GET https://h.example/x 401 "" ` + heads + "]\n"},
		"nothing but a line": {"GET /x HTTP/1.1\r\n\r\n", "GET /x [wire]\n"},
		"excerpt":            {"GET /x HTTP/1.1\nHost: h.example\n...\n\n" + lf(says), `GET https://h.example/x 401 "no" [bodies]` + "\n"},
		"lines chosen":       {"GET /x HTTP/1.1\nAuthorization: Basic QQ==\n", `GET /x "Basic QQ==" [credentials]` + "\n"},
		"line feed":          {strings.Replace(ask, "QQ==", "QQ==\n", 1) + says, `GET https://jira.example.com/rest/api/2/myself "Basic QQ==\n" 401 "no" ` + heads + ", wire, bodies]\n"},
		"developer tools":    {":authority: h.example\n:method: GET\n:path: /x\n:scheme: https\naccept: */*\nauthorization: Basic QQ==\n\nBye", `GET https://h.example/x "Basic QQ==" ` + heads + "]\n"},
		"names and values":   {":authority:\nh.example\n:method:\nGET\n:path:\n/x\nreferer:\nhttps://h.example/\nauthorization:\nBasic QQ==\n", `GET https://h.example/x "Basic QQ==" ` + heads + "]\n"},
		"with :status":       {":authority: h.example\r\n:method: GET\r\n:path: /x\r\n\r\n:status: 401\r\nserver: x\r\n", `GET https://h.example/x 401 "" ` + heads + "]\n"},
		"in a sentence":      {"I call GET /x HTTP/1.1 and\nGET /x HTTP/1.1\nis answered with\nHTTP/1.1 401 Unauthorized\nServer: x\n", `  401 "" []` + "\n"},
	} {
		all, bad := read(t, c.in)
		if got := told(all); got != c.want || bad != nil {
			t.Errorf("%s: got\n%swant\n%s%v", name, got, c.want, bad)
		}
	}
}

// TestLineFeed: a line feed in a value ends the head for the server; the bytes show
// what the client meant.
func TestLineFeed(t *testing.T) {
	in := "GET /x HTTP/1.1\r\nHost: h.example\r\nAuthorization: Basic QQ==\n\r\nAccept: */*\r\n\r\n"
	all, _ := read(t, in)
	if len(all) != 1 || string(all[0].Request.Raw) != in {
		t.Errorf("got %+v", all)
	}
}

func TestNothing(t *testing.T) {
	for _, in := range []string{"", "hello\n", "see GET /x HTTP/1.1\n", ":authority: x\n"} {
		if all, bad := read(t, in); len(all) != 0 || bad == nil || !bad.Fatal || bad.Hint == "" {
			t.Errorf("%q: %v, %v", in, all, bad)
		}
	}
}

// TestBounds: values and bodies without end are cut, and it is told.
func TestBounds(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	all, _ := read(t, strings.Replace(ask, "QQ==", long, 1)+"HTTP/1.1 401 \r\nX-A: b\r\n\r\n"+long+"\n"+says)
	if len(all) != 2 || len(all[0].Request.Header.Value("Authorization")) > 1<<20 || all[0].Response == nil || len(all[0].Response.Body.Head) != exchange.MaxBody {
		t.Errorf("got %d", len(all))
	}
	for _, k := range []exchange.NoteKind{exchange.NoteLongValue, exchange.NoteBodyCut} {
		found := false
		for _, n := range all[0].From.Notes {
			found = found || n.Kind == k
		}
		if !found {
			t.Errorf("%s is not told", k)
		}
	}
	if all, _ := read(t, strings.Repeat(ask, 1000)+strings.Repeat(says, 1000)); len(all) < 1000 {
		t.Errorf("%d of 1000 requests", len(all))
	}
}

func FuzzRead(f *testing.F) {
	for _, in := range []string{
		ask + says, ":authority:\nh\n:method:\nGET\n:path:\n/x\n", "x\n```\n" + ask + "...\n```",
		"POST /x HTTP/1.1\r\nHost: h:1\r\nContent-Length: 2\r\n\r\n{}HTTP/2 401\nA: b\n\nTransfer-Encoding: chunked\n", "GET / HTTP/1.0\n\n:status: 99\n",
		"GET /x HTTP/1.1\r\nHost: h\r\nAuthorization: Basic QQ==\n\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		all, bad := read(t, in)
		if len(all) == 0 && bad == nil {
			t.Fatal("neither a message nor an error")
		}
		again, _ := read(t, in)
		if told(all) != told(again) {
			t.Fatal("read again it is another")
		}
	})
}
