package leak

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/rules"
)

// TestCommands runs pasted commands, transcripts and files of requests through
// every form of output: no secret of theirs may show.
func TestCommands(t *testing.T) {
	for _, dir := range []string{"curl", "command", "httpfile"} {
		names, err := filepath.Glob(filepath.Join(root, "testdata/inputs", dir, "*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(names), err)
		}
		for _, name := range names {
			e, err := diagnose.New(rules.All(), diagnose.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for x, err := range capture.Open(context.Background(), []string{name}, capture.Options{}).Exchanges() {
				n++
				e.See(x, err)
			}
			if n == 0 {
				t.Errorf("%s: nothing was read", filepath.Base(name))
			}
			out := map[string]string{}
			render(t, report.New(e.Diagnosis(), "test"), out, true)
			for form, text := range out {
				if strings.Contains(text, marker) || strings.Contains(text, "Q0FOQVJZ") {
					t.Errorf("%s, %s: a secret shows", filepath.Base(name), form)
				}
			}
		}
	}
}
