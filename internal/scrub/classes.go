package scrub

import "strings"

// classes says of each byte what it may be part of.
var classes = func() (t [256]uint8) {
	for i := range t {
		c := byte(i)
		if alnum(c) || c >= 0x80 {
			t[c] |= inWord | inToken
		}
		if c < 0x80 {
			t[c] |= inASCII
		}
		if c >= '0' && c <= '9' {
			t[c] |= isDigit
		} else if alnum(c) {
			t[c] |= isLetter
		}
		if c == '%' || c == '\\' || c == '&' {
			t[c] |= isEscape
		}
		if alnum(c) || c == '.' || c == '-' {
			t[c] |= inHost
		}
		if strings.IndexByte("+/=_-.%|~", c) >= 0 {
			t[c] |= inToken
		}
	}
	return t
}()

const (
	inWord = 1 << iota
	inHost
	inToken
	inASCII
	isDigit
	isLetter
	isEscape // may begin an escape
)

func wordByte(c byte) bool  { return classes[c]&inWord != 0 }
func hostByte(c byte) bool  { return classes[c]&inHost != 0 }
func tokenByte(c byte) bool { return classes[c]&inToken != 0 }
