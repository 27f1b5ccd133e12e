package capture

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// label makes the name of a capture of a path or of the name of an archive
// member. Both are only ever shown, so what could move the cursor, reorder the
// line or break an encoding is written as an escape.
func label(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, name[i])
		case strconv.IsPrint(r):
			b.WriteString(name[i : i+n])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		if i += n; b.Len() > maxLabel && i < len(name) {
			b.WriteString("…")
			break
		}
	}
	return b.String()
}

// member is the name of a capture within an archive.
func member(archive, name string) string { return archive + "!" + label(name) }

// unique returns name, numbered if it is taken, and takes it.
func unique(taken map[string]int, name string) string {
	u := name
	for taken[u] > 0 {
		taken[name]++
		u = name + " (" + strconv.Itoa(taken[name]) + ")"
	}
	taken[u] = 1
	return u
}
