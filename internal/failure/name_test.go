package failure

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func TestName(t *testing.T) {
	alert := func(from exchange.Side, code uint8) *exchange.Conn {
		return &exchange.Conn{Handshake: &exchange.Handshake{Alerts: []exchange.Alert{{From: from, Code: code}}}}
	}
	for _, tc := range []struct {
		want string
		f    *exchange.Failure
		c    *exchange.Conn
	}{
		{"", nil, nil},
		{"", &exchange.Failure{}, nil},
		{"net::ERR_FAILED", &exchange.Failure{Code: "net::ERR_FAILED"}, alert(exchange.Client, 48)},
		{"net::ERR_CERT_AUTHORITY_INVALID", &exchange.Failure{}, alert(exchange.Client, 48)},
		{"", &exchange.Failure{}, alert(exchange.Server, 48)},
		{"net::ERR_CERT_DATE_INVALID", &exchange.Failure{}, alert(exchange.Client, 45)},
		{"net::ERR_CERT_REVOKED", &exchange.Failure{}, alert(exchange.Client, 44)},
		{"ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", &exchange.Failure{}, alert(exchange.Server, 70)},
		{"ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", &exchange.Failure{}, alert(exchange.Server, 116)},
		{"ERR_SSL_WRONG_VERSION_NUMBER", &exchange.Failure{}, &exchange.Conn{Handshake: &exchange.Handshake{PlainReply: true}}},
		{"ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", &exchange.Failure{}, &exchange.Conn{Handshake: &exchange.Handshake{Hello: &exchange.ClientHello{Version: 0x0301}}}},
		{"net::ERR_CONNECTION_REFUSED", &exchange.Failure{}, &exchange.Conn{TCP: &exchange.TCP{Attempts: 1, Cut: exchange.CutByServer}}},
		{"net::ERR_CONNECTION_TIMED_OUT", &exchange.Failure{}, &exchange.Conn{TCP: &exchange.TCP{Attempts: 4}}},
		{"", &exchange.Failure{}, &exchange.Conn{TCP: &exchange.TCP{Attempts: 1, Accepted: true, Cut: exchange.CutByServer}}},
		{"net::ERR_NAME_NOT_RESOLVED", &exchange.Failure{Phase: exchange.DNS}, &exchange.Conn{Lookup: &exchange.Lookup{Answered: true, RCode: 3}}},
	} {
		if got := Name(&exchange.Exchange{Failure: tc.f, Conn: tc.c}); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc, got, tc.want)
		}
	}
}
