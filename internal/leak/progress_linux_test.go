package leak

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what is written to the second shows in the first.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here")
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skip("no pseudo-terminals here")
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skip("no pseudo-terminals here")
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here")
	}
	return master, slave
}

// TestProgressBar feeds the program slowly, so that it draws its bar, and looks at
// all that shows on the terminal.
func TestProgressBar(t *testing.T) {
	exe := program(t)
	master, slave := terminal(t)
	b := newBatch(8, 0, len(places()), func(i int) int { return i % len(encodings) })
	for i := range b.calls {
		if i%10 == 0 {
			b.calls[i].said = strings.Repeat("x", 1<<20)
		}
	}
	har := asHAR(b)
	in, feed := io.Pipe()
	c := exec.Command(exe, "analyze", "--long", "-")
	var report bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = in, &report, slave
	seen := make(chan string)
	go func() {
		all, _ := io.ReadAll(master) // ends with an error when nobody can write any more
		seen <- string(all)
	}()
	go func() {
		half := len(har) / 2
		_, _ = io.WriteString(feed, har[:half])
		time.Sleep(time.Second)
		_, _ = io.WriteString(feed, har[half:])
		_ = feed.Close()
	}()
	_ = c.Run() // the exit status tells what was found
	_ = slave.Close()
	shown := <-seen
	if !strings.Contains(shown, "reading") || report.Len() == 0 {
		t.Errorf("no bar in %d bytes, a report of %d bytes", len(shown), report.Len())
	}
	for _, found := range append(b.needles.leaks(shown), b.needles.leaks(report.String())...) {
		t.Error(found)
	}
}
