package leak

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
	"github.com/why401/why401/internal/scrub"
)

// scrubFiles reads files as the command does and returns their scrubbed form; key
// tells one run from another.
func scrubFiles(t *testing.T, dir string, files map[string][]byte, key byte) (out string, n int) {
	t.Helper()
	var names []string
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	s := scrub.New(scrub.Options{Key: [32]byte{key}})
	var draft, clean bytes.Buffer
	w := har.NewWriter(&draft, "why401", "test")
	source := capture.Open(context.Background(), names, capture.Options{Bodies: true})
	for x, err := range source.Exchanges() {
		if err != nil {
			continue
		}
		n++
		if err := w.Write(s.Exchange(x)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	switch err := s.Copy(&clean, &draft, s.Gate()); {
	case errors.Is(err, scrub.ErrLeak):
		t.Error("the gate refuses it")
	case err != nil:
		t.Fatal(err)
	}
	return clean.String(), n
}

// inBase64 returns texts in base64 at each offset, once and as often as said.
func inBase64(times int, texts ...string) string {
	var out strings.Builder
	for range times {
		var next []string
		for _, t := range texts {
			for shift := range 3 {
				b := append(make([]byte, shift), t...)
				e := base64.RawStdEncoding.EncodeToString(b)
				next = append(next, e[[3]int{0, 2, 3}[shift]:len(b)*8/6])
			}
		}
		out.WriteString(" " + strings.Join(next, " "))
		texts = next
	}
	return out.String()
}

// kinds makes inputs of each kind of exchanges.
func kinds(h hostileCapture, xs []*exchange.Exchange) map[string]map[string][]byte {
	plain := &packettest.Trace{}
	d := plain.Dial(packettest.Laptop, packettest.Server, 1).Open()
	var verbose, commands, raw strings.Builder
	for _, turn := range turns(xs) {
		d.Ask(turn[0]).Answer(turn[1])
		ask, _, _ := strings.Cut(turn[0], "\r\n\r\n")
		answer, _, _ := strings.Cut(turn[1], "\r\n\r\n")
		verbose.WriteString("* Connected to acme.atlassian.net (192.0.2.1) port 443\n")
		for _, l := range strings.Split(ask, "\r\n") {
			verbose.WriteString("> " + l + "\n")
		}
		verbose.WriteString("> \n")
		for _, l := range strings.Split(answer, "\r\n") {
			verbose.WriteString("< " + l + "\n")
		}
		verbose.WriteString("< \n")
		raw.WriteString(ask + "\r\n\r\n")
	}
	d.Close()
	for _, x := range xs {
		quote := func(s string) string {
			return "'" + strings.NewReplacer("'", `'\''`, "\n", "", "\r", "", "\x00", "").Replace(s) + "'"
		}
		commands.WriteString("curl " + quote(x.Request.URL))
		for _, f := range x.Request.Header {
			commands.WriteString(" -H " + quote(f.Name+": "+f.Value))
		}
		if b := x.Request.Body.Head; len(b) > 0 {
			commands.WriteString(" --data-raw " + quote(string(b)))
		}
		commands.WriteString("\n")
	}
	return map[string]map[string][]byte{
		"har": {"a.har": h.file}, "pcap": {"b.pcap": plain.PCAP()}, "pcapng": {"c.pcapng": plain.PCAPNG("")},
		"curl -v": {"d.txt": []byte(verbose.String())}, "command": {"e.sh": []byte(commands.String())},
	}
}

// TestScrubbed scrubs captures of each kind that have a secret in every place, and
// demands that no run of 6 bytes of one is left, in any encoding.
func TestScrubbed(t *testing.T) {
	seeds := 6
	switch {
	case long > 0:
		seeds = long
	case testing.Short():
		seeds = 2
	}
	places := map[string]bool{}
	failed := 0
	for seed := range seeds {
		h := hostile(uint64(seed))
		// The scheme of a credential stays, and what a field is called.
		shown := innocent(h.shown + " redacted-00000000@example.com test:test" + inBase64(2, "@corp.example:", "@example.com:", "Basic ") + " eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOi")
		n := newNeedles()
		for _, s := range h.secrets {
			places[s.place] = true
			if d, err := base64.StdEncoding.DecodeString(s.value); err == nil && bytes.Contains(d, []byte("@")) || strings.HasPrefix(s.value, "eyJ") || strings.HasPrefix(string(d), "ZnJl") {
				continue // its parts are secrets of their own, and what joins them may show
			}
			n.add(s, shown)
		}
		xs := analyze(t, h.name, h.file, false).exchanges
		for kind, files := range kinds(h, xs) {
			out, read := scrubFiles(t, t.TempDir(), files, 1)
			if read == 0 {
				t.Fatalf("seed %d, %s: nothing was read", seed, kind)
			}
			found := append(n.find(out), markers().find(out)...)
			if len(found) > 0 {
				// A stand-in can be like a secret by chance, but not under two keys.
				out, _ = scrubFiles(t, t.TempDir(), files, 2)
				again := append(n.find(out), markers().find(out)...)
				found = slices.DeleteFunc(found, func(f string) bool { return !slices.Contains(again, f) })
			}
			for _, f := range found {
				failed++
				t.Errorf("seed %d, %s: %s", seed, kind, f)
			}
		}
		if failed > 10 {
			break
		}
	}
	t.Logf("%d captures, %d places", seeds, len(places))
}
