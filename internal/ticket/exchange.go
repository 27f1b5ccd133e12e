package ticket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// ownSight is what a client sees of its own calls.
const ownSight = exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing

// exchangeOf begins the record of a call. The body that was sent is not kept.
func exchangeOf(r *http.Request, size int64) *exchange.Exchange {
	return &exchange.Exchange{
		Sight: ownSight, Start: time.Now(), Client: r.UserAgent(),
		Request: exchange.Request{
			Method: r.Method, URL: r.URL.String(), Proto: "HTTP/1.1", Header: fields(r.Header),
			Body: exchange.Body{Size: size, Media: r.Header.Get("Content-Type")},
		},
	}
}

// answered fills in the answer, of which body is the start.
func answered(x *exchange.Exchange, r *http.Response, body []byte) {
	x.Took = time.Since(x.Start)
	x.Request.Proto = r.Proto
	x.Response = &exchange.Response{
		Status: r.StatusCode, Proto: r.Proto, Header: fields(r.Header), Redirect: r.Header.Get("Location"),
		Body: exchange.Body{Head: slices.Clone(body[:min(len(body), exchange.MaxBody)]), Size: int64(len(body)), Media: r.Header.Get("Content-Type"), Kept: true},
	}
	x.Conn = &exchange.Conn{}
	if s := r.TLS; s != nil {
		x.Conn.TLS = &exchange.TLS{Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite), Protocol: s.NegotiatedProtocol}
	}
}

// fields lists a header by name.
func fields(h http.Header) exchange.Header {
	var out exchange.Header
	for name, values := range h {
		for _, v := range values {
			out = append(out, exchange.Field{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b exchange.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// failureOf says why a call broke, in the names that Chromium has.
func failureOf(err error) *exchange.Failure {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		op        *net.OpError
	)
	switch {
	case errors.Is(err, errSilent), errors.Is(err, context.DeadlineExceeded):
		return &exchange.Failure{Phase: exchange.HTTP, Code: "net::ERR_TIMED_OUT"}
	case errors.As(err, &authority):
		return &exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_CERT_AUTHORITY_INVALID"}
	case errors.As(err, &name):
		return &exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_CERT_COMMON_NAME_INVALID"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_CERT_DATE_INVALID"}
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_SSL_PROTOCOL_ERROR"}
	case errors.As(err, &dns):
		return &exchange.Failure{Phase: exchange.DNS, Code: "net::ERR_NAME_NOT_RESOLVED"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &exchange.Failure{Phase: exchange.Dial, Code: "net::ERR_CONNECTION_REFUSED"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &exchange.Failure{Phase: exchange.HTTP, Code: "net::ERR_CONNECTION_RESET"}
	case errors.As(err, &op) && op.Op == "remote error":
		return &exchange.Failure{Phase: exchange.TLSHandshake}
	case errors.As(err, &op) && op.Op == "dial":
		return &exchange.Failure{Phase: exchange.Dial}
	}
	return &exchange.Failure{Phase: exchange.HTTP}
}
