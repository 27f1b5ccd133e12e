package tls_test

import (
	"testing"
	"time"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/tls"
)

// at is when the exchanges of these tests happen.
var at = time.Date(2026, time.September, 14, 9, 30, 0, 0, time.UTC)

// diagnosis runs all rules of the area over one exchange.
func diagnosis(t *testing.T, x *exchange.Exchange) *diagnose.Diagnosis {
	t.Helper()
	e, err := diagnose.New(rule.Rules(&tls.Set), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x.From = &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
	x.At = exchange.Locator{Capture: "trace.pcap", Frame: 4}
	x.Start = at
	e.See(x, nil)
	return e.Diagnosis()
}

// a case is a handshake and the root causes, with certainty, that it must have.
type handshakeCase struct {
	name string
	url  string
	h    exchange.Handshake
	want []string
}

func roots(d *diagnose.Diagnosis) []string {
	var out []string
	for _, c := range d.Causes {
		out = append(out, c.Rule.ID+" "+c.Certainty.String())
	}
	return out
}

func run(t *testing.T, cases []handshakeCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			if tt.url == "" {
				tt.url = "https://acme.atlassian.net/"
			}
			got := roots(diagnosis(t, &exchange.Exchange{
				Request: exchange.Request{Method: "GET", URL: tt.url},
				Conn:    &exchange.Conn{ServerAddr: "203.0.113.7", ServerPort: 443, Handshake: &tt.h},
				Failure: &exchange.Failure{Phase: exchange.TLSHandshake},
			}))
			if len(got) != len(tt.want) {
				t.Fatalf("causes %v, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("cause %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
}

var (
	modern = []uint16{0x1301, 0xC02F, 0xC030, 0x009C}
	old    = []uint16{0x002F, 0x0035, 0x000A, 0xC013}
)

func hello(version uint16, name string, suites []uint16) *exchange.ClientHello {
	return &exchange.ClientHello{Version: version, ServerName: name, Ciphers: suites}
}

func from(side exchange.Side, codes ...uint8) []exchange.Alert {
	var out []exchange.Alert
	for _, c := range codes {
		out = append(out, exchange.Alert{From: side, Fatal: true, Code: c})
	}
	return out
}

const site = "acme.atlassian.net"

func chain(names []string, issuer string, ends time.Time) []exchange.Certificate {
	return []exchange.Certificate{{
		Subject: names[0], Issuer: issuer, Organization: issuer, Names: names, From: at.AddDate(0, -2, 0), To: ends,
	}}
}

// TestAlerts covers what packets show of a handshake that failed.
func TestAlerts(t *testing.T) {
	good := []string{"*.atlassian.net", "atlassian.net"}
	later := at.AddDate(0, 6, 0)
	run(t, []handshakeCase{
		{"TLS 1.0 offered", "", exchange.Handshake{Hello: hello(0x0301, site, old), Alerts: from(exchange.Server, 70)}, []string{"tls-version-too-old proven"}},
		{"TLS 1.1 offered, no alert seen", "", exchange.Handshake{Hello: hello(0x0302, site, modern)}, []string{"tls-version-too-old proven"}},
		{"TLS 1.2 and server alert 70", "", exchange.Handshake{Hello: hello(0x0303, site, modern), Alerts: from(exchange.Server, 70)}, []string{"tls-version-too-old proven"}},
		{"TLS 1.2 and server alert 70, own server", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0304, "jira.example.com", modern), Alerts: from(exchange.Server, 70),
		}, []string{"tls-version-too-old proven"}},
		{"alert 70 of the client", "", exchange.Handshake{Hello: hello(0x0304, site, modern), Alerts: from(exchange.Client, 70)}, []string{"tls-alert proven"}},
		{"encrypted alert", "", exchange.Handshake{Hello: hello(0x0304, site, modern), Quit: exchange.QuitAlert}, []string{"tls-untrusted-ca likely"}},
		{"silence", "", exchange.Handshake{Hello: hello(0x0304, site, modern), Quit: exchange.QuitSilent}, []string{"tls-untrusted-ca possible"}},
		{"silence before an inspecting proxy", "", exchange.Handshake{
			Hello: hello(0x0303, site, modern), Quit: exchange.QuitSilent, Chain: chain(good, "Zscaler", later),
		}, []string{"tls-untrusted-ca likely"}},
		{"silence before an expired certificate", "", exchange.Handshake{
			Hello: hello(0x0303, site, modern), Quit: exchange.QuitSilent, Chain: chain(good, "DigiCert", at.AddDate(0, -1, 0)),
		}, []string{"tls-certificate-invalid likely"}},
		{"silence, unrelated host", "https://www.example.com/", exchange.Handshake{Hello: hello(0x0304, "www.example.com", modern), Quit: exchange.QuitSilent}, nil},
		{"old ciphers", "", exchange.Handshake{Hello: hello(0x0303, site, old), Alerts: from(exchange.Server, 40)}, []string{"tls-no-shared-cipher likely"}},
		{"current ciphers and alert 40", "", exchange.Handshake{Hello: hello(0x0303, site, modern), Alerts: from(exchange.Server, 40)}, []string{"tls-alert proven"}},
		{"unknown alert", "", exchange.Handshake{Hello: hello(0x0304, site, modern), Alerts: from(exchange.Server, 200)}, []string{"tls-alert proven"}},
		{"warning only", "", exchange.Handshake{Hello: hello(0x0304, site, modern), Alerts: []exchange.Alert{{From: exchange.Server, Code: 112}}}, nil},
		{"unknown authority", "", exchange.Handshake{Hello: hello(0x0303, site, modern), Alerts: from(exchange.Client, 48)}, []string{"tls-untrusted-ca proven"}},
		{"inspecting proxy", "", exchange.Handshake{
			Hello: hello(0x0303, site, modern), Alerts: from(exchange.Client, 46), Chain: chain(good, "Fortinet", later),
		}, []string{"tls-untrusted-ca proven"}},
		{"expired, Go", "", exchange.Handshake{
			Hello: hello(0x0303, site, modern), Alerts: from(exchange.Client, 42), Chain: chain(good, "DigiCert", at.AddDate(0, -1, 0)),
		}, []string{"tls-certificate-invalid proven"}},
		{"expired, OpenSSL", "", exchange.Handshake{Hello: hello(0x0303, site, modern), Alerts: from(exchange.Client, 45)}, []string{"tls-certificate-invalid proven"}},
		{"other name", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0303, "jira.example.com", modern), Alerts: from(exchange.Client, 42), Chain: chain([]string{"www.example.com"}, "Example CA", later),
		}, []string{"tls-certificate-invalid proven"}},
		{"right name and 42", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0303, "jira.example.com", modern), Alerts: from(exchange.Client, 42), Chain: chain([]string{"*.example.com"}, "Example CA", later),
		}, []string{"tls-untrusted-ca likely"}},
		{"client certificate", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0304, "jira.example.com", modern), Alerts: from(exchange.Server, 116),
		}, []string{"tls-client-cert-required proven"}},
		{"client certificate, TLS 1.2", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0303, "jira.example.com", modern), Alerts: from(exchange.Server, 40), CertificateAsked: true,
		}, []string{"tls-client-cert-required proven"}},
		{"certificate asked for, nothing else", "https://jira.example.com/", exchange.Handshake{
			Hello: hello(0x0303, "jira.example.com", modern), CertificateAsked: true,
		}, nil},
		{"plain HTTP", "https://jira.example.com:8080/", exchange.Handshake{Hello: hello(0x0303, "jira.example.com", modern), PlainReply: true}, []string{"tls-on-plain-port proven"}},
		{"unrelated host", "https://www.example.com/", exchange.Handshake{Hello: hello(0x0301, "www.example.com", old), Alerts: from(exchange.Server, 70)}, nil},
		{"analytics of Atlassian", "https://as.atlassian.com/api/v1/batch", exchange.Handshake{Hello: hello(0x0303, "as.atlassian.com", modern), Alerts: from(exchange.Client, 48)}, nil},
		{"nothing seen", "", exchange.Handshake{}, nil},
	})
}

