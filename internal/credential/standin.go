package credential

import "strings"

// standIn recognises text that stands for a secret: [Masked] or [Placeholder].
// Both are whole texts; a real password may begin with "$" or hold "<".
func standIn(t string) Class {
	if !standInStart[t[0]] {
		return Unrecognized
	}
	switch {
	case masked(t):
		return Masked
	case placeholder(t):
		return Placeholder
	}
	return Unrecognized
}

// standInStart are the bytes that such a text can begin with.
var standInStart = func() (t [256]bool) {
	for _, b := range []byte("[<({*.$%#\xE2xXrRmMhHfFoOsScCyYaA") {
		t[b] = true
	}
	return t
}()

// maskWords are what programs write in place of a secret, within brackets or
// without.
var maskWords = [...]string{
	"redacted", "masked", "removed", "hidden", "filtered", "obfuscated", "sanitized", "censored", "scrubbed",
}

// masked reports whether t is what a program puts in place of a secret when it
// cleans a capture or a log.
func masked(t string) bool {
	if maskRun(t) {
		return true
	}
	body := t
	n := len(t)
	bracketed := n > 2 && (t[0] == '[' && t[n-1] == ']' || t[0] == '<' && t[n-1] == '>' || t[0] == '(' && t[n-1] == ')')
	if bracketed {
		body = trimBlank(t[1 : n-1])
		if equalFold(body, "secret") {
			return true
		}
	}
	for _, w := range maskWords {
		if equalFold(body, w) {
			return true
		}
		// "[authorization redacted]"
		if bracketed && len(body) > len(w) && equalFold(body[len(body)-len(w):], w) && !alnum(body[len(body)-len(w)-1]) {
			return true
		}
	}
	return false
}

// maskRun reports whether t is nothing but stars (3 or more), x (4 or more),
// bullets (3 or more) or an ellipsis.
func maskRun(t string) bool {
	switch {
	case t[0] == '*':
		return len(t) >= 3 && allIn(t, star)
	case t[0]|0x20 == 'x':
		return len(t) >= 4 && strings.Trim(t, "xX") == ""
	case t == "...", t == "…":
		return true
	case t[0] == 0xE2:
		return len(t) >= 9 && (strings.Trim(t, "•") == "" || strings.Trim(t, "●") == "")
	}
	return false
}

// partlyMasked reports whether somebody hid the start or the middle of the
// parameter, which is otherwise an encoded text or a token.
func (c *Credential) partlyMasked() bool {
	p := c.Param
	if len(p) > MaxValue || c.seen&hasHigh == 0 && strings.IndexByte(p, '*') < 0 && !strings.Contains(p, "...") {
		return false
	}
	at, n := maskAt(p)
	const bytes = alnums | plusSlash | dash | underscore | equals | dot
	return n > 0 && allIn(p[:at], bytes) && allIn(p[at+n:], bytes)
}

// maskAt returns where a run stands in s that hides something: stars, an
// ellipsis, bullets. The length is 0 if there is none.
func maskAt(s string) (at, n int) {
	if strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '.') < 0 && strings.IndexByte(s, 0xE2) < 0 {
		return 0, 0 // most have none of their first bytes
	}
	for _, m := range [...]struct{ run, unit string }{
		{"***", "*"},
		{"...", "."},
		{"\u2026", "\u2026"},
		{"\u2022\u2022\u2022", "\u2022"},
		{"\u25CF\u25CF\u25CF", "\u25CF"},
	} {
		if at = strings.Index(s, m.run); at < 0 {
			continue
		}
		n = len(m.run)
		for strings.HasPrefix(s[at+n:], m.unit) {
			n += len(m.unit)
		}
		return at, n
	}
	return 0, 0
}

// Ending is what the last characters of an encoded value say about how the text
// ends that was encoded.
type Ending uint8

// The endings.
const (
	NoEnding Ending = iota
	EndLF           // it ends in a line feed
	EndCRLF         // it ends in carriage return and line feed
	MaybeLF         // it ends in a line feed or, less likely, in the letter J
)

// MaskedEnding tells from the ending of an encoded value of which the middle is
// hidden ("aW50****Cg==") whether a line break was encoded with it. It is
// NoEnding where nothing is hidden: then the value can be decoded.
//
// The last byte takes 6 bits of the last character and 2 of the one before;
// the letter J differs from a line feed only in the latter.
func MaskedEnding(value string) Ending {
	value = trimBlankRight(value)
	at, n := maskAt(value)
	if n == 0 {
		return NoEnding
	}
	return encodedEnding(value[at+n:])
}

// encodedEnding is [MaskedEnding] for the visible ending itself.
func encodedEnding(t string) Ending {
	const (
		low2 = "AEIMQUYcgkosw048" // characters whose low two bits are 0
		low4 = "Agw"              // and "Q": characters whose low four bits are 0
	)
	before := func(n int) byte { // the byte n before the end, 0 if hidden
		if len(t) < n {
			return 0
		}
		return t[len(t)-n]
	}
	in := func(set string, b byte) bool { return b != 0 && strings.IndexByte(set, b) >= 0 }
	quad := func(b byte) bool { return b == 'Q' || in(low4, b) }
	switch {
	case strings.HasSuffix(t, "NCg==") && in(low2, before(6)),
		strings.HasSuffix(t, "DQo="),
		strings.HasSuffix(t, "0K") && quad(before(3)):
		return EndCRLF
	case strings.HasSuffix(t, "Cg=="),
		strings.HasSuffix(t, "o=") && quad(before(3)),
		strings.HasSuffix(t, "K") && in(low2, before(2)):
		return EndLF
	case t == "K":
		return MaybeLF
	}
	return NoEnding
}

