package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestSharing runs the transcripts about what is made to be shared.
func TestSharing(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("COLUMNS", "80")
			e.Setenv("LANG", "C.UTF-8")
			return nil
		},
	})
}

// sources are captures of several forms, by the names of files.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("../../testdata", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	har := read("diagnosis/echo-newline-on-cloud/in.har")
	var packed, archive bytes.Buffer
	g := gzip.NewWriter(&packed)
	if _, err := g.Write(har); err != nil || g.Close() != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&archive)
	for name, b := range map[string][]byte{
		"application-logs/atlassian-jira-security.log": read("inputs/serverlog/atlassian-jira-security.log"),
		"application-config/settings.xml":              []byte("<password>CANARY-settings</password>"),
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"login.har": har, "login.har.gz": packed.Bytes(), "trace.pcap": guideTrace(), "support.zip": archive.Bytes(),
		"refused.txt": read("inputs/curl/refused.txt"), "pasted.txt": read("inputs/command/pasted.txt"), "calls.http": read("inputs/httpfile/calls.http"),
		"access_log.2026-03-02":       read("inputs/serverlog/access_log.2026-03-02"),
		"atlassian-jira-security.log": read("inputs/serverlog/atlassian-jira-security.log"),
	}
}

// bundled makes a bundle, and returns its members after a look at the MANIFEST.
func bundled(t *testing.T, archive string, args ...string) map[string][]byte {
	t.Helper()
	var errs bytes.Buffer
	if code := run(t.Context(), append([]string{"bundle", "-o", archive}, args...), stdio{in: strings.NewReader(""), out: &errs, err: &errs}); code != exitOK {
		t.Fatalf("%v: exit %d: %s", args, code, errs.String())
	}
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	members := map[string][]byte{}
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Modified.Equal(zipTime) {
			t.Errorf("%s has a time", m.Name)
		}
		members[m.Name] = b
	}
	manifest := string(members["MANIFEST.txt"])
	for name, b := range members {
		if line := fmt.Sprintf("%x  %10d  %s\n", sha256.Sum256(b), len(b), name); name != "MANIFEST.txt" && !strings.Contains(manifest, line) {
			t.Errorf("the MANIFEST does not have %s with its sum and size", name)
		}
		if bytes.Contains(b, []byte("CANARY")) {
			t.Errorf("%s holds a secret", name)
		}
	}
	return members
}

// TestBundleSources makes a bundle of each kind of capture. It must tell the causes
// that analyze tells, and hold nothing but the report and scrubbed HARs.
func TestBundleSources(t *testing.T) {
	list := sources(t)
	for name, b := range list {
		t.Run(name, func(t *testing.T) {
			in := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(in, b, 0o600); err != nil {
				t.Fatal(err)
			}
			got := bundled(t, filepath.Join(t.TempDir(), "ticket.zip"), in)
			for _, m := range []string{"report.html", "report.md", "report.json", "scrubbed.har", "MANIFEST.txt"} {
				if got[m] == nil {
					t.Errorf("no %s", m)
				}
			}
			if len(got) != 5 {
				t.Errorf("%d members", len(got))
			}
			var a answer
			if err := json.Unmarshal(got["report.json"], &a); err != nil {
				t.Fatal(err)
			}
			want := answerOn(t, in)
			if fmt.Sprint(a.Causes) != fmt.Sprint(want.Causes) {
				t.Errorf("causes %v, want %v", a.Causes, want.Causes)
			}
		})
	}
	t.Run("several", func(t *testing.T) {
		dir := t.TempDir()
		var names []string
		for _, name := range []string{"access_log.2026-03-02", "atlassian-jira-security.log", "login.har"} {
			names = append(names, filepath.Join(dir, name))
			if err := os.WriteFile(names[len(names)-1], list[name], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := bundled(t, filepath.Join(dir, "ticket.zip"), names...)
		manifest := string(got["MANIFEST.txt"])
		for i, name := range []string{"access_log.2026-03-02", "atlassian-jira-security.log", "login.har"} {
			har := fmt.Sprintf("scrubbed-%d.har", i+1)
			if got[har] == nil || !strings.Contains(manifest, har+" is of ") || !strings.Contains(manifest, name+"\n") {
				t.Errorf("%s is missing, or the MANIFEST does not say that it is of %s", har, name)
			}
		}
	})
}

// TestBundleAgain: with a key the same captures make the same bytes; without one
// nothing can be compared.
func TestBundleAgain(t *testing.T) {
	dir := t.TempDir()
	in, key := filepath.Join(dir, "login.har"), filepath.Join(dir, "key.txt")
	for name, b := range map[string][]byte{in: sources(t)["login.har"], key: []byte("a key that two parties share")} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	archive := func(name string, args ...string) []byte {
		bundled(t, filepath.Join(dir, name), append(args, in)...)
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(archive("1.zip", "--key-file", key), archive("2.zip", "--key-file", key, "--workers", "3")) {
		t.Error("two bundles under one key differ")
	}
	if bytes.Equal(archive("3.zip"), archive("4.zip")) {
		t.Error("without a key, the stand-ins of two bundles are the same")
	}
}

// TestBundleInterrupted ends a bundle while it reads. Nothing may be left, and what
// was there before stays.
func TestBundleInterrupted(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "ticket.zip")
	if err := os.WriteFile(out, []byte("from yesterday"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		har := sources(t)["login.har"]
		_, _ = w.Write(har[:len(har)/2])
		cancel() // and the pipe stays open
	}()
	var errs bytes.Buffer
	code := run(ctx, []string{"bundle", "-", "-o", out}, stdio{in: r, out: &errs, err: &errs})
	if code != exitInterrupted || !strings.Contains(errs.String(), "interrupted; nothing was written") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != "from yesterday" {
		t.Errorf("%q, %v", b, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}

// TestWriteHint: a full disk is called so.
func TestWriteHint(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	if h := writeHint(fmt.Errorf("z: %w", full)); !strings.Contains(h, "make room") {
		t.Error(h)
	}
	if h := writeHint(errors.New("x")); !strings.Contains(h, "may you write") {
		t.Error(h)
	}
}

// TestHidden: patterns of hosts are replaced as hosts are.
func TestHidden(t *testing.T) {
	a := bundling{hide: true}
	o, err := a.scrubOptions()
	if err != nil {
		t.Fatal(err)
	}
	got := hidden([]string{"tracker.canaryhost.example", "*.canaryhost.example", "*"}, o)
	if len(got) != 3 || got[2] != "*" || !strings.HasPrefix(got[1], "*.") || strings.Contains(strings.Join(got, " "), "canary") {
		t.Fatal(got)
	}
	if _, rest, _ := strings.Cut(got[0], "."); rest != got[1][2:] {
		t.Error(got)
	}
	if !slices.Equal(got, hidden([]string{"tracker.canaryhost.example", "*.canaryhost.example", "*"}, o)) {
		t.Error("not the same twice")
	}
}
