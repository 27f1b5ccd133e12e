package capture

import (
	"bufio"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// An input is a stream of bytes on its way to being told apart: a file, or what
// came out of one.
type input struct {
	label  string
	depth  int  // containers around it
	quiet  bool // what is no capture is counted, not reported
	packed bool // something was unpacked
	tail   *atomic.Bool

	r    *bufio.Reader
	n    *atomic.Int64 // bytes that went into r
	at   io.ReaderAt   // random access to the whole; nil: none
	size int64         // with at

	// body opens what lies beside a HAR in its archive; nil: nothing does.
	body func(name string) (io.ReadCloser, error)

	left *atomic.Int64          // bytes that may still be unpacked
	said *atomic.Pointer[fault] // what a layer below complained of first

	refused *kind // the best known kind among the members that were left out
}

// file reads one file, and closes the account of its directory.
func (s *Source) file(f file) {
	before := s.read.Load()
	s.current = label(f.path)
	if f.path == stdin {
		s.current = stdinLabel
	}
	met := len(s.captures)
	hint := s.opened(f)
	if f.size >= 0 { // bytes read twice, or not at all, count once
		s.read.Store(before + f.size)
	}
	s.progress(false)
	g := f.group
	if g == nil {
		return
	}
	g.found = g.found || len(s.captures) > met
	if g.hint == "" {
		g.hint = hint
	}
	if g.left--; g.left == 0 && !g.found {
		s.refuse(label(g.path), "directory", faultNoCaptures.with(g.hint))
	}
}

// opened opens and reads one file. It returns the hint for a file that is no
// capture but a known kind of one.
func (s *Source) opened(f file) string {
	if f.fault != nil {
		s.refuse(s.current, "", f.fault)
		return ""
	}
	var r io.Reader
	if f.path != stdin {
		o, err := open(s.ctx, f.path)
		if err != nil {
			s.refuse(s.current, "", faultOf(err))
			return ""
		}
		defer o.Close()
		r = o
	} else if r = s.o.Stdin; r == nil {
		r = os.Stdin
	}
	in := &input{label: s.current, quiet: f.quiet, left: new(atomic.Int64), said: new(atomic.Pointer[fault])}
	in.left.Store(s.lim.unpacked)
	if at, size, ok := regular(r); ok {
		in.at, in.size = &meter{ctx: s.ctx, at: at, n: &s.read}, size
		r = &glancing{r: io.NewSectionReader(at, 0, size)}
	} else {
		p := newPump(s.ctx, r)
		defer p.stop()
		r = p
	}
	in.n = &s.read
	in.r = bufio.NewReaderSize(&meter{ctx: s.ctx, r: r, n: &s.read}, s.lim.head)
	s.input(in)
	if in.refused != nil {
		return in.refused.hint
	}
	return ""
}

// glance is what suffices to tell a HAR, the most common input.
const glance = 4 << 10

// glancing is a file of which the first read is short: the reader of a HAR does
// not use what was read to tell what the file is.
type glancing struct {
	r    io.Reader
	went bool
}

func (g *glancing) Read(p []byte) (int, error) {
	if !g.went {
		g.went = true
		p = p[:min(len(p), glance)]
	}
	return g.r.Read(p)
}

// within returns the input for what comes out of a layer of in.
func (s *Source) within(in *input, label string, r io.Reader, from *atomic.Int64) *input {
	out := &input{
		label: label, depth: in.depth + 1, quiet: in.quiet, packed: true,
		n: new(atomic.Int64), left: in.left, said: new(atomic.Pointer[fault]),
	}
	g := &guard{lim: s.lim, r: r, in: from, base: from.Load(), left: in.left, said: out.said}
	out.r = bufio.NewReaderSize(&meter{ctx: s.ctx, r: g, n: out.n}, s.lim.head)
	return out
}

// input tells what an input is and reads it.
func (s *Source) input(in *input) {
	head, err := in.r.Peek(min(glance, s.lim.head))
	sm := form.NewSample(head, err == io.EOF)
	if !sm.JSON.HAR {
		head, err = in.r.Peek(s.lim.head)
		sm = form.NewSample(head, err == io.EOF)
	}
	f, k := sniff(sm)
	broken := err != nil && err != io.EOF && err != bufio.ErrBufferFull
	switch {
	case s.halted():
	case f != nil:
		s.one(in, f.ID, func(c *exchange.Capture) form.Exchanges { return f.Read(c, s.form(in, sm)) })
	case broken && (len(head) == 0 || !k.packs()):
		s.refuse(in.label, "", packedOr(in, err))
	case !k.packs():
		s.reject(in, k)
	case in.depth >= s.lim.depth:
		s.refuse(in.label, k.id, faultDeep)
	case k.id == "zip":
		s.zip(in)
	case k.id == "tar":
		s.tar(in)
	default:
		s.unpack(in, k)
	}
}

// reject reports an input that is no capture, or counts it where it only lies
// beside some.
func (s *Source) reject(in *input, k *kind) {
	if !in.quiet {
		s.refuse(in.label, k.id, &fault{k.reason, k.hint})
		return
	}
	s.skipped[k.id]++
	in.refused = k
}

// packedOr is the fault for an error met while an input was read: what a layer
// said, or else what the system said.
func packedOr(in *input, err error) *fault {
	if f := in.said.Load(); f != nil {
		return f
	}
	return faultOf(err)
}

// one reads an input that is one capture.
func (s *Source) one(in *input, format string, read func(*exchange.Capture) form.Exchanges) {
	c := s.capture(in.label, format)
	if in.packed {
		c.Add(exchange.NoteCompressed)
	}
	ended := false
	for x, err := range read(c) {
		if s.halted() { // an error now is only the echo of the interruption
			return
		}
		if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
			ended = true
			if f := in.said.Load(); f != nil {
				u.Reason, u.Hint = f.reason, f.hint
			}
		}
		if !s.emit(x, err) {
			return
		}
	}
	if in.tail != nil && in.tail.Load() {
		c.Add(exchange.NoteTrailing)
	}
	if f := in.said.Load(); f != nil && !ended {
		s.emit(nil, f.unreadable(c.Name))
	}
}

// form is what the reader of a form gets of an input.
func (s *Source) form(in *input, sm *form.Sample) *form.Input {
	return &form.Input{Options: s.options(), Sample: sm, Raw: in.r, At: in.at, Size: in.size, Body: in.body}
}

func (s *Source) options() form.Options {
	o := form.Options{Decoder: Decode, Bodies: s.o.Bodies, Variables: s.variables, Workers: s.o.Workers, Prepare: s.o.Prepare}
	if s.keys != nil {
		o.Keys = s.keys
	}
	return o
}