// placeholder reports whether t is what a template, a shell or a document has in
// the place of a value.
func placeholder(t string) bool {
	n := len(t)
	switch t[0] {
	case '{':
		if n > 4 && t[1] == '{' && strings.HasSuffix(t, "}}") {
			return strings.IndexByte(t[2:n-2], '}') < 0 // {{token}}
		}
		return n > 2 && t[n-1] == '}' && namesSecret(t[1:n-1]) // {token}: an f-string without f
	case '#':
		return wrapped(t, "#{", '}')
	case '$':
		return wrapped(t, "${", '}') || wrapped(t, "$(", ')') || variable(t[1:])
	case '%':
		return n > 2 && t[n-1] == '%' && identifier(t[1:n-1]) // %TOKEN%
	case '<':
		return n > 2 && t[n-1] == '>' && letter(t[1]) && allIn(t[1:n-1], names|space|dot|colon|dash) // <your token>
	case '[':
		return n > 4 && t[n-1] == ']' && allIn(t[1:n-1], caps) // [API TOKEN]
	}
	return wordy(t)
}

// wrapped reports whether t is open, a body without end, and end.
func wrapped(t, open string, end byte) bool {
	return len(t) > len(open)+1 && strings.HasPrefix(t, open) && t[len(t)-1] == end &&
		strings.IndexByte(t[len(open):len(t)-1], end) < 0
}

// caps are the characters of a name in capitals.
const caps = uppers | underscore | space

// identifier reports whether s can name a variable.
func identifier(s string) bool {
	return s != "" && !digit(s[0]) && allIn(s, names)
}

// variable reports whether name, after a "$", names a variable rather than
// being the rest of a password: it is in capitals, very short, or speaks of a
// secret. PowerShell's "env:" may stand before it.
func variable(name string) bool {
	if hasPrefixFold(name, "env:") {
		return identifier(name[4:])
	}
	if !identifier(name) {
		return false
	}
	return len(name) <= 2 || namesSecret(name) || allIn(name, caps) ||
		strings.IndexByte(name, '_') > 0 && allIn(name, caps|digits)
}

// namesSecret reports whether s is a name that speaks of a credential, such as
// jiraApiToken.
func namesSecret(s string) bool {
	if len(s) > 64 || !identifier(s) {
		return false
	}
	s = strings.ToLower(s)
	for _, w := range [...]string{
		"token", "pass", "pwd", "user", "mail", "key", "secret", "auth", "cred", "login", "base64", "b64",
		"jira", "confluence", "bitbucket", "atlassian",
	} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// wordy reports whether t is a phrase such as "your-api-token" or "changeme".
func wordy(t string) bool {
	if len(t) < 5 || len(t) > 64 {
		return false
	}
	switch t[0] | 0x20 {
	case 'y':
		if strings.HasPrefix(t, "YOUR_") {
			return true
		}
		return hasPrefixFold(t, "your") && ownWord(t[4:])
	case 'm':
		return hasPrefixFold(t, "my") && ownWord(t[2:])
	case 'c':
		return equalFold(t, "changeme") || equalFold(t, "change-me") || equalFold(t, "change_me")
	case 'a':
		return equalFold(t, "api_token") || equalFold(t, "api-token") || equalFold(t, "access_token") ||
			equalFold(t, "api_token_string") || equalFold(t, "api_key")
	case 'f':
		return equalFold(t, "freds_api_token")
	}
	return false
}

// ownWord reports whether s is what follows "your" or "my" in an example:
// "-api-token", "_password", "Email".
func ownWord(s string) bool {
	sep := func() {
		if s != "" && (s[0] == '-' || s[0] == '_' || s[0] == ' ' || s[0] == '.') {
			s = s[1:]
		}
	}
	sep()
	for _, w := range [...]string{"atlassian", "jira", "user", "personal", "api", "access"} {
		if hasPrefixFold(s, w) && len(s) > len(w) {
			s = s[len(w):]
			sep()
		}
	}
	for _, w := range [...]string{"token", "key", "password", "email", "username", "secret", "name"} {
		if equalFold(s, w) {
			return true
		}
	}
	return hasPrefixFold(s, "email@") // your-email@example.com
}

// NullWord reports whether text is what programs print for a value that is not
// there ("null", "undefined", "[object Object]"), or nothing. A Bearer token of
// this kind means that the step before it failed.
func NullWord(text string) bool {
	text = trimEdges(text)
	if len(text) > 15 {
		return false
	}
	switch strings.ToLower(text) {
	case "", "null", "undefined", "none", "nil", "false", "nan", "[object object]", "<nil>", "(null)":
		return true
	}
	return false
}
