package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible returns s with everything that does not print, or that changes how
// other text prints, as an escape: control characters, invalid UTF-8,
// bidirectional overrides, zero-width and tag characters.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// clip cuts s to at most n bytes, at a rune boundary, and says so.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// Bytes shows bytes of a secret that are no part of it: line breaks, blanks,
// control and invisible characters in hexadecimal. Every other run of bytes
// is shown as "..", so neither its content nor its length is told.
func Bytes(b []byte) Text {
	const most = 32
	var out []string
	hidden := false
	for i := 0; i < len(b) && len(out) < most; {
		r, n := utf8.DecodeRune(b[i:])
		if !defect(r, n) {
			if !hidden {
				out = append(out, "..")
			}
			hidden = true
			i += n
			continue
		}
		hidden = false
		for _, c := range b[i : i+n] {
			out = append(out, fmt.Sprintf("%02x", c))
		}
		i += n
	}
	return Text{strings.Join(out, " ")}
}

// defect reports whether a character has no place in a credential.
func defect(r rune, size int) bool {
	switch {
	case r == utf8.RuneError && size == 1:
		return false // may be a letter in another character set
	case r <= 0x20, r >= 0x7f && r <= 0xa0:
		return true
	case r == 0x2018, r == 0x2019, r == 0x201c, r == 0x201d:
		return true
	}
	return r > 0x7f && !unicode.IsPrint(r)
}
