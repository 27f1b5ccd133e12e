package command

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
)

// A value is what an expression of PowerShell comes to: a text, unless one of the
// others is set.
type value struct {
	word
	table    *table
	pair     *pair  // a PSCredential
	encoding string // of text, as "utf8"
	session  *session
	list     []value
}

// A table is a hash table or dictionary, in its order.
type table struct{ members []member }

type member struct {
	name  string
	value value
}

// set gives a member its value.
func (t *table) set(name string, v value) {
	for i := range t.members {
		if strings.EqualFold(t.members[i].name, name) {
			t.members[i].value = v
			return
		}
	}
	if len(t.members) < maxFields {
		t.members = append(t.members, member{name, v})
	}
}

func (t *table) get(name string) value {
	for _, m := range t.members {
		if strings.EqualFold(m.name, name) {
			return m.value
		}
	}
	return unknowable()
}

// A pair is a user name and a password.
type pair struct{ user, password word }

// A session is what a WebRequestSession adds to requests.
type session struct {
	cookies []word
	agent   *word
	header  table
}

// unknowable is a value that only PowerShell knows.
func unknowable() value { return value{word: word{text: exchange.Unknown, open: true}} }

func plain(text string) value { return value{word: word{text: text}} }

// both puts two texts together.
func both(a, b word) word {
	if len(a.text)+len(b.text) > maxValue {
		return word{text: exchange.Unknown, open: true}
	}
	return word{a.text + b.text, a.open || b.open, a.slip | b.slip}
}

// format works out "{0}:{1}" -f ….
func format(f word, args []value) word {
	if len(args) == 1 && args[0].list != nil {
		args = args[0].list
	}
	out := word{open: f.open, slip: f.slip}
	var b strings.Builder
	for at := 0; at < len(f.text) && b.Len() <= maxValue; {
		c := f.text[at]
		end := strings.IndexByte(f.text[at:min(len(f.text), at+8)], '}')
		switch {
		case (c == '{' || c == '}') && strings.HasPrefix(f.text[at+1:], string(c)):
			b.WriteByte(c)
			at += 2
		case c != '{' || end < 0:
			b.WriteByte(c)
			at++
		default:
			i, err := strconv.Atoi(f.text[at+1 : at+end])
			if err != nil || i < 0 || i >= len(args) {
				return word{text: exchange.Unknown, open: true}
			}
			b.WriteString(args[i].text)
			out.open, out.slip = out.open || args[i].open, out.slip|args[i].slip
			at += end + 1
		}
	}
	if out.text = b.String(); len(out.text) > maxValue {
		return word{text: exchange.Unknown, open: true}
	}
	return out
}

// member is what v.name is.
func (v value) member(name string) value {
	switch {
	case v.table != nil:
		return v.table.get(name)
	case v.pair != nil && name == "username":
		return value{word: v.pair.user}
	case v.pair != nil && name == "password":
		return value{word: v.pair.password}
	}
	return unknowable()
}

// call is what v.name(args) is.
func (v value) call(name string, args []value) value {
	switch {
	case v.encoding != "" && name == "getbytes" && len(args) == 1:
		return value{word: encode(v.encoding, args[0].word)}
	case v.pair != nil && name == "getnetworkcredential":
		return v
	case v.open || v.table != nil || v.pair != nil:
	case name == "trim" && len(args) == 0:
		return plain(strings.TrimSpace(v.text))
	case name == "tostring" && len(args) == 0:
		return v
	case name == "replace" && len(args) == 2 && !args[0].open && !args[1].open && args[0].text != "" && len(args[1].text) < 16:
		if s := strings.ReplaceAll(v.text, args[0].text, args[1].text); len(s) <= maxValue {
			return plain(s)
		}
	}
	return unknowable()
}

