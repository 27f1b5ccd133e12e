package curl_test

import (
	"strings"
	"testing"

	"github.com/why401/why401/capture/curl"
	"github.com/why401/why401/internal/exchange"
)

func read(t *testing.T, s string) []*exchange.Exchange {
	t.Helper()
	var out []*exchange.Exchange
	c := &exchange.Capture{Name: "f"}
	for x, err := range curl.Read(c, strings.NewReader(s)) {
		if (x == nil) == (err == nil) {
			t.Fatal("an exchange or an error")
		}
		if x != nil {
			if x.At.Offset < 0 || x.At.Offset > int64(len(s)) || x.From != c || x.At.Index != len(out) {
				t.Fatal("a wrong place")
			}
			out = append(out, x)
		}
	}
	return out
}

const verbose = `some words
*   Trying 203.0.113.10:443...
* Connected to acme.atlassian.net (203.0.113.10) port 443 (#0)
* SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256
* ALPN: server accepted h2
*  subject: CN=*.atlassian.net
*  issuer: O=Example; CN=Example CA
* [HTTP/2] [1] [:path: /rest/api/3/myself]
> GET /rest/api/3/myself HTTP/2
> Host: acme.atlassian.net
> authorization: Bearer CANARYtoken
>
< HTTP/2 403
< content-type: application/json
<
{"error": 1}* Connection #0 to host acme.atlassian.net left intact
`

func TestVerbose(t *testing.T) {
	all := read(t, verbose)
	if len(all) != 1 {
		t.Fatalf("%d exchanges", len(all))
	}
	x := all[0]
	if x.Request.URL != "https://acme.atlassian.net/rest/api/3/myself" || x.Request.Header.Value("Authorization") != "Bearer CANARYtoken" {
		t.Errorf("request %+v", x.Request)
	}
	if x.Response == nil || x.Response.Status != 403 || string(x.Response.Body.Head) != `{"error": 1}` {
		t.Errorf("response %+v", x.Response)
	}
	if tls := x.Conn.TLS; tls.Version != "TLS 1.3" || tls.Issuer != "Example CA" || tls.Protocol != "h2" || x.Conn.ServerPort != 443 {
		t.Errorf("connection %+v", x.Conn)
	}
	if x.Sight&exchange.Wire != 0 {
		t.Error("it claims to show the bytes")
	}
}

func TestTrace(t *testing.T) {
	hex := "12:30:15.95 x\n=> Send header, 26 bytes (0x1a)\n0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..\n0010: 48 6f 73 74 3a 20 61 0d 0d 0a                   Host: a...\n"
	ascii := "== Info: Connected to a (127.0.0.1) port 80 (#0)\n=> Send header, 27 bytes (0x1b)\n0000: GET / HTTP/1.1\n0010: Host: a\n0019: \n<= Recv header, 18 bytes (0x12)\n0000: HTTP/1.1 200 OK..\n<= Recv header, 2 bytes (0x2)\n0000: \n<= Recv data, 2 bytes (0x2)\n0000: ok\n"
	for _, s := range []string{hex, ascii} {
		all := read(t, s)
		if len(all) != 1 || !strings.HasPrefix(all[0].Request.Header.Value("Host"), "a") {
			t.Errorf("%d exchanges", len(all))
		}
	}
	if x := read(t, ascii)[0]; x.Request.URL != "http://a/" || x.Response == nil || string(x.Response.Body.Head) != "ok" {
		t.Errorf("%+v", x)
	}
}

func TestFailures(t *testing.T) {
	for text, want := range map[string]exchange.Failure{
		"curl: (6) Could not resolve host: nope.invalid\n": {Phase: exchange.DNS, Code: "ENOTFOUND"},
		"* connect to 127.0.0.1 port 1 failed: Connection refused\ncurl: (7) Failed to connect to a.example port 1 after 0 ms: Couldn't connect to server\n": {Phase: exchange.Dial, Code: "ECONNREFUSED"},
		"curl: (60) SSL certificate problem: self-signed certificate in certificate chain\n":                                                                 {Phase: exchange.TLSHandshake, Code: "SELF_SIGNED_CERT_IN_CHAIN"},
		"> GET / HTTP/1.1\n> Host: a\n>\ncurl: (52) Empty reply from server\n":                                                                               {Phase: exchange.HTTP, Code: "ERR_EMPTY_RESPONSE"},
		"> GET / HTTP/1.1\n> Host: a\n>\ncurl: (28) Operation timed out after 5 ms\n":                                                                        {Phase: exchange.HTTP, Code: "ETIMEDOUT"},
	} {
		all := read(t, text)
		if len(all) != 1 || all[0].Failure == nil || *all[0].Failure != want {
			t.Errorf("%q: %d exchanges", text, len(all))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(verbose)
	f.Add("=> Send header, 5 bytes (0x5)\n0000: 47 45\n")
	f.Add("---request begin---\nGET / HTTP/1.1\n---request end---\n---response begin---\nHTTP/1.1 200 OK\n---response end---\n")
	f.Add(wgetPage + wgetDial + wgetAsks + "\n  HTTP/1.1 401 \n  A: b\n" + wgetAsks + "403 x\n2026-03-02 09:00:00 ERROR 403: x.\nERROR: cannot verify x\n")
	f.Add("curl: (6) x\n< HTTP/1.1 100\n<\n")
	f.Fuzz(func(t *testing.T, s string) { read(t, s) })
}
