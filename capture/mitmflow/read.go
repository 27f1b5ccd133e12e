package mitmflow

import (
	"bufio"
	"errors"
	"io"
	"iter"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// Options of reading; the zero value is good.
type Options struct {
	// Decoder undoes codings of bodies that package wire does not know; nil: none.
	Decoder wire.Decoder
}

// NoteOther counts the flows that are no HTTP: TCP, UDP and DNS.
const NoteOther exchange.NoteKind = "other-flows"

// hint is the way out for a file that cannot be read.
const hint = "let mitmproxy itself make a HAR of it: mitmdump -nr FILE --set hardump=out.har"

// A flow is what is read of one: small parts whole, bodies by their start.
type flow struct {
	parts             dict // all parts but the messages
	request, response *message
}

// A message is a request or a response.
type message struct {
	parts dict // all but the content
	body  wire.Keeper
	kept  bool // the content is there, though it may be empty
}

// Read yields the exchanges of a flow file in file order. c.Name is set before;
// the locator of an exchange has the byte at which its flow starts.
func Read(c *exchange.Capture, r io.Reader, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		s := &stream{r: bufio.NewReaderSize(r, 64<<10)}
		c.Producer = "mitmproxy"
		conns := map[string]*exchange.Conn{}
		for index := 0; ; {
			start := s.off
			at := exchange.Locator{Capture: c.Name, Index: index, Offset: start}
			n, err := s.length(-1)
			if err == io.EOF {
				return
			}
			var f *flow
			if err == nil {
				begin := s.off
				f, err = s.flow(n)
				if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && known(err) {
					// The length says where the next flow starts.
					if e := s.skip(begin + n + 1 - s.off); e != nil {
						err = e
					} else if !yield(nil, unreadable(at, err, false)) {
						return
					} else {
						c.Add(exchange.NoteUnreadable)
						index++
						continue
					}
				}
			}
			if err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) {
					c.Add(exchange.NoteTruncated)
				}
				at.Index = -1
				yield(nil, unreadable(at, err, true))
				return
			}
			if f.request == nil {
				c.Add(NoteOther)
				continue
			}
			x := f.exchange(c, o, conns)
			x.At = at
			c.Exchanges++
			index++
			if !yield(x, nil) {
				return
			}
		}
	}
}

// known tells the errors of this package from those of the source.
func known(err error) bool {
	for _, e := range []error{errForm, errDepth, errMany, errLong, errMessage} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

var errMessage = errors.New("its request has no header fields or no path")

func unreadable(at exchange.Locator, err error, fatal bool) *exchange.Unreadable {
	u := &exchange.Unreadable{At: at, Hint: hint, Fatal: fatal}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		u.Reason, u.Hint = "the file ends in the middle of a flow", "mitmproxy was still writing, or the copy did not finish"
	case known(err):
		u.Reason = "this flow of mitmproxy cannot be read: " + err.Error()
	default:
		u.Reason, u.Hint = "the input could not be read to its end", "copy the file again"
	}
	return u
}

// flow reads a flow of n bytes, and its type.
func (s *stream) flow(n int64) (*flow, error) {
	f := &flow{parts: dict{}}
	end := s.off + n
	for s.off < end {
		name, err := s.name(end)
		if err != nil {
			return nil, err
		}
		switch name {
		case "request", "response":
			m, err := s.message(end)
			if err != nil {
				return nil, err
			}
			if name == "request" {
				f.request = m
			} else {
				f.response = m
			}
		case "websocket":
			err = s.pass(end)
		default:
			f.parts[name], err = s.part(end)
		}
		if err != nil {
			return nil, err
		}
	}
	if k, err := s.kind(); err != nil || k != '}' {
		return nil, orForm(err)
	}
	if kind := f.parts.text("type"); kind != "" && kind != "http" {
		f.request = nil
		return f, nil
	}
	if f.request == nil || f.request.parts.list("headers") == nil {
		return nil, errMessage
	}
	return f, nil
}

// message reads a request or a response; nil: it is null.
func (s *stream) message(end int64) (*message, error) {
	n, err := s.length(end - s.off)
	if err != nil {
		return nil, err
	}
	m := &message{parts: dict{}}
	stop := s.off + n
	for s.off < stop {
		name, err := s.name(stop)
		if err != nil {
			return nil, err
		}
		if name == "content" {
			err = s.content(m, stop)
		} else {
			m.parts[name], err = s.part(stop)
		}
		if err != nil {
			return nil, err
		}
	}
	k, err := s.kind()
	switch {
	case err != nil:
		return nil, err
	case k == '~' && n == 0:
		return nil, nil
	case k != '}':
		return nil, errForm
	}
	return m, nil
}

// content reads a body: its start is kept and the rest counted.
func (s *stream) content(m *message, end int64) error {
	n, err := s.length(end - s.off)
	if err != nil {
		return err
	}
	got, err := io.CopyN(&m.body, s.r, n)
	s.off += got
	if err != nil {
		return unexpected(err)
	}
	k, err := s.kind()
	m.kept = k != '~'
	return err
}

// name reads a key of a dictionary.
func (s *stream) name(end int64) (string, error) {
	n, err := s.length(end - s.off)
	if err != nil {
		return "", err
	}
	if n > maxName {
		return "", errForm
	}
	b, err := s.take(n)
	if err != nil {
		return "", err
	}
	k, err := s.kind()
	if err != nil || k != ',' && k != ';' {
		return "", orForm(err)
	}
	return string(b), nil
}

// part reads a value whole; one that is too long makes the flow unreadable.
func (s *stream) part(end int64) (any, error) {
	n, err := s.length(end - s.off)
	if err != nil {
		return nil, err
	}
	data, err := s.take(n)
	if err != nil {
		return nil, err
	}
	k, err := s.kind()
	if err != nil {
		return nil, err
	}
	return whole(data, k)
}

// pass skips a value.
func (s *stream) pass(end int64) error {
	n, err := s.length(end - s.off)
	if err != nil {
		return err
	}
	return s.skip(n + 1)
}

func orForm(err error) error {
	if err == nil {
		err = errForm
	}
	return err
}
