package serverlog

import (
	"bufio"
	"io"

	"github.com/why401/why401/internal/exchange"
)

// reader goes through the lines of a log.
type reader struct {
	c       *exchange.Capture
	yield   func(*exchange.Exchange, error) bool
	stopped bool
	n       int // exchanges yielded
	line    int // from 1
	at      int64
	bad     int
}

// each calls f with the lines, without their line ends and at most maxLine bytes
// of each. It reports whether the text could be read to its end.
func (r *reader) each(src io.Reader, f func(line string)) bool {
	b := bufio.NewReaderSize(src, maxLine)
	for !r.stopped {
		part, err := b.ReadSlice('\n')
		n := int64(len(part))
		line := string(part)
		for err == bufio.ErrBufferFull {
			part, err = b.ReadSlice('\n')
			n += int64(len(part))
		}
		if n > int64(len(line)) {
			r.c.Add(exchange.NoteLongValue)
		}
		for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
			line = line[:len(line)-1]
		}
		r.line++
		if line != "" {
			f(line)
		}
		r.at += n
		if err != nil {
			return err == io.EOF
		}
	}
	return true
}

// emit yields an exchange that starts at byte at.
func (r *reader) emit(x *exchange.Exchange, at int64) {
	if r.stopped {
		return
	}
	x.At = exchange.Locator{Capture: r.c.Name, Index: r.n, Offset: at}
	x.From = r.c
	r.n++
	r.c.Exchanges++
	r.stopped = !r.yield(x, nil)
}

// unreadable yields the error for the line at hand.
func (r *reader) unreadable(reason, hint string) {
	r.c.Add(exchange.NoteUnreadable)
	if r.bad++; r.bad > maxBad || r.stopped {
		return
	}
	r.stopped = !r.yield(nil, &exchange.Unreadable{
		At:   exchange.Locator{Capture: r.c.Name, Index: r.n, Offset: r.at},
		Line: r.line, Column: 1, Reason: reason, Hint: hint,
	})
}

// end yields the error for a log that could not be read to its end, or holds
// nothing of use.
func (r *reader) end(whole bool, nothing, hint string) {
	u := &exchange.Unreadable{At: exchange.Locator{Capture: r.c.Name, Index: -1, Offset: -1}, Fatal: true}
	switch {
	case r.stopped:
		return
	case !whole:
		u.Reason, u.Hint = "the text could not be read to its end", "copy the file again"
	case r.n == 0:
		u.Reason, u.Hint = nothing, hint
	default:
		return
	}
	r.stopped = !r.yield(nil, u)
}

// said makes the fields that stand for what a log says.
func said(pairs ...string) exchange.Header {
	var h exchange.Header
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			h = append(h, exchange.Field{Name: pairs[i], Value: pairs[i+1], Derived: true})
		}
	}
	return h
}

// known returns s unless it stands for nothing.
func known(s string) string {
	if s == "-" || s == "anonymous" {
		return ""
	}
	return s
}
