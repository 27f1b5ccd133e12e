package main

import (
	"context"
	"net"
	"runtime/debug"
	"testing"
	"time"

	"github.com/why401/why401/capture/proxy"
)

// TestMemoryFor: the limits keep to what a proxy may take, of which the limit leaves
// out some 12 MiB: the program itself.
func TestMemoryFor(t *testing.T) {
	const mib = 1 << 20
	for _, tc := range []struct {
		conns int
		most  int64
	}{{0, 50 * mib}, {16, 50 * mib}, {1000, 130 * mib}} {
		if got := memoryFor(tc.conns); got > tc.most {
			t.Errorf("%d connections: %d MiB", tc.conns, got/mib)
		}
	}
	for n := range 2 * maxConns {
		if memoryFor(n+1) < memoryFor(n) {
			t.Fatal("less for more connections than", n)
		}
	}
	if memoryFor(1<<40) != memoryFor(maxConns) {
		t.Error("the memory has no bound")
	}
}

// TestBreather: the limit grows at once, by steps, and shrinks when it was too much
// for a while.
func TestBreather(t *testing.T) {
	b := breather{limit: memoryFor(0)}
	if b.next(0) || b.next(1) || !b.next(1000) || b.limit != memoryFor(1000) {
		t.Fatal("it does not grow:", b)
	}
	for range patience - 1 {
		if b.next(0) {
			t.Fatal("it shrinks at once:", b)
		}
	}
	if b.next(1000) || b.next(0) {
		t.Fatal("it shrinks although there were connections again:", b)
	}
	for range patience - 2 {
		b.next(0)
	}
	if !b.next(10) || b.limit != memoryFor(10) {
		t.Fatal("it does not shrink:", b)
	}
}

// TestBreathe: the limit follows the connections, and is as before at the end.
func TestBreathe(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	p, err := proxy.New(proxy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, l) }()
	stop := breathe(p)
	const conns = 200
	for range conns {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("CONNECT acme.atlassian.net:443 HTTP/1.1\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(20 * breath); debug.SetMemoryLimit(-1) < memoryFor(conns*3/4); time.Sleep(breath / 10) {
		if time.Now().After(end) {
			t.Fatal("the limit does not follow the connections:", debug.SetMemoryLimit(-1))
		}
	}
	cancel()
	<-served
	stop()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Error("the limit stays", got)
	}
}
