package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
)

// defaultHARSize is where a HAR begins anew unless --har-max-size says otherwise.
const defaultHARSize = "512MB"

// What the comment of a HAR says. A file that was not closed, because the program
// was killed or the disk is full, must not claim to be whole.
const (
	harSecrets  = "holds what was really sent, passwords and tokens included: do not pass it on"
	harScrubbed = "scrubbed: secrets are replaced by stand-ins, accounts by pseudonyms"
	harOpen     = "; not closed: why401 is still writing, or was ended by force"
	harCut      = "; incomplete: it could not be written any further"
	harContinue = "; goes on in another file, because it has reached its size"
	// A scrubbed file is looked through once more at its end, for secrets that were
	// learnt after the part was written where they stand.
	harUnswept = "; not looked through a last time: why401 scrub does that"
)

// A harLog is a HAR that grows while requests are made. Between any two writes it
// is a whole JSON document, so that after a kill all is there but what was about
// to be written. The caller locks.
type harLog struct {
	name string
	max  int64 // bytes, about; 0: no end
	// form makes of an exchange what is written; nil: it is written as it is.
	// It must not change what it gets. nil in return: nothing is written.
	form func(*exchange.Exchange) *exchange.Exchange
	// scrub makes form, and looks for what form left.
	scrub *scrub.Scrubber
	open  func(name string) (harFile, error)

	file    harFile
	w       *har.Writer
	off     int64  // where the next entry goes
	size    int64  // of the file
	closer  string // what the document ends with
	closing bool
	past    int  // files that were full
	broken  bool // nothing more is written
}

// A harFile is what a harLog writes to.
type harFile interface {
	io.Writer
	io.WriterAt
	Truncate(size int64) error
	Close() error
}

// openHAR makes a file that only its owner can read.
func openHAR(name string) (harFile, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = f.Chmod(0o600) // it may have been there, open to others
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return stream{f}, nil
	}
	return f, nil
}

// A stream is a pipe or device: nothing in it can be written twice.
type stream struct{ *os.File }

// newHARLog begins a HAR; without a scrubber one of what was really sent.
func newHARLog(name string, limit int64, open func(string) (harFile, error), s *scrub.Scrubber) (*harLog, error) {
	l := &harLog{name: name, max: limit, open: open, scrub: s}
	if s != nil {
		l.form = s.Exchange
	}
	return l, l.begin()
}

func (l *harLog) begin() error {
	f, err := l.open(l.name)
	if err != nil {
		return err
	}
	l.file, l.w = f, har.NewWriter(l, "why401", buildVersion())
	l.off, l.size, l.closing = 0, 0, false
	l.end(harOpen)
	return nil
}

func (l *harLog) end(how string) {
	note := harSecrets
	if l.scrub != nil {
		note = harScrubbed
	}
	if l.scrub != nil {
		how += harUnswept
	}
	l.closer = lastLine + strconv.Quote(note+how) + "}}\n"
}

// lastLine is how the last line of the file begins; no entry begins like that.
const lastLine = `],"comment":`

// see writes an exchange. The first error is returned, and nothing is written
// after it.
func (l *harLog) see(x *exchange.Exchange) error {
	if l.broken {
		return nil
	}
	if l.form != nil {
		if x = l.form(x); x == nil {
			return nil
		}
	}
	if l.max > 0 && l.off >= l.max {
		if err := l.rotate(); err != nil {
			l.broken = true
			return err
		}
	}
	if err := l.w.Write(x); err != nil {
		l.broken = true
		l.mend()
		return err
	}
	return nil
}

// Write takes an entry from the writer of the HAR, puts the end of the document
// behind it, and both in place of the last end.
func (l *harLog) Write(p []byte) (int, error) {
	if l.scrub != nil {
		p = bytes.Clone(p)
		if err := l.scrub.Mend(p); err != nil {
			return 0, err
		}
	}
	if l.closing {
		p = append(bytes.TrimSuffix(p, []byte("]}}\n")), l.closer...)
	}
	if s, ok := l.file.(stream); ok {
		n, err := s.Write(p)
		l.off += int64(n)
		return len(p), err
	}
	whole := p
	if !l.closing {
		whole = append(p[:len(p):len(p)], l.closer...)
	}
	if _, err := l.file.WriteAt(whole, l.off); err != nil {
		return 0, err
	}
	if end := l.off + int64(len(whole)); end < l.size {
		if err := l.file.Truncate(end); err != nil {
			return 0, err
		}
	} else {
		l.size = end
	}
	l.off += int64(len(p))
	return len(p), nil
}

// mend takes off what is left of an entry that could not be written, so that the
// file is a document again. If that fails, too, readers see that it breaks off.
func (l *harLog) mend() {
	if _, ok := l.file.(stream); ok || l.off == 0 {
		return
	}
	l.end(harCut)
	if l.file.Truncate(l.off) == nil {
		_, _ = l.file.WriteAt([]byte(l.closer), l.off)
	}
}

// rotate puts a full file aside, in place of the one before it, and begins a new
// one.
func (l *harLog) rotate() error {
	if err := l.finish(harContinue); err != nil {
		return err
	}
	if err := os.Rename(l.name, l.aside()); err != nil {
		return err
	}
	l.past++
	return l.begin()
}

