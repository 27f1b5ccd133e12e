package har

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// TestHandshake: what is known of a handshake comes back as it was written.
func TestHandshake(t *testing.T) {
	at := time.Unix(1_790_000_000, 0).UTC()
	full := &exchange.Handshake{
		Hello:            &exchange.ClientHello{Version: 0x0301, Ciphers: []uint16{0x2f, 0x0a}, ServerName: "jira.example.com", Protocols: []string{"h2", "http/1.1"}, JA4: "t10d0200_a_b"},
		Alerts:           []exchange.Alert{{From: exchange.Client, Fatal: true, Code: 48}, {Code: 0}},
		Chain:            []exchange.Certificate{{Subject: "a", Issuer: "b", Organization: "c", Names: []string{"d", "203.0.113.1"}, From: at, To: at}},
		CertificateAsked: true, PlainReply: true, Quit: exchange.QuitSilent,
	}
	leg := &exchange.ClientLeg{Version: "TLS 1.0", Cipher: "x", ServerName: "y", Protocol: "z", Signer: exchange.RunSigner, Agent: "curl/8", Command: "sh"}
	for name, c := range map[string]*exchange.Conn{
		"all":        {ID: "1", ServerPort: 443, Handshake: full, Client: leg, TLS: &exchange.TLS{Version: "TLS 1.3"}},
		"leg alone":  {ID: "1", ServerPort: 443, Client: leg},
		"no id":      {ServerPort: 443, Handshake: full},
		"empty":      {ID: "1", ServerPort: 443, Handshake: &exchange.Handshake{}, Client: &exchange.ClientLeg{}},
		"without it": {ID: "1", ServerPort: 443},
	} {
		var b bytes.Buffer
		w := NewWriter(&b, "why401", "1")
		x := &exchange.Exchange{Start: at, Request: exchange.Request{Method: "GET", URL: "https://jira.example.com/", Proto: "HTTP/1.1"}, Response: &exchange.Response{Status: 401, Proto: "HTTP/1.1"}, Conn: c}
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
		y := *x
		if err := w.Write(&y); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var conns []*exchange.Conn
		for x, err := range Read(&exchange.Capture{Name: "a"}, &b, Options{}) {
			if err != nil {
				t.Fatal(name, err)
			}
			conns = append(conns, x.Conn)
			if shown := x.Sees(exchange.TLSFacts) == exchange.Shown; shown != (name != "without it") {
				t.Errorf("%s: TLS is shown: %v", name, shown)
			}
		}
		if len(conns) != 2 || !reflect.DeepEqual(conns[0], c) || c.ID != "" && conns[0] != conns[1] {
			t.Errorf("%s: %+v", name, conns)
		}
	}
}

// TestHandshakeOdd: values of other kinds and long lists do no harm.
func TestHandshakeOdd(t *testing.T) {
	for _, v := range []string{
		`1`, `[]`, `null`, `{"hello":1,"client":[],"alerts":{},"chain":"x","quit":9,"seen":1}`, `{"hello":{"version":70000,"ciphers":[-1,1.5,"x",[1],` + strings.Repeat("1,", 5000) + `1]}}`,
		`{"alerts":[` + strings.Repeat("{},", 5000) + `{}],"chain":[` + strings.Repeat(`{"names":["a"]},`, 5000) + `{}]}`,
	} {
		in := `{"log":{"version":"1.2","creator":{"name":"why401","version":"1"},"entries":[{"_handshake":` + v + `,"request":{"method":"GET","url":"https://a/"},"response":{"status":401}}]}}`
		n := 0
		for x, err := range Read(&exchange.Capture{Name: "a"}, strings.NewReader(in), Options{}) {
			if err != nil {
				t.Fatal(v[:min(len(v), 40)], err)
			}
			n++
			if x.Conn != nil && x.Conn.Handshake != nil {
				if h := x.Conn.Handshake; len(h.Alerts) > maxAlerts || len(h.Chain) > maxChain || h.Hello != nil && len(h.Hello.Ciphers) > maxCiphers {
					t.Error("a list is not bounded")
				}
			}
		}
		if n != 1 {
			t.Errorf("%d entries", n)
		}
	}
}
