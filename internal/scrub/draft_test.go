package scrub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
)

func draftFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "draft"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func encoder(w io.Writer) Encoder { return har.NewWriter(w, "why401", "test") }

// calls returns exchanges with n secrets of their own each, and one of them all.
func calls(n, secrets int) (out []*exchange.Exchange) {
	for i := range n {
		h := exchange.Header{{Name: "Authorization", Value: "Bearer CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1"}}
		for k := range secrets {
			h = append(h, exchange.Field{Name: "X-Api-Key", Value: fmt.Sprintf("CANARY%dq8Xw2mZ7tR4kP9vL3nB6hJ1%d", i*secrets+k, i)})
		}
		out = append(out, &exchange.Exchange{Request: exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/myself", Header: h}})
	}
	return out
}

// TestDraft: a draft holds what a writer makes of the exchanges one by one, and more
// secrets than can be looked for change no stand-in.
func TestDraft(t *testing.T) {
	for _, secrets := range []int{1, 60} {
		list := calls(400, secrets)
		s := New(Options{Key: [32]byte{1}})
		f := draftFile(t)
		d := s.Draft(f, encoder)
		for _, x := range list {
			if err := d.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if s.over != (secrets > 1) || s.over && (d.clean <= 0 || d.clean >= d.n) || s.made.past.n > maxMade {
			t.Fatalf("over %v, clean from %d of %d, %d stand-ins", s.over, d.clean, d.n, s.made.past.n)
		}
		if err := d.Sweep(f); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		two := New(Options{Key: [32]byte{1}})
		var text, want bytes.Buffer
		w := encoder(&text)
		for _, x := range list {
			if err := w.Write(two.Exchange(x)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := two.Copy(&want, &text, two.Gate()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) || !json.Valid(got) || bytes.Contains(got, []byte("CANARY")) {
			t.Errorf("%d secrets a call: %d bytes, not the %d of two steps", secrets, len(got), want.Len())
		}
		if c := s.Counts(); c.Exchanges != 400 || (c.Unlearnt > 0) != s.over {
			t.Errorf("%+v", c)
		}
	}
}

// fullFile is a file that has room for n bytes.
type fullFile struct {
	*os.File
	n int
}

var errNoRoom = errors.New("no room")

func (f *fullFile) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errNoRoom
	}
	return f.File.Write(p)
}

// A panicking encoder breaks at an exchange of its own.
type panicking struct{ Encoder }

func (panicking) Write(*exchange.Exchange) error { panic("CANARY") }

// TestDraftFails: the first error comes back from Add or Close, whatever it was, and
// nothing hangs.
func TestDraftFails(t *testing.T) {
	for name, d := range map[string]*Draft{
		"a full disk": New(Options{}).Draft(&fullFile{draftFile(t), 1000}, encoder),
		"a panic":     New(Options{}).Draft(draftFile(t), func(w io.Writer) Encoder { return panicking{encoder(w)} }),
	} {
		var err error
		for _, x := range calls(1000, 2) {
			if err = d.Add(x); err != nil {
				break
			}
		}
		for _, err := range []error{d.Close(), d.Close()} {
			if !errors.Is(err, errNoRoom) && !errors.Is(err, errBroken) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err != nil && d.Add(calls(1, 1)[0]) == nil {
			t.Errorf("%s: it goes on", name)
		}
	}
}
