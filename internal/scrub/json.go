package scrub

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// json rewrites the strings of a JSON text, and the numbers that are long. The
// key of a string in a list is that of the list. With open set, what is plain stays
// where the key says that the values are texts.
func (s *Scrubber) json(b []byte, open bool, value func(k *key, v string) string, numbers map[string]bool) []byte {
	out := make([]byte, 0, len(b)+64)
	k, shown := s.keyOf(nil), false
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			j := stringEnd(b, i+1)
			text, raw := b[i+1:j], b[i:min(j+1, len(b))]
			i += len(raw)
			next := i
			for next < len(b) && (b[next] == ' ' || b[next] == '\n' || b[next] == '\t' || b[next] == '\r') {
				next++
			}
			isKey := next < len(b) && b[next] == ':'
			if isKey && plainWords(text) && len(raw) > len(text)+1 {
				if k.text != string(text) {
					k = s.keyOf(text)
					shown = open && k.open()
				}
				out = append(out, raw...)
				continue
			}
			if !isKey && shown && len(raw) > len(text)+1 && plainWords(text) {
				out = append(out, raw...)
				continue
			}
			v := unquote(raw)
			if isKey {
				k = s.keyOf([]byte(v))
				shown = open && k.open()
				v = s.text(v)
			} else {
				v = value(k, v)
			}
			out = appendQuote(out, v)
		case c >= '0' && c <= '9':
			j := i
			for j < len(b) && (b[j] >= '0' && b[j] <= '9') {
				j++
			}
			if j-i > maxDigits && !numbers[k.text] {
				n := s.swap(string(b[i:j]))
				if n[0] == '0' {
					n = "1" + n[1:]
				}
				out = append(out, n...)
			} else {
				out = append(out, b[i:j]...)
			}
			i = j
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// plainWords reports whether t is made of known words, with nothing between them that
// says more, and no address.
func plainWords(t []byte) bool {
	for i := 0; i < len(t); {
		k := classes[t[i]]
		if k&inWord == 0 {
			if c := t[i]; c != ' ' && c != '_' && c != '-' && c != ',' && c != '.' {
				return false
			}
			i++
			continue
		}
		j, kinds := i+1, k
		for ; j < len(t) && classes[t[j]]&inWord != 0; j++ {
			if k = classes[t[j]]; k&inASCII == 0 {
				return false
			}
			kinds |= k
		}
		if k&inASCII == 0 || !harmlessWord(t[i:j], kinds) || j-i >= 4 && string(t[i:i+4]) == "http" {
			return false
		}
		i = j
	}
	return true
}

// unquote returns the text of a string of JSON; of one that is none what stands
// between its quotes.
func unquote(b []byte) string {
	if n := len(b) - 1; n > 0 && b[n] == '"' && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
		return string(b[1:n])
	}
	var v string
	if json.Unmarshal(b, &v) != nil {
		v = strings.Trim(string(b), `"`)
	}
	return v
}

// appendQuote appends v as a string of JSON.
func appendQuote(out []byte, v string) []byte {
	wide := false
	for i := range len(v) {
		c := v[i]
		if c < 0x20 || c == '"' || c == '\\' || c == 0xE2 && strings.HasPrefix(v[i:], "\u2028"[:2]) {
			return append(out, quote(v)...)
		}
		wide = wide || c >= utf8.RuneSelf
	}
	if wide && !utf8.ValidString(v) {
		return append(out, quote(v)...)
	}
	out = append(out, '"')
	out = append(out, v...)
	return append(out, '"')
}

func quote(v string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a string always encodes
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
