package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra/doc"
)

// TestManual keeps the manual pages as the commands are.
func TestManual(t *testing.T) {
	dir := t.TempDir()
	root := newRoot(stdio{}, commands()...)
	root.DisableAutoGenTag = true // the same bytes on every day
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "WHY401", Section: "1", Source: "why401", Manual: "why401"}, dir); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.RemoveAll("man"); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS("man", os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := fs.Glob(os.DirFS(dir), "*")
	if err != nil || len(want) == 0 {
		t.Fatal(err, "no pages")
	}
	have, err := fs.Glob(manual(), "*")
	if err != nil {
		t.Fatal(err)
	}
	if len(have) != len(want) {
		t.Errorf("%d pages, want %d: go test ./cmd/why401 -run TestManual -update writes them", len(have), len(want))
	}
	for _, name := range want {
		a, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := fs.ReadFile(manual(), name); !bytes.Equal(a, b) {
			t.Errorf("%s is not what the command says: go test ./cmd/why401 -run TestManual -update writes it", name)
		}
	}
}
