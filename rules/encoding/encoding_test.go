package encoding

import (
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

// onWire is a refused request as a packet capture shows it.
func onWire(c *exchange.Capture, auth string) *exchange.Exchange {
	return &exchange.Exchange{
		From: c, Sight: exchange.Credentials | exchange.Cookies | exchange.Wire | exchange.Bodies,
		Request: exchange.Request{
			Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/myself",
			Header: exchange.Header{{Name: "Authorization", Value: auth}},
		},
		Response: &exchange.Response{
			Status: 401, Header: exchange.Header{{Name: "X-Seraph-LoginReason", Value: "AUTHENTICATED_FAILED"}},
		},
	}
}

// TestOnWire holds what a HAR cannot show: there, masked text was put in by the
// capture, on the wire the client sent it.
func TestOnWire(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJDQU5BUlkifQ."
	for _, tt := range []struct{ auth, want string }{
		{"Bearer \u2022\u2022\u2022\u2022\u2022\u2022", "placeholder-not-replaced proven"},
		{"Basic [REDACTED]", "placeholder-not-replaced proven"},
		{"Bearer ATATT3****CANARY", "placeholder-not-replaced proven"},
		{"Bearer " + jwt + "q4CANARYx8_2vJ", "token-damaged proven"},
		{"Bearer " + jwt + "[REDACTED]", ""},
	} {
		got := ""
		e, err := diagnose.New(rule.Rules(&Set), diagnose.Options{Trace: func(_ *rule.Subject, f rule.Finding) {
			got += f.Rule.ID + " " + f.Certainty.String()
		}})
		if err != nil {
			t.Fatal(err)
		}
		e.See(onWire(&exchange.Capture{Name: "trace.pcap"}, tt.auth), nil)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.auth, got, tt.want)
		}
	}
}
