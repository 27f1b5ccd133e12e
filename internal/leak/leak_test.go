package leak

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/rules"
)

func TestMain(m *testing.M) {
	// A fixed key makes a failure happen again.
	redact.Use(redact.Policy{Key: redact.Key("the leak tests")})
	debug.SetGCPercent(400) // little is kept
	code := m.Run()
	if dir, err := built(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// long asks for loops that take minutes: the number of hostile captures.
var long, _ = strconv.Atoi(os.Getenv("WHY401_LEAK_LONG"))

// fixtures calls f for every HAR in the repository.
func fixtures(t *testing.T, f func(name string, b []byte)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // gone since the folder was read
		}
		if d.IsDir() {
			if path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "fuzz") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".har") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		n++
		f(path, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("no captures")
	}
	t.Logf("%d captures", n)
}

// TestFixtures runs every capture of the repository through every form of
// output, and damaged copies of it through the errors.
func TestFixtures(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 401))
	secrets, runs := 0, 0
	fixtures(t, func(path string, b []byte) {
		name, _ := filepath.Rel(root, path)
		a := analyze(t, filepath.Base(path), b, true)
		visible := shownOf(a.exchanges)
		shown := innocent(visible)
		n := newNeedles()
		for _, x := range a.exchanges {
			for _, s := range secretsOf(x) {
				n.add(s, shown)
				secrets++
			}
		}
		for _, m := range n.byLen {
			runs += len(m)
		}
		marks := markers()
		if strings.Contains(strings.ToUpper(visible), marker) {
			t.Logf("%s has the marker in a place that is meant to show", name)
			marks = newNeedles()
		}
		check(t, name, a.outputs, n, marks)
		cuts := r.IntN(2)
		if long > 0 {
			cuts = 30
		}
		for range cuts {
			i := r.IntN(len(b) + 1)
			check(t, fmt.Sprintf("%s, cut at byte %d", name, i), analyze(t, "cut.har", b[:i], false).outputs, n, marks)
			d := append([]byte(nil), b...)
			for range 3 {
				d[r.IntN(len(d))] = `"{}[],:\0x`[r.IntN(10)]
			}
			damaged := analyze(t, "damaged.har", d, false)
			if t.Failed() {
				return
			}
			// What the damage moved may be meant to show now.
			check(t, name+", damaged", damaged.outputs, marks)
		}
	})
	t.Logf("%d secrets, %d runs of bytes", secrets, runs)
}

// TestPages looks for the marker in the pages of the rules.
func TestPages(t *testing.T) {
	for _, r := range rules.All() {
		if found := markers().find(r.Markdown()); len(found) > 0 {
			t.Errorf("%s: %s", r.ID, found[0])
		}
	}
}

// TestHostile makes captures that have a secret in every place, and demands
// that none shows.
func TestHostile(t *testing.T) {
	n := 12
	switch {
	case long > 0:
		n = long
	case testing.Short():
		n = 5
	}
	places := map[string]bool{}
	failed := 0
	for seed := range n {
		h := hostile(uint64(seed))
		needles := newNeedles()
		shown := innocent(h.shown)
		for _, s := range h.secrets {
			places[s.place] = true
			needles.add(s, shown)
		}
		a := analyze(t, h.name, h.file, true)
		if len(a.exchanges) < 5 {
			t.Fatalf("seed %d: %d exchanges, %v", seed, len(a.exchanges), a.errors)
		}
		if check(t, fmt.Sprintf("seed %d", seed), a.outputs, needles, markers()) > 0 {
			if failed++; failed == 3 {
				break
			}
		}
		if len(h.file) == 0 {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		for range 1 {
			cut := analyze(t, h.name, h.file[:r.IntN(len(h.file))], false)
			check(t, fmt.Sprintf("seed %d, cut", seed), cut.outputs, needles, markers())
		}
	}
	if len(places) < 60 {
		t.Errorf("only %d places", len(places))
	}
	t.Logf("%d captures, %d places", n, len(places))
}

// TestCommand runs the program over the captures of the repository and over
// hostile ones, and looks at all it writes.
func TestCommand(t *testing.T) {
	program := program(t)
	dir := t.TempDir()
	n := newNeedles()
	hostiles := filepath.Join(dir, "hostile")
	if err := os.Mkdir(hostiles, 0o700); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		h := hostile(seed)
		for _, s := range h.secrets {
			n.add(s, innocent(h.shown))
		}
		if err := os.WriteFile(filepath.Join(hostiles, fmt.Sprintf("%d-%s", seed, h.name)), h.file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(hostiles, fmt.Sprintf("cut-%d.har", seed)), h.file[:len(h.file)*2/3], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	corpus := filepath.Join(root, "testdata")
	// Some captures have the marker in a place that is meant to show.
	var meant []string
	fixtures(t, func(_ string, b []byte) {
		for _, w := range strings.FieldsFunc(shownOf(analyze(t, "x", b, false).exchanges), func(r rune) bool { return strings.ContainsRune("/?&= \n", r) }) {
			if strings.Contains(strings.ToUpper(w), marker) {
				meant = append(meant, w, "")
			}
		}
	})
	for _, args := range [][]string{
		{"analyze", "--debug", "--long", corpus},
		{"analyze", "--debug", "--format", "json", hostiles},
		{"analyze", "--debug", "--format", "ndjson", hostiles, corpus},
		{"analyze", "--long", "--color", "always", "--ascii", hostiles},
		{"analyze", "--shell", "powershell", "--width", "200", "--host", "*", hostiles},
	} {
		t.Run(strings.Join(args[:len(args)-1], " "), func(t *testing.T) {
			c := exec.Command(program, args...)
			var stdout, stderr strings.Builder
			c.Stdout, c.Stderr = &stdout, &stderr
			_ = c.Run() // the exit status tells what was found
			if stdout.Len() == 0 {
				t.Fatalf("nothing written; %s", stderr.String())
			}
			for name, out := range map[string]string{"standard output": stdout.String(), "standard error": stderr.String()} {
				out = strings.NewReplacer(meant...).Replace(out)
				for _, f := range append(n.find(out), markers().find(out)...) {
					t.Errorf("%s: %s", name, f)
				}
			}
		})
	}
}