// static is what [kind]::name(args) is; called: it has brackets.
func static(kind, name string, args []value, called bool) value {
	switch kind {
	case "convert":
		if name == "tobase64string" && len(args) == 1 {
			return value{word: base64Of(args[0].word)}
		}
	case "text.encoding":
		if called {
			if name == "getencoding" && len(args) == 1 && !args[0].open {
				return value{encoding: strings.ToLower(args[0].text)}
			}
			break
		}
		return value{encoding: name}
	case "pscredential", "management.automation.pscredential":
		if name == "new" {
			return credential(args)
		}
	case "uri", "net.webutility", "web.httputility":
		if len(args) == 1 && !args[0].open && len(args[0].text) < maxValue/3 {
			switch name {
			case "escapedatastring":
				return plain(strings.ReplaceAll(url.QueryEscape(args[0].text), "+", "%20"))
			case "urlencode":
				return plain(url.QueryEscape(args[0].text))
			}
		}
	case "string":
		if name == "format" && len(args) > 1 {
			return value{word: format(args[0].word, args[1:])}
		}
	}
	return unknowable()
}

func credential(args []value) value {
	if len(args) == 1 {
		args = args[0].list
	}
	if len(args) != 2 {
		return unknowable()
	}
	return value{word: word{open: true}, pair: &pair{args[0].word, args[1].word}}
}

// encode returns the bytes of a text.
func encode(encoding string, w word) word {
	ascii := true
	for i := range len(w.text) {
		ascii = ascii && w.text[i] < 0x80
	}
	switch encoding {
	case "unicode", "utf-16":
		var b []byte
		for _, u := range utf16.Encode([]rune(w.text)) {
			b = append(b, byte(u), byte(u>>8))
		}
		if w.open {
			return word{text: exchange.Unknown, open: true}
		}
		return word{text: string(b)}
	case "utf8", "utf-8":
		return w
	case "ascii", "us-ascii":
		return word{strings.Map(func(r rune) rune {
			if r > 0x7f {
				return '?'
			}
			return r
		}, w.text), w.open, w.slip}
	case "latin1", "iso-8859-1", "windows-1252", "default": // the last one is UTF-8 in version 7
		if ascii {
			return w
		}
		b := make([]byte, 0, len(w.text))
		for _, r := range w.text {
			if r > 0xff || r >= 0x80 && r < 0xa0 || encoding == "default" {
				return word{text: exchange.Unknown, open: true}
			}
			b = append(b, byte(r))
		}
		return word{string(b), w.open, w.slip}
	}
	return word{text: exchange.Unknown, open: true}
}

// base64Of encodes bytes. Of a text that is not known it tells whether it ends in a
// line feed.
func base64Of(w word) word {
	switch {
	case !w.open:
		return word{text: base64.StdEncoding.EncodeToString([]byte(w.text))}
	case strings.HasSuffix(w.text, "\n"):
		return word{encodedLineFeed, true, lineFeed}
	}
	return word{text: encodedUnknown, open: true}
}

// templated is a text that may hold the variable of a tool.
func templated(s string) word { return word{text: s, open: braces().MatchString(s)} }

// unit returns one unit of UTF-16; halves of a character are kept for [joined16].
func unit(u uint16) string {
	if u < 0xd800 || u > 0xdfff {
		return string(rune(u))
	}
	return string([]byte{0xed, 0x80 | byte(u>>6&0x3f), 0x80 | byte(u&0x3f)})
}

// joined16 makes characters of the halves that follow each other.
func joined16(s string) string {
	at := strings.IndexByte(s, 0xed)
	if at < 0 {
		return s
	}
	half := func(i int, kind byte) (rune, bool) {
		if i+2 >= len(s) || s[i] != 0xed || s[i+1]&0xf0 != kind {
			return 0, false
		}
		return 0xd000 | rune(s[i+1]&0x3f)<<6 | rune(s[i+2]&0x3f), true
	}
	b := []byte(s[:at])
	for at < len(s) {
		high, ok := half(at, 0xa0)
		low, both := half(at+3, 0xb0)
		if ok && both {
			b = utf8.AppendRune(b, utf16.DecodeRune(high, low))
			at += 6
			continue
		}
		b = append(b, s[at])
		at++
	}
	return string(b)
}
