//go:build linux && !race

package proxy

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/why401/why401/internal/rawio"
)

// A quickConn is a TCP connection whose calls the scheduler is not told of. The
// socket does not block, so they come back at once; but the scheduler takes each for
// one that may block, looks after it every 20 microseconds, and hands its processor
// on. That is a fifth of what a request costs. Waiting is left to package net, and
// so are deadlines and closing.
type quickConn struct {
	*net.TCPConn
	raw              syscall.RawConn
	reading, writing quickCall
}

// A quickCall is the call under way in one direction; the next one waits.
type quickCall struct {
	mu    sync.Mutex
	buf   []byte
	n     int
	errno syscall.Errno
	try   func(fd uintptr) bool // made once, not for each call
}

// quick returns c with calls that cost less, if it can have them.
func quick(c net.Conn) net.Conn {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return c
	}
	q := &quickConn{TCPConn: t, raw: raw}
	q.reading.try, q.writing.try = q.reading.read, q.writing.write
	return q
}

func (q *quickConn) under() net.Conn { return q.TCPConn }

// do makes a call, which waits as long as it has to. b is not kept.
func (c *quickCall) do(b []byte, wait func(func(fd uintptr) bool) error) (int, syscall.Errno, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf, c.n, c.errno = b, 0, 0
	err := wait(c.try)
	c.buf = nil
	return c.n, c.errno, err
}

// read reads once; false: there is nothing yet.
func (c *quickCall) read(fd uintptr) bool {
	for {
		n, errno := rawio.Read(fd, c.buf)
		switch errno {
		case 0:
			c.n = n
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
		default:
			c.errno = errno
			return true
		}
	}
}

// write writes what is left; false: there is no room for all of it yet.
func (c *quickCall) write(fd uintptr) bool {
	for c.n < len(c.buf) {
		n, errno := rawio.Write(fd, c.buf[c.n:])
		switch errno {
		case 0:
			c.n += n
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
		default:
			c.errno = errno
			return true
		}
	}
	return true
}

// Read reads what there is.
func (q *quickConn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, errno, err := q.reading.do(b, q.raw.Read)
	switch {
	case err != nil:
		return n, err
	case errno != 0:
		return n, q.failed("read", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write writes all of b.
func (q *quickConn) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, errno, err := q.writing.do(b, q.raw.Write)
	if err == nil && errno != 0 {
		err = q.failed("write", errno)
	}
	return n, err
}

func (q *quickConn) failed(call string, errno syscall.Errno) error {
	return &net.OpError{Op: call, Net: "tcp", Source: q.LocalAddr(), Addr: q.RemoteAddr(), Err: os.NewSyscallError(call, errno)}
}
