package proxy

import (
	"io"
	"sync"

	"github.com/why401/why401/capture/wire"
)

// buffers are shared by all bodies: an idle connection has none.
var buffers = sync.Pool{New: func() any { return new([copyBuffer]byte) }}

// A pump carries one body, and the head before it.
type pump struct {
	from   *leg
	to     io.Writer
	framer *wire.Framer
	keep   *wire.Keeper
	s      *session
	bare   bool // only the content is passed on, not the chunks around it
	sink   bool // when writing fails, go on reading
	sunk   bool // it failed

	writeErr error
}

// run writes head and then the body. It writes what it has before it waits for
// more.
func (c *pump) run(head []byte) error {
	buf := buffers.Get().(*[copyBuffer]byte)
	defer buffers.Put(buf)
	out := buf[:0]
	if len(head) > cap(out) {
		if err := c.write(head); err != nil {
			return err
		}
	} else {
		out = append(out, head...)
	}
	br := c.from.br
	for !c.framer.Done() {
		if br.Buffered() == 0 {
			if len(out) > 0 {
				if err := c.write(out); err != nil {
					return err
				}
				out = buf[:0]
			}
			if left := c.framer.Left(); left >= int64(br.Size()) {
				// What is certainly content passes the reader's buffer by.
				n, err := br.Read(buf[:min(left, copyBuffer)])
				if n > 0 {
					c.s.touch()
					_, data, ferr := c.framer.Next(buf[:n])
					_, _ = c.keep.Write(data)
					if werr := c.write(buf[:n]); werr != nil {
						return werr
					}
					if ferr != nil {
						return ferr
					}
				}
				if err != nil {
					return c.end(err)
				}
				continue
			}
			if _, err := br.Peek(1); err != nil {
				return c.end(err)
			}
			c.s.touch()
		}
		b, _ := br.Peek(br.Buffered())
		n, data, err := c.framer.Next(b)
		_, _ = c.keep.Write(data)
		piece := b[:n]
		if c.bare {
			piece = data
		}
		if len(out)+len(piece) > cap(out) {
			if werr := c.write(out); werr != nil {
				return werr
			}
			out = buf[:0]
		}
		out = append(out, piece...)
		_, _ = br.Discard(n)
		if err != nil {
			_ = c.write(out)
			return err
		}
		if n == 0 && len(b) > 0 && !c.framer.Done() {
			return io.ErrNoProgress
		}
	}
	if len(out) > 0 {
		return c.write(out)
	}
	return nil
}

// end says what the end of the input means.
func (c *pump) end(err error) error {
	if err == io.EOF {
		return c.framer.Close()
	}
	return err
}

func (c *pump) write(b []byte) error {
	if c.sunk {
		return nil
	}
	if _, err := c.to.Write(b); err != nil {
		if c.sink {
			c.sunk = true
			return nil
		}
		c.writeErr = err
		return err
	}
	return nil
}
