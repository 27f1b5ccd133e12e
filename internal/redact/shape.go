package redact

import (
	"encoding/base64"
	"strings"
)

// Shape names a token by its public constant prefix and its length in
// characters. Use it only for recognised machine-made tokens: a length makes a
// password easier to search for.
func Shape(prefix constant, length int) Text {
	return Sprintf("%s... (%s)", Text{string(prefix)}, Count(length, "character", "characters"))
}

// LooksSecret reports whether s has the shape of a secret: it holds a known
// token, an encoded user:password pair, or a run of letters and digits that
// is random rather than made of words, be it percent-encoded. It errs on the
// side of yes, and serves only to withhold text that would otherwise be shown.
func LooksSecret(s string) bool {
	if escapedWord(s) {
		return true
	}
	if strings.IndexByte(s, '%') < 0 {
		return looksSecret(s)
	}
	for range 2 { // %2541 is %41 is A
		s = unescape(s)
		if looksSecret(s) {
			return true
		}
	}
	return false
}

// escapedWord reports whether characters of s are written as in JSON (\u0041), in
// JavaScript (\x41) or in HTML (&#65;), or letters and digits as in URLs (%41,
// %2541). Whoever writes a name so hides it.
func escapedWord(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' {
			j := i + 1
			for j+3 < len(s) && s[j] == '2' && s[j+1] == '5' {
				j += 2
			}
			if hexByte(s[j]) && hexByte(s[j+1]) && alnum(nibble(s[j])<<4|nibble(s[j+1])) {
				return true
			}
		}
		if i+3 == len(s) {
			break
		}
		switch {
		case s[i] == '&' && s[i+1] == '#' && (s[i+2]|0x20 == 'x' || s[i+2] >= '0' && s[i+2] <= '9'),
			s[i] == '\\' && s[i+1] == 'x' && hexByte(s[i+2]) && hexByte(s[i+3]),
			s[i] == '\\' && s[i+1] == 'u' && i+5 < len(s) && hexadecimal(s[i+2:i+6]):
			return true
		}
	}
	return false
}

func looksSecret(s string) bool {
	if knownToken(s) >= 0 {
		return true
	}
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
	return alnum(c) || c == '_' || c == '-' || c == '+' || c == '='
}

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// prefixes are constant starts of tokens; see docs/credentials.md. Inside says
// that the prefix counts in the middle of a word, too.
var prefixes = []struct {
	start  string
	inside bool
	more   int // bytes that must follow
}{
	{"ATATT3", true, 8},
	{"ATCTT3", true, 8},
	{"ATSTT3", true, 8},
	{"ATBB", false, 8},
	{"BBDC-", true, 8},
	{"eyJ", false, 10}, // {" in base64: a JWT
	{"eyAi", false, 10},
	{"ewog", false, 10},
	{"ghp_", false, 12},
	{"gho_", false, 12},
	{"ghs_", false, 12},
	{"github_pat_", false, 12},
	{"glpat-", false, 12},
	{"xoxb-", false, 10},
	{"xoxp-", false, 10},
	{"AKIA", false, 12},
}

// knownToken returns where in s a token of a known form begins, or -1. Only
// the beginning is looked for: what follows it, up to the next blank or the
// end, is taken for a part of the token.
func knownToken(s string) int {
	if len(s) < 8 {
		return -1
	}
	for i := 0; i+8 <= len(s); i++ {
		switch s[i] {
		case 'A', 'B', 'e', 'g', 'x':
			if prefixed(s, i) {
				return i
			}
		case 'M', 'N', 'O':
			if accessToken(s[i:]) {
				return i
			}
		case '-':
			if strings.HasPrefix(s[i:], "-----BEGIN") && strings.Contains(s[i:], "PRIVATE") {
				return i
			}
		}
	}
	return schemeAndParam(s)
}

// prefixed reports whether a token with a known prefix begins at s[i].
func prefixed(s string, i int) bool {
	for j := range prefixes {
		p := &prefixes[j]
		if p.start[0] != s[i] || !strings.HasPrefix(s[i:], p.start) {
			continue
		}
		if (p.inside || i == 0 || !alnum(s[i-1])) && wordRun(s[i+len(p.start):]) >= p.more {
			return true
		}
	}
	// Trello: ATTA and hexadecimal digits.
	return s[i] == 'A' && len(s) >= i+20 && strings.HasPrefix(s[i:], "ATTA") && hexadecimal(s[i+4:i+20])
}

