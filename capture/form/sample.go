package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
)

// A Sample is the start of an input, looked at from the sides that tell kinds of
// input apart.
type Sample struct {
	Raw   []byte  // as stored
	Whole bool    // Raw is the whole input
	UTF32 bool    // it is, and Text is not decoded
	Text  []byte  // as UTF-8, without byte order mark and leading blanks
	JSON  Outline // of Text

	utf16 encoding.Encoding // nil: not UTF-16
}

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
	bomUTF32LE = []byte("\xff\xfe\x00\x00")
	bomUTF32BE = []byte("\x00\x00\xfe\xff")
)

// Blank is what may stand before a document; some tools pad with NUL bytes.
const Blank = " \t\r\n\x00"

// NewSample looks at the start of an input; whole: it is all of it.
func NewSample(head []byte, whole bool) *Sample {
	sm := &Sample{Raw: head, Whole: whole, Text: head}
	sm.decode()
	sm.Text = bytes.TrimLeft(bytes.TrimPrefix(sm.Text, bomUTF8), Blank)
	sm.JSON = outline(sm.Text)
	return sm
}

// decode finds out the encoding and decodes UTF-16. Without a byte order mark,
// it goes by where the zero bytes of the first two characters are; a HAR starts
// with ASCII.
func (sm *Sample) decode() {
	h := sm.Raw
	zero := func(i int) bool { return i < len(h) && h[i] == 0 }
	ascii := func(i int) bool {
		return i < len(h) && (h[i] >= ' ' && h[i] < 0x7f || h[i] == '\n' || h[i] == '\r' || h[i] == '\t')
	}
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(h, bomUTF32LE), bytes.HasPrefix(h, bomUTF32BE),
		ascii(0) && zero(1) && zero(2) && zero(3) && ascii(4) && zero(5),
		zero(0) && zero(1) && zero(2) && ascii(3) && zero(4) && ascii(7):
		sm.UTF32 = true
		return
	case bytes.HasPrefix(h, bomUTF16LE), ascii(0) && zero(1) && ascii(2) && zero(3):
	case bytes.HasPrefix(h, bomUTF16BE), zero(0) && ascii(1) && zero(2) && ascii(3):
		order = unicode.BigEndian
	default:
		return
	}
	sm.utf16 = unicode.UTF16(order, unicode.UseBOM)
	text, err := sm.utf16.NewDecoder().Bytes(h[:len(h)&^1])
	if err == nil {
		sm.Text = text
	}
}

// UTF16 reports whether the input is in UTF-16.
func (sm *Sample) UTF16() bool { return sm.utf16 != nil }

// An Outline is what the start of a JSON document shows of its structure.
type Outline struct {
	First byte              // '{', '[', '"' or another start of a value; 0: not JSON
	Has   map[string]bool   // members down to the fourth level: "log", "log/entries", "[]/status"
	Text  map[string]string // values of those that are short strings
	Key   string            // the first member
	HAR   bool              // the top level has a "log" that looks like one of a HAR
	End   End
}

// An End says how the part of a JSON document that was looked at ends.
type End uint8

// The ends.
const (
	JSONCut    End = iota // in the middle
	JSONBroken            // at what is not JSON
	JSONOne               // after one value
	JSONMore              // after one value that another one follows
)

// outline walks the tokens of a document. It stops as soon as that is certainly
// a HAR, because its reader knows better.
func outline(text []byte) Outline {
	sh := Outline{Has: map[string]bool{}, Text: map[string]string{}}
	if len(text) == 0 || !strings.ContainsRune(`{["`, rune(text[0])) {
		return sh
	}
	sh.First = text[0]
	w := walker{d: json.NewDecoder(bytes.NewReader(text)), sh: &sh}
	w.d.UseNumber()
	switch err := w.value("", 0); {
	case err == nil:
		sh.End = JSONOne
		if rest := text[w.d.InputOffset():]; len(bytes.TrimLeft(rest, Blank)) > 0 {
			sh.End = JSONMore
		}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errEnough):
		sh.End = JSONCut
	default:
		sh.End = JSONBroken
	}
	return sh
}

// errEnough ends a walk that has seen what it needs.
var errEnough = errors.New("enough")

// A walker notes the upper levels of a document.
type walker struct {
	d      *json.Decoder
	sh     *Outline
	tokens int
}

func (w *walker) token() (json.Token, error) {
	if w.tokens++; w.tokens > maxTokens {
		return nil, errEnough
	}
	return w.d.Token()
}

// value walks one value, which is called path and lies within depth others.
func (w *walker) value(path string, depth int) error {
	t, err := w.token()
	if err != nil {
		return err
	}
	switch v := t.(type) {
	case string:
		if depth <= levels && len(v) <= maxString {
			w.sh.Text[path] = v
		}
		return nil
	case json.Delim:
		if v == '[' {
			return w.list(path, depth)
		}
		return w.object(path, depth)
	}
	return nil
}

func (w *walker) list(path string, depth int) error {
	for w.d.More() {
		if err := w.value(join(path, "[]", depth), depth+1); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

func (w *walker) object(path string, depth int) error {
	for w.d.More() {
		t, err := w.token()
		if err != nil {
			return err
		}
		key, _ := t.(string) // the decoder takes nothing else
		name := join(path, key, depth)
		if depth < levels && len(key) <= maxString {
			w.sh.Has[name] = true
		}
		if depth == 0 && w.sh.Key == "" {
			w.sh.Key = key
		}
		if depth == 1 && path == "log" && ofHAR(key) {
			w.sh.HAR = true
			return errEnough
		}
		if err := w.value(name, depth+1); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

// ofHAR reports whether key is one that the log of a HAR has. Docker, Elastic
// and others write lines of JSON with a "log" of their own.
func ofHAR(key string) bool {
	switch key {
	case "version", "creator", "browser", "pages", "entries", "comment":
		return true
	}
	return strings.HasPrefix(key, "_")
}

// All reports whether the document is an object with all these members.
func (sh *Outline) All(names ...string) bool {
	for _, n := range names {
		if !sh.Has[n] {
			return false
		}
	}
	return sh.First == '{'
}

// join is the path of a member; below the levels that count it stays empty.
func join(path, key string, depth int) string {
	switch {
	case depth >= levels || len(key) > maxString:
		return ""
	case depth == 0:
		return key
	default:
		return path + "/" + key
	}
}
