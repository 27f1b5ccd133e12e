package proxy

import (
	"context"
	"io"
	"time"

	"github.com/why401/why401/internal/safely"
)

// A vigil watches a client while nobody reads from it: when the proxy connects to
// a server for it.
type vigil struct {
	ctx    context.Context // ends when the client goes away
	l      *leg
	cancel context.CancelFunc
	done   chan struct{}
	late   *time.Timer // of a client that closed its side but may still read; read after done
	left   bool        // the client went away; read after done
}

// watch begins a vigil over l, from which nobody else may read until it ends. half
// says that a client that closes its side may wait for the answer all the same;
// it does so for halfClosed.
func watch(ctx context.Context, l *leg, half bool) *vigil {
	v := &vigil{l: l, done: make(chan struct{})}
	v.ctx, v.cancel = context.WithCancel(ctx)
	go func() {
		defer close(v.done)
		// A fault shows again to whoever reads from l next.
		_ = safely.Do(func() { v.run(half) })
	}()
	return v
}

func (v *vigil) run(half bool) {
	// What comes meanwhile stays in the buffer; once that is full, no more can be
	// seen of the client.
	for n := v.l.br.Buffered() + 1; n <= v.l.br.Size(); n = v.l.br.Buffered() + 1 {
		_, err := v.l.br.Peek(n)
		switch {
		case err == nil:
		case timedOut(err):
			return // end
		case err == io.EOF && half:
			v.late = time.AfterFunc(halfClosed, v.cancel)
			return
		default:
			v.left = true
			v.cancel()
			return
		}
	}
}

// end ends the vigil and reports whether the client went away.
func (v *vigil) end() bool {
	_ = v.l.raw.SetReadDeadline(time.Unix(1, 0))
	<-v.done
	_ = v.l.raw.SetReadDeadline(time.Time{})
	expired := v.late != nil && !v.late.Stop()
	v.cancel()
	return v.left || expired
}
