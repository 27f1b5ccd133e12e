package wire

import (
	"bytes"
	"io"
	"math"

	"github.com/why401/why401/internal/exchange"
)

// A Framer tells the bytes of one body from those that follow it, and the
// content from the chunked coding around it. It keeps no content.
type Framer struct {
	f       Framing
	state   framerState
	left    int64 // of the body, or the content of the chunk
	at      int64 // bytes consumed
	content int64
	size    int64 // of the chunk whose size is being read
	digits  int
	line    int  // bytes of the current line that is not content
	text    bool // the trailer line holds something
	cr      bool // the byte before was a CR
	faults  Fault
	trailer []byte
	err     error
}

type framerState uint8

const (
	inBody      framerState = iota // left bytes of content, or any number
	inSize                         // hexadecimal digits
	inExtension                    // up to the line end
	afterChunk                     // the line end after the content of a chunk
	inTrailer
	done
)

// NewFramer returns a Framer for a body.
func NewFramer(f Framing) *Framer {
	b := new(Framer)
	b.Reset(f)
	return b
}

// Reset makes b ready for another body.
func (b *Framer) Reset(f Framing) {
	*b = Framer{f: f, faults: f.Faults}
	switch f.Kind {
	case NoBody:
		b.state = done
	case Sized:
		if b.left = f.Length; b.left == 0 {
			b.state = done
		}
	case Chunked:
		b.state = inSize
	}
}

// Next looks at the next bytes of the connection. n is how many of them belong
// to the body, and data is the content among them, a part of p. One call handles
// one piece of content at most: call it again with p[n:] until n is 0 or all is
// used up. An [*Error] means that the chunked coding is broken; its place is
// counted from the start of the body, and the framer takes nothing from then on.
func (b *Framer) Next(p []byte) (n int, data []byte, err error) {
	for n < len(p) && b.err == nil && b.state != done {
		if b.state == inBody {
			data = p[n:]
			if b.f.Kind == Sized || b.f.Kind == Chunked {
				data = data[:min(int64(len(data)), b.left)]
				b.left -= int64(len(data))
				if b.left == 0 {
					b.state = done
					if b.f.Kind == Chunked {
						b.state = afterChunk
					}
				}
			}
			n += len(data)
			b.at += int64(len(data))
			b.content += int64(len(data))
			return n, data, nil
		}
		if !b.step(p[n]) {
			break
		}
		n++
		b.at++
	}
	return n, nil, b.err
}

// step takes one byte of the chunked coding.
func (b *Framer) step(c byte) bool {
	if b.line++; b.line > maxSizeLine && b.state != inTrailer {
		return b.fail("the line of a chunk size is too long")
	}
	switch b.state {
	case inSize:
		d := unhex(c)
		switch {
		case d >= 0 && b.cr, d >= 0 && b.digits > 0 && b.text:
			return b.fail("a chunk size that is not hexadecimal")
		case d >= 0:
			if b.size > (math.MaxInt64-int64(d))>>4 {
				return b.fail("a chunk size that is too large")
			}
			b.size = b.size<<4 | int64(d)
			b.digits++
		case (c == ' ' || c == '\t') && !b.cr:
			b.faults |= ChunkBlank
			b.text = b.digits > 0
		case c == ';' && b.digits > 0:
			b.faults |= ChunkExtends
			b.state, b.cr = inExtension, false
		case c == '\r' && b.digits > 0 && !b.cr:
			b.cr = true
		case c == '\n' && b.digits > 0:
			b.sizeEnds()
		default:
			return b.fail("a chunk size that is not hexadecimal")
		}
	case inExtension:
		if c == '\n' {
			b.sizeEnds()
		} else {
			b.cr = c == '\r'
		}
	case afterChunk:
		switch {
		case c == '\r' && !b.cr:
			b.cr = true
		case c == '\n':
			b.lineEnds()
			b.state = inSize
		default:
			return b.fail("no line end after the content of a chunk")
		}
	case inTrailer:
		switch {
		case len(b.trailer) == 0 && (c == '\r' || c == '\n'):
		case len(b.trailer) < maxTrailer:
			b.trailer = append(b.trailer, c)
		default:
			b.faults |= TrailerCut
		}
		switch {
		case c == '\n':
			empty := !b.text
			b.lineEnds()
			if empty {
				b.state = done
			}
		case c == '\r':
			b.text = b.text || b.cr
			b.cr = true
		default:
			b.text, b.cr = true, false
		}
	}
	return true
}

func (b *Framer) lineEnds() {
	if !b.cr {
		b.faults |= ChunkBareLF
	}
	b.cr, b.text, b.line = false, false, 0
}

func (b *Framer) sizeEnds() {
	b.lineEnds()
	b.left, b.state = b.size, inBody
	if b.size == 0 {
		b.state = inTrailer
	}
	b.size, b.digits = 0, 0
}

func (b *Framer) fail(reason string) bool {
	b.err = &Error{b.at, reason}
	return false
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// Done reports whether the body has ended.
func (b *Framer) Done() bool { return b.state == done }

// Left returns how many of the next bytes are content for certain: the rest of a
// sized body or of a chunk, [math.MaxInt64] for a body that ends with the
// connection, 0 within the chunked coding and after the end.
func (b *Framer) Left() int64 {
	switch {
	case b.state != inBody || b.err != nil:
		return 0
	case b.f.Kind == Sized || b.f.Kind == Chunked:
		return b.left
	}
	return math.MaxInt64
}

// Skip passes over bytes that a capture lost. It returns how many of the n lie
// within content for certain; if that is less than n, the end of the body is
// lost, unless it is [Framer.Done].
func (b *Framer) Skip(n int64) int64 {
	n = max(min(n, b.Left()), 0)
	if b.f.Kind == Sized || b.f.Kind == Chunked {
		if b.left -= n; b.left == 0 && b.state == inBody {
			b.state = done
			if b.f.Kind == Chunked {
				b.state = afterChunk
			}
		}
	}
	b.at += n
	b.content += n
	return n
}

// Close says that the connection ended. The error is [io.ErrUnexpectedEOF] if
// the body should have gone on, or that of the coding.
func (b *Framer) Close() error {
	switch {
	case b.err != nil:
		return b.err
	case b.state == done || b.state == inBody && (b.f.Kind == UntilClose || b.f.Kind == Tunnel):
		b.state = done
		return nil
	}
	return io.ErrUnexpectedEOF
}

// Consumed returns the number of bytes of the body so far, as they went over the
// wire.
func (b *Framer) Consumed() int64 { return b.at }

// Content returns the number of bytes of content so far.
func (b *Framer) Content() int64 { return b.content }

// Faults returns what was wrong with the head and is with the chunked coding.
func (b *Framer) Faults() Fault { return b.faults }

// Trailer returns the fields after the last chunk.
func (b *Framer) Trailer() exchange.Header {
	if len(bytes.Trim(b.trailer, "\r\n")) == 0 {
		return nil
	}
	return parseLines(b.trailer).Header
}
