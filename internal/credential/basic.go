package credential

import (
	"strings"
	"unicode/utf16"
)

// readBasic decodes the parameter of the Basic scheme (RFC 7617, section 2).
func (c *Credential) readBasic() {
	p := new(BasicPair)
	c.Basic = p
	_, param := LeadingScheme(c.Param)
	p.Encoding, p.Decoded = decode64(param)
	if len(param) < len(c.Param) && p.Encoding != NotBase64 {
		p.Encoding = max(p.Encoding, Sloppy) // "Basic Basic ...": the second word is the stray
	}
	p.text = string(p.Decoded)
	p.seen = traitsOf(p.text)
	if p.seen&unprintable != 0 {
		p.UTF16, p.UTF16Text = utf16Text(p.Decoded)
	}
	p.halve(p.text)
	if p.UTF16 == "" && (p.Encoding == NotBase64 || p.seen&unprintable != 0) {
		p.ParamClass = p.rawClass(param)
	}
	switch {
	case p.ParamClass != Unrecognized:
		c.Token = param
		p.classifyHalves()
		c.classify()
		return
	case p.Encoding == NotBase64 && inClear(c.Param):
		p.Plain = true
		p.text, p.seen = c.Param, c.seen
		p.halve(c.Param)
	case p.Encoding == NotBase64:
		c.Token = param
		c.classify()
		p.UserClass, p.PasswordClass = Empty, Empty
		return
	}
	c.Token, c.Checksum = p.classifyHalves()
	c.Class = p.PasswordClass
	if !p.HasColon && p.UTF16 == "" {
		c.Class = p.UserClass
	}
	p.unwrap()
}

// halve splits s at its first colon.
func (p *BasicPair) halve(s string) {
	p.User, p.Password, p.HasColon = strings.Cut(s, ":")
}

// classifyHalves sets the classes of the halves and returns the half that is
// the secret, with its checksum.
func (p *BasicPair) classifyHalves() (token string, sum Checksum) {
	user, password, colon := p.User, p.Password, p.HasColon
	if p.UTF16 != "" {
		user, password, colon = strings.Cut(p.UTF16Text, ":")
	}
	token = password
	if !colon {
		token = user
	}
	u, w := bare(user), bare(password)
	p.UserClass, p.PasswordClass = ClassOf(u), ClassOf(w)
	if !colon {
		return token, checksumOf(u, p.UserClass)
	}
	return token, checksumOf(w, p.PasswordClass)
}

// rawClass returns the class of a parameter that stands in place of a pair.
func (p *BasicPair) rawClass(param string) Class {
	k := ClassOf(bare(param))
	switch k {
	case LegacyAPIToken, TrelloKey, TrelloToken, UUIDKey, SessionID:
		// The shape alone says little: a short pair whose password has letters
		// beyond ASCII can have it. Random bytes hardly ever begin with a
		// readable name and a colon.
		if p.HasColon && len(p.User) > 1 && traitsOf(p.User)&unprintable == 0 {
			return Unrecognized
		}
	case Empty:
		return Unrecognized
	}
	return k
}

// inClear reports whether param, which is no base64, is the pair itself, and
// not the parameters of a scheme such as Digest (name="value").
func inClear(param string) bool {
	if strings.IndexByte(param, ':') < 0 && strings.IndexByte(param, '@') < 0 {
		return false
	}
	return !strings.Contains(param, `="`)
}

// unwrap looks for a pair in the pair.
func (p *BasicPair) unwrap() {
	if p.Plain {
		return
	}
	if inner := trimEdges(p.text); !p.HasColon && len(inner) >= 12 {
		if s, ok := EncodedPair(inner); ok {
			p.Twice = s
		}
		return
	}
	inner := trimEdges(p.Password)
	if len(inner) < 12 || p.PasswordClass != Unrecognized && p.PasswordClass != LegacyAPIToken {
		return
	}
	s, ok := EncodedPair(inner)
	if !ok {
		return
	}
	// A short password decodes to something readable by chance once in a
	// hundred thousand; a readable user name, too, must come out of it.
	user, password, _ := strings.Cut(s, ":")
	if user == "" || password == "" || !allIn(user, userBytes) {
		return
	}
	if len(inner) >= 16 || user == p.User || strings.IndexByte(user, '@') > 0 {
		p.PasswordPair = s
	}
}

// userBytes are usual in login names and e-mail addresses.
const userBytes = alnums | dot | underscore | dash | plusSlash | at | backslash

