//go:build unix

package capture

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	return path
}

// A process substitution, <(command), is a named pipe to the program.
func TestNamedPipe(t *testing.T) {
	for name, content := range map[string]string{"plain": archive(300), "zip": zipped("a.har", archive(300))} {
		path := fifo(t)
		go os.WriteFile(path, []byte(content), 0o600)
		n := 0
		for _, err := range Open(t.Context(), []string{path}, Options{}).Exchanges() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 300 {
			t.Errorf("%s: got %d exchanges, want 300", name, n)
		}
	}
}

func TestNamedPipeWithoutWriter(t *testing.T) {
	path := fifo(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range Open(ctx, []string{path}, Options{}).Exchanges() {
			t.Error("yields")
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the stream does not end")
	}
	// Let the goroutine that opens the pipe end.
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		f.Close()
	}
}

func TestDirectoryLeavesPipesOut(t *testing.T) {
	path := fifo(t)
	check(t, Open(t.Context(), []string{filepath.Dir(path)}, Options{}), label(filepath.ToSlash(filepath.Dir(path)))+":  0\n  ! the directory holds no capture\n")
}
