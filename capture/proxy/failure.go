package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// The codes of failures that only an intercepting proxy can have. All others are
// those of Chromium and Node for the same thing.
const (
	// CodeRejected: the client refused the certificate that the proxy showed,
	// by an alert.
	CodeRejected = "ERR_WHY401_CERT_REJECTED"
	// CodeDropped: the client closed the connection when it saw the
	// certificate, or right after the handshake, without a word. That is how
	// some clients refuse a certificate.
	CodeDropped = "ERR_WHY401_CERT_DROPPED"
	// CodeMalformed: the head of the request could not be relayed.
	CodeMalformed = "ERR_WHY401_HTTP_REQUEST_MALFORMED"
	// CodeLoop: the name of a server leads back to the proxy.
	CodeLoop = "ERR_WHY401_PROXY_LOOP"
	// CodeNotHTTP: what the server answered is not HTTP.
	CodeNotHTTP = "ERR_INVALID_HTTP_RESPONSE"
	// CodeAborted: the client went away.
	CodeAborted = "ERR_ABORTED"
	// CodeCut: the server closed the connection in the middle of an answer.
	CodeCut = "ERR_CONTENT_LENGTH_MISMATCH"
	// CodeCutChunked is the same in a chunked answer.
	CodeCutChunked = "ERR_INCOMPLETE_CHUNKED_ENCODING"
	// CodeEmpty: the server closed the connection without an answer.
	CodeEmpty = "ERR_EMPTY_RESPONSE"
)

// A clientError is a TLS handshake with a client that failed.
type clientError struct {
	err  error
	code string
}

func (e *clientError) Error() string { return "TLS handshake with the client" }
func (e *clientError) Unwrap() error { return e.err }

// A serverError is a TLS handshake with a server that failed.
type serverError struct{ err error }

func (e *serverError) Error() string { return "TLS handshake with the server" }
func (e *serverError) Unwrap() error { return e.err }

// The alerts that are told apart (RFC 8446, section 6; RFC 5246, section 7.2).
const (
	alertHandshakeFailure = 40
	alertBadCertificate   = 42
	alertUnknownCert      = 46
	alertUnknownCA        = 48
	alertVersion          = 70
	alertInternal         = 80
	alertUnrecognizedName = 112
	alertCertRequired     = 116
	alertNoProtocol       = 120
)

// remoteAlert returns the alert that the other end sent. Package tls has no
// exported type for it.
func remoteAlert(err error) (uint8, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return 0, false
	}
	if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
		return uint8(v.Uint()), true
	}
	return 0, false
}

// clientCode returns why a handshake with a client failed. shown tells that a
// certificate was chosen for it.
func clientCode(err error, w *wire.Watch, shown bool) string {
	a, ok := remoteAlert(err)
	if h := w.Handshake(); !ok && h != nil {
		// OpenSSL sends it in the clear where package tls expects it encrypted.
		for _, seen := range h.Alerts {
			if seen.From == exchange.Client && seen.Fatal {
				a, ok = seen.Code, true
			}
		}
	}
	if ok {
		if a >= alertBadCertificate && a <= alertUnknownCert || a == alertUnknownCA {
			return CodeRejected
		}
		return "EPROTO"
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "unsupported versions"), strings.Contains(text, "unsupported version"):
		return "ERR_SSL_UNSUPPORTED_PROTOCOL"
	case strings.Contains(text, "no cipher suite supported"):
		return "ERR_SSL_NO_SHARED_CIPHER"
	case strings.Contains(text, "application protocol"):
		return "ERR_ALPN_NEGOTIATION_FAILED"
	case timedOut(err):
		return "ETIMEDOUT"
	case closed(err):
		if shown && w.Server != nil && !w.Server.Retry {
			return CodeDropped
		}
		return "ECONNRESET"
	}
	return "EPROTO"
}

func timedOut(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || reset(err)
}

func reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

// failureOf returns what an error on the way to a server, or of the connection
// to it, means.
func failureOf(err error) *exchange.Failure {
	fail := func(p exchange.Phase, code string) *exchange.Failure { return &exchange.Failure{Phase: p, Code: code} }
	var viaProxy *proxyError
	if errors.As(err, &viaProxy) {
		return fail(exchange.Proxy, viaProxy.code)
	}
	var c *clientError
	if errors.As(err, &c) {
		return fail(exchange.TLSHandshake, c.code)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		if dns.IsNotFound {
			return fail(exchange.DNS, "ENOTFOUND")
		}
		return fail(exchange.DNS, "EAI_AGAIN")
	}
	if code := certificateCode(err); code != "" {
		return fail(exchange.TLSHandshake, code)
	}
	if a, ok := remoteAlert(err); ok {
		return fail(exchange.TLSHandshake, alertCode(a))
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return fail(exchange.TLSHandshake, "ERR_SSL_WRONG_VERSION_NUMBER")
	}
	phase := exchange.HTTP
	var op *net.OpError
	var server *serverError
	switch {
	case errors.As(err, &server):
		phase = exchange.TLSHandshake
	case errors.As(err, &op) && op.Op == "dial":
		phase = exchange.Dial
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(exchange.Dial, "ECONNREFUSED")
	case errors.Is(err, syscall.EHOSTUNREACH):
		return fail(exchange.Dial, "EHOSTUNREACH")
	case errors.Is(err, syscall.ENETUNREACH):
		return fail(exchange.Dial, "ENETUNREACH")
	case errors.Is(err, context.Canceled):
		return fail(exchange.Blocked, CodeAborted)
	case timedOut(err):
		return fail(phase, "ETIMEDOUT")
	case closed(err):
		return fail(phase, "ECONNRESET")
	case server != nil:
		text := err.Error()
		if server.err != nil {
			text = server.err.Error()
		}
		if strings.Contains(text, "protocol version") || strings.Contains(text, "unsupported protocol") {
			return fail(phase, "ERR_SSL_UNSUPPORTED_PROTOCOL")
		}
		return fail(phase, "EPROTO")
	}
	return fail(phase, "")
}

