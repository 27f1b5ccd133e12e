package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// quickPair returns the two ends of a connection, the first with quick calls.
func quickPair(t *testing.T) (net.Conn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	return quick(a), b.(*net.TCPConn)
}

// TestQuick: what is read and written is whole, also where it has to wait for the
// other end, and both directions work at once.
func TestQuick(t *testing.T) {
	a, b := quickPair(t)
	if n, err := a.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := a.Write(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20) // 16 MiB: more than any buffer of a socket
	sent := make(chan error, 1)
	go func() {
		_, err := a.Write(want)
		closeWrite(a)
		sent <- err
	}()
	back := make(chan []byte, 1)
	go func() {
		got, _ := io.ReadAll(a)
		back <- got
	}()
	time.Sleep(20 * time.Millisecond)
	got, err := io.ReadAll(io.TeeReader(b, b))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_ = b.CloseWrite()
	if got := <-back; !bytes.Equal(got, want) {
		t.Errorf("%d bytes back", len(got))
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// TestQuickErrors: a failure is told as package net tells it.
func TestQuickErrors(t *testing.T) {
	a, b := quickPair(t)
	buf := make([]byte, 16)
	_ = a.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := a.Read(buf); !timedOut(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	_ = a.SetReadDeadline(time.Time{})
	_ = a.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := a.Write(make([]byte, 64<<20)); !timedOut(err) || n == 0 || n == 64<<20 {
		t.Errorf("write deadline: %d, %v", n, err)
	}
	_ = b.SetLinger(0)
	_ = b.Close()
	if _, err := a.Read(buf); !reset(err) || !closed(err) {
		t.Errorf("reset: %v", err)
	}
	_ = a.SetWriteDeadline(time.Time{})
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		_, err = a.Write(buf)
	}
	if !reset(err) {
		t.Errorf("write after reset: %v", err)
	}
	a, b = quickPair(t)
	_ = b.Close()
	if _, err := a.Read(buf); err != io.EOF {
		t.Errorf("end: %v", err)
	}
	a, _ = quickPair(t)
	ended := make(chan error, 1)
	go func() {
		_, err := a.Read(make([]byte, 16))
		ended <- err
	}()
	time.Sleep(10 * time.Millisecond)
	_ = a.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed within a read: %v", err)
	}
	if _, err := a.Write(buf); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
