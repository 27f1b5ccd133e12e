package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/scrub"
)

// marks are what the mark of made-up secrets looks like, plain and at each place
// within base64.
var marks = []string{"CANARY", "canary", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl"}

func marked(b []byte) string {
	for _, m := range marks {
		if i := bytes.Index(b, []byte(m)); i >= 0 {
			return string(b[max(i-60, 0):min(i+20, len(b))])
		}
	}
	return ""
}

// playAll plays all stories that need no door of their own through a proxy, and
// returns what it reports at the end.
func playAll(t *testing.T, site *jiratest.Site, flags ...string) string {
	t.Helper()
	site.Reset()
	c, end := startHere(t, site, append([]string{"--format", "json", "--host", "*.example.com"}, flags...)...)
	ca, err := os.ReadFile(filepath.Join(os.Getenv("HOME"), "why401", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	tr := site.Transport("")
	tr.DialContext = nil
	tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: c.addr})
	tr.TLSClientConfig.RootCAs = x509.NewCertPool()
	tr.TLSClientConfig.RootCAs.AppendCertsFromPEM(ca)
	for _, sc := range site.Scenarios() {
		if sc.Door == nil {
			if _, err := site.Play(t.Context(), sc, tr); err != nil {
				t.Fatal(sc.Name, err)
			}
		}
	}
	tr.CloseIdleConnections()
	if code := end(); code != exitCause {
		t.Errorf("exit status %d\n%s", code, c.errs.String())
	}
	return c.out.String()
}

// TestScrubbedHAR: the HAR that the proxy writes may be passed on, and tells as
// much as the one that may not. Ctrl-C leaves it complete.
func TestScrubbedHAR(t *testing.T) {
	site := newSite(t)
	dir := t.TempDir()
	raw, clean := filepath.Join(dir, "raw.har"), filepath.Join(dir, "clean.har")
	live := playAll(t, site, "--har-raw", raw)
	playAll(t, site, "--har", clean)
	read := func(name, comment string) (document, []string) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
		d := readHAR(t, b)
		if d.Log.Comment != comment {
			t.Errorf("%s: %q", name, d.Log.Comment)
		}
		if m := marked(b); (m != "") != (name == raw) {
			t.Errorf("%s: %q", filepath.Base(name), m)
		}
		return d, causesOf(t, analyzed(t, filepath.Base(name), b, ""))
	}
	all, causes := read(raw, harSecrets)
	same, cleanCauses := read(clean, harScrubbed)
	if len(all.Log.Entries) < 50 || len(all.Log.Entries) != len(same.Log.Entries) {
		t.Errorf("%d entries, %d scrubbed", len(all.Log.Entries), len(same.Log.Entries))
	}
	slices.Sort(causes)
	slices.Sort(cleanCauses)
	if len(causes) < 20 || !slices.Equal(causes, cleanCauses) {
		t.Errorf("causes %v, scrubbed %v", causes, cleanCauses)
	}
	if told := causesOf(t, live); !slices.Equal(names(told), names(causes)) {
		t.Errorf("live %v, HAR %v", names(told), names(causes))
	}
}

// TestScrubbedKilled: after a kill, all is there but what was about to be written,
// no secret that was known is in it, and it says that it was not looked through.
func TestScrubbedKilled(t *testing.T) {
	site := newSite(t)
	name := filepath.Join(t.TempDir(), "traffic.har")
	c := startProxy(t, site, "--har", name)
	for range 5 {
		c.get(t)
	}
	until(t, "the fourth exchange", func() bool { return strings.Count(c.out.String(), "GET https://") >= 4 })
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := readHAR(t, b)
	if len(d.Log.Entries) < 4 || d.Log.Comment != harScrubbed+harOpen+harUnswept {
		t.Errorf("%+v", d.Log)
	}
	if m := marked(b); m != "" {
		t.Errorf("%q", m)
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"analyze", name}, stdio{in: strings.NewReader(""), out: &out, err: &out}); code != exitCause {
		t.Errorf("exit status %d\n%s", code, out.String())
	}
}

// TestLearntLate: what turns out to be a secret only after it was written is
// replaced at the end, in the file before, too.
func TestLearntLate(t *testing.T) {
	for _, limit := range []int64{0, 1500} {
		const secret = "CANARYkw7fT3nqPz91LmXc"
		name := filepath.Join(t.TempDir(), "traffic.har")
		l, err := newHARLog(name, limit, openHAR, scrub.New(scrub.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		first := call("rest/api/2/search")
		first.Request.Header = exchange.Header{{Name: "Accept", Value: "text/" + secret}}
		second := call("rest/api/2/myself")
		second.Request.Header = exchange.Header{{Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte("fred:"+secret))}}
		form := l.form
		for i, x := range []*exchange.Exchange{first, call(strings.Repeat("x", 900)), second} {
			if l.form = form; i == 0 {
				l.form = nil // as if the first one had a place that nobody thought of
			}
			if err := l.see(x); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(name); limit == 0 && (err != nil || marked(b) == "") {
			t.Error("there is nothing to replace", err)
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		files, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*"))
		if want := 1 + l.past; len(files) != want || (limit > 0) != (l.past > 0) {
			t.Errorf("%v, %d rotations", files, l.past)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if m := marked(b); m != "" {
				t.Errorf("%s: %q", filepath.Base(file), m)
			}
			if d := readHAR(t, b); strings.Contains(d.Log.Comment, harUnswept) {
				t.Error(d.Log.Comment)
			}
		}
	}
}
