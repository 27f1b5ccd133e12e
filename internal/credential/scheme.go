package credential

// schemeWords are the scheme words that are known, in the order in which
// [NearestScheme] prefers them.
var schemeWords = [...]struct {
	word   string
	scheme Scheme
}{
	{"basic", Basic},
	{"bearer", Bearer},
	{"jwt", JWT},
	{"oauth", OAuth1},
	{"digest", Digest},
	{"negotiate", Negotiate},
	{"ntlm", NTLM},
	{"geniekey", GenieKey},
}

// SchemeOf returns the scheme that word names: case-insensitive, as RFC 9110,
// section 11.1 has it. For "OAuth" it is OAuth1; only the parameter tells that
// from OAuthKey. It is NoScheme for "" and UnknownScheme for another word.
func SchemeOf(word string) Scheme {
	if word == "" {
		return NoScheme
	}
	for i := range schemeWords {
		if equalFold(word, schemeWords[i].word) {
			return schemeWords[i].scheme
		}
	}
	return UnknownScheme
}

// NearestScheme returns the known scheme whose word takes the fewest edits
// (letters added, dropped, changed, or two neighbours swapped) to get from
// word, case ignored, and their number. What is close is for the caller to say;
// 1 or 2 is, if it is less than half of the word. For a word of more than 32
// bytes it is UnknownScheme and the length.
func NearestScheme(word string) (Scheme, int) {
	best, least := UnknownScheme, len(word)
	if len(word) > 32 {
		return best, least
	}
	for i := range schemeWords {
		if d := edits(word, schemeWords[i].word); d < least || best == UnknownScheme && d <= least {
			best, least = schemeWords[i].scheme, d
		}
	}
	return best, least
}

// edits is the edit distance with swaps (optimal string alignment), ASCII case
// ignored. Both texts are at most 32 bytes long; want is in lower case.
func edits(have, want string) int {
	var rows [3][33]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(want) + 1 {
		above[j] = j
	}
	for i := range len(have) {
		row[0] = i + 1
		for j := range len(want) {
			cost := 1
			if lower(have[i]) == want[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && lower(have[i]) == want[j-1] && lower(have[i-1]) == want[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(want)]
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// LeadingScheme returns the known scheme whose word text begins with, followed
// by a blank, and what follows the blanks; NoScheme and text if there is none.
// A password half that begins with "Bearer " is found this way.
func LeadingScheme(text string) (Scheme, string) {
	n := 0
	for n < len(text) && letter(text[n]) {
		n++
	}
	if n == 0 || n > 16 || n == len(text) || !blank(text[n]) {
		return NoScheme, text
	}
	s := SchemeOf(text[:n])
	if s == UnknownScheme {
		return NoScheme, text
	}
	for n < len(text) && blank(text[n]) {
		n++
	}
	return s, text[n:]
}
