package har

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// samples returns the folder of captures that others made. They are not part
// of the project: WHY401_SAMPLES names the folder where there is a copy.
func samples(t *testing.T) string {
	dir := os.Getenv("WHY401_SAMPLES")
	if dir == "" {
		t.Skip("WHY401_SAMPLES names no folder with samples")
	}
	return dir
}

// sampleHARs returns the text of every HAR under the samples.
func sampleHARs(t *testing.T) map[string][]byte {
	dir := samples(t)
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(b) > 0 && b[0] == 0x78 {
			if z, err := zlib.NewReader(bytes.NewReader(b)); err == nil {
				b, _ = io.ReadAll(z)
			}
		}
		rel, _ := filepath.Rel(dir, path)
		if Is(b[:min(len(b), 64<<10)]) {
			all[rel] = b
		} else if n, valid := entriesOf(b); valid && n > 0 {
			t.Errorf("%s has entries but is no HAR", rel)
		} else if strings.HasSuffix(path, ".har") {
			t.Logf("%s is no HAR", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSamples reads them all: each entry that encoding/json sees must come out,
// the same for one worker and several.
func TestSamples(t *testing.T) {
	broken := 0
	files := sampleHARs(t)
	for name, text := range files {
		one := readText(t, string(text), false, Options{})
		want, valid := entriesOf(text)
		if valid && len(one.errs) > 0 && want >= 0 {
			t.Errorf("%s: %v", name, one.errs)
		}
		if valid && want >= 0 && len(one.xs) != want {
			t.Errorf("%s: %d exchanges, want %d", name, len(one.xs), want)
		}
		if !valid {
			broken++
			t.Logf("%s: not JSON: %d exchanges, %v", name, len(one.xs), one.errs)
		}
		for _, chunk := range []int{64, 1000, 30_000, chunkSize} {
			same(t, name, one, readText(t, string(text), true, Options{Workers: 2, chunk: chunk, window: 1100}))
		}
	}
	t.Logf("%d HARs, %d of them broken", len(files), broken)
}

// entriesOf counts the entries of a HAR; -1: there is no list of them.
func entriesOf(text []byte) (n int, valid bool) {
	var doc struct{ Log struct{ Entries any } }
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := json.Unmarshal(text, &doc); err != nil {
		return 0, false
	}
	es, ok := doc.Log.Entries.([]any)
	if !ok {
		return -1, true
	}
	for _, e := range es {
		if _, ok := e.(map[string]any); ok {
			n++
		}
	}
	return n, true
}

// TestSampleGaps compares with what was measured on real exports of Chromium:
// headersSize.tsv names the lengths of what the sanitized ones left out.
func TestSampleGaps(t *testing.T) {
	dir := filepath.Join(samples(t), "real")
	table, err := os.ReadFile(filepath.Join(dir, "headersSize.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	n := 0
	for _, line := range lines[1:] {
		col := strings.Split(line, "\t")
		num := func(i int) int {
			v, err := strconv.Atoi(col[i])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return v
		}
		for i, kind := range []string{"sensitive", "sanitized"} {
			text, err := os.ReadFile(filepath.Join(dir, col[0]+"--chromium-"+kind+".har"))
			if err != nil {
				continue // the table is about more scenarios than were kept
			}
			x := readText(t, string(text), false, Options{}).xs[num(1)]
			req := exchange.Removed{Known: true, Bytes: num(6 + i)}
			res := exchange.Removed{Known: true, Bytes: num(9+i) - 2}
			if x.Request.Removed != req || x.Response.Removed != res {
				t.Errorf("%s, entry %s, %s: removed %+v, %+v; want %+v, %+v", col[0], col[1], kind, x.Request.Removed, x.Response.Removed, req, res)
			}
			n++
		}
	}
	if t.Logf("%d entries compared", n); n == 0 {
		t.Error("none")
	}
}

// TestSampleSight looks at the captures as wholes: a full export is complete, a
// sanitized one never.
func TestSampleSight(t *testing.T) {
	for name, text := range sampleHARs(t) {
		r := readText(t, string(text), false, Options{})
		switch {
		case strings.HasSuffix(name, "--chromium-sanitized.har"):
			if !r.c.Cleans || r.c.Complete {
				t.Errorf("%s: %+v", name, *r.c)
			}
		case strings.HasSuffix(name, "--chromium-sensitive.har"):
			if !r.c.Cleans || r.c.Cleaned {
				t.Errorf("%s: %+v", name, *r.c)
			}
		case strings.HasSuffix(name, "--firefox.har"), strings.HasSuffix(name, "--playwright.har"):
			for _, x := range r.xs {
				if x.Sees(both) != exchange.Shown {
					t.Errorf("%s: %v", name, x.At)
				}
			}
		}
	}
}
