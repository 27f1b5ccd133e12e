package credential

import "strings"

// Parse takes one value apart that was found at the given place: see
// [Credential] for what place, field, name and value are. It never fails; what
// is wrong with the value shows in the result.
//
// The time it takes grows linearly with the value.
func Parse(place Place, field int, name, value string) *Credential {
	c := new(Credential)
	c.parse(place, field, name, value)
	return c
}

func (c *Credential) parse(place Place, field int, name, value string) {
	*c = Credential{Place: place, Field: field, Name: name, Raw: value}
	c.seen = traitsOf(value)
	switch place {
	case InUserinfo:
		c.readUserinfo()
	case InQuery:
		c.Param, c.Token = value, value
		if c.seen&hasPercent != 0 || strings.IndexByte(value, '+') >= 0 {
			c.Token = unescape(value, true)
		}
		c.classify()
	case InCookie:
		c.Param, c.Token = value, value
		c.classify()
		if c.Class == Unrecognized || c.Class == TrelloKey || c.Class == TrelloToken ||
			c.Class == UUIDKey || c.Class == LegacyAPIToken {
			c.Class = SessionID // the name says so; the shape is chance
		}
	default:
		c.split()
		c.read()
	}
	c.Cut = len(c.Param) > MaxValue
	c.Masked = c.partlyMasked() || c.Class == Masked && !c.encoded()
}

// encoded reports whether Token was found by decoding Param: then a mask in it
// was sent by the client, because who cleans a capture does not encode.
func (c *Credential) encoded() bool {
	return c.Basic != nil && c.Place != InUserinfo && !c.Basic.Plain && !c.Basic.IsToken()
}

// Lead returns the blanks, line breaks and invisible characters before the
// first word of the value.
func (c *Credential) Lead() string {
	return c.Raw[:c.ParamAt-len(c.Gap)-len(c.Word)]
}

// Tail returns the blanks and line breaks after the parameter.
func (c *Credential) Tail() string { return c.Raw[c.ParamAt+len(c.Param):] }

// split finds Word, Gap and Param, and with them Scheme.
func (c *Credential) split() {
	raw := c.Raw
	at := 0
	for at < len(raw) && blank(raw[at]) {
		at++
	}
	end := at + len(trimBlankRight(raw[at:]))
	if n := invisible(raw[at:end]); n > 0 {
		// A byte order mark before the word must not hide the word.
		if _, s := firstWord(raw[at+n : end]); s != NoScheme {
			at += n
		}
	}
	var word int
	word, c.Scheme = firstWord(raw[at:end])
	param := at + word
	if c.Scheme != NoScheme {
		for param < len(raw) {
			n := invisible(raw[param:])
			if n == 0 && blank(raw[param]) {
				n = 1
			}
			if n == 0 {
				break
			}
			param += n
		}
	}
	if param > end {
		end = param // nothing but blanks follows the word: they are the gap
	}
	c.Word, c.Gap = raw[at:at+word], raw[at+word:param]
	c.Param, c.ParamAt = raw[param:end], param
	if c.Scheme == OAuth1 && c.Param != "" && !oauth1Params(c.Param) {
		c.Scheme = OAuthKey
	}
}

// firstWord returns the length of the scheme word at the start of s and the
// scheme it stands for; 0 and NoScheme if s does not begin with one.
//
// A text without a blank is no word but a credential, unless it is a known word
// alone. A word with other bytes than letters, digits and hyphens in it is part
// of a credential, a header name or a command line: see [Credential.Extra].
func firstWord(s string) (int, Scheme) {
	n := 0
	for n < len(s) && n <= maxWord && (alnum(s[n]) || s[n] == '-' || s[n] == '_') {
		n++
	}
	if n == 0 || n > maxWord || !letter(s[0]) {
		return 0, NoScheme
	}
	known := SchemeOf(s[:n])
	switch {
	case n == len(s):
		if known == UnknownScheme {
			return 0, NoScheme
		}
		return n, known
	case blank(s[n]):
		if equalFold(s[:n], "curl") {
			return 0, NoScheme
		}
		return n, known
	case known == UnknownScheme:
		return 0, NoScheme
	case s[n] == ':':
		// "Bearer: TOKEN" and "Bearer:TOKEN": no server takes the word so.
		return n + 1, UnknownScheme
	case invisible(s[n:]) > 0:
		return n, known
	}
	return 0, NoScheme
}

// maxWord bounds the length of a scheme word; AWS4-HMAC-SHA256 has 16 letters.
const maxWord = 20

// read works out Token and Class from Param.
func (c *Credential) read() {
	switch c.Scheme {
	case Basic:
		c.readBasic()
	case OAuth1:
		c.OAuth1 = parseOAuth1(c.Param)
		for i := range c.OAuth1 {
			if c.OAuth1[i].Name == "oauth_token" {
				c.Token = c.OAuth1[i].Value
				c.classify()
				break
			}
		}
	case Digest, Negotiate, NTLM:
		c.Token = c.Param
		if c.Param == "" {
			c.Class = Empty
		}
	default:
		_, c.Token = LeadingScheme(c.Param)
		c.classify()
	}
}

