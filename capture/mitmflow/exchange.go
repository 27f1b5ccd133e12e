package mitmflow

import (
	"bytes"
	"encoding/pem"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// exchange makes an exchange of a flow. Those of a connection share what is in
// conns.
func (f *flow) exchange(c *exchange.Capture, o Options, conns map[string]*exchange.Conn) *exchange.Exchange {
	q := f.request
	x := &exchange.Exchange{
		From: c,
		// mitmproxy shows every field, on both sides, and the time of each.
		Sight:  exchange.Credentials | exchange.Cookies | exchange.Timing,
		Client: f.client(),
		Start:  stamp(q.parts.number("timestamp_start")),
		Took:   -1,
	}
	x.Request = exchange.Request{
		Method: q.parts.text("method"),
		URL:    q.url(),
		Proto:  q.parts.text("http_version"),
		Header: q.fields(),
	}
	x.Request.Body = q.bodyOf(x.Request.Header, o, c)
	end := q.parts.number("timestamp_end")
	if r := f.response; r != nil && !f.answeredItself() {
		x.Response = &exchange.Response{
			Status: int(r.parts.number("status_code")),
			Reason: r.parts.text("reason"),
			Proto:  r.parts.text("http_version"),
			Header: r.fields(),
		}
		x.Response.Body = r.bodyOf(x.Response.Header, o, c)
		if x.Response.Body.Kept {
			x.Sight |= exchange.Bodies
		}
		end = r.parts.number("timestamp_end")
	}
	if t := stamp(end); !t.IsZero() && !x.Start.IsZero() && !t.Before(x.Start) {
		x.Took = t.Sub(x.Start)
	}
	if e := f.parts.dict("error"); e != nil {
		x.Failure = failure.Of(e.text("msg"), false, x.Response != nil && x.Response.Status > 0)
	} else if x.Response == nil && f.response != nil {
		x.Failure = failure.Of(f.parts.dict("server_conn").text("error"), false, false)
	}
	if x.Conn = f.conn(conns); x.Conn != nil && x.Conn.TLS != nil {
		x.Sight |= exchange.TLSFacts
	}
	if x.Failure != nil && x.Failure.Phase == exchange.DNS {
		x.Sight |= exchange.DNSFacts
	}
	return x
}

// answeredItself reports whether the answer is mitmproxy's own word for a
// connection to the server that it could not make. No server said that, and the
// proxy that the client has to blame is not the one that records.
func (f *flow) answeredItself() bool {
	sc := f.parts.dict("server_conn")
	return f.response.parts.number("status_code") == 502 && sc.text("error") != "" && !sc.boolean("tls_established") &&
		(sc["timestamp_tcp_setup"] == nil || sc.boolean("tls"))
}

// client is the address that a program sent from, less the port, which changes
// with each connection; with the name that the program gives itself.
func (f *flow) client() string {
	cc := f.parts.dict("client_conn")
	host, _ := address(cc, "peername", "address")
	for _, h := range f.request.fields() {
		if strings.EqualFold(h.Name, "User-Agent") {
			return host + " " + h.Value[:min(len(h.Value), maxName)]
		}
	}
	return host
}

// url puts the address of a request together, as mitmproxy shows it.
func (m *message) url() string {
	host, path := m.parts.text("host"), m.parts.text("path")
	if m.parts.text("method") == "CONNECT" && m.parts.text("authority") != "" {
		return m.parts.text("authority")
	}
	if strings.Contains(path, "://") && !strings.HasPrefix(path, "/") {
		return path
	}
	scheme := m.parts.text("scheme")
	if scheme == "" || host == "" {
		return path
	}
	if port := int(m.parts.number("port")); port > 0 && !(scheme == "https" && port == 443) && !(scheme == "http" && port == 80) {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
	} else if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if path != "" && path[0] != '/' && path[0] != '?' {
		path = "/" + path
	}
	return scheme + "://" + host + path
}

// fields returns the header fields.
func (m *message) fields() exchange.Header {
	var h exchange.Header
	for _, l := range m.parts.list("headers") {
		pair, _ := l.(list)
		if len(pair) != 2 || len(h) == maxFields {
			continue
		}
		name, _ := pair[0].(string)
		value, _ := pair[1].(string)
		h = append(h, exchange.Field{Name: name, Value: value})
	}
	return h
}

// bodyOf returns the body, with its codings undone.
func (m *message) bodyOf(h exchange.Header, o Options, c *exchange.Capture) exchange.Body {
	if !m.kept {
		return exchange.Body{Size: -1, Media: strings.Trim(h.Value("Content-Type"), " \t\r\n")}
	}
	b := m.body.Body(h, wire.Framing{}, o.Decoder)
	if b.Size > exchange.MaxBody {
		c.Add(exchange.NoteBodyCut)
	}
	return b
}

// conn returns the connection to the server, or nil if there was none.
func (f *flow) conn(known map[string]*exchange.Conn) *exchange.Conn {
	sc := f.parts.dict("server_conn")
	if sc == nil {
		return nil
	}
	id := sc.text("id")
	if c := known[id]; id != "" && c != nil {
		return c
	}
	host, port := address(sc, "peername", "ip_address")
	if net.ParseIP(host) == nil {
		host = ""
	}
	c := &exchange.Conn{ID: id, ServerAddr: host, ServerPort: port}
	if v := sc.text("tls_version"); v != "" {
		c.TLS = &exchange.TLS{Version: strings.Replace(v, "TLSv", "TLS ", 1), Protocol: sc.text("alpn"), Cipher: sc.text("cipher")}
		if c.TLS.Version == "TLS 1" {
			c.TLS.Version = "TLS 1.0"
		}
		if c.TLS.Cipher == "" {
			c.TLS.Cipher = sc.text("cipher_name")
		}
		f.certificate(c.TLS, sc)
	}
	if *c == (exchange.Conn{ID: id}) {
		return nil
	}
	if id != "" && len(known) < maxConns {
		known[id] = c
	}
	return c
}

// certificate enters what the certificate of the server says.
func (f *flow) certificate(t *exchange.TLS, sc dict) {
	chain := sc.list("certificate_list")
	if len(chain) == 0 {
		return
	}
	text, _ := chain[0].(string)
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return
	}
	// The form of a Certificate message of TLS 1.2 (RFC 5246, section 7.4.2).
	der := block.Bytes
	var b bytes.Buffer
	put := func(n int) { b.Write([]byte{byte(n >> 16), byte(n >> 8), byte(n)}) }
	put(len(der) + 3)
	put(len(der))
	b.Write(der)
	list, err := wire.ParseCertificates(wire.TLS12, b.Bytes())
	if err != nil || len(list) == 0 {
		return
	}
	t.Subject, t.Issuer, t.From, t.To = list[0].Subject, list[0].Issuer, list[0].From, list[0].To
}

// address returns the first of the addresses in d with one of the names.
func address(d dict, names ...string) (host string, port int) {
	for _, n := range names {
		if l := d.list(n); len(l) >= 2 {
			host, _ = l[0].(string)
			p, _ := l[1].(int64)
			return host, int(p)
		}
	}
	return "", 0
}

// stamp returns the time of a number of seconds since 1970; zero: unknown.
func stamp(seconds float64) time.Time {
	if !(seconds > 0 && seconds < 1<<33) {
		return time.Time{}
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e6)*1000).UTC()
}
