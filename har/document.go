package har

import (
	"bytes"
	"io"
	"math"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A reader walks through a document and hands its entries to the consumer. It
// runs in the goroutine of the consumer.
type reader struct {
	c     *exchange.Capture
	o     Options
	yield func(*exchange.Exchange, error) bool

	p parser
	s *scanner // p.s

	at    io.ReaderAt // nil: a stream
	size  int64
	lines *lineCounter // for at

	index   int // of the next entry
	conns   conns
	entries bool // there was a list of entries
	shows   bool // an exchange showed a credential or cookie
	done    bool // nothing more is to be yielded
	sep     separator
	creator string // name and version

	unshaken []*exchange.Exchange // calls that ended in the TLS handshake
}

// read reads the whole input.
func (r *reader) read() {
	r.c.Format = "har"
	if r.s.ensure(3) && string(r.s.buf[r.s.i:r.s.i+3]) == "\ufeff" {
		r.s.i += 3
		r.c.Add(exchange.NoteBOM)
	}
	if r.padding() == 0 {
		d := defect{reason: reasonEmpty, at: r.s.offset()}
		if r.s.err != nil {
			d.reason, d.early = reasonRead, true
		}
		r.fatal(d, hintNoHAR)
		return
	}
	for {
		r.document()
		if r.done || r.padding() == 0 {
			return
		}
		r.c.Add(exchange.NoteTrailing)
		r.s.ensure(lookBack)
		if !Is(r.s.buf[r.s.i:r.s.n]) {
			return
		}
		r.s.bad = defect{}
	}
}

// padding skips white space and zero bytes, which Firebug leaves at the end,
// and returns the byte after them; zero at the end of the input.
func (r *reader) padding() byte {
	for {
		c := r.s.ws()
		if c != 0 || r.s.i >= r.s.n {
			return c
		}
		r.s.i++
	}
}

// document reads one JSON document that should be a HAR.
func (r *reader) document() {
	r.s.depth = 0
	r.p.dialect, r.creator = unsettled, ""
	had := r.entries
	r.entries = false
	defer func() { r.entries = r.entries || had }()
	if r.s.buf[r.s.i] != '{' {
		r.fatal(defect{reason: reasonNoJSON, at: r.s.offset()}, hintNoHAR)
		return
	}
	ok := r.members(func(k []byte) bool {
		if string(k) != "log" {
			return r.s.skip() || r.s.in("?")
		}
		if r.s.buf[r.s.i] != '{' {
			return r.instead(reasonLog, "/log") || r.s.in("log")
		}
		return r.members(r.logMember) || r.s.in("log")
	})
	defer r.giveUnshaken()
	switch {
	case r.done:
	case !ok:
		r.broken()
	case !r.entries:
		r.fatal(defect{reason: reasonNoLog, at: r.s.offset()}, hintNoHAR)
	default:
		r.settle()
	}
}

// members reads an object; member gets each key and must take its value.
func (r *reader) members(member func(k []byte) bool) bool {
	some, ok := r.s.object()
	for ; ok && some; some, ok = r.s.nextKey() {
		k, ok := r.s.name()
		if !ok || !member(k) {
			return false
		}
	}
	return ok
}

// logMember reads a member of log.
func (r *reader) logMember(k []byte) (ok bool) {
	step := "?"
	switch string(k) {
	case "creator":
		step, ok = "creator", r.readCreator()
	case "entries":
		return r.readEntries()
	case "_tlsErrors":
		step, ok = "_tlsErrors", r.readTLSErrors()
	default:
		ok = r.s.skip()
	}
	return ok || r.s.in(step)
}

// readCreator reads who wrote the file.
func (r *reader) readCreator() bool {
	if r.s.buf[r.s.i] != '{' {
		return r.s.skip()
	}
	var name, version string
	ok := r.members(func(k []byte) (ok bool) {
		r.p.text = r.p.text[:0]
		switch string(k) {
		case "name":
			name, ok = r.p.own()
		case "version":
			version, ok = r.p.own()
		default:
			ok = r.s.skip()
		}
		return ok || r.s.in("?")
	})
	if ok && name+version != "" {
		r.creator = strings.TrimSpace(name + " " + strings.TrimPrefix(version, name+" ")) // Proxyman names itself in both
		if r.c.Producer == "" || !r.entries {
			r.c.Producer = r.creator
		}
		if d := dialectOf(name); !r.entries {
			r.p.dialect = d
			r.c.Cleans = r.c.Cleans || d == chromium
			if d == insomnia {
				r.c.Add(exchange.NoteAsConfigured)
			}
		} else if r.p.dialect == unsettled {
			// Too late for the entries, but not for what was left open.
			r.c.Cleans = r.c.Cleans || d == chromium
		}
	}
	return ok
}

// settle decides at the end of a document what its entries left open because
// no creator came before them.
func (r *reader) settle() {
	if r.p.dialect == unsettled && !r.c.Cleaned && (!r.c.Cleans || r.shows) {
		r.c.Complete = true
	}
}

// readEntries reads log.entries.
func (r *reader) readEntries() bool {
	if r.s.buf[r.s.i] != '[' {
		return r.instead(reasonEntries, "/log/entries") || r.s.in("entries")
	}
	if r.entries {
		r.c.Add(exchange.NoteDuplicateKey)
	}
	r.entries = true
	some, ok := r.s.array()
	if !ok || !some {
		return ok || r.s.in("entries")
	}
	r.p.level = r.s.depth
	r.sep = separator{}
	end := r.elements()
	r.done = r.done || end != closed
	return !r.done
}

// instead skips a value that is not of the kind it should be, and says so.
func (r *reader) instead(reason, path string) bool {
	d := r.s.here(reason)
	d.path = path
	if !r.s.skip() {
		return false
	}
	r.loose(d, hintNoHAR)
	return true
}

// elements reads the list of entries. The first ones show how the file is laid
// out; only then can it be cut into pieces.
func (r *reader) elements() outcome {
	r.p.limit = math.MaxInt64
	out := r.p.elements(&r.sep, false, func(it *item) bool {
		if r.sep.looks == len(r.sep.keys) {
			r.p.limit = 0
		}
		return r.give(it)
	})
	if out != reached {
		return out
	}
	doubt := r.p.doubt
	if r.at != nil && r.o.Workers > 1 && len(r.sep.text) > 0 && r.size-r.s.offset() > 2*int64(r.o.chunk) {
		return r.chunks(doubt)
	}
	r.p.limit = math.MaxInt64
	return r.p.elements(&r.sep, doubt, r.give)
}

// broken deals with an error outside the entries. If they are still to come
// they may be readable.
func (r *reader) broken() {
	d := r.s.bad
	if r.entries || d.early {
		if d.early {
			r.fatal(d, "")
		} else {
			r.loose(d, "")
		}
		r.done = true
		return
	}
	r.loose(d, "")
	r.s.bad = defect{}
	if !r.done && r.s.seekEntries() {
		r.s.depth = 2
		r.readEntries()
	}
	r.done = true
}

// seekEntries moves to the bracket that opens the list of entries.
func (s *scanner) seekEntries() bool {
	key := []byte(`"entries"`)
	for {
		if k := bytes.Index(s.buf[s.i:s.n], key); k >= 0 {
			s.i += k + len(key)
			if s.ws() == ':' {
				s.i++
				if s.ws() == '[' {
					return true
				}
			}
			continue
		}
		s.i = max(s.i, s.n-len(key)+1)
		if !s.more() {
			return false
		}
	}
}

// section returns the input from offset off on.
func (r *reader) section(off int64) io.Reader {
	return io.NewSectionReader(r.at, off, r.size-off)
}

// give hands an item to the consumer and reports whether it wants more.
func (r *reader) give(it *item) bool {
	if r.done {
		return false
	}
	r.note(it.notes)
	if it.bad != nil {
		return r.giveBad(it)
	}
	x := it.x
	x.At.Capture, x.At.Index = r.c.Name, r.index
	r.index++
	x.Conn = r.conns.of(it.link)
	r.c.Exchanges++
	r.shows = r.shows || it.shows
	if it.cleaned {
		r.c.Cleaned, r.c.Complete = true, false
	} else if r.c.Cleans && it.shows && !r.c.Cleaned {
		r.c.Complete = true
	}
	r.done = !r.yield(x, nil)
	return !r.done
}

func (r *reader) giveBad(it *item) bool {
	e := it.bad
	if it.loose {
		e.Pointer = "/log/entries"
	} else {
		e.At.Index = r.index
		e.Pointer = "/log/entries/" + itoa(r.index) + e.Pointer
		r.index++
		r.c.Add(exchange.NoteUnreadable)
	}
	return r.giveError(e)
}

func (r *reader) giveError(e *exchange.Unreadable) bool {
	e.At.Capture = r.c.Name
	if r.lines != nil {
		e.Line, e.Column = r.lines.place(e.At.Offset)
	} else if e.Line == 0 {
		e.Line, e.Column = r.s.place(e.At.Offset)
	}
	if e.Reason == reasonEarly {
		r.c.Add(exchange.NoteTruncated)
	}
	r.done = !r.yield(nil, e) || r.done
	return !r.done
}

// loose yields an error that is not about one entry.
func (r *reader) loose(d defect, hint string) {
	e := d.unreadable()
	if hint != "" {
		e.Hint = hint
	}
	r.giveError(e)
}

// fatal yields an error after which nothing can come.
func (r *reader) fatal(d defect, hint string) {
	e := d.unreadable()
	if hint != "" && !d.early {
		e.Hint = hint
	}
	e.Fatal = true
	r.giveError(e)
	r.done = true
}

func (r *reader) note(n notes) {
	if n == (notes{}) {
		return
	}
	r.c.AddN(exchange.NoteDuplicateKey, n.duplicate)
	r.c.AddN(exchange.NoteInvalidUTF8, n.invalid)
	r.c.AddN(exchange.NoteLongValue, n.long)
	r.c.AddN(exchange.NoteBodyCut, n.cut)
	r.c.AddN(exchange.NoteJoinedHeaders, n.joined)
}