// classify sets what the shape of Token says.
func (c *Credential) classify() {
	t := bare(c.Token)
	c.Class = ClassOf(t)
	c.Checksum = checksumOf(t, c.Class)
}

// Fits returns the scheme that Param was plainly made for, whatever word stands
// before it: Basic for an encoded pair, Bearer for a token of known shape, JWT
// for a token with a query string hash, GenieKey or OAuthKey never. It is
// NoScheme if Param does not say.
func (c *Credential) Fits() Scheme {
	p := bare(c.Param)
	switch ClassOf(p) {
	case PAT, BitbucketPAT, AlignToken, OrgKey, ServiceToken:
		return Bearer
	case JWTToken:
		if j := ParseJWT(p); j.QSH != "" {
			return JWT
		}
		return Bearer
	case APIToken, AppPassword:
		return Basic
	}
	if _, ok := EncodedPair(p); ok {
		return Basic
	}
	return NoScheme
}

// Extra is a kind of text that does not belong into an Authorization value.
type Extra uint8

// The kinds.
const (
	NoExtra      Extra = iota
	HeaderName         // "Authorization: Basic ...": the name of the field
	CurlOption         // "-u me:token", "curl -H ...": a piece of a command line
	SecondScheme       // "Basic Basic ...": another scheme word
	ParamName          // "token=...": the name of a parameter
	WholeQuoted        // "\"Basic ...\"": quotes around word and parameter
)

// Extra returns the first text in the value that does not belong there, and
// where it stands in Raw. What follows it, Raw[end:], is what [Parse] would
// have been given in a right request; for ParamName the scheme word before it
// is right.
func (c *Credential) Extra() (kind Extra, at, end int) {
	at = len(c.Lead())
	if c.Place > InMisnamedField {
		return NoExtra, at, at
	}
	if c.Basic != nil && c.Basic.Encoding == Strict {
		return NoExtra, c.ParamAt, c.ParamAt // no extra text is base64 without a flaw
	}
	if q := quoted(c.Raw[at:]); q && c.Scheme == NoScheme {
		if s, _ := LeadingScheme(c.Raw[at+1:]); s != NoScheme {
			return WholeQuoted, at, at + 1
		}
	}
	if c.Scheme == NoScheme {
		if kind, n := extraAt(c.Raw[at:]); kind != NoExtra {
			return kind, at, at + n
		}
		return NoExtra, at, at
	}
	at = c.ParamAt
	if kind, n := extraAt(c.Param); kind != NoExtra {
		return kind, at, at + n
	}
	if c.Scheme == OAuth1 || c.Scheme == Digest {
		return NoExtra, at, at // these have named parameters
	}
	if s, rest := LeadingScheme(c.Param); s != NoScheme || SchemeOf(c.Param) != UnknownScheme && c.Param != "" {
		if s == NoScheme {
			rest = ""
		}
		return SecondScheme, at, at + len(c.Param) - len(rest)
	}
	if n := paramName(c.Param); n > 0 {
		return ParamName, at, at + n
	}
	return NoExtra, at, at
}

// quoted reports whether s, but for blanks at its end, begins and ends with the
// same quote.
func quoted(s string) bool {
	s = trimBlankRight(s)
	return len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
}

// extraAt returns what of a header line or command line s begins with, and how
// long that is.
func extraAt(s string) (Extra, int) {
	q := 0
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		q = 1
	}
	for _, name := range [...]string{"authorization", "proxy-authorization"} {
		if !hasPrefixFold(s[q:], name) {
			continue
		}
		n := skipBlank(s, q+len(name))
		if n < len(s) && (s[n] == '"' || s[n] == '\'') {
			n = skipBlank(s, n+1)
		}
		if n < len(s) && (s[n] == ':' || s[n] == '=') {
			return HeaderName, skipBlank(s, n+1)
		}
	}
	for _, opt := range [...]string{"-u", "--user", "-H", "--header", "curl"} {
		if !strings.HasPrefix(s, opt) {
			continue
		}
		n := skipBlank(s, len(opt))
		if n < len(s) && n == len(opt) && (s[n] == '=' || s[n] == '"' || s[n] == '\'') {
			n++
		}
		if n > len(opt) {
			return CurlOption, n
		}
	}
	return NoExtra, 0
}

func skipBlank(s string, at int) int {
	for at < len(s) && blank(s[at]) {
		at++
	}
	return at
}

// Joined returns the offset in Raw of a second scheme word that follows a comma
// ("Basic ..., Bearer ..."), and its scheme: two credentials became one value,
// as field lines do when they are combined (RFC 9110, section 5.3). It is -1
// and NoScheme if there is none. Commas in quotes, as in Digest and OAuth 1.0a
// parameters, do not count.
func (c *Credential) Joined() (int, Scheme) {
	if strings.IndexByte(c.Raw, ',') < 0 {
		return -1, NoScheme
	}
	inQuotes := false
	for i := c.ParamAt; i < len(c.Raw); i++ {
		switch c.Raw[i] {
		case '"':
			inQuotes = !inQuotes
		case ',':
			if inQuotes {
				continue
			}
			at := skipBlank(c.Raw, i+1)
			if s, _ := LeadingScheme(c.Raw[at:]); s != NoScheme {
				return at, s
			}
		}
	}
	return -1, NoScheme
}