// utf16Text returns the text of b and its byte order, if b is UTF-16: it begins
// with a byte order mark, or every second byte of most of it is zero. PowerShell
// calls this encoding Unicode. A single line feed may follow, as from a file.
func utf16Text(b []byte) (order, text string) {
	if len(b)%2 == 1 && b[len(b)-1] == '\n' {
		b = b[:len(b)-1]
	}
	if len(b) < 2 || len(b)%2 == 1 {
		return "", ""
	}
	switch {
	case b[0] == 0xFF && b[1] == 0xFE:
		return "LE", decodeUTF16(b[2:], 0)
	case b[0] == 0xFE && b[1] == 0xFF:
		return "BE", decodeUTF16(b[2:], 1)
	}
	if len(b) < 6 {
		return "", ""
	}
	var zero [2]int
	for i, c := range b {
		if c == 0 {
			zero[i%2]++
		}
	}
	switch {
	case zero[1]*5 >= len(b)*2 && zero[0]*4 < zero[1]:
		return "LE", decodeUTF16(b, 0)
	case zero[0]*5 >= len(b)*2 && zero[1]*4 < zero[0]:
		return "BE", decodeUTF16(b, 1)
	}
	return "", ""
}

// decodeUTF16 decodes b, whose low bytes are at the even (low 0) or odd (low 1)
// positions.
func decodeUTF16(b []byte, low int) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = uint16(b[2*i+low]) | uint16(b[2*i+1-low])<<8
	}
	return string(utf16.Decode(u))
}

// readUserinfo splits the userinfo of a URL (RFC 3986, section 3.2.1) as a
// client does that turns it into a Basic pair.
func (c *Credential) readUserinfo() {
	c.Param = c.Raw
	user, password, colon := strings.Cut(c.Raw, ":")
	p := &BasicPair{
		HasColon: colon,
		User:     unescape(user, false),
		Password: unescape(password, false),
	}
	p.text = p.User
	if colon {
		p.text += ":" + p.Password
	}
	p.Decoded, p.seen = []byte(p.text), traitsOf(p.text)
	c.Basic = p
	c.Token, c.Checksum = p.classifyHalves()
	c.Class = p.PasswordClass
	if !colon {
		c.Class = p.UserClass
	}
}

// IsToken reports whether the parameter is not a pair but a token (or
// placeholder, or mask) that was put after the word Basic as it is. What its
// bytes decode to then means nothing.
func (p *BasicPair) IsToken() bool { return p.ParamClass != Unrecognized }

// TokenOnly reports whether the pair is one readable text without a colon: the
// user half is missing, or the password is.
func (p *BasicPair) TokenOnly() bool {
	return !p.HasColon && p.text != "" && p.Twice == "" && p.UTF16 == "" && !p.IsToken() &&
		p.seen&unprintable == 0
}

// Sample says whether a pair is one that documentation shows.
type Sample uint8

// The answers.
const (
	NoSample    Sample = iota
	MaybeSample        // "admin:admin" and the like: real on many a test server
	SurelySample
)

// Sample reports whether the pair is one that the documentation of Atlassian
// and others prints as an example, with either case and with blanks or a line
// break around it.
func (p *BasicPair) Sample() Sample {
	s := p.text
	if p.UTF16 != "" {
		s = p.UTF16Text
	}
	s = trimEdges(s)
	if len(s) > 48 {
		return NoSample
	}
	for _, sample := range surelySamples {
		if equalFold(s, sample) {
			return SurelySample
		}
	}
	for _, sample := range maybeSamples {
		if equalFold(s, sample) {
			return MaybeSample
		}
	}
	return NoSample
}

// The pairs that documentation prints: developer.atlassian.com (fred:fred,
// fred@example.com:freds_api_token, email@example.com:<api_token>),
// support.atlassian.com, RFC 7617 (Aladdin).
var surelySamples = [...]string{
	"fred:fred",
	"fred@example.com:freds_api_token",
	"fred@example.com:your_api_token",
	"email@example.com:<api_token>",
	"email@example.com:api_token",
	"me@example.com:my-api-token",
	"you@example.com:your_api_token",
	"your_email@domain.com:your_user_api_token",
	"user@example.com:api_token_string",
	"user@example.com:api_token",
	"useremail:api_token",
	"email:api_token",
	"email:token",
	"username:api_token",
	"username:password",
	"Aladdin:open sesame",
}

var maybeSamples = [...]string{
	"admin:admin",
	"admin:password",
	"user:pass",
	"user:password",
	"user:user",
	"test:test",
}
