package fiddler

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const (
	request  = "GET https://jira.example.com/rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nUser-Agent: sync/1.0\r\nAuthorization: Basic CANARY\r\n\r\n"
	response = "HTTP/1.1 401 Unauthorized\r\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\r\nContent-Length: 6\r\n\r\ndenied"
	metadata = "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>
<Session SID="7" BitFlags="1f"><SessionTimers ClientBeginRequest="2026-03-02T09:00:00.5+01:00" ClientDoneResponse="2026-03-02T09:00:01.5+01:00" />
<SessionFlags><SessionFlag N="https-client-version" V="Tls12" /><SessionFlag N="x-hostip" V="192.0.2.20" /><SessionFlag N="x-processinfo" V="powershell:4711" /></SessionFlags></Session>`
)

func archive(t testing.TB, members ...string) []*zip.File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err == nil {
			_, err = f.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r.File
}

func read(t testing.TB, o Options, files []*zip.File) (xs []*exchange.Exchange, errs []*exchange.Unreadable) {
	t.Helper()
	c := &exchange.Capture{Name: "test.saz"}
	for x, err := range Read(c, files, o) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if x != nil {
			if x.From != c || x.At.Capture != c.Name {
				t.Fatalf("%+v", x.At)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || u.Hint == "" || strings.Contains(u.Error(), "CANARY") {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	return xs, errs
}

func TestRead(t *testing.T) {
	xs, errs := read(t, Options{}, archive(t,
		"raw/", "", "_index.htm", "<html>",
		"raw/10_c.txt", strings.Replace(request, "GET", "PUT", 1), "raw/10_s.txt", "", "raw/10_m.xml", "<Session",
		"raw/2_c.txt", request, "raw/2_s.txt", response, "raw/2_m.xml", metadata))
	if len(xs) != 2 || len(errs) != 0 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Request.Method != "GET" || x.Request.URL != "https://jira.example.com/rest/api/2/myself" || x.Request.Header.Value("Authorization") != "Basic CANARY" {
		t.Errorf("%+v", x.Request)
	}
	if x.Response == nil || x.Response.Status != 401 || string(x.Response.Body.Head) != "denied" {
		t.Errorf("%+v", x.Response)
	}
	if x.Client != "powershell" || x.Took != time.Second || x.Start.UTC().Hour() != 8 || x.Conn.TLS.Version != "TLS 1.2" || x.Conn.ServerAddr != "192.0.2.20" {
		t.Errorf("%+v %+v", x, x.Conn)
	}
	if want := exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.Bodies | exchange.Timing; x.Sight != want {
		t.Error(x.Sight)
	}
	// What is not there is not known.
	if y := xs[1]; y.Request.Method != "PUT" || y.Response != nil || y.Conn != nil || y.Took >= 0 || y.Client != "sync/1.0" || y.Sight != exchange.Credentials|exchange.Cookies || y.At.Index != 1 {
		t.Errorf("%+v", y)
	}
}

// TestOwnAnswers: what Fiddler says in place of a server is a failure.
func TestOwnAnswers(t *testing.T) {
	for text, want := range map[string]exchange.Failure{
		"HTTP/1.1 502 Fiddler - DNS Lookup Failed\r\n\r\n[Fiddler] DNS Lookup for \"acme.atlasian.net\" failed.":                                                  {Phase: exchange.DNS, Code: "ENOTFOUND"},
		"HTTP/1.1 502 Fiddler - Connection Failed\r\n\r\n[Fiddler] The connection to 'x' failed. <br />Error: ConnectionRefused (0x274d).":                        {Phase: exchange.Dial, Code: "ECONNREFUSED"},
		"HTTP/1.1 502 Fiddler - Connection Failed\r\n\r\n[Fiddler] The connection to 'x' failed. <br />Error: TimedOut (0x274c).":                                 {Phase: exchange.Dial, Code: "ETIMEDOUT"},
		"HTTP/1.1 504 Fiddler - Receive Failure\r\n\r\n[Fiddler] ReadResponse() failed: The server did not return a complete response for this request.":          {Phase: exchange.HTTP, Code: "ERR_EMPTY_RESPONSE"},
		"HTTP/1.1 502 Fiddler - Connection Failed\r\n\r\nFailed to negotiate HTTPS connection with server.fiddler.network.https&gt; HTTPS handshake to x failed.": {Phase: exchange.TLSHandshake},
	} {
		xs, _ := read(t, Options{}, archive(t, "raw/1_c.txt", request, "raw/1_s.txt", text))
		if len(xs) != 1 || xs[0].Response != nil || xs[0].Failure == nil || *xs[0].Failure != want {
			t.Errorf("%q: %+v", text, xs[0].Failure)
		}
	}
	xs, _ := read(t, Options{}, archive(t, "raw/1_c.txt", request, "raw/1_s.txt", "HTTP/1.1 502 Bad Gateway\r\n\r\nDNS Lookup"))
	if xs[0].Failure != nil || xs[0].Response == nil {
		t.Error("an answer of a gateway is taken for Fiddler's")
	}
}

func TestDamage(t *testing.T) {
	for name, tt := range map[string]struct {
		members  []string
		xs, errs int
	}{
		"no request":   {[]string{"raw/1_s.txt", response, "raw/2_c.txt", request}, 1, 1},
		"no HTTP":      {[]string{"raw/1_c.txt", "CANARY", "raw/2_c.txt", request}, 1, 1},
		"empty":        {[]string{"raw/1_c.txt", "", "raw/2_c.txt", request}, 1, 1},
		"cut":          {[]string{"raw/1_c.txt", request[:len(request)-4], "raw/1_s.txt", response[:20]}, 1, 0},
		"other names":  {[]string{"raw/x_c.txt", request, "raw/1_c.bin", request}, 0, 0},
		"back slashes": {[]string{`raw\0001_c.txt`, request}, 1, 0},
	} {
		xs, errs := read(t, Options{}, archive(t, tt.members...))
		if len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
	bomb := errors.New("CANARY")
	open := func(*zip.File) (io.ReadCloser, error) { return nil, bomb }
	if xs, errs := read(t, Options{Open: open}, archive(t, "raw/1_c.txt", request)); len(xs) != 0 || len(errs) != 1 {
		t.Error(xs, errs)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(request, response, metadata)
	f.Add(request[:30], "HTTP/1.1 502 Fiddler - DNS Lookup Failed\r\n\r\n", "<Session><SessionTimers ClientBeginRequest='x'")
	f.Fuzz(func(t *testing.T, c, s, m string) {
		xs, errs := read(t, Options{}, archive(t, "raw/1_c.txt", c, "raw/1_s.txt", s, "raw/1_m.xml", m))
		if len(xs)+len(errs) != 1 {
			t.Fatal(len(xs), len(errs))
		}
	})
}
