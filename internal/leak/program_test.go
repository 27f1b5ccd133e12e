package leak

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/why401/why401/internal/report"
)

// built is the folder of the programs, which TestMain removes.
var built = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "why401-leak-*") })

// compile builds the program, with some of its sources replaced.
func compile(name string, overlay map[string]string) (string, error) {
	dir, err := built()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+".exe")
	args := []string{"build", "-o", path}
	if len(overlay) > 0 {
		b, _ := json.Marshal(map[string]any{"Replace": overlay})
		list := path + ".json"
		if err := os.WriteFile(list, b, 0o600); err != nil {
			return "", err
		}
		args = append(args, "-overlay", list)
	}
	c := exec.Command("go", append(args, "./cmd/why401")...)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
}

var whole = sync.OnceValues(func() (string, error) { return compile("why401", nil) })

// program returns the path of the program.
func program(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	path, err := whole()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A place to run the program in.
type room struct{ in, out, tmp, key string }

func newRoom(t *testing.T) room {
	t.Helper()
	dir := t.TempDir()
	r := room{filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "tmp"), filepath.Join(dir, "key")}
	for _, d := range []string{r.in, r.out, r.tmp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// run runs the program and returns its exit code and what it writes.
func (r *room) run(t *testing.T, exe string, stdin io.Reader, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	c := exec.Command(exe, args...)
	c.Dir, c.Stdin, c.Stdout, c.Stderr = r.out, stdin, &out, &said
	c.Env = append(os.Environ(), "TMPDIR="+r.tmp, "TMP="+r.tmp, "TEMP="+r.tmp)
	c.Env = append(c.Env, env...)
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	return code, out.String(), said.String()
}

// everything runs all that writes something on an input, and returns all that was
// written, the names of files included.
func (r *room) everything(t *testing.T, exe string, w *written, key byte, formats []string) map[string]string {
	t.Helper()
	if err := os.WriteFile(r.key, bytes.Repeat([]byte{key}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--key-file", r.key}
	for _, k := range w.keyLogs {
		flags = append(flags, "--keylog", k)
	}
	scrubFlags := slices.Clone(flags)
	flags = append(flags, "--host", "*.corp.example")
	for _, e := range w.envs {
		flags = append(flags, "--env", e)
	}
	out := map[string]string{}
	do := func(what string, good []int, args ...string) {
		code, stdout, stderr := r.run(t, exe, nil, nil, args...)
		out[what+", standard output"], out[what+", standard error"] = stdout, stderr
		if !slices.Contains(good, code) || strings.Contains(stderr, "internal error") {
			t.Errorf("%s: exit code %d: %s", what, code, stderr)
		}
	}
	with := func(args ...string) []string { return append(args, append(slices.Clone(flags), w.names...)...) }
	do("analyze --debug", []int{0, 1, 3}, with("analyze", "--debug", "--long")...)
	for _, f := range formats {
		do("analyze -f "+f, []int{0, 1, 3}, with("analyze", "-f", f, "-o", "report-"+f)...)
	}
	do("bundle", []int{0, 3}, with("bundle", "-o", "ticket.zip")...)
	if len(w.envs) == 0 { // scrub does not resolve variables
		do("scrub", []int{0, 3}, append(append([]string{"scrub", "-o", "safe.har"}, scrubFlags...), w.names...)...)
	}
	do("scrub --check", []int{0, 1}, append([]string{"scrub", "--check"}, w.names...)...)
	do("compare", []int{0, 1, 2, 3}, "compare", w.names[0], w.names[0])

	err := filepath.WalkDir(r.out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out["file names"] += d.Name() + "\n"
		if strings.HasSuffix(path, ".zip") {
			z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return err
			}
			out["archive, comment"] = z.Comment
			for _, f := range z.File {
				m, err := f.Open()
				if err != nil {
					return err
				}
				b, err := io.ReadAll(m)
				if err != nil {
					return err
				}
				out["file names"] += f.Name + "\n"
				out["archive, comment"] += f.Comment + string(f.Extra) + "\n"
				out["archive, "+f.Name] = string(b)
			}
			return nil
		}
		out["file "+d.Name()] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(r.tmp); len(left) > 0 {
		t.Errorf("%d temporary files are left, such as %s", len(left), left[0].Name())
	}
	return out
}

// TestProgram runs the program itself over each form: nothing of a canary is in
// what it prints, be it for debugging, in the files and archives that it writes, in
// their names, or in temporary files.
func TestProgram(t *testing.T) {
	exe := program(t)
	n := len(places())
	b := newBatch(401, 0, n, func(i int) int { return i % len(encodings) })
	for i, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			b.used = 0
			in := f.make(t, b)
			r := newRoom(t)
			w := in.write(t, r.in)
			formats := report.Formats()
			if i > 0 {
				formats = formats[i%len(formats):][:1]
			}
			secrets := []*needles{b.needles, newNeedles()}
			for _, s := range in.secret {
				secrets[1].windows(s.value, 2*window, s.place, func(string) bool { return false })
			}
			outputs := r.everything(t, exe, w, 1, formats)
			if len(outputs) < 14 {
				t.Errorf("only %d outputs", len(outputs))
			}
			for _, name := range strings.Fields(outputs["file names"]) {
				if !slices.Contains([]string{"ticket.zip", "safe.har", "scrubbed.har", "report.html", "report.md", "report.json", "MANIFEST.txt"}, name) && !strings.HasPrefix(name, "report-") && !strings.HasPrefix(name, "scrubbed-") {
					t.Errorf("a file %s", name)
				}
			}
			var again map[string]string
			for name, out := range outputs {
				for _, n := range secrets {
					for _, found := range n.leaks(out) {
						if again == nil {
							again = r.everything(t, exe, w, 2, formats)
						}
						from, _, _ := strings.Cut(found, ": ")
						if slices.ContainsFunc(n.leaks(again[name]), func(o string) bool { return strings.HasPrefix(o, from+": ") }) {
							t.Errorf("%s: %s", name, found)
						}
					}
				}
			}
		})
	}
}

// TestPanics breaks the program where it reads and where it judges, by a panic
// that quotes what was read: nothing of it is printed.
func TestPanics(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	dir := t.TempDir()
	src := filepath.Join(root, "cmd", "why401", "analyze.go")
	b, err := os.ReadFile(src)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.NewReplacer("engine.See(x, err)", "brittle(x); engine.See(x, err)", "Prepare: rule.Prepare", "Prepare: brittlePrepare").Replace(string(b))
	if strings.Count(broken, "brittle") < 2 {
		t.Fatal("analyze is not what it was")
	}
	overlay := map[string]string{}
	for name, text := range map[string]string{"analyze.go": broken, "brittle.go": `package main

import (
	"os"
	"sync/atomic"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
)

var read atomic.Int32

func brittle(x *exchange.Exchange) {
	if x != nil && os.Getenv("WHY401_BREAK") == "rule" {
		panic("cannot take " + x.Request.URL + " with " + x.Request.Header.Value("Authorization"))
	}
}

func brittlePrepare(x *exchange.Exchange) {
	// One goroutine reads the first ones.
	if os.Getenv("WHY401_BREAK") == "reader" && read.Add(1) > 20 {
		panic("cannot read " + x.Request.URL + " with " + x.Request.Header.Value("Authorization"))
	}
	rule.Prepare(x)
}
`} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		to, err := filepath.Abs(filepath.Join(root, "cmd", "why401", name))
		if err != nil {
			t.Fatal(err)
		}
		overlay[to] = path
	}
	exe, err := compile("brittle", overlay)
	if err != nil {
		t.Fatal(err)
	}
	calls := newBatch(7, 0, 40, func(int) int { return 0 })
	for i := range calls.calls { // so much that several goroutines read it
		calls.calls[i].said = strings.Repeat("x", 100_000)
	}
	r := newRoom(t)
	in := input{files: map[string]string{"in.har": asHAR(calls)}}
	w := in.write(t, r.in)
	for _, where := range []string{"rule", "reader"} {
		for _, trace := range []string{"", "1"} {
			for _, workers := range []string{"1", "2"} {
				code, stdout, stderr := r.run(t, exe, nil, []string{"WHY401_BREAK=" + where, "WHY401_TRACE=" + trace}, "analyze", "--workers", workers, w.names[0])
				if code != 2 || !strings.Contains(stderr, "internal error") {
					t.Errorf("a panic in a %s: exit code %d, %d bytes of standard error", where, code, len(stderr))
				}
				for _, found := range calls.needles.leaks(stdout + stderr) {
					t.Errorf("a panic in a %s, %s workers: %s", where, workers, found)
				}
			}
		}
	}
	if left, _ := os.ReadDir(r.tmp); len(left) > 0 {
		t.Errorf("%d temporary files are left", len(left))
	}
}
