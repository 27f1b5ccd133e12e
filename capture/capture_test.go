package capture

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"github.com/why401/why401/internal/exchange"
)

// archive is a HAR with n entries, the i-th for the path /i.
func archive(n int) string {
	var b strings.Builder
	b.WriteString(`{"log":{"version":"1.2","creator":{"name":"test","version":"1"},"entries":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"startedDateTime":"2026-01-02T03:04:05.678Z","time":1,"request":{"method":"GET","url":"https://jira.example.com/%d","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"queryString":[],"headersSize":-1,"bodySize":0},"response":{"status":401,"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"content":{"size":0,"mimeType":"text/plain"},"redirectURL":"","headersSize":-1,"bodySize":0},"cache":{},"timings":{"send":0,"wait":1,"receive":0}}`, i)
	}
	b.WriteString("]}}")
	return b.String()
}

func gz(parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		io.WriteString(w, p)
		w.Close()
	}
	return b.String()
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zst(s string) string {
	w, _ := zstd.NewWriter(nil)
	defer w.Close()
	return string(w.EncodeAll([]byte(s), nil))
}

// zipped makes a zip archive of pairs of name and content.
func zipped(pairs ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err != nil {
			panic(err)
		}
		io.WriteString(f, pairs[i+1])
	}
	w.Close()
	return b.String()
}

func tarred(pairs ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w.WriteHeader(&tar.Header{Name: pairs[i], Mode: 0o600, Size: int64(len(pairs[i+1]))})
		io.WriteString(w, pairs[i+1])
	}
	w.Close()
	return b.String()
}

