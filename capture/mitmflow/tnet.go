package mitmflow

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// A tnetstring is a length in decimal digits, a colon, that many bytes, and a
// byte that tells their type. The type comes last, so what a value is must be
// known from where it stands to read it without holding it.
//
// https://tnetstrings.info; mitmproxy adds ";" for text.

var (
	errForm  = errors.New("it is not a tnetstring")
	errDepth = errors.New("it is nested too deep")
	errMany  = errors.New("it has too many values")
	errLong  = errors.New("it is too long")
)

// A stream reads tnetstrings and counts bytes.
type stream struct {
	r   *bufio.Reader
	off int64
}

// length reads the length of a value that has to end, type included, within room
// bytes; room < 0: there is no bound.
func (s *stream) length(room int64) (n int64, err error) {
	for digits := 0; ; digits++ {
		c, err := s.r.ReadByte()
		if err != nil {
			if err == io.EOF && digits > 0 {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		s.off++
		switch {
		case c >= '0' && c <= '9' && digits < maxDigits:
			n = 10*n + int64(c-'0')
		case c == ':' && digits > 0:
			if room >= 0 && n+int64(digits)+2 > room {
				return 0, errForm
			}
			return n, nil
		default:
			return 0, errForm
		}
	}
}

// kind reads the byte that tells the type of the value before it.
func (s *stream) kind() (byte, error) {
	c, err := s.r.ReadByte()
	if err != nil {
		return 0, unexpected(err)
	}
	s.off++
	return c, nil
}

// skip goes on by n bytes.
func (s *stream) skip(n int64) error {
	for n > 0 {
		k, err := s.r.Discard(int(min(n, 1<<20)))
		s.off += int64(k)
		n -= int64(k)
		if err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// take reads n bytes.
func (s *stream) take(n int64) ([]byte, error) {
	if n > maxPart {
		return nil, errLong
	}
	b := make([]byte, n)
	k, err := io.ReadFull(s.r, b)
	s.off += int64(k)
	return b, unexpected(err)
}

// unexpected is err for a reader that was in the middle of something.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A dict is a dictionary; its values are string, int64, float64, bool, nil,
// list and dict. Text and bytes are both string.
type (
	dict map[string]any
	list []any
)

// whole returns the value of a type that data is.
func whole(data []byte, kind byte) (any, error) {
	left := maxValues
	return typed(data, kind, maxDepth, &left)
}

// value reads one value that b starts with, and returns what follows it.
func value(b []byte, depth int, left *int) (v any, rest []byte, err error) {
	*left--
	switch {
	case depth == 0:
		return nil, nil, errDepth
	case *left < 0:
		return nil, nil, errMany
	}
	n, i := 0, 0
	for ; i < len(b) && i <= maxDigits && b[i] >= '0' && b[i] <= '9'; i++ {
		n = 10*n + int(b[i]-'0')
	}
	if i == 0 || i > maxDigits || i == len(b) || b[i] != ':' || n > len(b)-i-2 {
		return nil, nil, errForm
	}
	v, err = typed(b[i+1:i+1+n], b[i+1+n], depth, left)
	return v, b[i+2+n:], err
}

// typed returns the value of a type that data is.
func typed(data []byte, kind byte, depth int, left *int) (v any, err error) {
	switch kind {
	case ',', ';':
		v = string(data)
	case '#':
		v, err = strconv.ParseInt(string(data), 10, 64)
	case '^':
		v, err = strconv.ParseFloat(string(data), 64)
	case '!':
		v = string(data) == "true"
	case '~':
	case ']':
		l := list{}
		for len(data) > 0 {
			var x any
			if x, data, err = value(data, depth-1, left); err != nil {
				return nil, err
			}
			l = append(l, x)
		}
		v = l
	case '}':
		d := dict{}
		for len(data) > 0 {
			var k, x any
			if k, data, err = value(data, depth-1, left); err != nil {
				return nil, err
			}
			name, ok := k.(string)
			if !ok || len(data) == 0 {
				return nil, errForm
			}
			if x, data, err = value(data, depth-1, left); err != nil {
				return nil, err
			}
			d[name] = x
		}
		v = d
	default:
		return nil, errForm
	}
	if err != nil {
		return nil, errForm // the error of a number repeats its digits
	}
	return v, nil
}

// Typed access; the zero value stands for anything else.

func (d dict) boolean(name string) bool { b, _ := d[name].(bool); return b }
func (d dict) text(name string) string  { s, _ := d[name].(string); return s }
func (d dict) list(name string) list    { l, _ := d[name].(list); return l }
func (d dict) dict(name string) dict    { m, _ := d[name].(dict); return m }

func (d dict) number(name string) float64 {
	switch n := d[name].(type) {
	case float64:
		return n
	case int64:
		return float64(n)
	}
	return 0
}
