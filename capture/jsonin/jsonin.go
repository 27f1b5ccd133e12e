// Package jsonin reads documents of JSON value by value, as the inputs need it that
// are lists of requests: bounded, with places for what cannot be read, and going
// on behind a value that is not as it should be.
package jsonin

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A Source reads a JSON document value by value.
type Source struct {
	c     *exchange.Capture
	d     *json.Decoder
	b     *bounded
	Index int // of the next exchange, those counted that cannot be read
}

// MaxValue is the number of bytes of one value that is decoded; it is held whole.
const MaxValue = 64 << 20

// MaxText is the number of bytes of an address or of one header field that are kept.
const MaxText = 64 << 10

// Fit cuts what is too long in the request and response of x, and notes it in c.
func Fit(c *exchange.Capture, x *exchange.Exchange) {
	fit := func(s *string) {
		if len(*s) > MaxText {
			*s = strings.Clone((*s)[:MaxText])
			c.Add(exchange.NoteLongValue)
		}
	}
	fields := func(h exchange.Header) {
		for i := range h {
			fit(&h[i].Name)
			fit(&h[i].Value)
		}
	}
	fit(&x.Request.URL)
	fit(&x.Request.Method)
	fields(x.Request.Header)
	if x.Response != nil {
		fit(&x.Response.Reason)
		fields(x.Response.Header)
	}
}

// ErrStop says that the consumer has enough.
var ErrStop = errors.New("stop")

// New returns a source that reads r, which is text in UTF-8, for a capture.
func New(c *exchange.Capture, r io.Reader) *Source {
	b := &bounded{r: r, left: MaxValue}
	return &Source{c: c, b: b, d: json.NewDecoder(b)}
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

// At is the place of the next value.
func (s *Source) At() exchange.Locator {
	return exchange.Locator{Capture: s.c.Name, Index: s.Index, Offset: s.d.InputOffset()}
}

func (s *Source) token() (json.Token, error) {
	s.b.left = MaxValue
	t, err := s.d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

// Value decodes the next value.
func (s *Source) Value(v any) error {
	s.b.left = MaxValue
	err := s.d.Decode(v)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Skip passes the next value, whatever its size.
func (s *Source) Skip() error {
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

// Members calls f before the value of each member of the next value, an object;
// another value is passed. f has to take the value.
func (s *Source) Members(f func(name string) error) error {
	return s.within(json.Delim('{'), func() error {
		t, err := s.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		return f(name)
	})
}

// Elements calls f before each element of the next value, a list; another value
// is passed. f has to take the element.
func (s *Source) Elements(f func() error) error {
	return s.within(json.Delim('['), f)
}

func (s *Source) within(open json.Delim, f func() error) error {
	t, err := s.token()
	if err != nil {
		return err
	}
	if t != open {
		if t == json.Delim('{') || t == json.Delim('[') {
			for s.d.More() {
				if err := s.Skip(); err != nil {
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

// Complain yields the error for one value, if others can follow it; else it
// returns the error.
func (s *Source) Complain(at exchange.Locator, err error, yield func(*exchange.Exchange, error) bool) error {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return err
	}
	s.Index++
	s.c.Add(exchange.NoteUnreadable)
	if !yield(nil, &exchange.Unreadable{At: at, Reason: "a member has a value of the wrong type", Hint: hint}) {
		return ErrStop
	}
	return nil
}

const hint = "export it again; what was saved is something else"

// End yields the error that ended the reading, if it is one.
func (s *Source) End(err error, yield func(*exchange.Exchange, error) bool) {
	if err == nil || errors.Is(err, ErrStop) {
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
	case errors.As(err, new(*json.UnmarshalTypeError)):
		u.Reason = "a member has a value of the wrong type"
	case errors.As(err, &syntax):
		u.Reason, u.At.Offset = "it is not JSON from here on", syntax.Offset
	default:
		u.Reason, u.Hint = "the input could not be read", "copy the file again"
	}
	yield(nil, u)
}