func wide(s string, big, bom bool) string {
	var b []byte
	units := utf16.Encode([]rune(s))
	if bom {
		units = slices.Insert(units, 0, 0xfeff)
	}
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// tree writes pairs of path and content below a new directory.
func tree(t testing.TB, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		p := filepath.Join(dir, filepath.FromSlash(pairs[i]))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(pairs[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// told is what a source said, as lines: the exchanges of a capture are counted,
// then come its errors.
func told(s *Source) string {
	var b strings.Builder
	errs := map[string][]string{}
	n := map[string]int{}
	for x, err := range s.Exchanges() {
		if (x == nil) == (err == nil) {
			return "an exchange and an error, or neither"
		}
		if err == nil {
			n[x.From.Name]++
			continue
		}
		var u *exchange.Unreadable
		if !errors.As(err, &u) {
			return "an error of another type"
		}
		line := "! " + u.Reason
		if u.At.Index >= 0 {
			line = fmt.Sprintf("! #%d %s", u.At.Index, u.Reason)
		}
		if !u.Fatal {
			line = "not fatal: " + line
		}
		errs[u.At.Capture] = append(errs[u.At.Capture], line)
	}
	for _, c := range s.Captures() {
		fmt.Fprintf(&b, "%s: %s %d", filepath.ToSlash(c.Name), c.Format, n[c.Name])
		if c.Exchanges != n[c.Name] {
			fmt.Fprintf(&b, " (counted %d)", c.Exchanges)
		}
		for _, k := range c.Notes {
			if k.Kind != exchange.NoteUnreadable {
				fmt.Fprintf(&b, " %s", k.Kind)
			}
		}
		b.WriteByte('\n')
		for _, e := range errs[c.Name] {
			fmt.Fprintf(&b, "  %s\n", e)
		}
	}
	for _, k := range s.Skipped() {
		fmt.Fprintf(&b, "skipped %s %d\n", k.Format, k.N)
	}
	return b.String()
}

// read opens content as standard input.
func read(content string, change ...func(*limits)) *Source {
	s := Open(context.Background(), []string{"-"}, Options{Stdin: strings.NewReader(content)})
	for _, f := range change {
		f(&s.lim)
	}
	return s
}

func check(t *testing.T, s *Source, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimPrefix(want, "\n"), "\n\t\t\t", "\n")
	if got := told(s); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEncodingsAndCompressions(t *testing.T) {
	two := archive(2)
	big := archive(400) // longer than what is looked at to tell the kind
	for name, c := range map[string]struct{ in, want string }{
		"plain":               {two, "stdin: har 2\n"},
		"long":                {big, "stdin: har 400\n"},
		"blanks":              {"\r\n \t" + two + "\n", "stdin: har 2\n"},
		"bom":                 {"\ufeff" + two, "stdin: har 2 byte-order-mark\n"},
		"utf-16le bom":        {wide(two, false, true), "stdin: har 2 utf-16\n"},
		"utf-16be bom":        {wide(two, true, true), "stdin: har 2 utf-16\n"},
		"utf-16le":            {wide(big, false, false), "stdin: har 400 utf-16\n"},
		"utf-16be":            {wide(two, true, false), "stdin: har 2 utf-16\n"},
		"gzip":                {gz(two), "stdin: har 2 compressed\n"},
		"gzip long":           {gz(big), "stdin: har 400 compressed\n"},
		"gzip members":        {gz(big[:1000], big[1000:90000], "", big[90000:]), "stdin: har 400 compressed\n"},
		"gzip tail":           {gz(big) + "garbage", "stdin: har 400 compressed trailing-data\n"},
		"gzip zero tail":      {gz(big) + strings.Repeat("\x00", 5000), "stdin: har 400 compressed trailing-data\n"},
		"gzip utf-16":         {gz(wide(two, false, true)), "stdin: har 2 compressed utf-16\n"},
		"zlib":                {deflated(big), "stdin: har 400 compressed\n"},
		"zstd":                {zst(big), "stdin: har 400 compressed\n"},
		"bzip2":               {bzip2ed, "stdin: har 0 compressed\n"},
		"zip":                 {zipped("a.har", big), "stdin!a.har: har 400 compressed\n"},
		"tar":                 {tarred("a.har", big), "stdin!a.har: har 400 compressed\n"},
		"tar.gz":              {gz(tarred("d/a.har", big, "b.har", two)), "stdin!d/a.har: har 400 compressed\nstdin!b.har: har 2 compressed\n"},
		"gzip in zip":         {zipped("a.har.gz", gz(two)), "stdin!a.har.gz: har 2 compressed\n"},
		"zip in zip":          {zipped("b.zip", zipped("a.har", two)), "stdin!b.zip!a.har: har 2 compressed\n"},
		"zip in gzip":         {gz(zipped("a.har", two)), "stdin!a.har: har 2 compressed\n"},
		"gzip in gzip":        {gz(gz(two)), "stdin: har 2 compressed\n"},
		"gzip x 3":            {gz(gz(gz(two))), "stdin: gzip 0\n  ! it is packed into too many archives\n"},
		"gzip in zip in zip":  {zipped("b.zip", zipped("a.har.gz", gz(two))), "stdin!b.zip!a.har.gz: gzip 0\n  ! it is packed into too many archives\n"},
		"several in zip":      {zipped("b.har", two, "a/a.har", archive(1)), "stdin!b.har: har 2 compressed\nstdin!a/a.har: har 1 compressed\n"},
		"playwright":          {zipped("har.har", two, "0a1b.json", `{"errorMessages":[]}`, "0a1c.png", "\x89PNG\r\n\x1a\n", "0a1d.html", "<!doctype html>"), "stdin!har.har: har 2 compressed\nskipped atlassian-error 1\nskipped html 1\nskipped image 1\n"},
		"same name twice":     {zipped("a.har", two, "a.har", archive(1), "a.har", two), "stdin!a.har: har 2 compressed\nstdin!a.har (2): har 1 compressed\nstdin!a.har (3): har 2 compressed\n"},
		"names that climb":    {zipped("../../etc/a.har", two, "/abs.har", two), "stdin!../../etc/a.har: har 2 compressed\nstdin!/abs.har: har 2 compressed\n"},
		"names that colour":   {zipped("\x1b[31ma\u202erah.\xff\n", two), "stdin!\\x1b[31ma\\u{202e}rah.\\xff\\x0a: har 2 compressed\n"},
		"directories in zip":  {zipped("d/", "", "d/a.har", two, "d/empty.har", ""), "stdin!d/a.har: har 2 compressed\n"},
		"no entries":          {archive(0), "stdin: har 0\n"},
		"zip without members": {zipped(), "stdin: archive 0\n  ! the archive holds no HAR\n"},
		"zip without a HAR":   {zipped("a.txt", "hello", "b.txt", "hello"), "stdin: archive 0\n  ! the archive holds no HAR\n"},
		"tar without a HAR":   {tarred("a.txt", "hello"), "stdin: archive 0\n  ! the archive holds no HAR\n"},
	} {
		t.Run(name, func(t *testing.T) { check(t, read(c.in), c.want) })
		t.Run(name+" as a file", func(t *testing.T) {
			dir := tree(t, "stdin", c.in)
			t.Chdir(dir)
			check(t, Open(t.Context(), []string{"./stdin"}, Options{}), c.want)
		})
	}
}

// bzip2ed is an empty HAR, `{"log":{"entries":[]}}`, packed by bzip2: Go has no
// encoder.
var bzip2ed = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x71\xa6\x9a\x00\x00\x00\x09\x9b\x80\x10\x00\x00\x10\x00\x0a\x02\xa5\x9c\x0a\x20\x00\x21\xa9\x82\x07\xa9\xe9\x0a\x60\x00\x0e\x50\x81\x34\xfb\x3e\x8e\x94\xeb\x96\x2f\xe2\xee\x48\xa7\x0a\x12\x0e\x34\xd3\x40\x00"

func TestDamage(t *testing.T) {
	big := archive(2000)
	packed := gz(big)
	for name, c := range map[string]struct {
		in    string
		least int // exchanges that were whole
		want  string
	}{
		"gzip cut":        {packed[:len(packed)-len(packed)/4], 500, "the compressed data end early"},
		"gzip cut at end": {packed[:len(packed)-1], 2000, "the compressed data end early"},
		"gzip sum":        {packed[:len(packed)-8] + "\x00\x00\x00\x00" + packed[len(packed)-4:], 2000, "the compressed data are damaged"},
		"gzip head":       {packed[:12], 0, "the compressed data end early"},
		"gzip magic":      {"\x1f\x8b", 0, "the compressed data end early"},
		"zlib cut":        {deflated(big)[:3000], 1, "the compressed data end early"},
		"zip cut":         {zipped("a.har", big)[:3000], 0, "the archive is damaged or ends early"},
		"zip damaged":     {spoil(zipped("a.har", big)), 0, "the compressed data are damaged"},
		"tar.gz cut":      {gz(tarred("a.har", big))[:5000], 1, "the compressed data end early"},
		"tar cut":         {tarred("a.har", big)[:1<<19], 1, "the archive is damaged or ends early"},
		"utf-16 cut":      {wide(big, false, true)[:1<<19], 1, ""},
		"zip method":      {method(zipped("a.har", big), 9), 0, "the archive uses a compression that this version does not know"},
		"zip encrypted":   {flagged(zipped("a.har", big), 1), 0, "the archive is protected by a password; its protected members were not read"},
		"utf-32":          {"\xff\xfe\x00\x00{\x00\x00\x00", 0, "the text is UTF-32"},
		"plain cut":       {big[:len(big)/2], 900, ""},
		"skippable zstd":  {"\x50\x2a\x4d\x18\x02\x00\x00\x00hi", 0, "it is empty"},
		"empty gzip":      {gz(""), 0, "it is empty"},
		"page in a gzip":  {gz("<html>"), 0, "a web page, not a HAR"},
	} {
		t.Run(name, func(t *testing.T) {
			n, fatal := 0, 0
			for x, err := range read(c.in).Exchanges() {
				var u *exchange.Unreadable
				switch {
				case err == nil && x != nil:
					n++
				case !errors.As(err, &u):
					t.Fatalf("got %T", err)
				case u.Fatal:
					fatal++
					if c.want != "" && u.Reason != c.want {
						t.Errorf("got %q, want %q", u.Reason, c.want)
					}
				}
			}
			if n < c.least || fatal != 1 {
				t.Errorf("got %d exchanges and %d fatal errors, want at least %d and 1", n, fatal, c.least)
			}
		})
	}
}

// spoil changes a byte in the middle of the data of the first member.
func spoil(z string) string {
	b := []byte(z)
	for i := range 40 {
		b[len(b)/2+i] ^= 0xff
	}
	return string(b)
}

// method and flagged change the two headers of a zip archive with one member.
func method(z string, m byte) string  { return patch(z, 8, 10, m) }
func flagged(z string, f byte) string { return patch(z, 6, 8, f) }

func patch(z string, local, central int, v byte) string {
	b := []byte(z)
	b[local] |= v
	b[strings.LastIndex(z, "PK\x01\x02")+central] |= v
	return string(b)
}

func TestLimits(t *testing.T) {
	// Blanks between two entries pack well.
	bomb := `{"log":{"entries":[` + strings.Repeat(" ", 2<<20) + `]}}`
	tight := func(l *limits) { l.free, l.ratio = 1<<18, 20 }
	small := func(l *limits) { l.unpacked = 1 << 20 }
	for name, c := range map[string]struct {
		in     string
		change func(*limits)
		want   string
	}{
		"ratio gzip":     {gz(bomb), tight, "it unpacks to more than 1,100 times its size"},
		"ratio zstd":     {zst(bomb), tight, "it unpacks to more than 1,100 times its size"},
		"ratio zip":      {zipped("a.har", bomb), tight, "it unpacks to more than 1,100 times its size"},
		"ratio tar.gz":   {gz(tarred("a.har", bomb)), tight, "it unpacks to more than 1,100 times its size"},
		"size gzip":      {gz(bomb), small, "it unpacks to more than 4 GiB"},
		"size zip":       {zipped("a.har", bomb), small, "it unpacks to more than 4 GiB"},
		"size of many":   {zipped("a.har", bomb[:1<<19]+"]}}", "b.har", bomb[:1<<19]+"]}}", "c.har", bomb), small, "it unpacks to more than 4 GiB"},
		"members zip":    {zipped("a", "a", "b", "b", "c", "c"), func(l *limits) { l.members = 2 }, "the archive has too many members; the rest was not looked at"},
		"members tar":    {tarred("a", "a", "b", "b", "c", "c"), func(l *limits) { l.members = 2 }, "the archive has too many members; the rest was not looked at"},
		"directory":      {zipped("a.har", bomb, strings.Repeat("n", 5000), "b"), func(l *limits) { l.directory = 1000 }, "the archive's list of members is too long"},
		"spool file":     {zipped("a.har", noise(1<<16)), func(l *limits) { l.spoolMemory, l.spoolFile = 100, 1000 }, "the archive is too large to be read from a pipe or from within another archive"},
		"spool in a zip": {zipped("a.zip", zipped("a.har", noise(1<<16))), func(l *limits) { l.spoolMemory = 1 << 15 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var last string
			for _, err := range read(c.in, c.change).Exchanges() {
				if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
					last = u.Reason
				}
			}
			if c.want != "" && last != c.want {
				t.Errorf("got %q, want %q", last, c.want)
			}
		})
	}
}

// noise is n bytes that do not pack.
func noise(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestSpoolToDisk(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := read(zipped("a.har", archive(300), "b.har", archive(2)), func(l *limits) { l.spoolMemory = 1000 })
	for range s.Exchanges() {
		if left, _ := os.ReadDir(dir); runtime.GOOS != "windows" && len(left) > 0 {
			t.Fatal("the temporary file has a name while it is read")
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Error("the temporary file stays")
	}
	if got := len(s.Captures()); got != 2 {
		t.Errorf("got %d captures, want 2", got)
	}
}

func TestNames(t *testing.T) {
	dir := tree(
		t,
		"d/b.har", archive(1),
		"d/a/login.har", archive(2),
		"d/a/notes.txt", "hello",
		"d/c/login.har", archive(3),
		"d/c/trace.pcap", emptyTrace,
		"d/.git/hidden.har", archive(1),
		"d/._b.har", "\x00\x05\x16\x07",
		"none/notes.txt", "hello",
		"only/trace.snoop", "snoop\x00\x00\x00",
		"empty.har", "",
		"glob1.har", archive(1),
		"glob2.har", archive(1),
		"[x].har", archive(1),
	)
	os.Mkdir(filepath.Join(dir, "void"), 0o700)
	t.Chdir(dir)
	if runtime.GOOS != "windows" {
		os.Symlink("..", "d/a/loop")
		os.Symlink("d", "link")
		os.Symlink("../glob1.har", "d/z.har")
		os.Symlink("nowhere", "d/dangling")
	}
	for name, c := range map[string]struct {
		names []string
		want  string
	}{
		"none": {nil, ""},
		"directory": {[]string{"d"}, `
			d/a/login.har: har 2
			d/b.har: har 1
			d/c/login.har: har 3
			d/c/trace.pcap: pcap 0
			d/z.har: har 1
			skipped text 1
			`},
		"directory by a link":         {[]string{"link/"}, "link/a/login.har: har 2\nlink/b.har: har 1\nlink/c/login.har: har 3\nlink/c/trace.pcap: pcap 0\nlink/z.har: har 1\nskipped text 1\n"},
		"order and repetition":        {[]string{"glob2.har", "./glob1.har", "glob1.har", "glob*.har"}, "glob2.har: har 1\nglob1.har: har 1\n"},
		"pattern":                     {[]string{"glob?.har"}, "glob1.har: har 1\nglob2.har: har 1\n"},
		"a name with a bracket":       {[]string{"[x].har"}, "[x].har: har 1\n"},
		"pattern without a match":     {[]string{"*.zip", "glob1.har"}, "*.zip:  0\n  ! no file matches this pattern\nglob1.har: har 1\n"},
		"malformed pattern":           {[]string{"a[.har"}, "a[.har:  0\n  ! the pattern is malformed\n"},
		"missing":                     {[]string{"missing.har", "glob1.har"}, "missing.har:  0\n  ! there is no such file\nglob1.har: har 1\n"},
		"no name":                     {[]string{""}, "(no name):  0\n  ! the name is empty\n"},
		"empty":                       {[]string{"empty.har"}, "empty.har: empty 0\n  ! it is empty\n"},
		"directory without files":     {[]string{"void"}, "void:  0\n  ! the directory holds no capture\n"},
		"directory without captures":  {[]string{"none"}, "none: directory 0\n  ! the directory holds no capture\nskipped text 1\n"},
		"file of a directory by name": {[]string{"none", "none/notes.txt"}, "none/notes.txt: text 0\n  ! text, but not a HAR\n"},
		"file before its directory":   {[]string{"none/notes.txt", "none"}, "none/notes.txt: text 0\n  ! text, but not a HAR\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the same twice
				check(t, Open(t.Context(), c.names, Options{}), strings.ReplaceAll(c.want, "\n\t\t\t", "\n"))
			}
		})
	}
	s := Open(t.Context(), []string{"only"}, Options{})
	for _, err := range s.Exchanges() {
		if u := new(exchange.Unreadable); !errors.As(err, &u) || !strings.Contains(u.Hint, "editcap") {
			t.Errorf("a directory with a packet capture only: no hint for that")
		}
	}
}

func TestDenied(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		if got := faultOf(&fs.PathError{Op: "open", Path: "canary", Err: syscall.EACCES}); got != faultDenied {
			t.Errorf("got %q", got.reason)
		}
		return
	}
	dir := tree(t, "a.har", archive(1))
	t.Chdir(dir)
	os.Chmod("a.har", 0)
	check(t, Open(t.Context(), []string{"a.har"}, Options{}), "a.har:  0\n  ! permission denied\n")
}

func TestPipes(t *testing.T) {
	for name, content := range map[string]string{"plain": archive(300), "zip": zipped("a.har", archive(300)), "gzip": gz(archive(300))} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for i := 0; i < len(content); i += 1000 { // slowly
					w.WriteString(content[i:min(i+1000, len(content))])
				}
				w.Close()
			}()
			s := Open(t.Context(), []string{"-", "-"}, Options{Stdin: r})
			n := 0
			for _, err := range s.Exchanges() {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != 300 || len(s.Captures()) != 1 {
				t.Errorf("got %d exchanges in %d captures, want 300 in 1", n, len(s.Captures()))
			}
		})
	}
}

