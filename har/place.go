package har

import (
	"bytes"
	"io"

	"github.com/why401/why401/internal/exchange"
)

// The reasons of errors, and what to do about them. All are constant: an error
// must not hold what it found.
const (
	reasonEarly   = "the text ends early"
	reasonControl = "a string holds a control character"
	reasonEscape  = "a string holds an invalid escape"
	reasonNumber  = "a number is not complete"
	reasonLiteral = "not true, false or null"
	reasonValue   = "no JSON value here"
	reasonKey     = "no object key here"
	reasonColon   = "no colon after an object key"
	reasonObject  = "neither a comma nor the end of an object"
	reasonArray   = "neither a comma nor the end of a list"
	reasonDeep    = "nested too deep"
	reasonEntry   = "the entry is not an object"
	reasonEntries = "log.entries is not a list"
	reasonLog     = "log is not an object"
	reasonNoLog   = "not an HTTP archive: there is no log.entries"
	reasonNoJSON  = "not an HTTP archive: not a JSON object"
	reasonEmpty   = "the input is empty"
	reasonRead    = "the input cannot be read to its end"

	hintEarly  = "the file ends early: export it again"
	hintBroken = "the file was changed or damaged after the export: export it again"
	hintNoHAR  = "export the requests as HAR: in the Network panel of a browser's developer tools, choose Export HAR"
	hintRead   = "copy or export the file again"
)

// A lineCounter finds lines and columns in a text that can be read at will.
type lineCounter struct {
	at    io.ReaderAt
	start int64 // offset in at of the first byte of the text
	off   int64 // counted up to here
	lines int
	bol   int64
	buf   []byte
}

// place returns line and column of an offset, which must not be smaller than
// that of the call before.
func (l *lineCounter) place(off int64) (line, column int) {
	if l.buf == nil {
		l.buf = make([]byte, 64<<10)
	}
	for l.off < off {
		k, err := l.at.ReadAt(l.buf[:min(int64(len(l.buf)), off-l.off)], l.start+l.off)
		if k == 0 && err != nil {
			return 0, 0
		}
		l.lines += bytes.Count(l.buf[:k], newline)
		if j := bytes.LastIndexByte(l.buf[:k], '\n'); j >= 0 {
			l.bol = l.off + int64(j) + 1
		}
		l.off += int64(k)
	}
	return l.lines + 1, int(off-l.bol) + 1
}

// place returns line and column of an offset that the window still holds.
func (s *scanner) place(off int64) (line, column int) {
	k := off - s.base
	if !s.counting || k < 0 || k > int64(s.n) {
		return 0, 0
	}
	line, bol := s.lines+1+bytes.Count(s.buf[:k], newline), s.bol
	if j := bytes.LastIndexByte(s.buf[:k], '\n'); j >= 0 {
		bol = s.base + int64(j) + 1
	}
	return line, int(off-bol) + 1
}

// here returns a defect of the value that starts at the next byte.
func (s *scanner) here(reason string) defect {
	d := defect{reason: reason, at: s.offset()}
	d.line, d.column = s.place(d.at)
	return d
}

// unreadable turns a defect into the error that is yielded.
func (d defect) unreadable() *exchange.Unreadable {
	e := &exchange.Unreadable{
		At:      exchange.Locator{Index: -1, Offset: d.at},
		Line:    d.line,
		Column:  d.column,
		Pointer: d.path,
		Reason:  d.reason,
		Hint:    hintBroken,
	}
	if d.early {
		e.Fatal, e.Hint = true, hintEarly
	}
	if d.reason == reasonRead {
		e.Hint = hintRead
	}
	return e
}
