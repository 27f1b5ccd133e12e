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
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r) || invisible(r):
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
	return s[:n] + cut
}

// Bytes shows bytes of a secret that are no part of it: line breaks, blanks,
// control and invisible characters in hexadecimal. Every other run of bytes
// is shown as "..", so neither its content nor its length is told. A defect
// that comes again and again, as every second byte of UTF-16 does, is shown
// once, and of long runs only the start.
func Bytes(b []byte) Text {
	var out []string
	hide := func(as string) {
		if len(out) == 0 || out[len(out)-1] != as {
			out = append(out, as)
		}
	}
	seen := map[string]bool{}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if !defect(r, n) {
			hide("..")
			i += n
			continue
		}
		from := i
		for i < len(b) {
			if r, n = utf8.DecodeRune(b[i:]); !defect(r, n) {
				break
			}
			i += n
		}
		run := b[from:i]
		if key := string(run[:min(len(run), maxDefectRun+1)]); !seen[key] || i == len(b) {
			if len(seen) == maxDefects {
				hide("..")
				break
			}
			seen[key] = true
			for _, c := range run[:min(len(run), maxDefectRun)] {
				out = append(out, fmt.Sprintf("%02x", c))
			}
			if len(run) > maxDefectRun {
				hide("..")
			}
			continue
		}
		hide("..")
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
	return r > 0x7f && (!unicode.IsPrint(r) || invisible(r))
}
