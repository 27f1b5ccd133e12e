package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/report"
)

// document is a HAR as other programs read it.
type document struct {
	Log struct {
		Comment string
		Entries []struct{ Request struct{ URL string } }
	}
}

func readHAR(t *testing.T, b []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return d
}

func call(n string) *exchange.Exchange {
	return &exchange.Exchange{
		From:    &exchange.Capture{Name: "proxy"},
		Request: exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/" + n}, Response: &exchange.Response{Status: 401},
	}
}

// TestHARBetweenWrites: whenever the program is killed, the file is a document
// that says that it was not closed.
func TestHARBetweenWrites(t *testing.T) {
	name := filepath.Join(t.TempDir(), "traffic.har")
	if err := os.WriteFile(name, []byte(strings.Repeat("old", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := newHARLog(name, 0, openHAR, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := l.see(call("x")); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := readHAR(t, b)
		if len(d.Log.Entries) != n+1 || !strings.Contains(d.Log.Comment, "not closed") || !strings.Contains(d.Log.Comment, "tokens included") {
			t.Errorf("%d: %+v", n, d)
		}
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(name)
	if d := readHAR(t, b); len(d.Log.Entries) != 3 || d.Log.Comment != harSecrets {
		t.Errorf("%+v", d)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

// TestHARRotates: a file that is full is put aside, and both are whole.
func TestHARRotates(t *testing.T) {
	name := filepath.Join(t.TempDir(), "traffic.har")
	l, err := newHARLog(name, 2000, openHAR, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		if err := l.see(call(strings.Repeat("x", n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
	if len(files) != 2 || l.past < 2 {
		t.Errorf("%d rotations, %v", l.past, files)
	}
	for file, comment := range map[string]string{l.aside(): harSecrets + harContinue, name: harSecrets} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := readHAR(t, b); d.Log.Comment != comment || len(b) > 2000+2000 {
			t.Errorf("%s: %d bytes, %+v", file, len(b), d)
		}
	}
}

// TestHARForm: what is written can be made another one, or left out.
func TestHARForm(t *testing.T) {
	name := filepath.Join(t.TempDir(), "traffic.har")
	l, err := newHARLog(name, 0, openHAR, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.form = func(x *exchange.Exchange) *exchange.Exchange {
		if strings.HasSuffix(x.Request.URL, "/out") {
			return nil
		}
		return call("other")
	}
	for _, n := range []string{"a", "out", "b"} {
		if err := l.see(call(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(name)
	if d := readHAR(t, b); len(d.Log.Entries) != 2 || d.Log.Entries[0].Request.URL != "https://acme.atlassian.net/other" {
		t.Errorf("%+v", d)
	}
}

// A fullDisk has room for so many bytes.
type fullDisk struct {
	b      []byte
	room   int
	writes int
}

func (d *fullDisk) Write(p []byte) (int, error) { return d.WriteAt(p, int64(len(d.b))) }

func (d *fullDisk) WriteAt(p []byte, off int64) (int, error) {
	d.writes++
	n := min(len(p), max(d.room-int(off), 0))
	if grow := int(off) + n - len(d.b); grow > 0 {
		d.b = append(d.b, make([]byte, grow)...)
	}
	copy(d.b[off:], p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *fullDisk) Truncate(n int64) error { d.b = d.b[:n]; return nil }
func (d *fullDisk) Close() error           { return nil }

// TestHARDiskFull: it is told once, nothing waits for it, and the file says that
// it is not whole.
func TestHARDiskFull(t *testing.T) {
	d := &fullDisk{room: 2000}
	var out bytes.Buffer
	view, err := newLive(&out, nil, report.Style{})
	if err != nil {
		t.Fatal(err)
	}
	if view.har, err = newHARLog("x.har", 0, func(string) (harFile, error) { return d, nil }, nil); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		view.see(call("x"))
	}
	if err := view.close(); err != nil {
		t.Error("told twice:", err)
	}
	if n := strings.Count(out.String(), "cannot be written any further: no space left"); n != 1 {
		t.Errorf("told %d times:\n%s", n, out.String())
	}
	if d.writes > 10 {
		t.Errorf("%d writes to a full disk", d.writes)
	}
	if doc := readHAR(t, d.b); len(doc.Log.Entries) < 1 || !strings.Contains(doc.Log.Comment, "incomplete") {
		t.Errorf("%+v", doc)
	}
	if strings.Count(out.String(), "401  GET") != 50 {
		t.Error("the view stopped")
	}
}

func TestSizeOf(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "10": 10, "3kb": 3 << 10, "512MB": 512 << 20, "1 GB": 1 << 30, "": -1, "-1": -1, "x": -1, "9999999999GB": -1} {
		n, err := sizeOf(s)
		if err != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d", s, n)
		}
	}
}

// A child is the program in a process of its own: a proxy in front of a site.
type child struct {
	*exec.Cmd
	addr string
	out  syncBuffer
	errs syncBuffer // of one within the test
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func startProxy(t *testing.T, site *jiratest.Site, flags ...string) *child {
	t.Helper()
	dir := t.TempDir()
	ca := filepath.Join(dir, "site.pem")
	if err := os.WriteFile(ca, site.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(exe)}
	c.Args = append([]string{
		"why401", "proxy", "--listen", "127.0.0.1:0", "--reverse", "https://acme.atlassian.net", "--upstream-ca", ca, "--connect", strings.Join(site.Connect(), ","),
	}, flags...)
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "AppData="+dir)
	c.Stdout = &c.out
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	r := bufio.NewReader(errs)
	for c.addr == "" {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal("the proxy does not start: ", err)
		}
		if _, rest, ok := strings.Cut(line, "proxy on http://"); ok {
			c.addr, _, _ = strings.Cut(rest, ";")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return c
}

func (c *child) get(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.addr+"/rest/api/3/myself", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("fred", "CANARY-wrong")
	a, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, a.Body)
	_ = a.Body.Close()
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what, "does not happen")
		}
	}
}

// TestKilled ends the proxy by force while it works: all that was seen is in the
// HAR, which is whole but says that it was not closed.
func TestKilled(t *testing.T) {
	site := newSite(t)
	name := filepath.Join(t.TempDir(), "traffic.har")
	c := startProxy(t, site, "--har-raw", name)
	for range 5 {
		c.get(t)
	}
	until(t, "the fourth exchange", func() bool { return strings.Count(c.out.String(), "GET https://") >= 4 })
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := readHAR(t, b); len(d.Log.Entries) < 4 || !strings.Contains(d.Log.Comment, "not closed") {
		t.Errorf("%+v", d.Log)
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"analyze", name}, stdio{in: strings.NewReader(""), out: &out, err: &out}); code != exitCause {
		t.Errorf("exit status %d\n%s", code, out.String())
	}
}

// TestHARFlags: what cannot be meant is refused.
func TestHARFlags(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--har", "a", "--har-raw", "b"}, "exclude each other"},
		{[]string{"--har", "a", "--har-max-size", "much"}, "--har-max-size"},
		{[]string{"--har", filepath.Join(t.TempDir(), "no", "such")}, "--har"},
	} {
		var e bytes.Buffer
		args := append(append([]string{"run"}, tc.args...), "--", "true")
		if code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: &e, err: &e}); code != exitUnusable || !strings.Contains(e.String(), tc.want) {
			t.Errorf("%v: %d %s", tc.args, code, e.String())
		}
	}
}
