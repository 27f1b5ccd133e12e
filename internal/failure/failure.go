// Package failure reads what clients say of a call that broke: error names such
// as net::ERR_NAME_NOT_RESOLVED or ECONNREFUSED, and the words of OpenSSL, Python
// and the like. Every input that holds such texts goes through it, so that the
// same failure is the same fact whoever recorded it.
package failure

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// Of returns why an exchange failed, from the error text of a client; nil: it did
// not. No byte of text is kept but a name on a list. aborted says that the client
// gave up, which counts where the text tells nothing; answered tells that there is a response with a status: then
// only what breaks a response on its way counts.
func Of(text string, aborted, answered bool) *exchange.Failure {
	code := failureCode(text)
	phase := phaseOf(code)
	if code == "" {
		phase, code = ofWords(text)
	}
	if aborted && phase == exchange.UnknownPhase {
		phase = exchange.Blocked
	}
	if answered {
		// Chrome sets ERR_HTTP_RESPONSE_CODE_FAILURE for a 4xx without a body,
		// and ERR_ABORTED for a download: the server answered all the same.
		broken := phase == exchange.HTTP || code != "" && phase == exchange.UnknownPhase && strings.Contains(code, "CONNECTION")
		if !broken || strings.HasSuffix(code, "HTTP_RESPONSE_CODE_FAILURE") {
			return nil
		}
		phase = exchange.HTTP
	}
	return &exchange.Failure{Phase: phase, Code: code}
}

// codePrefixes start the names of errors in Chromium, Firefox and Node. Any
// other text in capitals may be anything, a key for example.
var codePrefixes = []string{
	"net::ERR_", "ERR_", "NS_ERROR_", "NS_BINDING_", "NS_IMAGELIB_", "SEC_ERROR_", "SSL_ERROR_", "MOZILLA_PKIX_ERROR_",
}

var nodeCodes = []string{
	"ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EPIPE", "EPROTO",
	"CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "CERT_REVOKED", "CERT_UNTRUSTED", "HOSTNAME_MISMATCH",
	"DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
	"UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
}

const maxCode = 64

// failureCode returns text if it is the stable name of an error, else "".
func failureCode(text string) string {
	if len(text) > maxCode {
		return ""
	}
	bare := strings.TrimPrefix(text, "net::")
	for i := range len(bare) {
		if c := bare[i]; c != '_' && c-'0' > 9 && c-'A' > 25 {
			return ""
		}
	}
	for _, pre := range codePrefixes {
		if strings.HasPrefix(text, pre) {
			return strings.Clone(text)
		}
	}
	for _, c := range nodeCodes {
		if text == c {
			return c
		}
	}
	return ""
}

// phases maps parts of error names to phases; the first match counts, so the
// special ones stand before the general.
var phases = []struct {
	part  string
	phase exchange.Phase
}{
	{"UNKNOWN_PROXY_HOST", exchange.Proxy},
	{"PROXY", exchange.Proxy},
	{"TUNNEL_CONNECTION_FAILED", exchange.Proxy},
	{"SOCKS_CONNECTION", exchange.Proxy},
	{"PAC_", exchange.Proxy},
	{"NAME_NOT_RESOLVED", exchange.DNS},
	{"NAME_RESOLUTION_FAILED", exchange.DNS},
	{"ERR_DNS_", exchange.DNS},
	{"ICANN_NAME_COLLISION", exchange.DNS},
	{"UNKNOWN_HOST", exchange.DNS},
	{"DNS_RESOLVE_QUEUE_FULL", exchange.DNS},
	{"ENOTFOUND", exchange.DNS},
	{"EAI_AGAIN", exchange.DNS},
	{"RESPONSE_CODE_FAILURE", exchange.UnknownPhase},
	{"CONNECTION_ABORTED", exchange.UnknownPhase},
	{"ECONNABORTED", exchange.UnknownPhase},
	{"NETWORK_ACCESS_DENIED", exchange.Dial},
	{"BLOCKED", exchange.Blocked},
	{"ABORT", exchange.Blocked},
	{"ACCESS_DENIED", exchange.Blocked},
	{"CACHE_MISS", exchange.Blocked},
	{"UNKNOWN_URL_SCHEME", exchange.Blocked},
	{"DISALLOWED_URL_SCHEME", exchange.Blocked},
	{"INVALID_URL", exchange.Blocked},
	{"ERR_INVALID_CHAR", exchange.Blocked}, // Node refuses a header value
	{"ERR_UNESCAPED_CHARACTERS", exchange.Blocked},
	{"UNSAFE_PORT", exchange.Blocked},
	{"PORT_ACCESS_NOT_ALLOWED", exchange.Blocked},
	{"CLEARTEXT_NOT_PERMITTED", exchange.Blocked},
	{"INSUFFICIENT_RESOURCES", exchange.Blocked},
	{"DOM_BAD_URI", exchange.Blocked},
	{"INTERNET_DISCONNECTED", exchange.Dial},
	{"ADDRESS_UNREACHABLE", exchange.Dial},
	{"ADDRESS_INVALID", exchange.Dial},
	{"CONNECTION_REFUSED", exchange.Dial},
	{"CONNECTION_TIMED_OUT", exchange.Dial},
	{"CONNECTION_FAILED", exchange.Dial},
	{"NETWORK_CHANGED", exchange.Dial},
	{"ERR_OFFLINE", exchange.Dial},
	{"NS_ERROR_OFFLINE", exchange.Dial},
	{"ECONNREFUSED", exchange.Dial},
	{"EHOSTUNREACH", exchange.Dial},
	{"ENETUNREACH", exchange.Dial},
	{"CERT", exchange.TLSHandshake},
	{"SSL", exchange.TLSHandshake},
	{"TLS", exchange.TLSHandshake},
	{"SEC_ERROR_", exchange.TLSHandshake},
	{"MOZILLA_PKIX", exchange.TLSHandshake},
	{"ERR_ECH_", exchange.TLSHandshake},
	{"EPROTO", exchange.TLSHandshake},
	{"UNABLE_TO_VERIFY_LEAF", exchange.TLSHandshake},
	{"HOSTNAME_MISMATCH", exchange.TLSHandshake},
	{"HTTP", exchange.HTTP},
	{"SPDY", exchange.HTTP},
	{"QUIC", exchange.HTTP},
	{"INVALID_RESPONSE", exchange.HTTP},
	{"EMPTY_RESPONSE", exchange.HTTP},
	{"RESPONSE_HEADERS", exchange.HTTP},
	{"CONTENT_", exchange.HTTP},
	{"INCOMPLETE_", exchange.HTTP},
	{"REDIRECT", exchange.HTTP},
	{"INVALID_CONTENT_ENCODING", exchange.HTTP},
	{"NET_PARTIAL_TRANSFER", exchange.HTTP},
}

