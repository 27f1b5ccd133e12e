package curl

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// exits maps the exit codes of curl that tell of a broken call to the phase in
// which it broke, and to the name that Node has for the same (libcurl-errors).
var exits = map[int]exchange.Failure{
	1:  {Phase: exchange.Blocked, Code: "ERR_UNKNOWN_URL_SCHEME"},
	3:  {Phase: exchange.Blocked, Code: "ERR_INVALID_URL"},
	5:  {Phase: exchange.Proxy, Code: "ENOTFOUND"},
	6:  {Phase: exchange.DNS, Code: "ENOTFOUND"},
	7:  {Phase: exchange.Dial},
	16: {Phase: exchange.HTTP, Code: "ERR_HTTP2_PROTOCOL_ERROR"},
	18: {Phase: exchange.HTTP, Code: "ERR_CONTENT_LENGTH_MISMATCH"},
	28: {Phase: exchange.UnknownPhase, Code: "ETIMEDOUT"},
	35: {Phase: exchange.TLSHandshake},
	47: {Phase: exchange.HTTP, Code: "ERR_TOO_MANY_REDIRECTS"},
	51: {Phase: exchange.TLSHandshake, Code: "HOSTNAME_MISMATCH"},
	52: {Phase: exchange.HTTP, Code: "ERR_EMPTY_RESPONSE"},
	55: {Phase: exchange.HTTP, Code: "ECONNRESET"},
	56: {Phase: exchange.HTTP},
	58: {Phase: exchange.TLSHandshake},
	59: {Phase: exchange.TLSHandshake},
	60: {Phase: exchange.TLSHandshake},
	77: {Phase: exchange.TLSHandshake},
	92: {Phase: exchange.HTTP, Code: "ERR_HTTP2_PROTOCOL_ERROR"},
	97: {Phase: exchange.Proxy},
}

// words are messages of curl that say more than, or other than, what package
// failure makes of them; the first match counts.
var words = []struct {
	part string
	f    exchange.Failure
}{
	{"could not resolve proxy", exchange.Failure{Phase: exchange.Proxy, Code: "ENOTFOUND"}},
	{"connect tunnel failed", exchange.Failure{Phase: exchange.Proxy}},
	{"from proxy after connect", exchange.Failure{Phase: exchange.Proxy}},
	{"no alternative certificate subject name", exchange.Failure{Phase: exchange.TLSHandshake, Code: "HOSTNAME_MISMATCH"}},
	{"sec_e_untrusted_root", exchange.Failure{Phase: exchange.TLSHandshake, Code: "CERT_UNTRUSTED"}},
	{"empty reply from server", exchange.Failure{Phase: exchange.HTTP, Code: "ERR_EMPTY_RESPONSE"}},
	{"connection timed out after", exchange.Failure{Phase: exchange.UnknownPhase, Code: "ETIMEDOUT"}},
}

// failureOf returns the failure that a message tells of, or nil.
func failureOf(s string) *exchange.Failure {
	if strings.HasPrefix(s, "TLSv1") || strings.HasPrefix(s, "SSLv") {
		return nil // steps of a handshake
	}
	low := strings.ToLower(s)
	for i := range words {
		if strings.Contains(low, words[i].part) {
			f := words[i].f
			return &f
		}
	}
	switch f := failure.Of(s, false, false); {
	case f.Phase != exchange.UnknownPhase || f.Code != "":
		return f
	case strings.Contains(low, "ssl certificate problem"):
		return &exchange.Failure{Phase: exchange.TLSHandshake}
	}
	return nil
}

// failed takes the line "curl: (6) Could not resolve host: …", the last one of a
// call.
func (t *transcript) failed(text string) {
	code, what, _ := strings.Cut(strings.TrimPrefix(text, "curl: ("), ")")
	n, _ := strconv.Atoi(code)
	f, known := exits[n]
	if !known {
		return // 22: the response says it; others are about files and options
	}
	if !t.dialed && t.req == nil && t.res == nil {
		t.start = t.at
	}
	if w := failureOf(what); w != nil && n != 28 {
		if w.Phase == exchange.UnknownPhase || n == 35 {
			w.Phase = f.Phase // a reset is of the phase it came in
		}
		f = *w
	} else if g := t.failure; g != nil && g.Code != "" && (g.Phase == f.Phase || f.Phase == exchange.UnknownPhase) {
		f.Code = g.Code
	}
	if n == 28 {
		switch {
		case t.req != nil:
			f.Phase = exchange.HTTP
		case t.secure && t.host != "":
			f.Phase = exchange.TLSHandshake
		case t.host == "" || strings.Contains(what, "onnect"):
			f.Phase = exchange.Dial
		}
	}
	if m := resolving().FindStringSubmatch(strings.TrimSpace(what)); m != nil && len(m[1]) < maxText {
		t.host, t.secure = strings.Clone(m[1]), true
	} else if m := failedTo().FindStringSubmatch(strings.TrimSpace(what)); m != nil && len(m[1]) < maxText {
		t.host = strings.Clone(m[1])
		if t.conn == nil {
			port, _ := strconv.Atoi(m[2])
			t.conn = &exchange.Conn{ServerPort: port}
		}
	}
	t.failure = &f
	t.flush()
}
