package failure

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		text string
		want exchange.Failure
	}{
		{"net::ERR_NAME_NOT_RESOLVED", exchange.Failure{Phase: exchange.DNS, Code: "net::ERR_NAME_NOT_RESOLVED"}},
		{"ERR_INVALID_CHAR", exchange.Failure{Phase: exchange.Blocked, Code: "ERR_INVALID_CHAR"}},
		{"HOSTNAME_MISMATCH", exchange.Failure{Phase: exchange.TLSHandshake, Code: "HOSTNAME_MISMATCH"}},
		{"CERT_NOT_YET_VALID", exchange.Failure{Phase: exchange.TLSHandshake, Code: "CERT_NOT_YET_VALID"}},
		{"getaddrinfo ENOTFOUND acme.atlassian.net", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"getaddrinfo EAI_AGAIN acme.atlassian.net", exchange.Failure{Phase: exchange.DNS, Code: "EAI_AGAIN"}},
		{"[Errno -2] Name or service not known", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"[Errno -3] Temporary failure in name resolution", exchange.Failure{Phase: exchange.DNS, Code: "EAI_AGAIN"}},
		{"[Errno -5] No address associated with hostname", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"[Errno 8] nodename nor servname provided, or not known", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"[Errno 11001] getaddrinfo failed", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"Could not resolve host: acme.atlassian.net", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"Could not resolve proxy: proxy.example.com", exchange.Failure{Phase: exchange.Proxy}},
		{"[Errno 111] Connect call failed ('192.0.2.1', 443)", exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"}},
		{"Multiple exceptions: [Errno 111] Connect call failed ('192.0.2.1', 443), [Errno 101] Network is unreachable", exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"}},
		{"[Errno 110] Connect call failed ('192.0.2.1', 443)", exchange.Failure{Phase: exchange.Dial, Code: "ETIMEDOUT"}},
		{"[Errno 104] Connection reset by peer", exchange.Failure{Code: "ECONNRESET"}},
		{"[WinError 10061] No connection could be made because the target machine actively refused it", exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"}},
		{"Connect call failed ('192.0.2.1', 443)", exchange.Failure{Phase: exchange.Dial}},
		{"Certificate verify failed: self signed certificate in certificate chain", exchange.Failure{Phase: exchange.TLSHandshake, Code: "SELF_SIGNED_CERT_IN_CHAIN"}},
		{"Certificate verify failed: self-signed certificate", exchange.Failure{Phase: exchange.TLSHandshake, Code: "DEPTH_ZERO_SELF_SIGNED_CERT"}},
		{"certificate verify failed: unable to get local issuer certificate", exchange.Failure{Phase: exchange.TLSHandshake, Code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"}},
		{"certificate verify failed: certificate has expired", exchange.Failure{Phase: exchange.TLSHandshake, Code: "CERT_HAS_EXPIRED"}},
		{"Certificate verify failed", exchange.Failure{Phase: exchange.TLSHandshake}},
		{"something else", exchange.Failure{}},
	} {
		got := Of(tt.text, false, false)
		if got == nil || *got != tt.want {
			t.Errorf("%q is %+v, want %+v", tt.text, got, tt.want)
		}
	}
}
