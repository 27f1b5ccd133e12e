// Package capture reads whatever a user hands in (files, folders, patterns,
// archives, pipes) as one ordered stream of exchanges.
//
//	s := capture.Open(ctx, []string{"login.har", "ticket-4711.zip", "-"}, capture.Options{})
//	for x, err := range s.Exchanges() {
//		…
//	}
//	for _, c := range s.Captures() {
//		…
//	}
//
// What an input is, its content says, never its name. Compressed captures and
// archives are read as they stream by; nothing is extracted. What cannot be
// read is told apart as precisely as possible, because the usual mistake is to
// hand in the wrong kind of file, and the answer to that is how to make the
// right one.
package capture

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/internal/exchange"
)

// Options are the settings of [Open]. The zero value is ready to use.
type Options struct {
	// Stdin is read for the name "-"; nil means os.Stdin.
	Stdin io.Reader
	// Workers is the number of goroutines that parse one plain file; 0 leaves
	// the choice to the reader.
	Workers int
	// Progress, if not nil, is called every few MiB of input and once at the
	// end, by the goroutine that pulls the exchanges.
	Progress func(Progress)
	// Prepare, if not nil, is called for each exchange that the reader of a HAR
	// parsed, as in [har.Options].
	Prepare func(*exchange.Exchange)
	// Environments names environments of Postman, whose variables collections use;
	// a later one goes before.
	Environments []string
	// KeyLogs names files of TLS secrets (SSLKEYLOGFILE) for packet captures.
	KeyLogs []string
	// Bodies keeps as much of all bodies in packets as of those in HARs, for those
	// who write them on.
	Bodies bool
}

// Progress says how far the reading got.
type Progress struct {
	Name  string // the input being read, as in [exchange.Capture.Name]
	Read  int64  // bytes of input consumed, as stored: packed ones count packed
	Total int64  // bytes of input in all; -1: unknown, because one is a pipe
}

// A Skip counts the files of one kind that were left out without an error,
// because a folder or an archive holds them beside its captures.
type Skip struct {
	Format string // the kind, such as "pcap", "html" or "binary"
	N      int
}

// A Source is the captures named on a command line, opened one after the
// other. It is not safe for concurrent use.
type Source struct {
	ctx   context.Context
	names []string
	o     Options
	lim   limits

	captures []*exchange.Capture
	skipped  map[string]int
	taken    map[string]int // capture names in use, and how often each was asked for
	yield    func(*exchange.Exchange, error) bool
	stopped  bool // the consumer has enough, or ctx is done
	used     bool

	variables map[string]string // of the environments

	current  string       // name of the input being read
	read     atomic.Int64 // bytes of input consumed; parsers add to it
	reported int64
	total    int64

	keys *packet.Keys // of Options.KeyLogs
}

// Open returns the source of the captures called names. It touches none of
// them before [Source.Exchanges] is pulled, and so returns no error.
//
// A name is that of a file, of a directory (all captures below it, in the order
// of their paths; hidden files and directories and symbolic links to
// directories are left out), a pattern as in [filepath.Match] if no file is
// called so, or "-" for standard input. A name given twice counts once.
//
// When ctx is done, the stream ends without an error after what was read so
// far; the caller can tell by ctx.Err. A read that waits for a pipe is then left
// behind, and consumes what comes next on it.
func Open(ctx context.Context, names []string, o Options) *Source {
	return &Source{
		ctx:     ctx,
		names:   slices.Clone(names),
		o:       o,
		lim:     defaults,
		skipped: map[string]int{},
		taken:   map[string]int{},
	}
}

// Exchanges yields the exchanges of all captures in the order of the names and,
// within each, in file order. An error is always an *[exchange.Unreadable]: an
// exchange, or with Fatal a whole input, that could not be read; the stream goes
// on with the next. The sequence can be used once; a second use is empty.
func (s *Source) Exchanges() iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		if s.used {
			return
		}
		s.used, s.yield = true, yield
		s.keyLogs()
		s.environments()
		files := s.expand()
		for _, f := range files {
			if f.size < 0 {
				s.total = -1
				break
			}
			s.total += f.size
		}
		for _, f := range files {
			if s.halted() {
				return
			}
			s.file(f)
		}
		s.progress(true)
	}
}

// Captures returns the inputs met so far, in order, those included that hold no
// exchange or could not be read. They belong to the source, which goes on
// counting in them; the slice belongs to the caller.
func (s *Source) Captures() []*exchange.Capture {
	return slices.Clone(s.captures)
}

// Skipped counts what folders and archives hold beside captures and was left
// out so far, sorted by kind.
func (s *Source) Skipped() []Skip {
	var list []Skip
	for format, n := range s.skipped {
		list = append(list, Skip{format, n})
	}
	slices.SortFunc(list, func(a, b Skip) int { return strings.Compare(a.Format, b.Format) })
	return list
}

// capture starts a new capture. If the label is taken (twice the same member in
// an archive), it is numbered, so that a [exchange.Locator] names one place.
func (s *Source) capture(label, format string) *exchange.Capture {
	c := &exchange.Capture{Name: unique(s.taken, label), Format: format}
	s.captures = append(s.captures, c)
	return c
}

// refuse yields the error for an input that cannot be read at all.
func (s *Source) refuse(label, format string, f *fault) {
	if s.halted() { // the fault may be the interruption itself
		return
	}
	c := s.capture(label, format)
	s.emit(nil, f.unreadable(c.Name))
}

// emit hands one exchange or error to the consumer and reports whether the
// stream goes on.
func (s *Source) emit(x *exchange.Exchange, err error) bool {
	if s.halted() {
		return false
	}
	s.progress(false)
	if !s.yield(x, err) {
		s.stopped = true
	}
	return !s.stopped
}

// halted reports whether the stream is to end now.
func (s *Source) halted() bool {
	if !s.stopped && s.ctx.Err() != nil {
		s.stopped = true
	}
	return s.stopped
}

// progress calls the callback if there is enough to tell.
func (s *Source) progress(last bool) {
	if s.o.Progress == nil {
		return
	}
	n := s.read.Load()
	if s.total >= 0 {
		n = min(n, s.total) // bytes that were read again count once
	}
	if n < s.reported+s.lim.step && !last {
		return
	}
	s.reported = max(n, s.reported)
	s.o.Progress(Progress{Name: s.current, Read: s.reported, Total: s.total})
}
