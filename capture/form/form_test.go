package form

import (
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/why401/why401/internal/exchange"
)

func wide(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// TestText reads texts in all encodings and says what was changed.
func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		in, text string
		notes    []exchange.NoteKind
	}{
		"plain":           {"{ü", "{ü", nil},
		"byte order mark": {"\ufeff{ü", "{ü", []exchange.NoteKind{exchange.NoteBOM}},
		"UTF-16":          {wide("{ü"), "{ü", []exchange.NoteKind{exchange.NoteUTF16}},
		"blanks stay":     {" \n{", " \n{", nil},
		"nothing":         {"", "", nil},
	} {
		var got exchange.Capture
		in := &Input{Sample: NewSample([]byte(c.in), true), Raw: strings.NewReader(c.in)}
		b, err := io.ReadAll(in.Text(&got))
		if err != nil || string(b) != c.text || len(got.Notes) != len(c.notes) || len(c.notes) > 0 && got.Notes[0].Kind != c.notes[0] {
			t.Errorf("%s: %q, %v, %v", name, b, err, got.Notes)
		}
		in.Raw = strings.NewReader(c.in)
		if b, err := io.ReadAll(in.Text(nil)); err != nil || string(b) != c.text {
			t.Errorf("%s, without a capture: %q, %v", name, b, err)
		}
		if s := string(in.Sample.Text); s != strings.TrimLeft(c.text, Blank) {
			t.Errorf("%s: the sample shows %q", name, s)
		}
	}
}

// TestOutline looks at documents that end in all ways.
func TestOutline(t *testing.T) {
	for in, want := range map[string]struct {
		first byte
		end   End
		has   string
	}{
		`{"a":{"b":[{"c":1}]}}`: {'{', JSONOne, "a a/b a/b/[]/c"},
		`[{"a":"x"},{"b":2}]`:   {'[', JSONOne, "[]/a []/b"},
		`{"a":1}` + "\n{":       {'{', JSONMore, "a"},
		`{"a":1,"b":`:           {'{', JSONCut, "a b"},
		`{"a":1 2`:              {'{', JSONBroken, "a"},
		`a: {"b":1}`:            {0, JSONCut, ""},
	} {
		j := NewSample([]byte(in), true).JSON
		names := strings.Fields(want.has)
		if j.First != want.first || j.End != want.end || len(j.Has) != len(names) {
			t.Errorf("%s: %+v", in, j)
		}
		for _, n := range names {
			if !j.Has[n] {
				t.Errorf("%s has no %s", in, n)
			}
		}
	}
	j := NewSample([]byte(`{"type":"x","long":"`+strings.Repeat("y", maxString+1)+`"}`), true).JSON
	if _, ok := j.Text["long"]; ok || j.Text["type"] != "x" || j.Key != "type" || !j.All("type", "long") || j.All("other") {
		t.Errorf("%+v", j)
	}
}

// TestTelling asks each of the helpers.
func TestTelling(t *testing.T) {
	s := NewSample([]byte("\ufeff \n"+`{"a":{"b":1}}`), true)
	for name, is := range map[string]bool{
		"magic":        Magic("x", "\ufeff ")(s),
		"other magic":  !Magic("{")(s),
		"matches":      Matches(`^\{"a"`)(s),
		"does not":     !Matches(`^ `)(s),
		"members":      Members('{', "a", "a/b")(s),
		"other member": !Members('{', "a", "b")(s),
		"other start":  !Members('[', "a")(s),
		"named":        Named(`(^|/)raw/1\.txt$`)("x/raw/1.txt"),
		"text":         s.IsText(),
		"no text":      !NewSample([]byte("a\x00b"), true).IsText(),
		"too little":   !NewSample([]byte("\xfd\xfc\xfd\xfc"), true).IsText(),
	} {
		if !is {
			t.Error(name)
		}
	}
}
