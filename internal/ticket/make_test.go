package ticket

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/scrub"
	"github.com/why401/why401/rules"
)

func startSite(t testing.TB, o jiratest.Options) *jiratest.Site {
	t.Helper()
	s := jiratest.New(o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// calls are the exchanges of a client that is refused.
func calls(t testing.TB) []*exchange.Exchange {
	t.Helper()
	s := startSite(t, jiratest.Options{})
	sc, ok := s.Scenario("pass-newline")
	if !ok {
		for _, one := range s.Scenarios() {
			if one.Cause != "" && strings.Contains(one.Cause, "newline") {
				sc, ok = one, true
				break
			}
		}
	}
	if !ok {
		t.Fatal("no scenario with a line break")
	}
	list, _, err := s.Record(t.Context(), sc)
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	return list
}

func reportOf(t testing.TB, list []*exchange.Exchange) *report.Report {
	t.Helper()
	e, err := diagnose.New(rules.All(), diagnose.Options{Hosts: []string{"*.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		e.See(x, nil)
	}
	return report.New(e.Diagnosis(), "test")
}

// harOf writes exchanges as a HAR, scrubbed or not.
func harOf(t testing.TB, list []*exchange.Exchange, s *scrub.Scrubber) []byte {
	t.Helper()
	var draft, out bytes.Buffer
	w := har.NewWriter(&draft, "WebInspector", "537.36")
	for _, x := range list {
		if s != nil {
			x = s.Exchange(x)
		}
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return draft.Bytes()
	}
	if err := s.Copy(&out, &draft, s.Gate()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func formatted(t testing.TB, r *report.Report, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format, report.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes a file into a folder of the test.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// zipped makes an archive of names and contents; a MANIFEST of "" is made.
func zipped(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	manifest := "why401 test\n"
	add := func(name, text string) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(w, text)
	}
	for i := 0; i < len(pairs); i += 2 {
		sum := sha256.Sum256([]byte(pairs[i+1]))
		manifest += hex.EncodeToString(sum[:]) + "  " + pairs[i] + "\n"
		if pairs[i] == "MANIFEST" && pairs[i+1] == "" {
			add("MANIFEST", manifest)
			continue
		}
		add(pairs[i], pairs[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// twoFiles are a report as a page and as JSON.
func twoFiles(t testing.TB) []*File {
	t.Helper()
	r := reportOf(t, calls(t))
	return []*File{open(t, write(t, "report.html", formatted(t, r, "html"))), open(t, write(t, "report.json", formatted(t, r, "json")))}
}

// trip is a transport that a test looks into.
type trip struct {
	base http.RoundTripper
	hook func(n int, r *http.Request) (*http.Response, error) // nil, nil: go on

	mu   sync.Mutex
	sent []string // method and URL
}

func (t *trip) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.sent = append(t.sent, r.Method+" "+r.URL.String())
	n := len(t.sent)
	t.mu.Unlock()
	if t.hook != nil {
		if resp, err := t.hook(n, r); resp != nil || err != nil {
			if r.Body != nil {
				r.Body.Close()
			}
			return resp, err
		}
	}
	return t.base.RoundTrip(r)
}

func (t *trip) posts() (n int) {
	for _, s := range t.sent {
		if strings.HasPrefix(s, "POST ") {
			n++
		}
	}
	return n
}

func answer(r *http.Request, status int, header map[string]string, body string) *http.Response {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

type bench struct {
	site   *jiratest.Site
	trip   *trip
	client *Client
	slept  []time.Duration
}

// onto returns a client for a ticket of the site.
func onto(t testing.TB, s *jiratest.Site, site, key string, cred Credential, set func(*Options)) *bench {
	t.Helper()
	base := s.Transport("")
	t.Cleanup(base.CloseIdleConnections)
	at, err := ParseSite(site)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{site: s, trip: &trip{base: base}}
	o := Options{
		Site: at, Key: key, Credential: cred, Agent: "why401/test", transport: b.trip,
		sleep: func(ctx context.Context, d time.Duration) error {
			b.slept = append(b.slept, d)
			return ctx.Err()
		},
	}
	if set != nil {
		set(&o)
	}
	if b.client, err = New(o); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) attach(ctx context.Context, files []*File) (*State, error) {
	s, err := b.client.Look(ctx, files)
	if err != nil {
		return s, err
	}
	return s, b.client.Attach(ctx, s, files)
}

// causes are what the rules say of the client's own calls.
func (b *bench) causes(t testing.TB) string {
	t.Helper()
	var out []string
	for _, c := range reportOf(t, b.client.Exchanges()).Causes {
		out = append(out, c.Rule)
	}
	return strings.Join(out, " ")
}

func cloudOf(s *jiratest.Site) Credential { return Credential{user: s.Jo.Email, token: s.Jo.Token} }

func serverOf(s *jiratest.Site) Credential { return Credential{token: s.Clerk.PAT} }

// noSecret looks for the made-up secrets in a text.
func noSecret(t testing.TB, what string, text ...any) {
	t.Helper()
	s := fmt.Sprint(text...)
	for _, bad := range []string{"CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl"} {
		if strings.Contains(s, bad) {
			t.Errorf("%s: a secret is in it", what)
		}
	}
}
