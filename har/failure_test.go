package har

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func TestFailureOf(t *testing.T) {
	for _, tt := range []struct {
		text string
		want exchange.Failure
	}{
		{"net::ERR_NAME_NOT_RESOLVED", exchange.Failure{Phase: exchange.DNS, Code: "net::ERR_NAME_NOT_RESOLVED"}},
		{"HOSTNAME_MISMATCH", exchange.Failure{Phase: exchange.TLSHandshake, Code: "HOSTNAME_MISMATCH"}},
		{"CERT_NOT_YET_VALID", exchange.Failure{Phase: exchange.TLSHandshake, Code: "CERT_NOT_YET_VALID"}},
		{"getaddrinfo ENOTFOUND acme.atlassian.net", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"getaddrinfo EAI_AGAIN acme.atlassian.net", exchange.Failure{Phase: exchange.DNS, Code: "EAI_AGAIN"}},
		{"[Errno -2] Name or service not known", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"Could not resolve host: acme.atlassian.net", exchange.Failure{Phase: exchange.DNS}},
		{"Certificate verify failed: self signed certificate in certificate chain", exchange.Failure{Phase: exchange.TLSHandshake, Code: "SELF_SIGNED_CERT_IN_CHAIN"}},
		{"Certificate verify failed: self-signed certificate", exchange.Failure{Phase: exchange.TLSHandshake, Code: "DEPTH_ZERO_SELF_SIGNED_CERT"}},
		{"certificate verify failed: unable to get local issuer certificate", exchange.Failure{Phase: exchange.TLSHandshake, Code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"}},
		{"certificate verify failed: certificate has expired", exchange.Failure{Phase: exchange.TLSHandshake, Code: "CERT_HAS_EXPIRED"}},
		{"Certificate verify failed", exchange.Failure{Phase: exchange.TLSHandshake}},
		{"something else", exchange.Failure{}},
	} {
		got := failureOf(tt.text, false, false)
		if got == nil || *got != tt.want {
			t.Errorf("%q is %+v, want %+v", tt.text, got, tt.want)
		}
	}
}
