package main

import (
	"runtime/debug"
	"time"

	"github.com/why401/why401/capture/proxy"
)

// What main allows is for captures, which come one after the other; a proxy needs
// memory for each connection that is open. Without room for it the collector works
// all the time: at a thousand connections that was two fifths of all that the proxy
// did. Much more room is of no use: a page that is touched for the first time costs
// more than the collector.
const (
	proxyMemory = 48 << 20 // for a few connections
	connMemory  = 64 << 10 // for each one
	maxConns    = 4096     // and no more for those beyond
	breath      = 500 * time.Millisecond
	patience    = 120 // breaths; clients that went often come again
)

// memoryFor is what the program may take with so many connections.
func memoryFor(conns int) int64 { return proxyMemory + int64(min(conns, maxConns))*connMemory }

// A breather decides when the limit changes. A new one stops the program for a
// moment, so it does not follow each connection.
type breather struct {
	limit int64
	low   int // how often less would have done
}

// next takes the number of connections and reports whether there is a new limit.
func (b *breather) next(conns int) bool {
	l := memoryFor(conns)
	switch {
	case l > b.limit+b.limit/16:
	case l < b.limit-b.limit/16:
		if b.low++; b.low < patience {
			return false
		}
	default:
		b.low = 0
		return false
	}
	b.limit, b.low = l, 0
	return true
}

// breathe lets the memory that p may take follow its connections, until stop is
// called.
func breathe(p *proxy.Proxy) (stop func()) {
	b := breather{limit: memoryFor(0)}
	was := debug.SetMemoryLimit(b.limit)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(breath)
		defer tick.Stop()
		for {
			select {
			case <-end:
				debug.SetMemoryLimit(was)
				return
			case <-tick.C:
			}
			if b.next(p.Stats().Open) {
				debug.SetMemoryLimit(b.limit)
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}
