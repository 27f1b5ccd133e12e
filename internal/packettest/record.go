package packettest

import (
	"net"
	"sync"
)

// A Recorder puts what goes over real connections into a trace. It may be used by
// several goroutines at once. The zero value with a Trace is ready.
type Recorder struct {
	Trace *Trace

	mu sync.Mutex
	n  uint16
}

// Wrap returns a connection of a client that is recorded as one to server. What
// the client never reads is not recorded.
func (r *Recorder) Wrap(c net.Conn, server End) net.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.Trace.Dial(At(Laptop, Laptop.Port()+r.n), server, 1000*uint32(r.n)+1)
	r.n++
	d.Open()
	return &recorded{Conn: c, r: r, d: d}
}

// recorded is the end of a client.
type recorded struct {
	net.Conn
	r *Recorder
	d *Dialog
}

func (c *recorded) put(side int, b []byte) {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	if !c.d.Shut && len(b) > 0 {
		c.d.Send(side, string(b))
	}
}

func (c *recorded) Write(b []byte) (int, error) {
	// First, as the answer could be recorded before it.
	c.put(0, b)
	return c.Conn.Write(b)
}

func (c *recorded) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.put(1, b[:n])
	return n, err
}

func (c *recorded) Close() error {
	c.r.mu.Lock()
	if !c.d.Shut {
		c.d.Close()
		c.d.Shut = true
	}
	c.r.mu.Unlock()
	return c.Conn.Close()
}

// PCAP returns what was recorded so far.
func (r *Recorder) PCAP() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.Trace.PCAP()
}
