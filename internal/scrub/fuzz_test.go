package scrub_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
)

// secretsIn returns what package credential takes for secrets in a HAR, but for what
// says nothing: what stands for a secret, a mask, words.
func secretsIn(b []byte) (out []string) {
	add := func(v string) {
		if v = strings.Trim(v, " \t\r\n\"'\x00"); len(v) < 8 || strings.IndexFunc(v, func(r rune) bool { return r >= '0' && r <= '9' }) < 0 {
			return
		}
		switch credential.ClassOf(v) {
		case credential.Placeholder, credential.Masked, credential.Empty:
			return
		}
		for _, c := range v {
			if c < '0' || c > 'z' || c > '9' && c < 'A' || c > 'Z' && c < 'a' {
				return // what is odd in a secret is what is wrong with it, and stays
			}
		}
		out = append(out, v)
	}
	for x, err := range har.Read(&exchange.Capture{Name: "x.har", Format: "har"}, bytes.NewReader(b), har.Options{}) {
		if err != nil {
			continue
		}
		all := credential.Of(&x.Request)
		for _, c := range all.List() {
			switch {
			case c.Basic != nil && c.Basic.HasColon && c.Basic.Sample() == credential.NoSample:
				add(c.Basic.Password)
			case c.Basic == nil:
				add(c.Token)
			}
		}
	}
	return out
}

// FuzzScrub: what is scrubbed is a HAR of as many entries, no secret is left in it in
// any encoding, the same key makes the same bytes, and to scrub it once more changes
// nothing about the causes.
func FuzzScrub(f *testing.F) {
	files, _ := filepath.Glob("../../testdata/*/bad.har")
	for i, name := range files {
		if b, err := os.ReadFile(name); err == nil && len(b) < 16<<10 && i%4 == 0 {
			f.Add(b)
		}
	}
	f.Add(captured(2))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		read := func(b []byte) func(func(*exchange.Exchange, error) bool) {
			return har.Read(&exchange.Capture{Name: "x.har", Format: "har"}, bytes.NewReader(b), har.Options{})
		}
		entries := 0
		for _, err := range read(b) {
			if err == nil {
				entries++
			}
		}
		for _, strict := range []bool{false, true} {
			scrubber := func() *scrub.Scrubber {
				s := scrub.New(scrub.Options{Key: [32]byte{1}})
				if strict {
					scrub.Strict(s)
				}
				return s
			}
			out, err := scrubbed(t, scrubber(), read(b))
			if err != nil {
				continue // nothing is written
			}
			if out == nil {
				return
			}
			if again, err := scrubbed(t, scrubber(), read(b)); err != nil || !bytes.Equal(out, again) {
				t.Fatalf("another output with the same key (%v)", err)
			}
			if !json.Valid(out) {
				t.Fatal("no JSON")
			}
			n := 0
			for _, err := range read(out) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != entries {
				t.Fatalf("%d entries of %d", n, entries)
			}
			for _, v := range secretsIn(b) {
				for form, e := range map[string]string{
					"plain": v, "base64": base64.RawStdEncoding.EncodeToString([]byte(v)), "base64, shifted": base64.RawStdEncoding.EncodeToString([]byte("  " + v))[3:],
				} {
					e = e[:len(e)-1]
					if len(e) > 6 && bytes.Contains(out, []byte(e)) && !scrub.Open(v) {
						t.Errorf("strict %v: %q is left (%s)", strict, v, form)
					}
				}
			}
			if strict {
				continue
			}
			twice, err := scrubbed(t, scrubber(), read(out))
			if err != nil {
				continue
			}
			if want, got := causes(t, out), causes(t, twice); got != want {
				t.Errorf("scrubbed twice: %s", difference(want, got))
			}
		}
	})
}
