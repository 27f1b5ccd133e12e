package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// TestHelpFits holds what --help prints to a terminal of 80 columns.
func TestHelpFits(t *testing.T) {
	for _, c := range append(commands(), subcommand{name: "--help"}) {
		var out bytes.Buffer
		args := []string{c.name, "--help"}
		if c.build == nil {
			args = args[:1]
		}
		run(context.Background(), args, stdio{in: strings.NewReader(""), out: &out, err: io.Discard})
		if out.Len() == 0 {
			t.Errorf("%s: no help", c.name)
		}
		for line := range strings.Lines(out.String()) {
			if n := len(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", c.name, n, line)
			}
		}
	}
}