func wordRun(s string) int {
	n := 0
	for n < len(s) && (wordByte(s[n]) || s[n] == '/' || s[n] == '@' || s[n] == '.') {
		n++
	}
	return n
}

// accessToken reports whether s begins like a personal access token of Data
// Center: twelve digits and a colon in base64, four characters for three digits.
func accessToken(s string) bool {
	if len(s) < 18 {
		return false
	}
	for i := 0; i < 16; i += 4 {
		if s[i] < 'M' || s[i] > 'O' || strings.IndexByte("DTjz", s[i+1]) < 0 ||
			strings.IndexByte("AEIMQUYcgk", s[i+2]) < 0 || strings.IndexByte("wxyz012345", s[i+3]) < 0 {
			return false
		}
	}
	return s[16] == 'O' && s[17] >= 'g' && s[17] <= 'v'
}

// schemes are words that a credential follows: after a blank, or in the form of
// Jira Align, user:NUMBER|TOKEN.
var schemes = []string{"basic", "bearer", "jwt", "geniekey", "oauth", "ntlm", "negotiate", "token", "digest"}

func schemeAndParam(s string) int {
	if !strings.ContainsAny(s, " |+\t") {
		return -1
	}
	low := lower(s) // strings.ToLower changes the length of invalid UTF-8
	for _, w := range schemes {
		for at := 0; ; {
			i := strings.Index(low[at:], w)
			if i < 0 {
				break
			}
			i += at
			at = i + len(w)
			if i > 0 && alnum(s[i-1]) || at >= len(s) || s[at] != ' ' && s[at] != '+' && s[at] != '\t' {
				continue
			}
			param := strings.TrimLeft(s[at:], " +\t")
			if n := wordRun(param); n >= 6 && !proseWord(param[:n]) {
				return i
			}
		}
	}
	for at := 0; ; {
		i := strings.Index(low[at:], "user:")
		if i < 0 {
			return -1
		}
		i += at
		at = i + len("user:")
		j := at
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j > at && j < len(s) && s[j] == '|' {
			return i
		}
	}
}

// lower returns s with its ASCII letters in lower case.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] |= 0x20
		}
	}
	return string(b)
}

// proseWord reports whether w is a word of prose: letters in one case, the
// first one aside, or such words joined.
func proseWord(w string) bool {
	for i := 0; i < len(w); i++ {
		c := w[i]
		if c >= 'a' && c <= 'z' || c == '.' || c == '-' || c == '/' || i == 0 && c >= 'A' && c <= 'Z' {
			continue
		}
		return false
	}
	return true
}

// secretWord judges a run of word bytes.
func secretWord(w string) bool {
	if len(w) < 8 {
		return false
	}
	if encodedPair(w) {
		return true
	}
	if len(w) < 12 || uuid(w) {
		return false
	}
	// Parts between dashes and the like, and then all of them together: a token
	// may have dashes in it, and names have many.
	letters, parts, one, fresh := 0, 0, false, true
	var all pieces
	var part pieces
	for i := 0; i <= len(w); i++ {
		if i < len(w) && alnum(w[i]) {
			if fresh {
				parts++
				fresh = false
			}
			letters++
			part.add(w[i])
			all.add(w[i])
			continue
		}
		one = one || part.random()
		part, fresh = pieces{}, true
		all.last, all.before = 0, 0
	}
	return one || letters >= 20 && all.random() && (letters >= 6*parts || letters >= 4*parts && 10*all.usual <= 6*all.pairs)
}

// common holds, for each letter, the letters that often follow it in words: the
// 260 most common pairs in words of English and of Atlassian's APIs. They make
// up 93 % of the pairs in such words, and 38 % of those in random letters.
var common = func() (m [26]uint32) {
	for i, row := range strings.Fields(`
		bcdfgiklmnprstuvwxy aeilorsuy acehiklortu acdeiorsu abcdefgilmnopqrstvwxy aefilortu aehinorsu aeiot acdefglmnoprstvxz
		ei eis adeilostuy abeimops acdefgiklnoprstuv abcdfgiklmnoprstuvw aehiloprstu u acdegiklmnoprstuvy
		acehiklopstuw abcdefhilmoprstuwy bcdeilmnprst aei aehinors cpt epst e`) {
		for _, c := range row {
			m[i] |= 1 << (c - 'a')
		}
	}
	return m
}()

