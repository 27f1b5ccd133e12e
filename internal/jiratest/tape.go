package jiratest

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A Tape is a transport that keeps what goes through it. It sees what net/http
// lets it see: fields in the order in which they were written, the answer with
// the names of fields in net/http's spelling, and failures as the browser would
// call them. It may be used by several goroutines at once; the zero value with a
// Base is ready.
type Tape struct {
	Base http.RoundTripper
	Name string // of the capture
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	mu      sync.Mutex
	capture *exchange.Capture
	list    []*exchange.Exchange
}

// Exchanges returns what was kept.
func (t *Tape) Exchanges() []*exchange.Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// RoundTrip sends r and keeps what comes of it. The body of the answer is read
// to its end first, so a tape is not for streams.
func (t *Tape) RoundTrip(r *http.Request) (*http.Response, error) {
	now := t.Now
	if now == nil {
		now = time.Now
	}
	x := &exchange.Exchange{
		Sight:   exchange.Credentials | exchange.Cookies | exchange.Bodies | exchange.Timing,
		Start:   now(),
		Client:  cmp.Or(r.UserAgent(), "net/http"),
		Request: exchange.Request{Method: cmp.Or(r.Method, "GET"), URL: r.URL.String(), Proto: "HTTP/1.1"},
	}
	var mu sync.Mutex // the trace is called by other goroutines, perhaps later than the answer
	var sent exchange.Header
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteHeaderField: func(name string, values []string) {
		mu.Lock()
		defer mu.Unlock()
		for _, v := range values {
			if !strings.HasPrefix(name, ":") {
				sent = append(sent, exchange.Field{Name: name, Value: v})
			}
		}
	}})
	if r.Body != nil && r.Body != http.NoBody {
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
		x.Request.Body = exchange.Body{Head: b[:min(len(b), exchange.MaxBody)], Size: int64(len(b)), Media: r.Header.Get("Content-Type"), Kept: true}
		r = r.Clone(ctx)
		r.Body = io.NopCloser(bytes.NewReader(b))
	} else {
		r = r.WithContext(ctx)
	}
	resp, err := t.Base.RoundTrip(r)
	x.Took = now().Sub(x.Start)
	mu.Lock()
	x.Request.Header = slices.Clone(sent)
	mu.Unlock()
	if len(x.Request.Header) == 0 {
		x.Request.Header = fields(r.Header)
	}
	if err != nil {
		x.Failure = failureOf(err)
		t.keep(x)
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		x.Failure = &exchange.Failure{Phase: exchange.HTTP}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	x.Request.Proto = resp.Proto
	x.Response = &exchange.Response{
		Status: resp.StatusCode, Reason: strings.TrimSpace(strings.TrimPrefix(resp.Status, fmt.Sprint(resp.StatusCode))), Proto: resp.Proto,
		Header: fields(resp.Header), Redirect: resp.Header.Get("Location"),
		Body: exchange.Body{Head: body[:min(len(body), exchange.MaxBody)], Size: int64(len(body)), Media: resp.Header.Get("Content-Type"), Kept: true},
	}
	x.Conn = &exchange.Conn{}
	if s := resp.TLS; s != nil {
		x.Conn.TLS = &exchange.TLS{Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite)}
		if len(s.PeerCertificates) > 0 {
			c := s.PeerCertificates[0]
			x.Conn.TLS.Subject, x.Conn.TLS.Issuer, x.Conn.TLS.From, x.Conn.TLS.To = c.Subject.CommonName, c.Issuer.CommonName, c.NotBefore, c.NotAfter
		}
	}
	t.keep(x)
	return resp, err
}

func (t *Tape) keep(x *exchange.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.capture == nil {
		t.capture = &exchange.Capture{Name: cmp.Or(t.Name, "tape"), Format: "live", Producer: "jiratest"}
	}
	x.From = t.capture
	x.At = exchange.Locator{Capture: t.capture.Name, Index: len(t.list), Offset: -1}
	t.capture.Exchanges++
	t.list = append(t.list, x)
}

// fields lists a header in the order of names.
func fields(h http.Header) exchange.Header {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var out exchange.Header
	for _, name := range names {
		for _, v := range h[name] {
			out = append(out, exchange.Field{Name: name, Value: v})
		}
	}
	return out
}

// failureOf names an error of net/http as Chromium does.
func failureOf(err error) *exchange.Failure {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	f := &exchange.Failure{Phase: exchange.TLSHandshake}
	switch {
	case errors.As(err, &authority):
		f.Code = "net::ERR_CERT_AUTHORITY_INVALID"
	case errors.As(err, &name):
		f.Code = "net::ERR_CERT_COMMON_NAME_INVALID"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Code = "net::ERR_CERT_DATE_INVALID"
	case errors.As(err, &op) && op.Op == "remote error" && alerts[op.Err.Error()] != "":
		f.Code = alerts[op.Err.Error()]
	case strings.Contains(err.Error(), "unsupported protocol version"):
		f.Code = "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		f.Code = "net::ERR_SSL_PROTOCOL_ERROR"
	case errors.As(err, &dns):
		f.Phase, f.Code = exchange.DNS, "net::ERR_NAME_NOT_RESOLVED"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Phase, f.Code = exchange.Dial, "net::ERR_CONNECTION_REFUSED"
	default:
		f.Phase = exchange.HTTP
	}
	return f
}

// alerts are the names for alerts of the server, by the text that crypto/tls has
// for them.
var alerts = map[string]string{
	"tls: protocol version not supported": "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
	"tls: handshake failure":              "net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
	"tls: certificate required":           "net::ERR_BAD_SSL_CLIENT_AUTH_CERT", // TLS 1.3
	"tls: bad certificate":                "net::ERR_BAD_SSL_CLIENT_AUTH_CERT", // older ones
}
