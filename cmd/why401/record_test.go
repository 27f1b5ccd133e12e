package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestAnalyzeHAR makes HARs of packet captures, which say the same.
func TestAnalyzeHAR(t *testing.T) {
	site := newSite(t)
	for _, name := range []string{"newline-cloud", "password-cloud", "healthy-cloud-write", "untrusted-ca", "scoped-token-cloud"} {
		sc, ok := site.Scenario(name)
		if !ok {
			t.Fatalf("no story %s", name)
		}
		pcap, keys := asPackets(t, site, sc)
		dir := t.TempDir()
		in, log, out := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "keys.log"), filepath.Join(dir, "out.har")
		for file, b := range map[string][]byte{in: pcap, log: []byte(keys)} {
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		report := func(args ...string) (string, string) {
			var o, e bytes.Buffer
			run(t.Context(), append([]string{"analyze", "-f", "json"}, args...), stdio{in: strings.NewReader(""), out: &o, err: &e})
			return o.String(), e.String()
		}
		// A new file in a folder that is read is no input.
		packets, errs := report("--keylog", log, "--har-raw", out, dir)
		if !strings.Contains(errs, "passwords and tokens included") || strings.Contains(errs, "CANARY") {
			t.Errorf("%s: %s", name, errs)
		}
		info, err := os.Stat(out)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
		written, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range strings.Fields(keys) { // nor do they belong into a HAR
			if len(f) >= 64 && strings.Contains(strings.ToLower(string(written)+packets), f) {
				t.Errorf("%s: a secret of TLS shows", name)
			}
		}
		har, _ := report(out)
		if sc.Fails { // a HAR has no place for an alert
			continue
		}
		if a, b := causesOf(t, packets), causesOf(t, har); !slices.Equal(a, b) {
			t.Errorf("%s: packets %v, the HAR of them %v", name, a, b)
		}
	}
}

// TestAnalyzeHARKeeps refuses to write over a file, and what is no packet capture.
func TestAnalyzeHARKeeps(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pcap")
	header := append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, make([]byte, 16)...)
	if err := os.WriteFile(in, header, 0o600); err != nil {
		t.Fatal(err)
	}
	har := filepath.Join(dir, "in.har")
	if err := os.WriteFile(har, []byte(`{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ out, in, says string }{
		{in, in, "there is a file of that name already"},
		{har, in, "there is a file of that name already"},
		{filepath.Join(dir, "new.har"), har, "no packet capture among the inputs"},
		{filepath.Join(dir, "no", "folder.har"), in, "the file is not complete"},
	} {
		var o, e bytes.Buffer
		if code := run(t.Context(), []string{"analyze", "--har", tt.out, tt.in}, stdio{in: strings.NewReader(""), out: &o, err: &e}); code != exitUnusable || !strings.Contains(e.String(), tt.says) {
			t.Errorf("%s: exit status %d, %s", tt.says, code, e.String())
		}
	}
	if b, err := os.ReadFile(in); err != nil || !bytes.Equal(b, header) {
		t.Errorf("the input was changed: %q, %v", b, err)
	}
}
