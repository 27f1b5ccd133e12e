package leak

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
)

// TestSamples reads the samples of every form in the list of package capture, which
// have the word CANARY where secrets stand, and makes every form of output of them:
// the word is in none. It needs no row for a form. [forms] puts canaries into more
// places, for those forms that it has.
func TestSamples(t *testing.T) {
	ids := map[string]bool{"zip": true}
	for _, f := range capture.Forms() {
		ids[f.ID] = true
		t.Run(f.ID, func(t *testing.T) {
			own, _ := filepath.Glob(filepath.Join(root, "capture", "*", "testdata", f.ID, "*"))
			shared, _ := filepath.Glob(filepath.Join(root, "testdata", "inputs", "*", "*"))
			planted := false
			for _, name := range slices.Concat(own, shared) {
				in, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				source := capture.Open(context.Background(), []string{name}, capture.Options{})
				for x := range source.Exchanges() {
					planted = planted || x != nil && x.From.Format == f.ID && strings.Contains(fmt.Sprintf("%+v %+v", x.Request, x.Log), marker)
				}
				if c := source.Captures(); len(c) != 1 || c[0].Format != f.ID {
					continue // of another form
				}
				w := (&input{files: map[string]string{"in": string(in)}}).write(t, t.TempDir())
				for as, out := range w.outputs(t, 1) {
					if strings.Contains(out, marker) || strings.Contains(out, "Q0FOQVJZ") {
						t.Errorf("%s, %s: a secret shows", filepath.Base(name), as)
					}
				}
			}
			if !planted {
				t.Errorf("nothing that is read from the samples of %s has the word %s: put it where secrets stand", f.ID, marker)
			}
		})
	}
	for _, f := range forms {
		for part := range strings.SplitSeq(f.name, " and ") {
			if id, _, _ := strings.Cut(part, " "); !ids[id] && strings.Contains(id, "-") {
				t.Errorf("%s is no form of package capture", id)
			}
		}
	}
}
