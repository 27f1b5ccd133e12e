package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStories runs all rules over whole captures and compares everything that
// is said about them, for people and for machines.
func TestStories(t *testing.T) {
	dirs, err := filepath.Glob("../../testdata/diagnosis/*/in.*")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatal("no stories")
	}
	for _, in := range dirs {
		dir := filepath.Dir(in)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			for format, golden := range map[string]string{"table": "report.txt", "json": "report.json"} {
				var out, errs bytes.Buffer
				run(context.Background(), []string{
					"analyze", "--format", format, "--width", "80", "--color", "never", "--key-file", "../key.txt", filepath.Base(in),
				}, stdio{in: strings.NewReader(""), out: &out, err: &errs})
				if errs.Len() > 0 {
					t.Errorf("standard error: %s", errs.String())
				}
				if *update {
					if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(want, out.Bytes()) {
					t.Errorf("%s differs; go test ./cmd/why401 -run Stories -update rewrites it\n%s", golden, diff(string(want), out.String()))
				}
			}
		})
	}
}

// diff shows the first line in which two texts differ.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want " + w[i] + "\n got " + g[i]
		}
	}
	return "one is longer"
}
