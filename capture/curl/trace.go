package curl

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// A block is one event of --trace or --trace-ascii.
type block struct {
	open, send, hex bool
	kind            string
	at              int64 // where it starts in the text
	size            int
	lines           int
	data            []byte
}

// line takes a line of a dump, such as "0010: 0a 48 …", and reports whether it
// is one.
func (b *block) line(text string) bool {
	off, rest, ok := strings.Cut(text, ":")
	if !ok || len(off) < 4 || len(off) > 8 {
		return false
	}
	at, err := strconv.ParseUint(off, 16, 32)
	if err != nil || len(b.data) >= maxHead || int(at) > b.size {
		return false
	}
	rest = strings.TrimPrefix(rest, " ")
	want := min(16, b.size-int(at))
	got := digits(rest, want)
	if b.lines == 0 {
		b.hex = want > 0 && len(got) == want
	}
	b.lines++
	if b.hex {
		b.data = append(b.data, got...)
		return true
	}
	// In --trace-ascii, a line ends after 64 bytes or where the data has CR LF,
	// and only the offset of the next line tells which.
	if gap := int(at) - len(b.data); gap == 2 {
		b.data = append(b.data, "\r\n"...)
	}
	b.data = append(b.data, rest...)
	if b.size-len(b.data) == 2 && b.kind == "header" {
		b.data = append(b.data, "\r\n"...)
	}
	return true
}

// digits decodes at most n bytes written as pairs of hexadecimal digits.
func digits(s string, n int) []byte {
	var out []byte
	for len(s) >= 2 && len(out) < n {
		b, err := hex.DecodeString(s[:2])
		if err != nil {
			break
		}
		out = append(out, b...)
		s = strings.TrimPrefix(s[2:], " ")
	}
	return out
}
