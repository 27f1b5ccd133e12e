package capture

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const (
	bombSize   = 1 << 30     // bytes of a string with WHY401_BOMBS=1
	bombMemory = 512 << 20   // bytes of heap that reading one may take
	bombTime   = time.Minute // tells seconds from for ever, on machines that are busy
)

// lengths are bombs of forms that say how long each part is, with the place of the
// long string.
var lengths = map[string]string{
	"mitmproxy": `1073742000:4:type;4:http;7:version;2:21#7:comment;1073741824:CANARY;}`,
}

// TestBombs reads each sample with a string in place of its first CANARY that is
// long, with WHY401_BOMBS=1 of a gigabyte, and with a million brackets there.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	size := 66 << 20 // more than any form keeps
	if os.Getenv("WHY401_BOMBS") != "" {
		size = bombSize
	}
	all := map[string]string{}
	for _, f := range forms {
		n := len(all)
		for name, text := range samples(t, f) {
			if strings.Contains(text, "CANARY") {
				all[f.ID+"/"+filepath.Base(name)] = text
			}
		}
		if len(all) == n && f.Read != nil {
			t.Errorf("%s: no sample has the word CANARY, in place of which a long string is read", f.ID)
		}
	}
	for kind, text := range lengths {
		all[kind+"/lengths"] = text
	}
	for name, text := range all {
		before, after, _ := strings.Cut(text, "CANARY")
		t.Run(name+"/string", func(t *testing.T) {
			explode(t, io.MultiReader(strings.NewReader(before), &again{what: []byte("x"), n: size}, strings.NewReader(after)))
		})
		if strings.ContainsAny(text[:1], "{[") {
			t.Run(name+"/escapes", func(t *testing.T) {
				explode(t, io.MultiReader(strings.NewReader(before), &again{what: []byte(`\"`), n: size / 4}, strings.NewReader(after)))
			})
		}
		for _, bracket := range []string{"[", `{"a":`} {
			t.Run(name+"/"+bracket, func(t *testing.T) {
				explode(t, io.MultiReader(strings.NewReader(before[:strings.LastIndex(before, `"`)+1]), &again{what: []byte(bracket), n: len(bracket) * 1_000_000}))
			})
		}
	}
}

// TestArchiveBombs reads each sample that is an archive with a member that is small
// only when packed.
func TestArchiveBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 66<<20)
	bombs := map[string]string{
		"har":                 zipped("a.har", `{"log":{"entries":[{"a":"`+zeros),
		"support zip":         zipped("application-logs/atlassian-jira-security.log", "2026-03-02 09:00:00,000+0000 http-1 anonymous 540x1x1 - 192.0.2.1 /x The user '"+zeros),
		"Insomnia, in a gzip": gz("type: collection.insomnia.rest/5.0\nname: " + zeros),
	}
	for _, f := range forms {
		n := len(bombs)
		for name, in := range samples(t, f) {
			z, err := zip.NewReader(strings.NewReader(in), int64(len(in)))
			if err != nil {
				continue // no archive
			}
			for i, bomb := range z.File {
				var pairs []string
				for k, m := range z.File {
					r, err := m.Open()
					if err != nil {
						t.Fatal(err)
					}
					b, err := io.ReadAll(r)
					if err != nil {
						t.Fatal(err)
					}
					text := string(b)
					if i == k {
						text, _, _ = strings.Cut(text, "CANARY")
						text += zeros
					}
					pairs = append(pairs, m.Name, text)
				}
				bombs[f.ID+"/"+filepath.Base(name)+", "+bomb.Name] = zipped(pairs...)
			}
		}
		if len(bombs) == n && f.Archive != nil {
			t.Errorf("there is no archive among the samples of %s", f.ID)
		}
	}
	for name, in := range bombs {
		t.Run(name, func(t *testing.T) { explode(t, strings.NewReader(in)) })
	}
}

// explode reads an input within the bounds.
func explode(t *testing.T, r io.Reader) {
	t.Helper()
	runtime.GC()
	var start runtime.MemStats
	runtime.ReadMemStats(&start)
	var peak atomic.Uint64
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapAlloc))
			}
		}
	}()
	began := time.Now()
	s := Open(context.Background(), []string{"-"}, Options{Stdin: r})
	for x, err := range s.Exchanges() {
		if (x == nil) == (err == nil) {
			t.Fatal("an exchange or an error")
		}
		if x != nil {
			inBounds(t, x)
		}
		if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
			break
		}
	}
	took := time.Since(began)
	close(done)
	<-watched
	if took > bombTime {
		t.Errorf("it took %s", took.Round(time.Millisecond))
	}
	if p := peak.Load(); p > start.HeapAlloc+bombMemory {
		t.Errorf("it took %d MiB", (p-start.HeapAlloc)>>20)
	}
}

// again repeats what until n bytes are read.
type again struct {
	what []byte
	n    int
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	if a.n <= 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), a.n)]
	for i := range p {
		p[i] = a.what[a.at]
		if a.at++; a.at == len(a.what) {
			a.at = 0
		}
	}
	a.n -= len(p)
	return len(p), nil
}
