package postman

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/why401/why401/internal/exchange"
)

// A source reads a JSON document value by value.
type source struct {
	c     *exchange.Capture
	d     *json.Decoder
	b     *bounded
	index int // of the next exchange
}

func newSource(c *exchange.Capture, r io.Reader) *source {
	b := &bounded{r: r, left: maxValue}
	return &source{c: c, b: b, d: json.NewDecoder(b)}
}

// bounded gives out a limited number of bytes for each value.
type bounded struct {
	r    io.Reader
	left int
}

var errLong = errors.New("too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// at is the place of the next value.
func (s *source) at() exchange.Locator {
	return exchange.Locator{Capture: s.c.Name, Index: s.index, Offset: s.d.InputOffset()}
}

func (s *source) token() (json.Token, error) {
	s.b.left = maxValue
	t, err := s.d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

// value decodes the next value.
func (s *source) value(v any) error {
	s.b.left = maxValue
	err := s.d.Decode(v)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// skip passes the next value, whatever its size.
func (s *source) skip() error {
	for depth := 0; ; {
		t, err := s.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// members calls f before the value of each member of the next value, an object;
// another value is passed. f has to take the value.
func (s *source) members(f func(name string) error) error {
	return s.within(json.Delim('{'), func() error {
		t, err := s.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		return f(name)
	})
}

// elements calls f before each element of the next value, a list; another value
// is passed. f has to take the element.
func (s *source) elements(f func() error) error {
	return s.within(json.Delim('['), f)
}

func (s *source) within(open json.Delim, f func() error) error {
	t, err := s.token()
	if err != nil {
		return err
	}
	if t != open {
		if t == json.Delim('{') || t == json.Delim('[') {
			for s.d.More() {
				if err := s.skip(); err != nil {
					return err
				}
			}
			_, err = s.token()
		}
		return err
	}
	for s.d.More() {
		if err := f(); err != nil {
			return err
		}
	}
	_, err = s.token()
	return err
}

// complain yields the error for one value, if others can follow it; else it
// returns the error.
func (s *source) complain(at exchange.Locator, err error, yield func(*exchange.Exchange, error) bool) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	s.index++
	s.c.Add(exchange.NoteUnreadable)
	if !yield(nil, &exchange.Unreadable{At: at, Reason: "a member has a value of the wrong type", Hint: hint}) {
		return errStop
	}
	return nil
}

const hint = "export it again; what was saved is something else"

// end yields the error that ended the reading, if it is one.
func (s *source) end(err error, yield func(*exchange.Exchange, error) bool) {
	if err == nil || errors.Is(err, errStop) {
		return
	}
	u := &exchange.Unreadable{At: exchange.Locator{Capture: s.c.Name, Index: -1, Offset: s.d.InputOffset()}, Fatal: true, Hint: hint}
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errLong):
		u.Reason = "one value is longer than 64 MiB"
	case errors.Is(err, io.ErrUnexpectedEOF):
		u.Reason, u.Hint = "the JSON ends early", "the export or copy did not finish; save it again"
		s.c.Add(exchange.NoteTruncated)
	case errors.As(err, &syntax):
		u.Reason, u.At.Offset = "it is not JSON from here on", syntax.Offset
	default:
		u.Reason, u.Hint = "the input could not be read", ""
	}
	yield(nil, u)
}
