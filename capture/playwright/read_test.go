package playwright

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// entry is a line of a network log.
func entry(status, content string) string {
	return `{"type":"resource-snapshot","snapshot":{"pageref":"page@1","startedDateTime":"2026-03-02T09:00:00.500Z","time":12.5,"request":{"method":"POST","url":"https://jira.example.com/rest/api/2/issue","httpVersion":"HTTP/2.0","cookies":[],"headers":[{"name":"authorization","value":"Basic CANARY"}],"queryString":[],"headersSize":1,"bodySize":2,"postData":{"mimeType":"application/json","text":"","params":[],"_sha1":"aa.json"}},` +
		`"response":{"status":` + status + `,"statusText":"","httpVersion":"HTTP/2.0","cookies":[],"headers":[{"name":"x-arequestid","value":"1x1x1"}],"content":` + content + `,"headersSize":-1,"bodySize":-1,"redirectURL":""},"cache":{},"timings":{"send":0,"wait":1,"receive":1},"_securityDetails":{"protocol":"TLS 1.3"}}}` + "\n"
}

const named = `{"size":6,"mimeType":"text/plain","_sha1":"bb.txt"}`

func archive(pairs ...string) []*zip.File {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(f, pairs[i+1])
		}
		if err != nil {
			panic(err)
		}
	}
	w.Close()
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		panic(err)
	}
	return r.File
}

func collect(t testing.TB, c *exchange.Capture, all func(func(*exchange.Exchange, error) bool)) (xs []*exchange.Exchange, errs []*exchange.Unreadable) {
	t.Helper()
	for x, err := range all {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if c.Format != "playwright-trace" {
			t.Fatalf("format %q", c.Format)
		}
		if x != nil {
			if x.From != c || len(x.Request.Body.Head) > exchange.MaxBody {
				t.Fatalf("%+v", x.At)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || strings.Contains(u.Error()+u.Hint, "CANARY") {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	return xs, errs
}

func trace(t testing.TB, members []*zip.File) ([]*exchange.Exchange, []*exchange.Unreadable) {
	c := &exchange.Capture{Name: "trace.zip", Format: "playwright-trace"}
	return collect(t, c, Read(c, members, Options{}))
}

func log(t testing.TB, text string) ([]*exchange.Exchange, []*exchange.Unreadable) {
	c := &exchange.Capture{Name: "trace.network", Format: "playwright-trace"}
	return collect(t, c, ReadLog(c, strings.NewReader(text)))
}

func TestRead(t *testing.T) {
	xs, errs := trace(t, archive("1-trace.network", entry("200", `{"size":3,"text":"yes"}`), "0-trace.network", strings.TrimSuffix(entry("401", named), "\n"),
		"0-trace.trace", "{}", "resources/aa.json", "{}", "resources/bb.txt", "denied"))
	if len(xs) != 2 || len(errs) != 0 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Response.Status != 401 || string(x.Response.Body.Head) != "denied" || string(x.Request.Body.Head) != "{}" || x.Request.Header.Value("authorization") != "Basic CANARY" || x.Conn.TLS.Version != "TLS 1.3" {
		t.Errorf("%+v %+v", x.Request, x.Response)
	}
	if want := exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.Bodies | exchange.Timing; x.Sight != want {
		t.Error(x.Sight)
	}
	if xs[1].Response.Status != 200 || string(xs[1].Response.Body.Head) != "yes" || xs[1].At.Index != 1 {
		t.Errorf("%+v", xs[1].Response)
	}
}

func TestLog(t *testing.T) {
	one := entry("401", named)
	for name, tt := range map[string]struct {
		text     string
		xs, errs int
	}{
		"two":         {one + one, 2, 0},
		"others":      {`{"type":"context-options"}` + "\n" + one + "\n\nCANARY\n" + one, 2, 0},
		"CR LF":       {strings.ReplaceAll(one+one, "\n", "\r\n"), 2, 0},
		"cut":         {one + one[:200], 1, 1},
		"damaged":     {one + strings.Replace(one, `"cache":{}`, `"cache":CANARY`, 1) + one, 2, 1},
		"no bracket":  {strings.Repeat(`{"type":"resource-snapshot","snapshot":]}`+"\n", 2), 0, 1},
		"long":        {one + strings.Replace(one, "CANARY", strings.Repeat("x", 9<<20), 1) + one, 3, 0},
		"nothing":     {"", 0, 0},
		"other lines": {"{}\n{}\n", 0, 0},
	} {
		if xs, errs := log(t, tt.text); len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
	// What is told of a place is where it is in the log.
	text := "{}\n" + one + strings.Replace(one, "401", "BAD", 1)
	xs, errs := log(t, text)
	if len(xs) != 1 || len(errs) != 1 || !strings.HasPrefix(text[xs[0].At.Offset:], `{"pageref"`) || !strings.HasPrefix(text[errs[0].At.Offset:], "BAD") || errs[0].Line != 3 || errs[0].Column != strings.Index(one, "401")+1 {
		t.Errorf("%+v %v", xs[0].At, errs)
	}
	if _, errs := log(t, strings.Replace(one, "401", "BAD", 1)); len(errs) != 1 || errs[0].Line != 1 || errs[0].Column != strings.Index(one, "401")+1 {
		t.Errorf("%v", errs)
	}
	if xs, _ := log(t, one); xs[0].Sight&exchange.Bodies != 0 || xs[0].Response.Body.Kept {
		t.Error("a log alone shows no bodies")
	}
}

func FuzzLog(f *testing.F) {
	f.Add(entry("401", named) + entry("-1", "{}"))
	f.Add("{\"type\":\"resource-snapshot\",\"snapshot\":{}}\r\n{}")
	f.Fuzz(func(t *testing.T, text string) {
		log(t, text)
		trace(t, archive("trace.network", text, "resources/bb.txt", text))
	})
}
