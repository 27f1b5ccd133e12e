package scrub_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

// A diagnosis collects exchanges, and tells the causes of what they show.
type diagnosis struct {
	t testing.TB
	e *diagnose.Engine
	c map[*exchange.Capture]bool
}

func diagnosing(t testing.TB) *diagnosis {
	t.Helper()
	e, err := diagnose.New(rules.All(), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &diagnosis{t, e, map[*exchange.Capture]bool{}}
}

func (d *diagnosis) see(x *exchange.Exchange, err error) {
	d.e.See(x, err)
	if x != nil && x.From != nil && !d.c[x.From] {
		d.c[x.From] = true
		d.e.Opened(x.From)
	}
}

// causes returns the causes, with what the engine says of them.
func (d *diagnosis) causes() string {
	var out strings.Builder
	for _, c := range d.e.Diagnosis().Causes {
		fmt.Fprintf(&out, "%s %s\n", c.Rule.ID, c.Certainty)
	}
	return out.String()
}

// causes returns the causes of a HAR.
func causes(t testing.TB, b []byte) string {
	t.Helper()
	d := diagnosing(t)
	c := &exchange.Capture{Name: "x.har", Format: "har"}
	for x, err := range har.Read(c, bytes.NewReader(b), har.Options{}) {
		d.see(x, err)
	}
	return d.causes()
}

// scrubbed returns exchanges scrubbed, as the program writes them, the gate
// included; nothing if there are none.
func scrubbed(t testing.TB, s *scrub.Scrubber, xs iter.Seq2[*exchange.Exchange, error]) ([]byte, error) {
	t.Helper()
	var draft, out bytes.Buffer
	var w *har.Writer
	for x, err := range xs {
		if err != nil {
			continue
		}
		if w == nil {
			name, version := "why401", "test"
			if x.From.Format == "har" {
				name, version, _ = strings.Cut(x.From.Producer, " ")
			}
			w = har.NewWriter(&draft, name, version)
		}
		if err := w.Write(s.Exchange(x)); err != nil {
			t.Fatal(err)
		}
	}
	if w == nil {
		return nil, nil
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	err := s.Copy(&out, &draft, s.Gate())
	return out.Bytes(), err
}

// opened returns what is in a capture of any kind, with the TLS secrets that lie
// beside it.
func opened(path string) iter.Seq2[*exchange.Exchange, error] {
	o := capture.Options{Bodies: true}
	if keys := strings.TrimSuffix(path, filepath.Ext(path)) + ".keylog"; keys != path {
		if _, err := os.Stat(keys); err == nil {
			o.KeyLogs = []string{keys}
		}
	}
	return capture.Open(context.Background(), []string{path}, o).Exchanges()
}

// lost are captures of which a HAR cannot tell all, by the ends of their names.
var lost = map[string]string{
	"serverlog/access_log.2026-03-02":         "a log hides what was sent; a HAR would show it",
	"serverlog/atlassian-jira-security.log":   "a log hides what was sent; a HAR would show it",
	"serverlog/atlassian-jira-security.log.1": "a log hides what was sent; a HAR would show it",
	"untrusted-ca--wget.pcap":                 "that the client left after the handshake has no place in a HAR",

	"credential-percent-encoded/bad.har, strict": "a stand-in that ends as the secret does is none for strict",
	"authorization-line-break/bad.har, strict":   "the second line of a pair is not known as a part of it",
	"placeholder-not-replaced/bad.har, strict":   "an unknown placeholder within a pair goes, too",
	"not-an-access-token/bad.har, strict":        "claims that are not known to be harmless go with the whole token",
}

func isLost(path string) bool {
	for end := range lost {
		if strings.HasSuffix(filepath.ToSlash(path), end) {
			return true
		}
	}
	return false
}

// TestCausesKept: a scrubbed capture has the causes of the original, whatever kind
// it is of, and also if it has more secrets than can be looked for.
func TestCausesKept(t *testing.T) {
	roots := []string{"../../testdata", "../../cmd/why401/demo", "testdata"}
	if dir := os.Getenv("WHY401_SAMPLES"); dir != "" {
		roots = append(roots, filepath.Join(dir, "real"), filepath.Join(dir, "..", "cases"))
	}
	n := map[string]int{}
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name()[0] == '.' {
				return nil
			}
			switch filepath.Ext(path) {
			case ".md", ".keylog", ".tsv", ".golden", ".go":
				return nil
			}
			if d.Name() == "expected.json" || d.Name() == "go-fixture.txt" {
				return nil
			}
			if i, err := d.Info(); err != nil || i.Size() > 4<<20 {
				return nil
			}
			all := diagnosing(t)
			for x, err := range opened(path) {
				all.see(x, err)
			}
			want := all.causes()
			for _, mode := range []string{"", ", strict"} {
				s := scrub.New(scrub.Options{Key: [32]byte{1}})
				if mode != "" {
					scrub.Strict(s)
				}
				out, err := scrubbed(t, s, opened(path))
				switch {
				case err != nil:
					t.Errorf("%s%s: %v", path, mode, err)
				case out == nil:
				default:
					n[filepath.Ext(path)]++
					if got := causes(t, out); got != want && !isLost(path) && !isLost(path+mode) {
						t.Errorf("%s%s: %s", path, mode, difference(want, got))
					}
				}
			}
			return nil
		})
	}
	if n[".har"] < 200 {
		t.Errorf("only %d captures", n[".har"])
	}
	t.Logf("%v captures", n)
}

// difference lists the lines that one text lacks (-) and has too many (+).
func difference(want, got string) string {
	n := map[string]int{}
	for _, l := range strings.Split(got, "\n") {
		n[l]++
	}
	for _, l := range strings.Split(want, "\n") {
		n[l]--
	}
	var out []string
	for l, k := range n {
		if k != 0 {
			out = append(out, fmt.Sprintf("%+d %s", k, l))
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return "another order"
	}
	return strings.Join(out, "; ")
}
