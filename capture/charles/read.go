// Package charles reads JSON sessions of Charles (.chlsj): a list of transactions.
// The binary sessions (.chls) are serialised Java and are not read.
package charles

import (
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/capture/jsonin"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// maxClient is the number of bytes of the name of a client that are kept.
const maxClient = 200

// A transaction is one of a session, as Charles writes it.
type transaction struct {
	Status, Method, ProtocolVersion, Scheme, Host, Path string

	Port, ActualPort int
	Query            *string
	RemoteAddress    string
	ErrorMessage     string
	Times            struct{ Start, End string }
	Durations        struct{ Total, SSL *float64 }
	SSL              *struct{ Protocol, CipherSuite string }
	ALPN             *struct{ Protocol string }
	Request          message
	Response         *message
}

// A message is a request or a response.
type message struct {
	Status   any // a number; null for a request
	MimeType string
	Sizes    struct{ Body *int64 }
	Header   *struct {
		FirstLine string
		Headers   []struct{ Name, Value string }
	}
	Body *struct {
		Text    *string
		Encoded *string // base64
	}
}

// Read yields the transactions of a session in file order. r is text in UTF-8;
// c.Name is set before.
func Read(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "Charles"
		s := jsonin.New(c, r)
		err := s.Elements(func() error {
			at := s.At()
			var t transaction
			if err := s.Value(&t); err != nil {
				return s.Complain(at, err, yield)
			}
			x := t.exchange()
			x.At, x.From = at, c
			s.Index++
			c.Exchanges++
			jsonin.Fit(c, x)
			if x.Request.Body.Size > exchange.MaxBody || x.Response != nil && x.Response.Body.Size > exchange.MaxBody {
				c.Add(exchange.NoteBodyCut)
			}
			if !yield(x, nil) {
				return jsonin.ErrStop
			}
			return nil
		})
		s.End(err, yield)
	}
}

func (t *transaction) exchange() *exchange.Exchange {
	x := &exchange.Exchange{
		Sight: exchange.Credentials | exchange.Cookies,
		Took:  -1,
		Conn:  t.conn(),
		Request: exchange.Request{
			Method: t.Method, URL: t.url(), Proto: t.ProtocolVersion,
			Header: t.Request.header(), Body: t.Request.body(),
		},
	}
	if start, err := time.Parse(time.RFC3339Nano, colon(t.Times.Start)); err == nil {
		x.Start = start
		x.Sight |= exchange.Timing
		if end, err := time.Parse(time.RFC3339Nano, colon(t.Times.End)); err == nil && !end.Before(start) {
			x.Took = end.Sub(start)
		}
	}
	x.Client = x.Request.Header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	if p := t.Response; p != nil && p.status() > 0 {
		x.Response = &exchange.Response{Status: p.status(), Proto: t.ProtocolVersion, Header: p.header(), Body: p.body()}
		if p.Header != nil {
			if _, rest, ok := strings.Cut(p.Header.FirstLine, " "); ok {
				_, x.Response.Reason, _ = strings.Cut(rest, " ")
			}
		}
		if x.Response.Body.Kept {
			x.Sight |= exchange.Bodies
		}
	}
	if t.Status == "FAILED" { // an answer then is a page of Charles' own
		x.Response, x.Sight = nil, x.Sight&^exchange.Bodies
		x.Failure = failure.Of(t.ErrorMessage, false, false)
		if x.Failure.Phase == exchange.DNS {
			x.Sight |= exchange.DNSFacts
		}
	}
	if x.Conn != nil && x.Conn.TLS != nil {
		x.Sight |= exchange.TLSFacts
	}
	return x
}

// colon puts one into a zone such as +0100, which RFC 3339 wants.
func colon(s string) string {
	if n := len(s); n > 5 && (s[n-5] == '+' || s[n-5] == '-') {
		return s[:n-2] + ":" + s[n-2:]
	}
	return s
}

func (t *transaction) url() string {
	host := strings.Trim(t.Host, "[]")
	port := t.Port
	if port == 0 {
		port = t.ActualPort
	}
	if t.Method == "CONNECT" {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port > 0 && !(t.Scheme == "https" && port == 443) && !(t.Scheme == "http" && port == 80) {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
	}
	u := t.Scheme + "://" + host + t.Path
	if t.Query != nil && *t.Query != "" {
		u += "?" + *t.Query
	}
	return u
}

// conn returns what is known of the connection; nil: nothing.
func (t *transaction) conn() *exchange.Conn {
	c := &exchange.Conn{ServerPort: t.ActualPort}
	_, address, _ := strings.Cut(t.RemoteAddress, "/")
	if net.ParseIP(address) != nil {
		c.ServerAddr = address
	}
	if t.SSL != nil && t.SSL.Protocol != "" {
		c.TLS = &exchange.TLS{Version: strings.Replace(t.SSL.Protocol, "TLSv", "TLS ", 1), Cipher: t.SSL.CipherSuite}
		if c.TLS.Version == "TLS 1" {
			c.TLS.Version = "TLS 1.0"
		}
		if t.ALPN != nil {
			c.TLS.Protocol = t.ALPN.Protocol
		}
	}
	if c.ServerAddr == "" && c.TLS == nil {
		return nil
	}
	return c
}

func (m *message) status() int {
	n, _ := m.Status.(float64)
	return int(n)
}

func (m *message) header() exchange.Header {
	if m.Header == nil {
		return nil
	}
	var h exchange.Header
	for _, f := range m.Header.Headers {
		h = append(h, exchange.Field{Name: f.Name, Value: f.Value})
	}
	return h
}

// body returns the body, which Charles writes decoded.
func (m *message) body() exchange.Body {
	b := exchange.Body{Size: -1, Media: m.MimeType}
	var data []byte
	switch {
	case m.Body == nil:
		if m.Sizes.Body != nil && *m.Sizes.Body == 0 {
			b.Kept, b.Size = true, 0
		}
		return b
	case m.Body.Text != nil:
		data = []byte(*m.Body.Text)
	case m.Body.Encoded != nil:
		var err error
		if data, err = base64.StdEncoding.DecodeString(*m.Body.Encoded); err != nil && !errors.As(err, new(base64.CorruptInputError)) {
			return b
		}
	default:
		return b
	}
	b.Head, b.Size, b.Kept = data[:min(len(data), exchange.MaxBody)], int64(len(data)), true
	return b
}
