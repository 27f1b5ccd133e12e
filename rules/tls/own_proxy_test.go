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

// TestOldClientThroughOwnProxy: the proxy carries a client that the server would
// turn away, and tells so.
func TestOldClientThroughOwnProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		offers         uint16
		chosen, server string
		status         int
		host           string
		want           string
	}{
		"old client of the cloud":    {0x0301, "TLS 1.0", "TLS 1.3", 200, site, "tls-version-too-old proven"},
		"refused for something else": {0x0302, "TLS 1.1", "TLS 1.3", 401, site, "tls-version-too-old proven"},
		"of a server of one's own":   {0x0301, "TLS 1.0", "TLS 1.2", 200, "jira.example.com", "tls-version-too-old likely"},
		"the server is old, too":     {0x0301, "TLS 1.0", "TLS 1.0", 200, "jira.example.com", ""},
		"current client":             {0x0304, "TLS 1.3", "TLS 1.3", 200, site, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnosis(t, &exchange.Exchange{
				Sight:   exchange.TLSFacts | exchange.Credentials,
				Request: exchange.Request{Method: "GET", URL: "https://" + tc.host + "/rest/api/2/serverInfo"},
				Conn: &exchange.Conn{
					ServerPort: 443, TLS: &exchange.TLS{Version: tc.server}, Client: &exchange.ClientLeg{Version: tc.chosen},
					Handshake: &exchange.Handshake{Hello: hello(tc.offers, tc.host, modern)},
				},
				Response: &exchange.Response{Status: tc.status, Header: exchange.Header{{Name: "X-AREQUESTID", Value: "1x1x1"}}},
			})
			got := ""
			for _, g := range d.Findings {
				if g.Rule.ID == "tls-version-too-old" {
					got = g.Rule.ID + " " + g.Certainty.String()
				}
			}
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
