package har

import (
	"io"
	"math"
	"sync"
	"sync/atomic"
)

// A chunk is a piece of a file that a worker parses on its own: the entries
// that start in it. Where the first one starts is a guess, for the worker does
// not know what the piece begins in. The consumer takes a chunk only if the
// guess is exactly where the entries before it end; else it parses the piece
// itself. So no guess can change the result.
type chunk struct {
	from, to int64

	// Written by the worker before ready is closed.
	start   int64 // of the first entry; -1: none starts here
	items   []item
	end     int64 // of the last entry, or rather the start of the next
	outcome outcome
	full    bool // it came to maxChunkItems or maxChunkBytes
	doubt   bool // the next entry was found by a search
	broken  bool // the worker panicked
	ready   chan struct{}
}

// A crew is the workers on one list of entries.
type crew struct {
	r    *reader
	jobs chan *chunk
	quit atomic.Bool
	wg   sync.WaitGroup
	spare
}

// spare is item slices to be used again.
type spare struct {
	mu    sync.Mutex
	items [][]item
}

func (s *spare) get() []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.items)
	if n == 0 {
		return nil
	}
	is := s.items[n-1]
	s.items = s.items[:n-1]
	return is
}

func (s *spare) put(is []item) {
	clear(is)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, is[:0])
}

// chunks reads the entries from the current one on with several workers.
func (r *reader) chunks(doubt bool) outcome {
	w := &crew{r: r, jobs: make(chan *chunk, r.o.Workers+1)}
	for range r.o.Workers {
		w.wg.Go(w.work)
	}
	// The caller may close the file when this returns.
	defer w.wg.Wait()
	defer w.quit.Store(true)
	defer close(w.jobs)

	next := r.s.offset()
	var queue []*chunk
	out, pos := reached, next
	for out == reached {
		for len(queue) < cap(w.jobs) && next < r.size {
			c := &chunk{from: next, to: next + int64(r.o.chunk), start: -1, ready: make(chan struct{})}
			next = c.to
			if next >= r.size {
				c.to = math.MaxInt64
			}
			queue = append(queue, c)
			w.jobs <- c
		}
		c := queue[0]
		queue = queue[1:]
		<-c.ready
		if c.broken {
			panic("har: a worker broke")
		}
		out, pos, doubt = r.stitch(c, pos, doubt)
		w.put(c.items)
	}
	// Go on behind the entries as if this goroutine had read them.
	r.s.reset(r.section(pos), pos)
	r.s.depth = r.p.level - 1
	return out
}

// stitch hands on the entries of a chunk. They begin at pos, which is proven.
func (r *reader) stitch(c *chunk, pos int64, doubt bool) (outcome, int64, bool) {
	if pos >= c.to {
		return reached, pos, doubt // one entry reaches across the whole chunk
	}
	if c.start == pos && !doubt {
		for i := range c.items {
			if !r.give(&c.items[i]) {
				return stopped, pos, false
			}
		}
		if !c.full || c.outcome != reached {
			return c.outcome, c.end, c.doubt
		}
		pos, doubt = c.end, c.doubt
	}
	p := &r.p
	p.s.reset(&section{at: r.at, off: pos, size: r.size, soft: c.to}, pos)
	p.s.depth, p.limit = p.level, c.to
	out := p.elements(&r.sep, doubt, r.give)
	return out, p.s.offset(), p.doubt
}

// work parses chunks.
func (w *crew) work() {
	p := parser{s: newScanner(w.r.o.window), dialect: w.r.p.dialect, from: w.r.c, prepare: w.r.o.Prepare, beside: w.r.o.Body, level: w.r.p.level}
	sep := w.r.sep
	for c := range w.jobs {
		w.safely(c, func() {
			c.items = w.get()
			p.parse(c, &sep, &section{at: w.r.at, off: max(c.from-lookBack, 0), size: w.r.size, soft: c.to, quit: &w.quit})
		})
	}
}

// safely parses a chunk. A panic here would take the program down and print what was
// said in it, which may be input: the consumer panics in its place, with nothing of
// it.
func (w *crew) safely(c *chunk, parse func()) {
	defer func() {
		c.broken = recover() != nil
		close(c.ready)
	}()
	if !w.quit.Load() {
		parse()
	}
}

// parse fills c from src, which starts some bytes before it.
func (p *parser) parse(c *chunk, sep *separator, src *section) {
	s := p.s
	s.reset(src, src.off)
	s.depth = p.level
	for {
		if !sep.find(s) || s.offset() >= c.to {
			return
		}
		if s.offset() >= c.from {
			break
		}
		s.i++
	}
	c.start = s.offset()
	weight := 0
	p.limit = c.to
	c.outcome = p.elements(sep, false, func(it *item) bool {
		c.items = append(c.items, *it)
		if weight += it.weight; len(c.items) >= maxChunkItems || weight >= maxChunkBytes {
			p.limit = 0
		}
		return true
	})
	c.end, c.doubt, c.full = s.offset(), p.doubt, p.limit == 0
}

// A section reads a file from an offset on. The first reads end soon after the
// chunk they are for, since what is behind it is for another worker.
type section struct {
	at        io.ReaderAt
	off, size int64
	soft      int64
	quit      *atomic.Bool
}

func (s *section) Read(p []byte) (int, error) {
	if s.off >= s.size || s.quit != nil && s.quit.Load() {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.size-s.off)]
	if soft := min(s.soft, s.size); s.off < soft {
		p = p[:min(int64(len(p)), soft-s.off+overshoot)]
	}
	n, err := s.at.ReadAt(p, s.off)
	s.off += int64(n)
	if n > 0 {
		err = nil // it comes again if it lasts
	}
	return n, err
}

// overshoot is enough to finish most entries that start at the end of a chunk.
const overshoot = 16 << 10
