package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean returns s with everything that does not print, or that changes how
// other text prints, as an escape: control characters but line feed, invalid
// UTF-8, bidirectional overrides, zero-width, tag and private characters. What
// is left is also what XML 1.0 allows. A redact.Text is clean already; this is
// for the plain strings of a report, and the second net for the rest.
func clean(s string) string {
	if cleanASCII(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteByte('\n')
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

func cleanASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if (s[i] < 0x20 && s[i] != '\n') || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// invisible reports whether r prints nothing although it counts as printable.
func invisible(r rune) bool {
	return r >= 0x34f &&
		(r == 0x2800 || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// oneLine is clean for places that have room for one line: line feeds become
// blanks.
func oneLine(s string) string {
	return strings.ReplaceAll(clean(s), "\n", " ")
}
