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

// TestOldCiphersThroughOwnProxy: the same for a client whose versions are new
// enough and whose ciphers are not.
func TestOldCiphersThroughOwnProxy(t *testing.T) {
	triple, static, dhe := []uint16{0x000A, 0x0005, 0x00FF}, []uint16{0x002F, 0x009C, 0x00FF}, []uint16{0x009E, 0x00FF}
	for name, tc := range map[string]struct {
		suites []uint16
		chosen string // "": the handshake failed
		code   string
		status int
		host   string
		want   string
		root   bool
	}{
		"3DES, cloud":                  {triple, "TLS 1.2", "", 200, site, "tls-no-shared-cipher proven", true},
		"3DES, server of one's own":    {triple, "TLS 1.2", "", 200, "jira.example.com", "tls-no-shared-cipher likely", false},
		"keys of RSA, Bitbucket":       {static, "TLS 1.2", "", 200, "api.bitbucket.org", "tls-no-shared-cipher proven", true},
		"keys of RSA, cloud":           {static, "TLS 1.2", "", 200, site, "tls-no-shared-cipher likely", false},
		"refused for something else":   {triple, "TLS 1.2", "", 401, site, "tls-no-shared-cipher proven", false},
		"not even the proxy takes one": {[]uint16{0x003D, 0x0067}, "", "ERR_SSL_NO_SHARED_CIPHER", 0, site, "tls-no-shared-cipher likely", true},
		"DHE alone":                    {dhe, "", "ERR_SSL_NO_SHARED_CIPHER", 0, site, "tls-no-shared-cipher proven", true},
		"failed otherwise":             {static, "", "EPROTO", 0, site, "", false},
		"current":                      {modern, "TLS 1.2", "", 401, site, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			x := &exchange.Exchange{
				Sight:   exchange.TLSFacts | exchange.Credentials,
				Request: exchange.Request{Method: "GET", URL: "https://" + tc.host + "/rest/api/2/serverInfo"},
				Conn: &exchange.Conn{
					ServerPort: 443, TLS: &exchange.TLS{Version: "TLS 1.3"}, Client: &exchange.ClientLeg{Version: tc.chosen},
					Handshake: &exchange.Handshake{Hello: hello(0x0303, tc.host, tc.suites)},
				},
				Response: &exchange.Response{Status: tc.status, Header: exchange.Header{{Name: "X-AREQUESTID", Value: "1x1x1"}}},
			}
			if tc.code != "" {
				x.Request = exchange.Request{Method: "CONNECT", URL: tc.host + ":443"}
				x.Response, x.Sight = nil, exchange.TLSFacts
				x.Failure = &exchange.Failure{Phase: exchange.TLSHandshake, Code: tc.code}
				x.Conn.TLS, x.Conn.Handshake.Alerts = nil, from(exchange.Server, 40)
			}
			d := diagnosis(t, x)
			got, message := "", ""
			for _, g := range d.Findings {
				if g.Rule.ID == "tls-no-shared-cipher" {
					got, message = g.Rule.ID+" "+g.Certainty.String(), g.Message.String()
				}
			}
			if got != tc.want || got != "" && !strings.Contains(message, "why401's proxy") {
				t.Errorf("%q, want %q: %s", got, tc.want, message)
			}
			if r := roots(d); tc.root != (len(r) > 0 && r[0] == tc.want) {
				t.Errorf("causes %v", r)
			}
		})
	}
}
