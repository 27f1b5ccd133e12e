package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
)

// TestTLSClients shows the kinds of handshakes of a capture, and nothing that a
// client made up.
func TestTLSClients(t *testing.T) {
	const ja4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"
	d := &diagnose.Diagnosis{Captures: []diagnose.Capture{{Name: "trace.pcap", Format: "pcap", Handshakes: []exchange.HandshakeKind{
		{JA4: ja4, Offered: "h2,http/1.1", Protocol: "h2", Version: "TLS 1.3", N: 3},
		{JA4: "CANARY\x1b[31m" + ja4[13:], Offered: "CANARY", Protocol: "CANARY", N: 1},
	}}}}
	r := New(d, "test")
	var long, short, doc bytes.Buffer
	for b, err := range map[*bytes.Buffer]error{
		&long: r.Text(&long, Style{Width: 200, Long: true}), &short: r.Text(&short, Style{Width: 200}), &doc: r.JSON(&doc),
	} {
		if err != nil || strings.Contains(b.String(), "CANARY") {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
	if want := "TLS client " + ja4 + ": 3 connections, TLS 1.3; offers h2, http/1.1; speaks h2"; !strings.Contains(long.String(), want) || strings.Contains(short.String(), ja4) {
		t.Errorf("%s\n%s", long.String(), short.String())
	}
	var read struct {
		Captures []struct {
			Clients []struct {
				JA4 string
			} `json:"tls_clients"`
		}
	}
	if err := json.Unmarshal(doc.Bytes(), &read); err != nil || len(read.Captures[0].Clients) != 2 || read.Captures[0].Clients[0].JA4 != ja4 || read.Captures[0].Clients[1].JA4 != "" {
		t.Errorf("%v\n%s", err, doc.String())
	}
}