func TestStdinIsAFile(t *testing.T) {
	f, err := os.Open(filepath.Join(tree(t, "a.har", "skip me"+archive(3)), "a.har"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	io.ReadFull(f, make([]byte, len("skip me")))
	check(t, Open(t.Context(), []string{"-"}, Options{Stdin: f}), "stdin: har 3\n")
}

func TestCancel(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		io.WriteString(w, archive(1000)[:300_000]) // and then nothing, and no end
		cancel()
	}()
	done := make(chan int)
	go func() {
		n := 0
		for _, err := range Open(ctx, []string{"-", "more.har"}, Options{Stdin: r}).Exchanges() {
			if err != nil {
				t.Error("an error instead of an end")
			}
			n++
		}
		done <- n
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the stream does not end")
	}
}

func TestStopEarly(t *testing.T) {
	s := Open(t.Context(), []string{filepath.Join(tree(t, "a.har", archive(1000)), "a.har"), "missing"}, Options{Workers: 4})
	n := 0
	for range s.Exchanges() {
		if n++; n == 10 {
			break
		}
	}
	for range s.Exchanges() {
		t.Fatal("a second use yields")
	}
	if n != 10 || len(s.Captures()) != 1 {
		t.Errorf("got %d exchanges of %d captures", n, len(s.Captures()))
	}
}

func TestProgress(t *testing.T) {
	dir := tree(t, "a.har", archive(500), "b.har.gz", gz(archive(500)), "c.txt", strings.Repeat("x", 300_000), "d.har", archive(500), "e.har", archive(1))
	var calls []Progress
	s := Open(t.Context(), []string{dir}, Options{Progress: func(p Progress) { calls = append(calls, p) }})
	s.lim.step = 50_000
	for range s.Exchanges() {
	}
	if len(calls) < 3 || len(calls) > 15 {
		t.Fatalf("got %d calls", len(calls))
	}
	last := calls[len(calls)-1]
	if last.Read != last.Total || last.Total < 300_000 {
		t.Errorf("ends at %d of %d", last.Read, last.Total)
	}
	if !slices.IsSortedFunc(calls, func(a, b Progress) int { return int(a.Read - b.Read) }) {
		t.Error("goes back")
	}
	calls = nil
	for range Open(t.Context(), []string{"-"}, Options{Stdin: strings.NewReader(archive(1)), Progress: func(p Progress) { calls = append(calls, p) }}).Exchanges() {
	}
	if want := (Progress{"stdin", int64(len(archive(1))), -1}); len(calls) != 1 || calls[0] != want {
		t.Errorf("got %v, want %v", calls, want)
	}
}

func TestUnique(t *testing.T) {
	taken := map[string]int{}
	for _, c := range [][2]string{{"a", "a"}, {"a", "a (2)"}, {"a (2)", "a (2) (2)"}, {"a", "a (3)"}, {"b", "b"}} {
		if got := unique(taken, c[0]); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

func TestLabel(t *testing.T) {
	if got := label(strings.Repeat("é", 5000)); len(got) > maxLabel+10 || !strings.HasSuffix(got, "…") {
		t.Errorf("got %d bytes", len(got))
	}
	if got := label("C:\\x\\a b.har\u00a0\u2028\x7f"); got != `C:\x\a b.har\u{a0}\u{2028}\x7f` {
		t.Errorf("got %s", got)
	}
}