// pieces counts the pieces that a run of letters and digits falls into: words
// that may start with a capital, words of capitals, and numbers. Names consist
// of few long pieces, random text of many short ones.
type pieces struct {
	n, count           int
	pairs, usual       int // pairs of letters, common ones among them
	digits, numbers    int // digits, and runs of them
	hex                int
	upperHex, lowerHex bool
	last               byte // 'a', 'A', '0'; 0: none
	before             byte // the letter before, in lower case; 0: none
	capital            bool // the last piece is one capital so far
}

func (p *pieces) add(c byte) {
	p.n++
	kind := byte('a')
	switch {
	case c >= '0' && c <= '9':
		kind = '0'
		p.digits++
		p.hex++
	case c <= 'Z':
		kind = 'A'
		if c <= 'F' {
			p.hex++
			p.upperHex = true
		}
	default:
		if c <= 'f' {
			p.hex++
			p.lowerHex = true
		}
	}
	switch {
	case kind == 'a' && p.last == 'A' && p.capital:
		p.capital = false // Word
	case kind != p.last:
		p.count++
		if kind == '0' {
			p.numbers++
		}
		p.capital = kind == 'A'
	default:
		p.capital = false
	}
	p.last = kind
	if kind == '0' {
		p.before = 0
		return
	}
	c |= 0x20
	if p.before != 0 {
		p.pairs++
		if common[p.before-'a']>>(c-'a')&1 != 0 {
			p.usual++
		}
	}
	p.before = c
}

// random reports whether the run is random: in hexadecimal with at least 16
// digits, or falling into pieces that are too short for words.
func (p *pieces) random() bool {
	switch {
	case p.digits == p.n:
		return p.n > 32 // longer than any number
	case p.hex == p.n && p.digits > 0 && p.n >= 16 && !(p.upperHex && p.lowerHex):
		return 4*p.count >= p.n || p.n >= 32
	case p.n >= 20 && p.numbers >= 3 && 3*p.digits <= 2*p.n:
		return true // and no date
	case p.n >= 16 && (p.pairs >= 16 && 10*p.usual <= 6*p.pairs || p.pairs >= 10 && 2*p.usual <= p.pairs):
		return true
	case p.digits > 0 && p.n >= 16:
		return 10*p.n < 34*p.count || p.n <= 6*p.count && p.pairs >= 5 && 10*p.usual <= 6*p.pairs
	case p.digits > 0 && p.n >= 12:
		return 10*p.n < 25*p.count
	case p.n >= 16:
		return 10*p.n < 26*p.count
	}
	return false
}

// encodedPair reports whether w is a printable user:password pair in base64,
// as after "Basic".
func encodedPair(w string) bool {
	w = strings.TrimRight(w, "=")
	if len(w) < 8 || len(w) > 4096 || len(w)%4 == 1 {
		return false
	}
	enc := base64.RawStdEncoding
	if strings.ContainsAny(w, "-_") {
		enc = base64.RawURLEncoding
	}
	// Most words stop being printable in their first characters.
	var head [12]byte
	n, err := enc.Decode(head[:], []byte(w[:min(len(w)&^3, 16)]))
	if err != nil || !printable(head[:n]) {
		return false
	}
	b, err := enc.DecodeString(w)
	return err == nil && printable(b) && strings.IndexByte(string(b), ':') > 0
}

func printable(b []byte) bool {
	for _, c := range b {
		if (c < 0x20 || c > 0x7e) && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// uuid reports whether w is a UUID in its usual form: an identifier such as a
// cloudId, which support needs to see.
func uuid(w string) bool {
	if len(w) != 36 {
		return false
	}
	for i := 0; i < len(w); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if w[i] != '-' {
				return false
			}
		} else if !hexByte(w[i]) {
			return false
		}
	}
	return true
}

func hexByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexadecimal(s string) bool {
	for i := 0; i < len(s); i++ {
		if !hexByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// unescape decodes percent-encoding, as far as it is well-formed.
func unescape(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '%') {
		b.WriteString(s[:i])
		if i+2 < len(s) && hexByte(s[i+1]) && hexByte(s[i+2]) {
			b.WriteByte(nibble(s[i+1])<<4 | nibble(s[i+2]))
			s = s[i+3:]
			continue
		}
		b.WriteByte('%')
		s = s[i+1:]
	}
	b.WriteString(s)
	return b.String()
}

func nibble(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}
