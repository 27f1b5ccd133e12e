package redact

import (
	"strings"
)

// tokenPrefixes are constant starts of secrets; see docs/credentials.md.
var tokenPrefixes = []string{"ATATT3", "ATCTT3", "ATSTT3", "ATBB", "ATTA", "BBDC-", "ey", "ghp_", "xoxb-", "sk-"}

// Shape names a token by its public constant prefix and its length in
// characters. Use it only for recognised machine-made tokens: a length makes a
// password easier to search for.
func Shape(prefix constant, length int) Text {
	return Sprintf("%s... (%s)", Text{string(prefix)}, Count(length, "character", "characters"))
}

// LooksSecret reports whether s has the shape of a secret: it holds the prefix
// of a known token followed by more, or is a long run of letters and digits
// without the structure of words. It errs on the side of yes, and serves only
// to withhold text that would otherwise be shown.
func LooksSecret(s string) bool {
	for start := 0; start < len(s); {
		for start < len(s) && !wordByte(s[start]) {
			start++
		}
		end := start
		for end < len(s) && wordByte(s[end]) {
			end++
		}
		if secretWord(s[start:end]) {
			return true
		}
		start = end
	}
	return false
}

// wordByte tells the bytes that tokens consist of.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '+' || c == '='
}

func secretWord(w string) bool {
	if len(w) < 12 {
		return false
	}
	for _, p := range tokenPrefixes {
		if i := strings.Index(w, p); i >= 0 && len(w)-i >= len(p)+8 && (p != "ey" || len(w)-i >= 20 && strings.HasPrefix(w, p)) {
			return true
		}
	}
	return len(w) >= 20 && !uuid(w) && random(w)
}

// random reports whether w mixes digits and letters as chance does: words,
// issue keys, dates and file names change between them seldom.
func random(w string) bool {
	changes, digits, upper, lower := 0, 0, 0, 0
	kind := func(c byte) int {
		switch {
		case c >= '0' && c <= '9':
			digits++
			return 1
		case c >= 'a' && c <= 'z':
			lower++
			return 2
		case c >= 'A' && c <= 'Z':
			upper++
			return 3
		}
		return 0
	}
	last := 0
	for i := 0; i < len(w); i++ {
		k := kind(w[i])
		if k != last && last != 0 && k != 0 && !(last == 3 && k == 2) {
			changes++
		}
		if k != 0 {
			last = k
		}
	}
	return changes*5 >= len(w) || digits > 0 && upper > 1 && lower > 1 && changes >= 3
}

// uuid reports whether w is a UUID in its usual form: an identifier such as a
// cloudId, which support needs to see.
func uuid(w string) bool {
	if len(w) != 36 {
		return false
	}
	for i := 0; i < len(w); i++ {
		c := w[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
