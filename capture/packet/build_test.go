package packet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
)

var (
	laptop = packettest.Laptop
	jira   = packettest.Server
)

const (
	fin = packettest.FIN
	syn = packettest.SYN
	rst = packettest.RST
	ack = packettest.ACK
)

// read reads a capture and writes each exchange in a line.
func read(t testing.TB, b []byte, keys *Keys) ([]*exchange.Exchange, *exchange.Capture) {
	t.Helper()
	c := &exchange.Capture{Name: "trace.pcap"}
	var xs []*exchange.Exchange
	for x, err := range Read(c, bytes.NewReader(b), Options{Keys: keys}) {
		if err == nil {
			xs = append(xs, x)
		} else if x != nil {
			t.Error("an exchange and an error")
		}
	}
	return xs, c
}

// lines describes exchanges.
func lines(xs []*exchange.Exchange) string {
	var b strings.Builder
	for _, x := range xs {
		fmt.Fprintf(&b, "%s %s", x.Request.Method, x.Request.URL)
		if x.Request.Body.Size > 0 {
			fmt.Fprintf(&b, " body %d", x.Request.Body.Size)
		}
		if r := x.Response; r != nil {
			fmt.Fprintf(&b, " -> %d %q %d", r.Status, r.Body.Head[:min(len(r.Body.Head), 40)], r.Body.Size)
		}
		if f := x.Failure; f != nil {
			fmt.Fprintf(&b, " failed in phase %d", f.Phase)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimLeft(want, "\n"), "\t", "")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

const (
	get    = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nUser-Agent: curl/8.5.0\r\nAuthorization: Basic ZnJlZDpDQU5BUlk=\r\n\r\n"
	ok     = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	denied = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: OAuth realm=\"x\"\r\nContent-Length: 3\r\n\r\nno!"
)
