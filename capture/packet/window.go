package packet

import "io"

// A window is the part of the input that is looked at. What it hands out is part
// of its memory: valid until the next call.
type window struct {
	in  io.Reader
	buf []byte
	at  int // of the next byte
	end int // of what was read
	err error
}

func newWindow(in io.Reader) *window { return &window{in: in, buf: make([]byte, fileBuffer)} }

// peek returns the next n bytes, at most [fileBuffer], and leaves them; fewer
// come with the error that ends the input.
func (w *window) peek(n int) ([]byte, error) {
	if w.end-w.at < n {
		if err := w.fill(n); err != nil {
			return w.buf[w.at:w.end], err
		}
	}
	return w.buf[w.at : w.at+n], nil
}

// fill makes sure that n bytes are there.
func (w *window) fill(n int) error {
	w.end = copy(w.buf, w.buf[w.at:w.end])
	w.at = 0
	for idle := 0; w.end < n; {
		if w.err != nil {
			return w.err
		}
		var m int
		m, w.err = w.in.Read(w.buf[w.end:])
		w.end += m
		if idle++; m > 0 {
			idle = 0
		} else if idle > 100 {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}

// skip passes over n bytes; those that were peeked at are sure to be there.
func (w *window) skip(n int) error {
	for w.end-w.at < n {
		n -= w.end - w.at
		w.at = w.end
		if err := w.fill(1); err != nil {
			return err
		}
	}
	w.at += n
	return nil
}

// read appends the next n bytes to b, which grows only as far as there is
// something. The error is that which ends the input before.
func (w *window) read(b []byte, n int) ([]byte, error) {
	for n > 0 {
		p, err := w.peek(1)
		if len(p) == 0 {
			return b, err
		}
		p = w.buf[w.at:min(w.end, w.at+n)]
		b = append(b, p...)
		w.at += len(p)
		n -= len(p)
	}
	return b, nil
}
