package tls_test

import (
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestOwnProxy: a client that refuses the certificate of this program's proxy is
// told how to trust it, and the network is not blamed.
func TestOwnProxy(t *testing.T) {
	for code, want := range map[string]string{
		"ERR_WHY401_CERT_REJECTED": "tls-untrusted-ca proven",
		"ERR_WHY401_CERT_DROPPED":  "tls-untrusted-ca likely",
	} {
		d := diagnosis(t, &exchange.Exchange{
			Sight:   exchange.TLSFacts,
			Request: exchange.Request{Method: "CONNECT", URL: site + ":443"},
			Conn: &exchange.Conn{ServerPort: 443, Handshake: &exchange.Handshake{
				Hello: hello(0x0304, site, modern), Alerts: from(exchange.Client, 48), Chain: chain([]string{site}, "why401 on host", at.AddDate(0, 0, 7)),
			}},
			Failure: &exchange.Failure{Phase: exchange.TLSHandshake, Code: code},
		})
		if got := roots(d); len(got) != 1 || got[0] != want {
			t.Fatalf("%s: %v", code, got)
		}
		f := d.Causes[0]
		if !strings.Contains(f.Message.String(), "why401's own proxy") || len(f.Fix) != 1 || f.Fix[0].Command.String() != "why401 ca trust" {
			t.Errorf("%s: %s %+v", code, f.Message, f.Fix)
		}
	}
}
