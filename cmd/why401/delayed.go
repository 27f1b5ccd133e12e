package main

import (
	"io"
	"sync"
	"time"
)

// What is shown of each exchange waits so long for more, or until it is so many
// bytes: a call of the system for each line is a tenth of the work at a thousand
// requests a second.
const (
	delay      = 20 * time.Millisecond
	maxDelayed = 32 << 10
)

// A delayed writer gathers what is written for a moment. It may be used by several
// goroutines.
type delayed struct {
	w io.Writer

	mu    sync.Mutex
	buf   []byte
	timer *time.Timer
}

// Write keeps b until others follow. An error is that of an earlier write.
func (d *delayed) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := len(d.buf) == 0
	d.buf = append(d.buf, b...)
	switch {
	case len(d.buf) > maxDelayed:
		return len(b), d.write()
	case first && d.timer == nil:
		d.timer = time.AfterFunc(delay, func() { _ = d.flush() })
	case first:
		d.timer.Reset(delay)
	}
	return len(b), nil
}

// flush writes what waits.
func (d *delayed) flush() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.write()
}

func (d *delayed) write() error {
	if len(d.buf) == 0 {
		return nil
	}
	_, err := d.w.Write(d.buf)
	d.buf = d.buf[:0]
	return err
}

// gather lets what l shows wait for a moment. Others must not write to the same
// place before flush is called.
func (l *live) gather() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w = &delayed{w: l.w}
	if l.lines != nil {
		l.machine(&delayed{w: l.out})
	}
}

// flush writes what gather holds back.
func (l *live) flush() {
	for _, w := range []io.Writer{l.w, l.out} {
		if d, ok := w.(*delayed); ok {
			_ = d.flush()
		}
	}
}
