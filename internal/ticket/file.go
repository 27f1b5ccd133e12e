package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/scrub"
)

// A Kind is what a file is.
type Kind string

// The kinds.
const (
	KindReport     Kind = "report"
	KindComparison Kind = "comparison"
	KindBundle     Kind = "bundle"
	KindHAR        Kind = "scrubbed HAR"
)

// A Cause is what a report says is wrong: the name of a rule, and for how many
// failed requests it is the cause.
type Cause struct {
	Rule        string
	AccountsFor int
}

// A File is a file that may be attached. It stays open until Close, so that what
// was looked at is what is sent.
type File struct {
	Kind   Kind
	Format string // such as html; "" for a HAR or bundle
	Size   int64
	SHA256 string  // in hexadecimal
	Causes []Cause // of a report in JSON, or of the one in a bundle

	name string
	f    *os.File
}

// A Refusal says why a file is not attached. It holds no byte of the file.
type Refusal struct {
	Name redact.Text
	Why  string
	Hint string
	Leak bool // a secret is in it, or may be
}

// Error names the file and the reason.
func (r *Refusal) Error() string { return r.Name.String() + ": " + r.Why }

// Open looks through a file and opens it to be attached. What is not a report,
// bundle or scrubbed HAR of this program, or holds what looks like a token, is a
// [*Refusal].
func Open(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &Refusal{Name: redact.Name(name), Why: "cannot be opened: " + bare(err).Error()}
	}
	t := &File{name: filepath.Base(name), f: f}
	if err := t.look(); err != nil {
		f.Close()
		var r *Refusal
		if !errors.As(err, &r) {
			r = &Refusal{Why: err.Error()}
		}
		r.Name = redact.Name(name)
		return nil, r
	}
	return t, nil
}

// Close closes the file.
func (t *File) Close() error { return t.f.Close() }

// Name is the name of the attachment: that of the file, in letters that need no
// care anywhere, with the start of its SHA-256. A second call knows it by that.
func (t *File) Name() string {
	base, ending := t.name, ""
	for _, e := range []string{".adf.json", filepath.Ext(base)} {
		if e != "" && strings.HasSuffix(strings.ToLower(base), strings.ToLower(e)) {
			base, ending = base[:len(base)-len(e)], e
			break
		}
	}
	if redact.Name(t.name).String() != t.name {
		base = string(t.Kind) // a name that is not shown is not sent, either
	}
	return plain(base) + "-" + t.SHA256[:12] + strings.ToLower(plain(ending))
}

// plain leaves letters, digits, dots and dashes.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, s)
	return s[:min(len(s), maxName)]
}

func (t *File) look() error {
	info, err := t.f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.New("is no regular file")
	}
	if t.Size = info.Size(); t.Size == 0 {
		return errors.New("is empty")
	}
	if err := t.tell(t.f, t.Size); err != nil {
		return err
	}
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(t.f, 0, t.Size)); err != nil || n != t.Size {
		return errors.New("cannot be read to its end")
	}
	t.SHA256 = hex.EncodeToString(h.Sum(nil))
	return nil
}

// tell finds out what a text or archive is, and looks for secrets.
func (t *File) tell(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, maxHead))
	tail := make([]byte, min(size, maxTail))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return errors.New("cannot be read")
	}
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return errors.New("cannot be read")
	}
	if strings.HasPrefix(string(head), "PK\x03\x04") {
		return t.bundle(r, size)
	}
	if isHAR(head) {
		t.Kind = KindHAR
		return scrubbed(r, size)
	}
	if size > maxText {
		return fmt.Errorf("is longer than %d MiB, which no report is", maxText>>20)
	}
	k, format := kindOf(head, tail)
	if k == "" {
		return &Refusal{
			Why:  "is no report, bundle or scrubbed HAR of why401",
			Hint: "attach what why401 analyze -o report.html, why401 bundle or why401 scrub wrote",
		}
	}
	t.Kind, t.Format = k, format
	if format == "json" {
		causes, err := causesOf(io.NewSectionReader(r, 0, size), size)
		if err != nil {
			return err
		}
		t.Causes = causes
	}
	return gate(io.NewSectionReader(r, 0, size), nil)
}

// gate looks for what a third party could read from a file: places of these kinds,
// of all if there are none.
func gate(r io.Reader, kinds []string) error {
	first := ""
	_, err := scrub.Check(r, func(p scrub.Place) {
		if first == "" && (kinds == nil || slices.Contains(kinds, p.Kind.String())) {
			first = fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Kind)
		}
	})
	switch {
	case err != nil:
		return errors.New("cannot be read to its end")
	case first != "":
		return &Refusal{
			Why:  "holds what should not be shared (" + first + ")",
			Hint: "why401 scrub --check FILE lists all the places", Leak: true,
		}
	}
	return nil
}