// TestServerNameMissing covers tls-sni-missing.
func TestServerNameMissing(t *testing.T) {
	other := chain([]string{"*.cloudfront.net"}, "Amazon", at.AddDate(0, 6, 0))
	run(t, []handshakeCase{
		{"alert 40", "", exchange.Handshake{Hello: hello(0x0303, "", modern), Alerts: from(exchange.Server, 40)}, []string{"tls-sni-missing likely"}},
		{"another's certificate", "", exchange.Handshake{Hello: hello(0x0303, "", modern), Alerts: from(exchange.Client, 42), Chain: other}, []string{"tls-sni-missing likely"}},
		{"own server", "https://jira.example.com/", exchange.Handshake{Hello: hello(0x0303, "", modern), Alerts: from(exchange.Server, 40)}, []string{"tls-alert proven"}},
		{"name sent", "", exchange.Handshake{Hello: hello(0x0303, site, modern), Alerts: from(exchange.Server, 112)}, []string{"tls-alert proven"}},
		{"hello not parsed", "", exchange.Handshake{Hello: &exchange.ClientHello{}, Alerts: from(exchange.Server, 112)}, []string{"tls-alert proven"}},
	})
}

// TestServerNameMismatch covers tls-sni-host-mismatch.
func TestServerNameMismatch(t *testing.T) {
	for _, tt := range []struct {
		name, sni, url, proto string
		status                int
		want                  bool
	}{
		{"another host", "proxy.example.com", "https://jira.example.com/rest/api/2/myself", "HTTP/1.1", 403, true},
		{"misdirected over HTTP/2", "wiki.example.com", "https://jira.example.com/rest/api/2/myself", "h2", 421, true},
		{"same host", "JIRA.example.com.", "https://jira.example.com/rest/api/2/myself", "HTTP/1.1", 403, false},
		{"one connection for two hosts", "wiki.example.com", "https://jira.example.com/rest/api/2/myself", "h2", 403, false},
		{"nothing failed", "proxy.example.com", "https://jira.example.com/rest/api/2/myself", "HTTP/1.1", 200, false},
		{"no name", "", "https://jira.example.com/rest/api/2/myself", "HTTP/1.1", 403, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := diagnosis(t, &exchange.Exchange{
				Request:  exchange.Request{Method: "GET", URL: tt.url, Proto: tt.proto},
				Response: &exchange.Response{Status: tt.status},
				Conn:     &exchange.Conn{Handshake: &exchange.Handshake{Hello: hello(0x0304, tt.sni, modern)}},
			})
			if got := len(d.Findings) == 1; got != tt.want || got && d.Findings[0].Certainty != rule.Likely {
				t.Errorf("%d findings, want one: %v", len(d.Findings), tt.want)
			}
		})
	}
}
