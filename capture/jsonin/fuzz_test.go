package jsonin

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// walk reads the next value member by member and element by element down to depth,
// and whole below it.
func walk(s *Source, depth int, kind byte) (any, error) {
	var v any
	switch {
	case depth > 0 && kind == '{':
		m := map[string]any{}
		v = m
		return v, s.Members(func(name string) error {
			var raw json.RawMessage
			if err := s.Value(&raw); err != nil {
				return err
			}
			inner := New(&exchange.Capture{}, strings.NewReader(string(raw)))
			x, err := walk(inner, depth-1, raw[0])
			m[name] = x
			return err
		})
	case depth > 0 && kind == '[':
		list := []any{}
		err := s.Elements(func() error {
			var x any
			err := s.Value(&x)
			list = append(list, x)
			return err
		})
		return list, err
	}
	return v, s.Value(&v)
}

// FuzzSource reads a document value by value: what is right comes out as
// encoding/json has it, what is not is an error with a place in the document, and
// passing a value leaves the next one in its place.
func FuzzSource(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `{"a":[1,{"b":"\u00e9"}],"c":{"d":null}}`, `[[[[]]],"x",1e3,true]`, `{"a":1,"a":2}`, `[1,2`, `{"a"`, `{"a":}`, `nul`, `"x" "y"`,
		strings.Repeat("[", 200), `{"a":{"b":{"c":{}}}}`, ` {"x":"` + strings.Repeat("y", 5000) + `"} `, "[1,\n2]\n[3]", `[,]`, `{"a":1,}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		trimmed := strings.TrimLeft(text, " \t\r\n")
		if trimmed == "" {
			return
		}
		c := &exchange.Capture{Name: "fuzz.json"}
		s := New(c, strings.NewReader(text))
		got, err := walk(s, 2, trimmed[0])
		if at := s.At().Offset; at < 0 || at > int64(len(text)) {
			t.Errorf("offset %d of %d", at, len(text))
		}
		d := json.NewDecoder(strings.NewReader(text))
		var want any
		if wrong := d.Decode(&want); wrong == nil {
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
		} else if err == nil {
			t.Errorf("%v is taken for a value", got)
		}
		skip := New(c, strings.NewReader(text))
		if wrong := skip.Skip(); err == nil && (wrong != nil || skip.At().Offset != s.At().Offset) {
			t.Errorf("skipped to %d, %v; read to %d", skip.At().Offset, wrong, s.At().Offset)
		}
	})
}
