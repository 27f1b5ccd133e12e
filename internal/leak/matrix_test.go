package leak

import (
	"bytes"
	"context"
	"errors"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

// written is the names of the files of an input, once they are there.
type written struct {
	names          []string
	keyLogs, envs  []string
	least, readOut int
}

func (in *input) write(t *testing.T, dir string) *written {
	t.Helper()
	w := &written{least: in.least}
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, content := range in.files {
		w.names = append(w.names, put(name, content))
	}
	slices.Sort(w.names)
	if in.keyLog != "" {
		w.keyLogs = []string{put("keys.log", in.keyLog)}
	}
	if in.env != "" {
		w.envs = []string{put("env.json", in.env)}
	}
	return w
}

// outputs is all that the program makes of an input: the reports in all formats,
// what it logs, what it says of what cannot be read, and the scrubbed HAR.
func (w *written) outputs(t *testing.T, key byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	var trace, said strings.Builder
	e, err := diagnose.New(rules.All(), diagnose.Options{
		Hosts: []string{"*.corp.example"},
		Trace: func(s *rule.Subject, f rule.Finding) {
			trace.WriteString(f.Rule.ID + " " + f.Message.String())
			for _, ev := range f.Evidence {
				trace.WriteString(" | " + ev.Part.String() + ": " + ev.Saw.String() + "; " + ev.Want.String())
			}
			trace.WriteString("\n")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := scrub.New(scrub.Options{Key: [32]byte{4, 0, key}})
	var draft, clean bytes.Buffer
	hw := har.NewWriter(&draft, "why401", "test")
	source := capture.Open(context.Background(), w.names, capture.Options{KeyLogs: w.keyLogs, Environments: w.envs, Bodies: true})
	for x, err := range source.Exchanges() {
		if err != nil {
			said.WriteString(err.Error() + "\n")
		} else {
			w.readOut++
			if err := hw.Write(s.Exchange(x)); err != nil {
				t.Fatal(err)
			}
		}
		e.See(x, err)
	}
	if err := hw.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range source.Captures() {
		e.Opened(c)
	}
	r := report.New(e.Diagnosis(), "test")
	for _, f := range report.Formats() {
		var b bytes.Buffer
		if err := r.Write(&b, f, report.Style{Width: 400, Shell: "sh", Long: true}); err != nil {
			t.Fatal(err)
		}
		out[f] = b.String()
	}
	var b bytes.Buffer
	if err := r.Text(&b, report.Style{Width: 80, Shell: "powershell", Color: true}); err != nil {
		t.Fatal(err)
	}
	out["table, colours"] = b.String()
	out["trace"], out["errors"] = trace.String(), said.String()
	switch err := s.Copy(&clean, &draft, s.Gate()); {
	case errors.Is(err, scrub.ErrLeak):
		t.Error("the gate refuses it")
	case err != nil:
		t.Fatal(err)
	}
	out["scrubbed HAR"] = clean.String()
	return out
}

// plainer undoes the escapes of HTML, JSON and Markdown.
func plainer(s string) string { return strings.ReplaceAll(html.UnescapeString(s), `\`, "") }

// leaks returns what of the needles is in an output, also behind escapes.
func (n *needles) leaks(out string) []string {
	found := n.find(out)
	if p := plainer(out); p != out && len(found) == 0 {
		found = n.find(p)
	}
	return found
}

// TestForms puts a canary into every place of a request and of its answer, in
// every encoding, makes an input of each form of them, and looks for each run of
// 6 bytes in all that the program makes of it.
func TestForms(t *testing.T) {
	const size = 100
	n, shifts, cases := len(places()), len(encodings), 0
	if n < 200 {
		t.Fatalf("only %d places", n)
	}
	switch {
	case testing.Short():
		shifts = 1
	case long == 0:
		shifts = 9 // of all encodings, other ones for each place
	}
	for shift := range shifts {
		for from := 0; from < n; from += size {
			b := newBatch(uint64(shift*n+from), from, min(n, from+size), func(i int) int { return (i + shift) % len(encodings) })
			for _, f := range forms {
				if f.trial && shift > 0 {
					continue
				}
				cases += len(b.calls)
				runForm(t, f, b)
			}
			if t.Failed() && shift > 0 {
				t.Fatal("no more is tried")
			}
		}
	}
	t.Logf("%d places x %d encodings x %d forms x %d outputs: %d canaries", n, shifts, len(forms), len(report.Formats())+4, cases)
}

func runForm(t *testing.T, f form, b *batch) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	in := f.make(t, b)
	w := in.write(t, dir)
	secrets := []*needles{b.needles}
	if len(in.secret) > 0 {
		keys := newNeedles()
		for _, s := range in.secret { // in hexadecimal: two digits a byte
			keys.windows(s.value, 2*window, s.place, func(string) bool { return false })
		}
		secrets = append(secrets, keys)
	}
	outputs := w.outputs(t, 1)
	if w.readOut < w.least*9/10 {
		t.Errorf("%s: %d of %d requests were read: %s", f.name, w.readOut, w.least, outputs["errors"])
	}
	var again map[string]string
	for name, out := range outputs {
		for _, n := range secrets {
			found := n.leaks(out)
			if len(found) > 0 && name == "scrubbed HAR" {
				// Stand-ins are as random as secrets. What is there by chance is
				// not there with another key.
				if again == nil {
					again = w.outputs(t, 2)
				}
				found = slices.DeleteFunc(found, func(s string) bool {
					from, _, _ := strings.Cut(s, ": ")
					return !slices.ContainsFunc(n.leaks(again[name]), func(o string) bool { return strings.HasPrefix(o, from+": ") })
				})
			}
			for _, s := range found {
				t.Errorf("%s, %s: %s", f.name, name, s)
			}
		}
	}
}
