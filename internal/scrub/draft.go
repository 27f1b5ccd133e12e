package scrub

import (
	"bufio"
	"errors"
	"io"
	"slices"

	"github.com/why401/why401/internal/exchange"
)

// An Encoder writes exchanges as a document, each with one call of the Write method
// of what it writes to. A writer of HARs is one.
type Encoder interface {
	Write(*exchange.Exchange) error
	Close() error
}

// A File is where a [Draft] is kept.
type File interface {
	io.Writer
	io.ReaderAt
}

// A Draft is a document of scrubbed exchanges that may still hold secrets which were
// learnt too late. While one exchange is scrubbed, those before it are written by
// another goroutine. Once there are more secrets than can be looked for, it also
// replaces what is not known to be harmless, line by line: what was made for an
// exchange need not be remembered then, so that the length of a capture has no bound.
//
// It is not safe for concurrent use. Close must be called.
type Draft struct {
	s    *Scrubber
	file File

	batch  *batch
	work   chan *batch
	free   chan *batch
	done   chan struct{}
	closed bool
	err    error

	// Of the goroutine that writes, until done.
	w      *bufio.Writer
	encode Encoder
	helper *Scrubber // makes stand-ins where strict needs some
	gate   *Gate
	over   bool  // what is written from here on goes through the gate
	n      int64 // bytes written
	clean  int64 // what is behind it needs no look any more
	failed error
}

// A batch is some exchanges on their way to be written.
type batch struct {
	of    []*exchange.Exchange
	ends  []int    // where in made those of each one end
	made  []uint64 // hashes of stand-ins
	hosts []string // that stay, and were not told before
	over  int      // from which on there were too many secrets
	bytes int
}

// errBroken is returned for a goroutine that panicked. What it panicked with may hold
// input.
var errBroken = errors.New("scrub: the writer of the draft broke")

// Draft begins a draft in an empty file. The Scrubber must not be used for anything else
// until the draft is closed.
func (s *Scrubber) Draft(file File, encoder func(io.Writer) Encoder) *Draft {
	d := &Draft{
		s: s, file: file, batch: &batch{}, clean: -1,
		work: make(chan *batch, maxBatches), free: make(chan *batch, maxBatches+2), done: make(chan struct{}),
		helper: newScrubber(s.o, s.key), w: bufio.NewWriterSize(file, 256<<10),
	}
	d.helper.fault = s.fault
	d.gate = &Gate{made: &d.helper.made, shown: d.helper.shown, over: true}
	d.encode = encoder(d)
	s.streamed = true
	for h := range s.shown {
		d.helper.shown[h] = true
	}
	s.hosts = s.hosts[:0]
	go d.run()
	return d
}

// Add scrubs an exchange and writes it. It does not keep x. After an error all calls
// return that error.
func (d *Draft) Add(x *exchange.Exchange) error {
	if d.err != nil {
		return d.err
	}
	b := d.batch
	if n := len(b.of); n < cap(b.of) {
		d.s.room = b.of[:n+1][n] // it is written by now
	}
	y := d.s.Exchange(x)
	b.of = append(b.of, y)
	b.made = append(b.made, d.s.made.log...)
	b.ends = append(b.ends, len(b.made))
	b.hosts, d.s.hosts = append(b.hosts, d.s.hosts...), d.s.hosts[:0]
	if !d.s.over {
		b.over = len(b.of)
	}
	b.bytes += len(y.Request.URL) + len(y.Request.Body.Head)
	if y.Response != nil {
		b.bytes += len(y.Response.Body.Head)
	}
	if len(b.of) < maxBatch && b.bytes < maxBatchBytes {
		return nil
	}
	return d.flush()
}

// flush hands the batch over.
func (d *Draft) flush() error {
	select {
	case d.work <- d.batch:
	case <-d.done:
		d.err = d.failed
		return d.err
	}
	select {
	case d.batch = <-d.free:
	default:
		d.batch = &batch{}
	}
	return nil
}

// Close completes the document. Calling it again does nothing.
func (d *Draft) Close() error {
	if d.closed {
		return d.err
	}
	d.closed = true
	if d.err == nil {
		_ = d.flush()
	}
	close(d.work)
	<-d.done
	d.s.count.Strict += d.helper.count.Strict
	d.s.streamed = false
	if d.err == nil {
		d.err = d.failed
	}
	return d.err
}

// run writes what is handed over.
func (d *Draft) run() {
	defer close(d.done)
	defer func() {
		if recover() != nil {
			d.failed = errBroken
		}
	}()
	for b := range d.work {
		if d.failed = d.put(b); d.failed != nil {
			return
		}
	}
	if d.failed = d.encode.Close(); d.failed == nil {
		d.failed = d.w.Flush()
	}
}

func (d *Draft) put(b *batch) error {
	for _, h := range b.hosts {
		d.helper.shown[h] = true
	}
	from := 0
	for i, x := range b.of {
		if d.over = i >= b.over; d.over {
			d.helper.made.forget()
			for _, h := range b.made[from:b.ends[i]] {
				d.helper.made.now.add(h)
			}
		}
		if err := d.encode.Write(x); err != nil {
			return err
		}
		from = b.ends[i]
	}
	clear(b.hosts)
	*b = batch{of: b.of[:0], ends: b.ends[:0], made: b.made[:0], hosts: b.hosts[:0]}
	if cap(b.made) < 1<<16 {
		select {
		case d.free <- b:
		default:
		}
	}
	return nil
}

// Write takes a line from the encoder.
func (d *Draft) Write(p []byte) (int, error) {
	line := p
	if d.over {
		if d.clean < 0 {
			d.clean = d.n
		}
		line = slices.Clone(p)
		if err := d.gate.strict(d.helper, line); err != nil {
			return 0, err
		}
	}
	n, err := d.w.Write(line)
	d.n += int64(n)
	return n, err
}

// Copy copies a closed draft, and replaces what was learnt too late, as
// [Scrubber.Copy] does.
func (d *Draft) Copy(w io.Writer) error {
	end := d.doubtful()
	if err := d.s.Copy(w, io.NewSectionReader(d.file, 0, end), d.s.Gate()); err != nil {
		return err
	}
	_, err := io.Copy(w, io.NewSectionReader(d.file, end, d.n-end))
	return err
}

// Sweep is Copy for a draft that stays where it is: what is replaced has as many bytes
// as it had. f is its file.
func (d *Draft) Sweep(f io.WriterAt) error {
	var run []byte // lines from at on
	at, dirty := int64(0), false
	write := func() error {
		if dirty {
			if _, err := f.WriteAt(run, at); err != nil {
				return err
			}
		}
		at, run, dirty = at+int64(len(run)), run[:0], false
		return nil
	}
	err := d.s.lines(io.NewSectionReader(d.file, 0, d.doubtful()), d.s.Gate(), func(line []byte, changed bool) error {
		run, dirty = append(run, line...), dirty || changed
		if len(run) < 4*maxLine {
			return nil
		}
		return write()
	})
	if err != nil {
		return err
	}
	return write()
}

// doubtful returns how much of the draft was written before it was known what must not
// be in it.
func (d *Draft) doubtful() int64 {
	if d.clean >= 0 {
		return d.clean
	}
	return d.n
}
