// Package har reads and writes HTTP archives (HAR 1.2), in the dialects that
// browsers, proxies and test tools write.
//
// Reading takes one pass and little memory, whatever the size of the input:
// a scanner validates the JSON text as it goes, builds one exchange after the
// other and keeps the start of bodies only. An entry that cannot be read costs
// that entry: the reader goes on at the next one.
package har

import (
	"io"
	"iter"
	"runtime"

	"github.com/why401/why401/internal/exchange"
)

// Options of reading; the zero value is good.
type Options struct {
	// Workers is the number of goroutines that [ReadAt] parses with; 0 means
	// one for each processor. The result does not depend on it.
	Workers int
	// Prepare, if not nil, is called for each exchange by the goroutine that
	// parsed it, before it is yielded: At.Index, Conn and From are not there
	// yet. Several calls may run at once.
	Prepare func(*exchange.Exchange)
	// Body, if not nil, opens a body that lies beside the HAR: Playwright names it
	// by _file, in its traces by _sha1. The name is input. Without it, or if it
	// fails, the body counts as left out. Several calls may run at once.
	Body func(name string) (io.ReadCloser, error)

	window, chunk int // for tests: other sizes of window and chunk
}

// Read returns the exchanges of a HAR in file order. The text must be UTF-8;
// package capture unpacks and converts.
//
// The caller sets c.Name before. The reader fills in the rest of c as it goes,
// in the goroutine of the consumer and before it yields the exchange that a
// change comes from; the consumer must leave c alone but may read it.
//
// A yielded error is an [*exchange.Unreadable]: an entry that could not be
// read, or a defect of the file as a whole (Index -1). Unless it is Fatal more
// may follow.
func Read(c *exchange.Capture, r io.Reader, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		d := newReader(c, o, yield)
		d.s.counting = true
		d.s.reset(r, 0)
		d.read()
	}
}

// ReadAt is [Read] for a file that can be read at any offset. It parses on
// several processors; the exchanges still come in file order. It does not use
// r after the sequence has ended.
func ReadAt(c *exchange.Capture, r io.ReaderAt, size int64, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		if o.window <= 0 && size < windowSize {
			o.window = int(size) + 1 // so that the end is seen
		}
		d := newReader(c, o, yield)
		d.at, d.size = r, size
		d.lines = &lineCounter{at: r}
		d.s.reset(d.section(0), 0)
		d.read()
	}
}

func newReader(c *exchange.Capture, o Options, yield func(*exchange.Exchange, error) bool) *reader {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.window <= 0 {
		o.window = windowSize
	}
	if o.chunk <= 0 {
		o.chunk = chunkSize
	}
	r := &reader{c: c, o: o, yield: yield, conns: conns{}}
	r.p.s = newScanner(o.window)
	r.s = r.p.s
	r.p.from = c
	r.p.prepare = o.Prepare
	r.p.beside = o.Body
	return r
}
