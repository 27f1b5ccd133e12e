package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/martian/v3"
	"github.com/google/martian/v3/log"
)

// init makes martian silent: it writes errors, which may quote what clients
// sent, to the standard logger.
func init() { log.SetLogger(silence{}) }

type silence struct{}

func (silence) Infof(string, ...any)  {}
func (silence) Debugf(string, ...any) {}
func (silence) Errorf(string, ...any) {}

// A front is what accepts connections: martian, which reads the first head of
// each and calls modify.
type front struct {
	p       *Proxy
	martian *martian.Proxy
}

func newFront(p *Proxy) *front {
	f := &front{p: p, martian: martian.NewProxy()}
	// martian sets an absolute deadline when it starts to read a head; it is
	// taken off with the connection.
	f.martian.SetTimeout(p.o.HeadTimeout)
	f.martian.SetRequestModifier(martian.RequestModifierFunc(f.modify))
	return f
}

func (f *front) serve(l net.Listener) error {
	return f.martian.Serve(&frontListener{Listener: l, p: f.p})
}

// close waits for martian. It must be called once, when all connections are
// closed.
func (f *front) close() { f.martian.Close() }

// modify takes the connection over with the first request, whatever that is.
func (f *front) modify(r *http.Request) error {
	conn, brw, err := martian.NewContext(r).Session().Hijack()
	if err != nil {
		return err
	}
	c, ok := conn.(*frontConn)
	if !ok {
		return errors.New("proxy: not a connection of ours")
	}
	// martian holds on to its buffers, which nobody uses any more. When it goes on
	// reading, the connection has ended.
	*brw.Reader = *bufio.NewReaderSize(strings.NewReader(""), 0)
	*brw.Writer = *bufio.NewWriterSize(io.Discard, 1)
	c.takeOver()
	return nil
}

// frontListener hands martian connections that keep what is read from them.
type frontListener struct {
	net.Listener
	p *Proxy
}

// Accept waits for a client that may use the proxy.
func (l *frontListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !l.p.allowed(c.RemoteAddr()) {
			_ = c.Close()
			continue
		}
		return &frontConn{Conn: quick(c), p: l.p, since: time.Now()}, nil
	}
}

func (p *Proxy) allowed(a net.Addr) bool {
	addr, err := netip.ParseAddr(hostOf(a))
	if err != nil {
		return true // not TCP
	}
	addr = addr.Unmap().WithZone("")
	if addr.IsLoopback() {
		return true
	}
	for _, prefix := range p.o.AllowFrom {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// A frontConn keeps what martian reads until the relay takes it over. Then the
// relay starts over with these bytes: what martian understood of them, and what
// its buffer still holds, does not matter.
type frontConn struct {
	net.Conn
	p     *Proxy
	since time.Time
	seen  []byte
	taken atomic.Bool
}

var (
	errNotHTTP = errors.New("proxy: this is not HTTP")
	errTooLong = errors.New("proxy: the head is too long")
)

// Read keeps what it reads. As it is called by martian only, one call at a time,
// and the relay comes after it, no lock is needed.
func (c *frontConn) Read(b []byte) (int, error) {
	if c.taken.Load() {
		return c.Conn.Read(b)
	}
	if len(c.seen) > maxSeen {
		return 0, errTooLong
	}
	n, err := c.Conn.Read(b)
	c.seen = append(c.seen, b[:n]...)
	if len(c.seen) > 0 && c.seen[0] < ' ' && c.seen[0] != '\r' && c.seen[0] != '\n' {
		// TLS: waiting for a line feed would be waiting for ever.
		return 0, errNotHTTP
	}
	return n, err
}

// Close closes the connection. If martian does so because it does not
// understand a head, the relay gets it first.
func (c *frontConn) Close() error {
	if !c.taken.Load() && !c.p.isStopping() && len(c.seen) > 0 {
		c.takeOver()
	}
	return c.Conn.Close()
}

func (p *Proxy) isStopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopping
}

// takeOver serves the connection to its end.
func (c *frontConn) takeOver() {
	c.taken.Store(true)
	defer c.Conn.Close()
	_ = c.SetDeadline(time.Time{})
	s := c.p.open(c.Conn)
	if s == nil {
		return
	}
	defer s.close()
	defer s.mend()
	seen := c.seen
	c.seen = nil
	c.p.serveConn(s, newLeg(c.Conn, seen, headBuffer), c.since)
}
