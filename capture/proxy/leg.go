package proxy

import (
	"bufio"
	"crypto/tls"
	"net"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// A replay is a connection of which something was read already.
type replay struct {
	net.Conn
	ahead []byte
}

// Read reads what was read already, then the connection.
func (c *replay) Read(b []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(b, c.ahead)
		if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
			c.ahead = nil
		}
		return n, nil
	}
	return c.Conn.Read(b)
}

// A tap is a connection that a TLS handshake is watched on.
type tap struct {
	net.Conn
	from  exchange.Side // the other end
	watch *wire.Watch   // nil: not any more
	names []string      // what the certificate has to be for
	leaf  *tls.Certificate
}

// Read passes on what it reads.
func (c *tap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.watch != nil {
		c.watch.Feed(c.from, b[:n])
	}
	return n, err
}

// Write passes on what it writes.
func (c *tap) Write(b []byte) (int, error) {
	if c.watch != nil {
		c.watch.Feed(exchange.Client+exchange.Server-c.from, b)
	}
	return c.Conn.Write(b)
}

// seen ends the watching, and takes out of the way what is of no use from then on.
func (c *tap) seen() {
	c.watch = nil
	if r, ok := c.Conn.(*replay); ok && len(r.ahead) == 0 {
		c.Conn = r.Conn
	}
}

// A leg is one side of the relay: the connection to the client or to a server.
type leg struct {
	net.Conn // with TLS, the connection in it
	raw      net.Conn
	br       *bufio.Reader
	tls      *tls.Conn // nil: plain
}

func newLeg(c net.Conn, ahead []byte, buffer int) *leg {
	l := &leg{Conn: c, raw: c}
	if len(ahead) > 0 {
		l.Conn = &replay{Conn: c, ahead: ahead}
	}
	l.br = bufio.NewReaderSize(l.Conn, buffer)
	return l
}

// rest returns the connection with what its buffer holds, and empties that.
func (l *leg) rest() net.Conn {
	ahead, _ := l.br.Peek(l.br.Buffered())
	c := l.raw
	if r, ok := l.Conn.(*replay); ok && len(r.ahead) > 0 {
		ahead = append(ahead[:len(ahead):len(ahead)], r.ahead...)
	}
	if len(ahead) > 0 {
		c = &replay{Conn: c, ahead: append([]byte(nil), ahead...)}
	}
	return c
}

// over makes a leg of the TLS connection t.
func over(t *tls.Conn, raw net.Conn, buffer int) *leg {
	return &leg{Conn: t, raw: raw, tls: t, br: bufio.NewReaderSize(t, buffer)}
}

// closeWrite says that nothing more will be written; with TLS by close_notify.
func (l *leg) closeWrite() {
	if l.tls != nil {
		_ = l.tls.CloseWrite()
	}
	closeWrite(l.raw)
}

// abort closes the connection so that the other end does not take it for a
// regular end: with RST. The absence of close_notify does not suffice, as many
// clients do not look for it.
func (l *leg) abort() {
	if c, ok := bare(l.raw).(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = l.raw.Close()
}

func closeWrite(c net.Conn) {
	if c, ok := bare(c).(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}

// bare returns the connection under our own wrappers.
func bare(c net.Conn) net.Conn {
	for {
		switch w := c.(type) {
		case *replay:
			c = w.Conn
		case *tap:
			c = w.Conn
		case interface{ under() net.Conn }:
			c = w.under()
		default:
			return c
		}
	}
}

// head reads the head of the next message. As long as no head has begun it waits
// for ever, then for limit; 0: for ever, too. What came is returned with every
// error.
func (l *leg) head(limit time.Duration) ([]byte, error) {
	if _, err := l.br.Peek(1); err != nil {
		return nil, err
	}
	// Nearly always all of it is there.
	b, _ := l.br.Peek(l.br.Buffered())
	var s wire.Scanner
	if n, done, _ := s.Next(b); done {
		raw := make([]byte, n)
		copy(raw, b)
		_, _ = l.br.Discard(n)
		return raw, nil
	}
	if s.Idle() {
		return l.slow(limit)
	}
	if limit > 0 {
		_ = l.raw.SetReadDeadline(time.Now().Add(limit))
		defer l.raw.SetReadDeadline(time.Time{})
	}
	return wire.ReadHead(l.br, nil)
}

// slow waits for a head to begin after line ends.
func (l *leg) slow(limit time.Duration) ([]byte, error) {
	r := &deadlineReader{l: l, limit: limit}
	raw, err := wire.ReadHead(r, nil)
	if r.set {
		_ = l.raw.SetReadDeadline(time.Time{})
	}
	return raw, err
}

// A deadlineReader sets the deadline when a line is read that is not empty.
type deadlineReader struct {
	l     *leg
	limit time.Duration
	set   bool
}

// ReadSlice reads a line.
func (r *deadlineReader) ReadSlice(delim byte) ([]byte, error) {
	if !r.set && r.limit > 0 {
		if b, err := r.l.br.Peek(1); err == nil && b[0] != '\r' && b[0] != '\n' {
			r.set = true
			_ = r.l.raw.SetReadDeadline(time.Now().Add(r.limit))
		}
	}
	return r.l.br.ReadSlice(delim)
}
