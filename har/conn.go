package har

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A link is what an entry says of its connection. Its strings belong to the
// exchange.
type link struct {
	id, addr string
	port     int
	tls      *exchange.TLS
	shake    *exchange.Handshake
	leg      *exchange.ClientLeg
}

// linkOf collects what the draft says of the connection.
//
// HAR leaves it open whether "connection" names the connection or one of its
// ports: newer DevTools and Firefox write the port of the server.
func (p *parser) linkOf(url, text string) link {
	d := &p.draft
	cut := func(v span) string { return text[v.from:v.to] }
	l := link{tls: d.tls, shake: d.shake, leg: d.leg}
	l.addr, l.port = splitAddr(cut(d.addr))
	if n, err := strconv.Atoi(cut(d.port)); err == nil && 0 < n && n < 1<<16 {
		l.port = n
	}
	l.id = cut(d.connID)
	if l.id == "0" { // Chrome: answered without a connection
		l.id = ""
	}
	if conn := cut(d.conn); conn != "" {
		n, err := strconv.Atoi(conn)
		isPort := err == nil && 0 < n && n < 1<<16 &&
			(p.dialect == firefox || !d.connID.empty() || n == urlPort(url))
		switch {
		case isPort && l.port == 0:
			l.port = n
		case !isPort && l.id == "" && conn != "0":
			l.id = conn
		}
	}
	return l
}

// splitAddr returns address and port of "203.0.113.1", "203.0.113.1:443",
// "[2001:db8::1]" and "[2001:db8::1]:443".
func splitAddr(s string) (addr string, port int) {
	if strings.HasPrefix(s, "[") {
		addr, rest, _ := strings.Cut(s[1:], "]")
		port, _ = strconv.Atoi(strings.TrimPrefix(rest, ":"))
		return addr, validPort(port)
	}
	if host, rest, ok := strings.Cut(s, ":"); ok && !strings.Contains(rest, ":") {
		port, _ = strconv.Atoi(rest)
		return host, validPort(port)
	}
	return s, 0
}

func validPort(n int) int {
	if n < 0 || n > 1<<16-1 {
		return 0
	}
	return n
}

// urlPort returns the port that a URL leads to; 0 if it cannot be told.
func urlPort(url string) int {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return 0
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		n, _ := strconv.Atoi(rest[i+1:])
		return validPort(n)
	}
	switch strings.ToLower(scheme) {
	case "https", "wss":
		return 443
	case "http", "ws":
		return 80
	}
	return 0
}

// conns hands out one Conn to all exchanges of a connection.
type conns map[connKey]*exchange.Conn

type connKey struct {
	id, addr string
	port     int
}

// of returns the connection that l tells of, nil if it tells nothing.
func (cs conns) of(l link) *exchange.Conn {
	if l.id == "" {
		if l.addr == "" && l.port == 0 && l.tls == nil && l.shake == nil && l.leg == nil {
			return nil
		}
		return l.conn()
	}
	k := connKey{l.id, l.addr, l.port}
	// A Conn was handed on with an exchange and must not change any more.
	if c := cs[k]; c != nil && sameTLS(c.TLS, l.tls) && reflect.DeepEqual(c.Handshake, l.shake) && reflect.DeepEqual(c.Client, l.leg) {
		return c
	}
	if len(cs) >= maxConns {
		clear(cs)
	}
	c := l.conn()
	cs[connKey{c.ID, c.ServerAddr, c.ServerPort}] = c
	return c
}

func (l link) conn() *exchange.Conn {
	return &exchange.Conn{
		ID:         strings.Clone(l.id),
		ServerAddr: strings.Clone(l.addr),
		ServerPort: l.port,
		TLS:        l.tls,
		Handshake:  l.shake,
		Client:     l.leg,
	}
}

func sameTLS(a, b *exchange.TLS) bool {
	return a == b || a != nil && b != nil && *a == *b
}