// aside is the name of the file before.
func (l *harLog) aside() string {
	ext := filepath.Ext(l.name)
	return strings.TrimSuffix(l.name, ext) + ".1" + ext
}

func (l *harLog) finish(how string) error {
	l.closing = true
	l.end(how)
	err := l.w.Close()
	_, streamed := l.file.(stream)
	if e := l.file.Close(); err == nil {
		err = e
	}
	if err != nil || l.scrub == nil || streamed {
		return err
	}
	return l.sweep(l.name)
}

// sweep looks through a finished file and says in its comment that this was done.
func (l *harLog) sweep(name string) error {
	err := sweep(name, l.scrub)
	if err != nil && !errors.Is(err, scrub.ErrLeak) {
		return fmt.Errorf("it was not looked through for secrets that were learnt late, see its comment: %w", cause(err))
	}
	return err
}

// sweep looks through a finished file for secrets that were learnt after the part
// where they stand was written, and replaces them. A file that cannot be cleaned
// is removed.
func sweep(name string, s *scrub.Scrubber) error {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	_, err = writeWhole(name, func(w io.Writer) error { return s.Copy(swept{w}, old, s.Gate()) })
	if errors.Is(err, scrub.ErrLeak) {
		_ = os.Remove(name)
	}
	return err
}

// swept takes the lines of a file that is looked through, and takes off the remark
// that it was not.
type swept struct{ io.Writer }

// Write writes one line.
func (w swept) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(p, []byte(lastLine)) {
		return w.Writer.Write(p)
	}
	if _, err := w.Writer.Write(bytes.Replace(p, []byte(harUnswept), nil, 1)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// close completes the file, unless it was told already that it cannot be written.
func (l *harLog) close() error {
	if l.broken {
		_ = l.file.Close()
		if _, streamed := l.file.(stream); l.scrub == nil || streamed {
			return nil
		}
		if err := sweep(l.name, l.scrub); errors.Is(err, scrub.ErrLeak) {
			return err
		}
		return nil // its comment says what it lacks
	}
	err := l.finish("")
	if err == nil && l.scrub != nil && l.past > 0 {
		err = l.sweep(l.aside())
	}
	return err
}

// sizeOf reads a size such as 512MB; 0 is none.
func sizeOf(s string) (int64, error) {
	number, unit := s, int64(1)
	for _, u := range []struct {
		name string
		n    int64
	}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}} {
		if head, ok := strings.CutSuffix(strings.ToUpper(s), u.name); ok {
			number, unit = strings.TrimSpace(head), u.n
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0, errors.New("a size is a number with KB, MB or GB")
	}
	return n * unit, nil
}

// recordFor begins the HAR that the flags ask for, and says what will be in it.
func (i *intercepting) recordFor(view *live, io stdio) error {
	name, s, err := i.recorded(i.har, i.harRaw)
	if err != nil || name == "" {
		return err
	}
	limit, err := sizeOf(i.harMax)
	if err != nil {
		return &exitError{code: exitUnusable, err: fmt.Errorf("--har-max-size: %w", err), hint: "for example --har-max-size " + defaultHARSize + "; 0: no end"}
	}
	if err := view.recordUpTo(name, limit, s); err != nil {
		return err
	}
	fmt.Fprint(io.err, willHold(name, s))
	return nil
}

// closeHAR completes the HAR and tells what went wrong with that. A secret that was
// left in a scrubbed one is an error.
func (i *intercepting) closeHAR(view *live, io stdio) error {
	err := view.close()
	switch {
	case errors.Is(err, scrub.ErrLeak):
		return &exitError{code: exitLeak, err: errors.New("the HAR was removed: a secret was left in it"), hint: "please report the kind of traffic (not the traffic)"}
	case err != nil:
		fmt.Fprintf(io.err, "why401: the HAR is not complete: %s\n", cause(err))
	case view.har != nil && view.har.scrub != nil:
		tellStrict(io.err, view.har.scrub.Counts())
	}
	return nil
}

// recorded returns the file that --har or --har-raw names, and what scrubs it: nil
// for --har-raw.
func (a *analyzing) recorded(har, raw string) (string, *scrub.Scrubber, error) {
	switch {
	case har != "" && raw != "":
		return "", nil, &exitError{code: exitUnusable, err: errors.New("--har and --har-raw exclude each other"), hint: "--har is safe to share, --har-raw holds passwords and tokens"}
	case har == "":
		return raw, nil, nil
	}
	var o scrub.Options
	if a.keyFile != "" {
		var err error
		if o.Key, err = readKey(a.keyFile); err != nil {
			return "", nil, err
		}
	}
	return har, scrub.New(o), nil
}

// willHold says what a file will hold.
func willHold(name string, s *scrub.Scrubber) string {
	if s != nil {
		return fmt.Sprintf("why401: %s will hold the requests, scrubbed: secrets are replaced by stand-ins\n", name)
	}
	return fmt.Sprintf("why401: %s will hold what is really sent, passwords and tokens included\n", name)
}
