// Package playwright reads traces of Playwright (context.tracing, the trace option of
// its test runner): the network log, of which each line holds an entry of a HAR, and
// the bodies beside it, which are named by their SHA-1.
package playwright

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
)

// Options of reading.
type Options struct {
	// Open opens a member; nil: (*zip.File).Open, without a bound on what a member
	// unpacks to.
	Open func(*zip.File) (io.ReadCloser, error)
}

// Read yields the exchanges of the trace that the members are of: those of each
// context in the order of its log, the contexts in the order of their names. c.Name
// is set before.
func Read(c *exchange.Capture, members []*zip.File, o Options) iter.Seq2[*exchange.Exchange, error] {
	if o.Open == nil {
		o.Open = (*zip.File).Open
	}
	byName := map[string]*zip.File{}
	var logs []*zip.File
	for _, m := range members {
		byName[m.Name] = m
		if path.Ext(m.Name) == ".network" {
			logs = append(logs, m)
		}
	}
	slices.SortStableFunc(logs, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	all := &files{open: o.Open, rest: logs}
	dir := ""
	if len(logs) > 0 {
		dir, _ = path.Split(logs[0].Name)
	}
	return entries(c, all, len(logs) == 1, har.Options{Body: func(name string) (io.ReadCloser, error) {
		if m := byName[dir+"resources/"+name]; m != nil {
			return o.Open(m)
		}
		return nil, fs.ErrNotExist
	}})
}

// ReadLog yields the exchanges of one network log, without their bodies. r is text in
// UTF-8; c.Name is set before.
func ReadLog(c *exchange.Capture, r io.Reader) iter.Seq2[*exchange.Exchange, error] {
	return entries(c, r, true, har.Options{})
}

// at is the offset in the log, if there is but one.
func at(offset int64, one bool) int64 {
	if !one || offset < 0 {
		return -1
	}
	return max(offset-int64(len(head)), 0)
}

// entries reads the lines of a log as the entries of a HAR; one: r is one log.
func entries(c *exchange.Capture, r io.Reader, one bool, o har.Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		format := c.Format
		defer func() { c.Format = format }()
		l := &lines{r: bufio.NewReaderSize(r, 64<<10)}
		l.out.WriteString(head)
		for x, err := range har.Read(c, l, o) {
			c.Format = format
			if x != nil {
				x.At.Offset = at(x.At.Offset, one)
			}
			if u := new(exchange.Unreadable); errors.As(err, &u) {
				u.At.Offset, u.Hint = at(u.At.Offset, one), hint
				switch {
				case !one:
					u.Line, u.Column = 0, 0
				case u.Line == 1:
					u.Column = max(u.Column-len(head), 1)
				}
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

const (
	hint = "record the trace again: context.tracing.start({snapshots: true})"
	// before is what stands before an entry in a line of the log.
	before = `{"type":"resource-snapshot","snapshot":`
	// head and tail make a HAR of the entries.
	head = `{"log":{"version":"1.2","creator":{"name":"Playwright","version":""},"entries":[`
	tail = `]}}`
)

// A lines reader turns a log into a HAR. Every byte stays where it is, behind head:
// what stands around an entry becomes blanks.
type lines struct {
	r      *bufio.Reader
	out    bytes.Buffer
	held   []byte // of the line at hand, for its last bracket may be there
	within bool   // the next bytes go on with the line
	entry  bool   // it is one
	some   bool   // there was one before
	err    error
}

// Read implements [io.Reader].
func (l *lines) Read(p []byte) (int, error) {
	for l.out.Len() == 0 && l.err == nil {
		l.fill()
	}
	if l.out.Len() > 0 {
		return l.out.Read(p)
	}
	return 0, l.err
}

// fill reads a line, or as much of it as fits the buffer, into out.
func (l *lines) fill() {
	part, err := l.r.ReadSlice('\n')
	if !l.within {
		if l.entry = bytes.HasPrefix(part, []byte(before)); l.entry {
			blank(part[:len(before)])
			if l.some {
				part[0] = ','
			}
			l.some = true
		}
	}
	l.within = err == bufio.ErrBufferFull
	l.out.Write(l.held)
	l.out.Write(part)
	l.held = l.held[:0]
	b := l.out.Bytes()
	switch {
	case !l.entry:
		blank(b)
	case l.within:
		to := len(b) - min(len(b), 16)
		l.held = append(l.held, b[to:]...)
		l.out.Truncate(to)
	default:
		if b = bytes.TrimRight(b, " \t\r\n"); bytes.HasSuffix(b, []byte("}")) {
			b[len(b)-1] = ' '
		}
	}
	switch {
	case err == nil, l.within:
	case err == io.EOF:
		l.out.WriteString(tail)
		l.err = io.EOF
	default:
		l.err = err
	}
}

// blank puts blanks in the place of all but line ends.
func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// files reads one member after the other, each from a line of its own.
type files struct {
	open func(*zip.File) (io.ReadCloser, error)
	rest []*zip.File
	r    io.ReadCloser
}

// Read implements [io.Reader].
func (f *files) Read(p []byte) (int, error) {
	for {
		if f.r == nil {
			if len(f.rest) == 0 {
				return 0, io.EOF
			}
			r, err := f.open(f.rest[0])
			if err != nil {
				return 0, err
			}
			f.r, f.rest = r, f.rest[1:]
		}
		n, err := f.r.Read(p)
		if err != io.EOF {
			return n, err
		}
		if n > 0 {
			return n, nil // the next call gets the end again
		}
		f.r.Close()
		f.r = nil
		if len(p) > 0 && len(f.rest) > 0 {
			p[0] = '\n'
			return 1, nil
		}
	}
}