// certificateCode returns what Node calls the reason why a certificate is
// refused; "": the error is another one.
func certificateCode(err error) string {
	var v *tls.CertificateVerificationError
	if !errors.As(err, &v) {
		return ""
	}
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch chain := v.UnverifiedCertificates; {
	case errors.As(err, &name):
		return "ERR_TLS_CERT_ALTNAME_INVALID"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return "CERT_NOT_YET_VALID"
		}
		return "CERT_HAS_EXPIRED"
	case errors.As(err, &invalid):
		return "ERR_CERT_INVALID"
	case errors.As(err, &unknown) && len(chain) > 0:
		last := chain[len(chain)-1]
		selfSigned := string(last.RawIssuer) == string(last.RawSubject)
		switch {
		case selfSigned && len(chain) == 1:
			return "DEPTH_ZERO_SELF_SIGNED_CERT"
		case selfSigned:
			return "SELF_SIGNED_CERT_IN_CHAIN"
		case len(chain) == 1:
			return "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
		}
	}
	return "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
}

// alertCode returns what Node calls an alert of a server.
func alertCode(a uint8) string {
	switch a {
	case alertHandshakeFailure:
		return "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
	case alertVersion:
		return "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"
	case alertInternal:
		return "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"
	case alertUnrecognizedName:
		return "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"
	case alertCertRequired:
		return "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"
	case alertBadCertificate, alertUnknownCert, alertUnknownCA:
		return "ERR_BAD_SSL_CLIENT_AUTH_CERT"
	case alertNoProtocol:
		return "ERR_ALPN_NEGOTIATION_FAILED"
	}
	return "EPROTO"
}

// reasons say what a code means, for the body of an answer.
var reasons = map[string]string{
	"ENOTFOUND":                    "there is no such host name",
	"EAI_AGAIN":                    "the name server did not answer, or is in trouble",
	"ECONNREFUSED":                 "nothing listens on that port",
	"EHOSTUNREACH":                 "there is no way to that address",
	"ENETUNREACH":                  "there is no way to that network",
	"ETIMEDOUT":                    "the server did not answer in time",
	"ECONNRESET":                   "the server cut the connection",
	CodeLoop:                       "that name leads back to this proxy",
	CodeEmpty:                      "the server closed the connection without an answer",
	CodeNotHTTP:                    "what the server answered is not HTTP",
	"ERR_PROXY_CONNECTION_FAILED":  "the upstream proxy cannot be reached",
	"ERR_PROXY_AUTH_REQUESTED":     "the upstream proxy wants credentials (407)",
	"ERR_TUNNEL_CONNECTION_FAILED": "the upstream proxy refused the connection",
	"ERR_SOCKS_CONNECTION_FAILED":  "the upstream SOCKS proxy refused the connection or cannot be reached",

	"ERR_TLS_CERT_ALTNAME_INVALID":              "the certificate of the server is for another host name",
	"CERT_HAS_EXPIRED":                          "the certificate of the server has expired",
	"CERT_NOT_YET_VALID":                        "the certificate of the server is not valid yet",
	"ERR_CERT_INVALID":                          "the certificate of the server must not be used for this",
	"DEPTH_ZERO_SELF_SIGNED_CERT":               "the certificate of the server is self-signed",
	"SELF_SIGNED_CERT_IN_CHAIN":                 "the certificate of the server is signed by an authority that this machine does not trust",
	"UNABLE_TO_VERIFY_LEAF_SIGNATURE":           "the server shows only its own certificate, and this machine does not know who signed it",
	"UNABLE_TO_GET_ISSUER_CERT_LOCALLY":         "the certificate of the server is signed by an authority that this machine does not know",
	"ERR_SSL_WRONG_VERSION_NUMBER":              "the server does not speak TLS on that port",
	"ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE":     "the server refused the TLS handshake",
	"ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION":      "the server speaks no version of TLS that is known here",
	"ERR_SSL_UNSUPPORTED_PROTOCOL":              "the server speaks no version of TLS that is known here",
	"ERR_SSL_TLSV1_UNRECOGNIZED_NAME":           "the server does not know that host name",
	"ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server wants a client certificate",
	"ERR_BAD_SSL_CLIENT_AUTH_CERT":              "the server refused the client certificate",
}

// hints say what to do about some of them.
var hints = map[string]string{
	"DEPTH_ZERO_SELF_SIGNED_CERT":               "if you trust it, give its authority with --upstream-ca FILE",
	"SELF_SIGNED_CERT_IN_CHAIN":                 "if you trust it, give its authority with --upstream-ca FILE",
	"UNABLE_TO_VERIFY_LEAF_SIGNATURE":           "give the missing authority with --upstream-ca FILE",
	"UNABLE_TO_GET_ISSUER_CERT_LOCALLY":         "if you trust it, give its authority with --upstream-ca FILE",
	"ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED": "give one with --client-cert FILE",
	"ERR_PROXY_AUTH_REQUESTED":                  "put user name and password into the URL of the upstream proxy",
}