// phaseOf returns the phase that an error name belongs to. A reset or closed
// connection may be any from the dial on, so it stays unknown.
func phaseOf(code string) exchange.Phase {
	if code == "" {
		return exchange.UnknownPhase
	}
	for _, p := range phases {
		if strings.Contains(code, p.part) {
			return p.phase
		}
	}
	return exchange.UnknownPhase
}

// words maps what OpenSSL, the C library, mitmproxy, Python and curl say to
// phases, and to the names that Node has for the same. The first match counts.
var words = []struct {
	part  string
	phase exchange.Phase
	code  string
}{
	{"certificate in certificate chain", exchange.TLSHandshake, "SELF_SIGNED_CERT_IN_CHAIN"},
	{"self signed certificate", exchange.TLSHandshake, "DEPTH_ZERO_SELF_SIGNED_CERT"},
	{"self-signed certificate", exchange.TLSHandshake, "DEPTH_ZERO_SELF_SIGNED_CERT"},
	{"unable to get local issuer certificate", exchange.TLSHandshake, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"},
	{"unable to verify the first certificate", exchange.TLSHandshake, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"},
	{"certificate has expired", exchange.TLSHandshake, "CERT_HAS_EXPIRED"},
	{"certificate is not yet valid", exchange.TLSHandshake, "CERT_NOT_YET_VALID"},
	{"hostname mismatch", exchange.TLSHandshake, "HOSTNAME_MISMATCH"},
	{"wrong version number", exchange.TLSHandshake, "ERR_SSL_WRONG_VERSION_NUMBER"},
	{"certificate verify failed", exchange.TLSHandshake, ""},
	{"tls handshake", exchange.TLSHandshake, ""},
	{"ssl handshake", exchange.TLSHandshake, ""},
	{"could not resolve proxy", exchange.Proxy, ""},
	{"temporary failure in name resolution", exchange.DNS, "EAI_AGAIN"},
	{"[errno -3]", exchange.DNS, "EAI_AGAIN"},
	{"name or service not known", exchange.DNS, "ENOTFOUND"},
	{"no address associated with hostname", exchange.DNS, "ENOTFOUND"},
	{"nodename nor servname", exchange.DNS, "ENOTFOUND"},
	{"getaddrinfo enotfound", exchange.DNS, "ENOTFOUND"},
	{"getaddrinfo eai_again", exchange.DNS, "EAI_AGAIN"},
	{"[errno 11001]", exchange.DNS, "ENOTFOUND"}, // Windows: host not found
	{"getaddrinfo failed", exchange.DNS, "ENOTFOUND"},
	{"getaddrinfo", exchange.DNS, ""},
	{"could not resolve host", exchange.DNS, "ENOTFOUND"},
	{"could not resolve", exchange.DNS, ""},
	// mitmproxy writes the errors of Python, whose numbers are those of the
	// system: Linux, macOS and Windows.
	{"[errno 111]", exchange.Dial, "ECONNREFUSED"},
	{"[errno 61]", exchange.Dial, "ECONNREFUSED"},
	{"[winerror 10061]", exchange.Dial, "ECONNREFUSED"},
	{"connection refused", exchange.Dial, "ECONNREFUSED"},
	{"[errno 110]", exchange.Dial, "ETIMEDOUT"},
	{"[errno 60]", exchange.Dial, "ETIMEDOUT"},
	{"[winerror 10060]", exchange.Dial, "ETIMEDOUT"},
	{"connection timed out", exchange.Dial, "ETIMEDOUT"},
	{"[errno 104]", exchange.UnknownPhase, "ECONNRESET"},
	{"[errno 54]", exchange.UnknownPhase, "ECONNRESET"},
	{"[winerror 10054]", exchange.UnknownPhase, "ECONNRESET"},
	{"connection reset by peer", exchange.UnknownPhase, "ECONNRESET"},
	{"[errno 113]", exchange.Dial, "EHOSTUNREACH"},
	{"no route to host", exchange.Dial, "EHOSTUNREACH"},
	{"[errno 101]", exchange.Dial, "ENETUNREACH"},
	{"network is unreachable", exchange.Dial, "ENETUNREACH"},
	{"connect call failed", exchange.Dial, ""},
}

// ofWords returns the phase that an error text tells of, and the stable name of
// the error if it has one.
func ofWords(text string) (exchange.Phase, string) {
	if text == "" {
		return exchange.UnknownPhase, ""
	}
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w.part) {
			return w.phase, w.code
		}
	}
	return exchange.UnknownPhase, ""
}
