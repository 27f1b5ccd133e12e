package failure

import "github.com/why401/why401/internal/exchange"

// Name returns the name of an error, as clients give it, that stands for what
// packets show of a failure: a HAR has room for the name alone. It is that of
// [exchange.Failure] if there is one, and "" where nothing sure stands for it.
func Name(x *exchange.Exchange) string {
	switch {
	case x.Failure == nil:
		return ""
	case x.Failure.Code != "" || x.Conn == nil:
		return x.Failure.Code
	}
	if h := x.Conn.Handshake; h != nil {
		if name := ofHandshake(h); name != "" {
			return name
		}
	}
	if t := x.Conn.TCP; t != nil && t.Attempts > 0 && !t.Accepted {
		switch t.Cut {
		case exchange.CutByServer, exchange.CutBetween:
			return "net::ERR_CONNECTION_REFUSED"
		case exchange.NotCut:
			return "net::ERR_CONNECTION_TIMED_OUT"
		}
	}
	if l := x.Conn.Lookup; l != nil && x.Failure.Phase == exchange.DNS && l.Answered && l.RCode == 3 { // NXDOMAIN
		return "net::ERR_NAME_NOT_RESOLVED"
	}
	return ""
}

// tls12 is the version of TLS below which no product of Atlassian goes.
const tls12 = 0x0303

// ofHandshake goes by alerts (RFC 8446, section 6) and what was offered.
func ofHandshake(h *exchange.Handshake) string {
	switch {
	case h.PlainReply:
		return "ERR_SSL_WRONG_VERSION_NUMBER"
	case h.Hello != nil && h.Hello.Version != 0 && h.Hello.Version < tls12:
		return "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"
	}
	for _, a := range h.Alerts {
		switch {
		case a.From == exchange.Client && a.Code == 48: // unknown_ca
			return "net::ERR_CERT_AUTHORITY_INVALID"
		case a.From == exchange.Client && a.Code == 45: // certificate_expired
			return "net::ERR_CERT_DATE_INVALID"
		case a.From == exchange.Client && a.Code == 44: // certificate_revoked
			return "net::ERR_CERT_REVOKED"
		case a.From == exchange.Server && a.Code == 70: // protocol_version
			return "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"
		case a.From == exchange.Server && a.Code == 116: // certificate_required
			return "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"
		}
	}
	return ""
}
