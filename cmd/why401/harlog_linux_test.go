package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/why401/why401/internal/jiratest"
)

// smallDisk mounts a file system of so many bytes, if this user may.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no file system can be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill makes requests until the disk must be full, and some more, each of which
// has to be answered as before.
func fill(t *testing.T, site *jiratest.Site, flag, name string) (c *child) {
	t.Helper()
	c, end := startHere(t, site, "--reverse", "https://acme.atlassian.net", flag, name)
	start := time.Now()
	for range 60 {
		c.get(t)
	}
	until(t, "the last exchange", func() bool { return strings.Count(c.out.String(), "401  GET") == 60 })
	if code := end(); code != exitCause {
		t.Errorf("exit status %d", code)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
	if n := strings.Count(c.out.String(), "cannot be written any further: no space left on device"); n != 1 {
		t.Errorf("told %d times\n%s", n, c.out.String())
	}
	return c
}

// TestHAROnFullDisk: on a real file system that is full, the user is told, the
// requests go on, and the file is a document that says that it is not whole.
func TestHAROnFullDisk(t *testing.T) {
	site := newSite(t)
	for flag, comment := range map[string]string{"--har-raw": harSecrets + harCut, "--har": harScrubbed + harCut} {
		t.Run(flag, func(t *testing.T) {
			name := filepath.Join(smallDisk(t, "32k"), "traffic.har")
			fill(t, site, flag, name)
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d := readHAR(t, b)
			if n := len(d.Log.Entries); n < 5 || n > 55 || !strings.HasPrefix(d.Log.Comment, comment) {
				t.Errorf("%d entries, %q", n, d.Log.Comment)
			}
			if flag == "--har" && marked(b) != "" {
				t.Errorf("%q", marked(b))
			}
			if files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); len(files) > 0 {
				t.Errorf("left behind: %v", files)
			}
			var out bytes.Buffer
			if code := run(t.Context(), []string{"analyze", name}, stdio{in: strings.NewReader(""), out: &out, err: &out}); code != exitCause {
				t.Errorf("exit status %d\n%s", code, out.String())
			}
		})
	}
}

// TestHAROnFullDevice is the same for a device that takes nothing.
func TestHAROnFullDevice(t *testing.T) {
	site := newSite(t)
	for _, flag := range []string{"--har-raw", "--har"} {
		fill(t, site, flag, "/dev/full")
	}
}

// TestHAREndsOnFullDisk: the disk gets full when a scrubbed file is looked through
// at the end, which needs a second one. The file stays and says that this was not
// done.
func TestHAREndsOnFullDisk(t *testing.T) {
	site := newSite(t)
	dir := smallDisk(t, "64k")
	name := filepath.Join(dir, "traffic.har")
	c, end := startHere(t, site, "--reverse", "https://acme.atlassian.net", "--har", name)
	for range 8 {
		c.get(t)
	}
	until(t, "the last exchange", func() bool { return strings.Count(c.out.String(), "401  GET") == 8 })
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 1024); err == nil; {
		_, err = ballast.Write(b)
	}
	_ = ballast.Close()
	end()
	if !strings.Contains(c.errs.String(), "was not looked through") {
		t.Error(c.errs.String())
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := readHAR(t, b); len(d.Log.Entries) != 8 || d.Log.Comment != harScrubbed+harUnswept || marked(b) != "" {
		t.Errorf("%d entries, %q, %q", len(d.Log.Entries), d.Log.Comment, marked(b))
	}
}
