package curl_test

import (
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestTraceASCII: --trace-ascii prints a line feed as a dot, so that the bytes of
// a credential with a dot in it are not known.
func TestTraceASCII(t *testing.T) {
	head := func(value string) string {
		l := "Authorization: " + value
		return "=> Send header, " + "4000 bytes (0xfa0)\n0000: GET / HTTP/1.1\n0010: " + l + "\n0fa0: \n"
	}
	for value, partial := range map[string]bool{
		"Basic Q0FOQVJZ.Q0FOQVJZ": true,
		"Basic Q0FOQVJZQ0FOQVJZ":  false,
		"Bearer CANARY.":          true,
		"Bearer Q0FO.Q0FO.CANARY": false,
		"CANARY.x":                true,
	} {
		all := read(t, head(value))
		if len(all) != 1 {
			t.Fatalf("%d exchanges", len(all))
		}
		x := all[0]
		i := x.Request.Header.Index("Authorization")
		if i < 0 {
			t.Fatalf("%q: no such field", value)
		}
		f := x.Request.Header[i]
		if f.Partial != partial || partial == (x.Sees(exchange.Credentials) == exchange.Shown) || partial && strings.Contains(f.Value, "CANARY") {
			t.Errorf("%q is %+v, sight %s", value, f, x.Sight)
		}
	}
}

// TestCodes reads what curl says of calls that broke, and steps of a handshake,
// which are no failure.
func TestCodes(t *testing.T) {
	for text, want := range map[string]exchange.Failure{
		"> GET / HTTP/1.1\n> Host: a\n>\ncurl: (56) Recv failure: Connection reset by peer\n": {Phase: exchange.HTTP, Code: "ECONNRESET"},
		"curl: (35) error:0A00010B:SSL routines::wrong version number\n":                      {Phase: exchange.TLSHandshake, Code: "ERR_SSL_WRONG_VERSION_NUMBER"},
		"curl: (60) SSL certificate problem: certificate has expired\n":                       {Phase: exchange.TLSHandshake, Code: "CERT_HAS_EXPIRED"},
		"curl: (56) CONNECT tunnel failed, response 407\n":                                    {Phase: exchange.Proxy},
		"curl: (5) Could not resolve proxy: p.example\n":                                      {Phase: exchange.Proxy, Code: "ENOTFOUND"},
	} {
		all := read(t, text)
		if len(all) != 1 || all[0].Failure == nil || *all[0].Failure != want {
			t.Errorf("%q: %d exchanges, %+v", text, len(all), all)
		}
	}
	steps := "* Connected to a.example (192.0.2.1) port 443 (#0)\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n> GET / HTTP/1.1\n> Host: a.example\n>\n"
	if all := read(t, steps); len(all) != 1 || all[0].Failure != nil {
		t.Errorf("a step of a handshake is a failure: %+v", all)
	}
}

// TestWget reads wget -d.
func TestWget(t *testing.T) {
	all := read(t, "---request begin---\nGET /rest/api/2/myself HTTP/1.1\nHost: a.example\nAuthorization: Basic Q0FOQVJZ\n\n---request end---\nHTTP request sent, awaiting response... \n---response begin---\nHTTP/1.1 401 Unauthorized\nX-Seraph-LoginReason: AUTHENTICATED_FAILED\n\n---response end---\n")
	if len(all) != 1 || all[0].Response == nil || all[0].Response.Status != 401 || all[0].Request.Header.Value("Authorization") == "" {
		t.Errorf("%+v", all)
	}
}
