package packet

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// The errors of [Listen], besides a [*FilterError].
var (
	ErrUnsupported = errors.New("this system cannot capture packets without a driver")
	ErrPermission  = errors.New("this account may not capture packets")
	ErrInterface   = errors.New("there is no such network interface")
	ErrListen      = errors.New("the system refuses to capture packets")
)

// Counts are packets of a live capture.
type Counts struct {
	Seen    int // that matched the filter and were read
	Dropped int // that the system dropped because they came too fast
}

// noteKernel counts the packets that the system dropped.
const noteKernel exchange.NoteKind = "packets-dropped"

// Exchanges returns what goes over the interface, each exchange when it is
// complete, until ctx is done; then what is still open comes, too. c is described
// while it is read. The sequence can be used once, and yields no error but an
// *[exchange.Unreadable] if the capture breaks off.
func (t *Tap) Exchanges(ctx context.Context, c *exchange.Capture, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		r := newReader(c, o, yield)
		r.live = true
		d := newDecoder()
		err := r.packets(&stream{tap: t, ctx: ctx, drain: liveDrain}, d)
		c.AddN(noteKernel, t.Counts().Dropped)
		r.over(d, err)
	}
}

// A stream is the packets of a tap until a context is done.
type stream struct {
	tap   *Tap
	ctx   context.Context
	drain int // packets that are still read then
	last  time.Time
}

func (s *stream) read(fr *frame) error {
	if s.ctx.Err() == nil {
		if now := time.Now(); now.Sub(s.last) > liveTick { // also when packets never end
			s.last = now
			return errIdle
		}
		return s.tap.read(fr, liveTick)
	}
	// What was sent before counts.
	if s.drain--; s.drain < 0 {
		return io.EOF
	}
	err := s.tap.read(fr, 0)
	if err == errIdle {
		return io.EOF
	}
	return err
}

// idle looks at what waits while there are no packets.
func (r *reader) idle(now time.Time) {
	for _, t := range slices.Clone(r.early) {
		t.run()
	}
	r.early = slices.DeleteFunc(r.early, func(t *tlsLayer) bool { return t.asked || t.idle || t.c.ended })
	var silent []*conn
	for c := r.oldest.nextConn; c != &r.oldest && instantOf(now).since(c.last) > dialLive; c = c.nextConn {
		if !c.ended && !c.accepted && c.attempts > 0 {
			silent = append(silent, c)
		}
	}
	for _, c := range silent {
		r.finish(c)
	}
	r.lookups(instantOf(now.Add(-quietLive)))
	r.tell(instantOf(now.Add(-quietLive)))
}
