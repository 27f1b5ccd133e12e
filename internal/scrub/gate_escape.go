package scrub

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// maxLayers is how often something may be escaped: %2541 is %41 is A.
const maxLayers = 3

// disguised calls f for each stretch of b in which letters or digits are written as
// escapes (see wordEscape) and in which, once they are undone, a secret stands, until
// f returns false. The index has no such forms: there are too many.
func (g *Gate) disguised(b []byte, f func(from, to int) bool) {
	for i := 0; i < len(b); {
		n := bytes.IndexAny(b[i:], `%\&`)
		if n < 0 {
			return
		}
		i += n
		if wordEscape(string(b[i:min(len(b), i+24)])) == 0 {
			i++
			continue
		}
		// What stands around it may be a part of the secret.
		from, to := i, i
		for from > 0 && inStretch(b[from-1]) && i-from < maxSecret {
			from--
		}
		for to < len(b) && (inStretch(b[to]) || bytes.IndexByte([]byte(`%\&#;`), b[to]) >= 0) && to-i < 12*maxSecret {
			to++
		}
		t := b[from:to]
		for range maxLayers {
			u := unescapeWords(t)
			if len(u) == len(t) {
				break
			}
			if t = u; g.holds(t) {
				if !f(from, to) {
					return
				}
				break
			}
		}
		i = max(to, i+1)
	}
}

func inStretch(c byte) bool {
	return wordByte(c) || c == '-' || c == '_' || c == '.' || c == '!' || c == '~'
}

// holds reports whether a secret stands in t as it is or in one of the forms that the
// index has.
func (g *Gate) holds(t []byte) bool {
	found := false
	yes := func(int, int) bool { found = true; return false }
	if g.find(t, yes); !found {
		g.shaped(t, yes)
	}
	return found
}

// unescapeWords undoes one layer of the escapes of letters and digits.
func unescapeWords(t []byte) []byte {
	out := make([]byte, 0, len(t))
	for i := 0; i < len(t); {
		if c := t[i]; c != '%' && c != '\\' && c != '&' {
			out = append(out, c)
			i++
			continue
		}
		n := wordEscape(string(t[i:min(len(t), i+24)]))
		if n == 0 {
			if i+1 == len(t) || t[i] != '\\' || t[i+1] != '\\' { // a backslash may be escaped itself
				out = append(out, t[i])
			}
			i++
			continue
		}
		e := string(t[i : i+n])
		if e[0] == '%' && len(e) > 3 { // one layer only
			out = append(append(out, '%'), e[3:]...)
		} else {
			out = utf8.AppendRune(out, escapedRune(e))
		}
		i += n
	}
	return out
}

// escapedRune is what a word escape of one layer stands for.
func escapedRune(e string) rune {
	digits, base := e[2:], 16
	switch {
	case e[0] == '%':
		digits = e[1:]
	case e[0] == '&':
		digits = string(bytes.TrimRight([]byte(digits), ";"))
		if digits[0]|0x20 == 'x' {
			digits = digits[1:]
		} else {
			base = 10
		}
	}
	c, _ := strconv.ParseUint(digits, base, 32)
	return rune(c)
}
