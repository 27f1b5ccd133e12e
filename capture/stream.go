package capture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// A meter counts what is read through it and ends with the context's error as
// soon as that is done. Parsers may read from several goroutines.
type meter struct {
	ctx context.Context
	r   io.Reader
	at  io.ReaderAt
	n   *atomic.Int64
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.n.Add(int64(n))
	return n, err
}

func (m *meter) ReadAt(p []byte, off int64) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.at.ReadAt(p, off)
	m.n.Add(int64(n))
	return n, err
}

// A pump reads from a pipe in a goroutine of its own, because a read that waits
// for the other end cannot be called off. The goroutine ends with the pipe, or
// after the read that was under way when stop was called.
type pump struct {
	ctx  context.Context
	full chan chunk
	free chan []byte
	done chan struct{} // closed by stop
	cur  chunk         // being consumed; its buffer goes back when it is empty
	buf  []byte        // the buffer of cur
}

type chunk struct {
	b   []byte
	err error
}

func newPump(ctx context.Context, r io.Reader) *pump {
	p := &pump{ctx: ctx, full: make(chan chunk), free: make(chan []byte, 2), done: make(chan struct{})}
	p.free <- make([]byte, pumpBuffer)
	p.free <- make([]byte, pumpBuffer)
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	for {
		var buf []byte
		select {
		case buf = <-p.free:
		case <-p.done:
			return
		}
		n, err := r.Read(buf[:pumpBuffer])
		select {
		case p.full <- chunk{buf[:n], err}:
		case <-p.done:
			return
		}
		if err != nil {
			return
		}
	}
}

func (p *pump) Read(b []byte) (int, error) {
	for len(p.cur.b) == 0 {
		if p.cur.err != nil {
			return 0, p.cur.err
		}
		if p.buf != nil {
			p.free <- p.buf
			p.buf = nil
		}
		select {
		case p.cur = <-p.full:
			p.buf = p.cur.b[:0]
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
	n := copy(b, p.cur.b)
	p.cur.b = p.cur.b[n:]
	return n, nil
}

// stop ends the goroutine. It does not wait for that.
func (p *pump) stop() { close(p.done) }

// A guard stands behind a decompressor: it bounds what comes out and turns the
// decompressor's errors, some of which quote input, into faults.
type guard struct {
	lim  limits
	r    io.Reader
	in   *atomic.Int64 // packed bytes consumed so far
	base int64         // value of in at the start of this layer
	out  int64
	left *atomic.Int64 // bytes that may still be unpacked for this input
	said *atomic.Pointer[fault]
	err  error
}

func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	g.out += int64(n)
	switch {
	case g.left.Add(int64(-n)) < 0:
		err = faultUnpacked
	case g.out > g.lim.free && g.out > g.lim.ratio*(g.in.Load()-g.base+1):
		err = faultRatio
	}
	if err == nil || err == io.EOF {
		g.err = err
		return n, err
	}
	f := packedFault(err)
	g.said.CompareAndSwap(nil, f)
	g.err = f
	return n, f
}

// packedFault is the fault for an error of a decompressor.
func packedFault(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, io.ErrUnexpectedEOF):
		return faultPackedEnd
	default:
		return faultPacked
	}
}

// spool makes a stream seekable: in memory if it is short, else, if disk
// allows, in a temporary file that only this user may read and that has no
// name any more where the system can do that. The caller calls the returned
// function when done.
func spool(lim limits, r io.Reader, disk bool) (io.ReaderAt, int64, func(), error) {
	nothing := func() {}
	head, err := io.ReadAll(io.LimitReader(r, lim.spoolMemory))
	if err != nil {
		return nil, 0, nothing, err
	}
	more := bufio.NewReader(r)
	if _, err := more.Peek(1); err == io.EOF {
		return bytes.NewReader(head), int64(len(head)), nothing, nil
	}
	if !disk {
		return nil, 0, nothing, faultSpool
	}
	f, err := os.CreateTemp("", "why401-*") // mode 0600
	if err != nil {
		return nil, 0, nothing, faultTemporary
	}
	unlinked := os.Remove(f.Name()) == nil // Windows cannot yet
	drop := func() {
		f.Close()
		if !unlinked {
			os.Remove(f.Name())
		}
	}
	if _, err := f.Write(head); err != nil {
		drop()
		return nil, 0, nothing, faultTemporary
	}
	n, err := io.Copy(f, io.LimitReader(more, lim.spoolFile-int64(len(head))+1))
	size := n + int64(len(head))
	var full *fs.PathError
	switch {
	case err == nil && size > lim.spoolFile:
		err = faultSpool
	case errors.As(err, &full) && full.Path == f.Name():
		err = faultTemporary
	}
	if err != nil {
		drop()
		return nil, 0, nothing, err
	}
	return f, size, drop, nil
}
