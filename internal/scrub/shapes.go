package scrub

import (
	"bytes"

	"github.com/why401/why401/internal/credential"
)

// tokenHeads are what tokens begin with that say themselves what they are, and how
// many characters must follow.
var tokenHeads = [...]struct {
	head string
	more int
}{
	{"ATATT3", 16}, {"ATCTT3", 16}, {"ATSTT3", 16}, {"ATBB", 16}, {"BBDC-", 38},
}

// tokensIn calls f for each token in b, until f returns false.
func tokensIn(b []byte, f func(from, to int) bool) {
	for _, t := range tokenHeads {
		for at := 0; ; {
			i := bytes.Index(b[at:], []byte(t.head))
			if i < 0 {
				break
			}
			from := at + i
			to := from + len(t.head)
			for to < len(b) && (alnum(b[to]) || bytes.IndexByte([]byte("_=+/-@."), b[to]) >= 0) {
				to++
			}
			for to > from && b[to-1] == '.' {
				to--
			}
			if to-from >= len(t.head)+t.more && !f(from, to) {
				return
			}
			at = max(to, from+1)
		}
	}
	// A personal access token: base64 of twelve digits, a colon and random bytes.
	for i := 0; i+44 <= len(b); i++ {
		if c := b[i]; c != 'M' && c != 'N' && c != 'O' || b[i+16] != 'O' || b[i+1] != 'D' && b[i+1] != 'T' && b[i+1] != 'j' && b[i+1] != 'z' {
			continue
		}
		if credential.ClassOf(string(b[i:i+44])) == credential.PAT && !f(i, i+44) {
			return
		}
	}
}
