package credential

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// FlawKind is a kind of thing in a text that nobody can have meant to send.
type FlawKind uint8

// The kinds. Those up to StrayBlank depend on where in the text they stand.
const (
	EndsLF        FlawKind = iota // the text ends in LF (a run of line breaks is one flaw)
	EndsCRLF                      // the text ends in CR LF
	EndsCR                        // the text ends in CR
	InnerBreak                    // CR or LF before the end
	StrayBlank                    // SP or HTAB at either end of a half, or inside a parameter
	ByteOrderMark                 // EF BB BF at the very start
	Invisible                     // zero-width characters, word joiner, soft hyphen, a later U+FEFF
	NoBreakSpace                  // U+00A0, or a lone byte A0
	Control                       // other bytes below 0x20, 0x7F, and U+0080 to U+009F
	CurlyQuote                    // typographic quotes, or the bytes 91 to 94 of Windows-1252
	Quoted                        // a plain quote that became part of the text
	NonUTF8                       // a byte that is not UTF-8
	NonASCII                      // letters beyond ASCII, in UTF-8
	Percent                       // percent escapes that the text should not have
	EscapedBreak                  // a line break written \n or %0A in a parameter
)

// A Flaw is one of them and where it stands: the bytes from At to End.
type Flaw struct {
	Kind    FlawKind
	At, End int
}

// MaxFlaws is the number of flaws that are reported of one text.
const MaxFlaws = 64

// flaws collects up to MaxFlaws.
type flaws []Flaw

func (f *flaws) add(k FlawKind, at, end int) {
	if n := len(*f); n > 0 && (*f)[n-1].Kind == k && (*f)[n-1].End == at {
		(*f)[n-1].End = end // a run is one flaw
		return
	}
	if len(*f) < MaxFlaws {
		*f = append(*f, Flaw{k, at, end})
	}
}

// Flaws returns what is wrong with the decoded pair, in order of position, with
// offsets in Decoded (in the parameter, if Plain is set). It is nil for UTF-16
// and where the parameter is a raw token: what those decode to is no text.
func (p *BasicPair) Flaws() []Flaw {
	if p.seen == 0 || p.UTF16 != "" || p.IsToken() {
		return nil
	}
	var f flaws
	f.breaks(p.text, 0)
	f.blanks(p.User, 0)
	if p.HasColon {
		f.blanks(p.Password, len(p.User)+1)
	}
	if p.seen&hasQuote != 0 {
		f.quotes(p)
	}
	if p.seen&hasPercent != 0 {
		f.escapes(p.User, 0)
		if p.HasColon {
			f.escapes(p.Password, len(p.User)+1)
		}
	}
	f.characters(p.text, 0, p.seen)
	return f.sorted()
}

// Flaw returns the first flaw of kind k in the decoded pair and whether there
// is one. It costs next to nothing on a healthy pair.
func (p *BasicPair) Flaw(k FlawKind) (Flaw, bool) { return first(p.Flaws(), k) }

// LineEnd returns the line break that the decoded pair ends in: EndsLF, EndsCRLF
// or EndsCR, and where it starts in Decoded. This is the mark of "echo ... |
// base64".
func (p *BasicPair) LineEnd() (Flaw, bool) {
	if p.seen&hasBreak == 0 || p.UTF16 != "" || p.IsToken() {
		return Flaw{}, false
	}
	var f flaws
	f.breaks(p.text, 0)
	if n := len(f); n > 0 && f[n-1].Kind <= EndsCR {
		return f[n-1], true
	}
	return Flaw{}, false
}

// Flaws returns what is wrong with the value as it stands in the field, in order
// of position, with offsets in Raw. The blanks that RFC 9110, section 5.5 allows
// around a value are none.
func (c *Credential) Flaws() []Flaw {
	if c.seen == 0 || c.seen == hasBlank && strings.IndexByte(c.Param, ' ') < 0 && strings.IndexByte(c.Param, '\t') < 0 {
		return nil
	}
	var f flaws
	f.breaks(c.Raw, 0)
	f.characters(c.Raw, 0, c.seen)
	if c.Place <= InMisnamedField && c.Scheme != OAuth1 && c.Scheme != Digest {
		f.param(c)
	}
	return f.sorted()
}

// Flaw returns the first flaw of kind k in the value and whether there is one.
func (c *Credential) Flaw(k FlawKind) (Flaw, bool) { return first(c.Flaws(), k) }

// FlawsOf returns the flaws of any other text, such as an e-mail address or a
// host name: line breaks, blanks at its ends, and the characters that do not
// belong.
func FlawsOf(text string) []Flaw {
	seen := traitsOf(text)
	if seen == 0 {
		return nil
	}
	var f flaws
	f.breaks(text, 0)
	f.blanks(text, 0)
	f.characters(text, 0, seen)
	return f.sorted()
}

func first(f []Flaw, k FlawKind) (Flaw, bool) {
	for i := range f {
		if f[i].Kind == k {
			return f[i], true
		}
	}
	return Flaw{}, false
}

func (f flaws) sorted() []Flaw {
	slices.SortStableFunc(f, func(a, b Flaw) int { return a.At - b.At })
	return f
}

// breaks finds line breaks in s, which stands at offset base.
func (f *flaws) breaks(s string, base int) {
	end := len(s)
	for end > 0 && (s[end-1] == '\n' || s[end-1] == '\r') {
		end--
	}
	for i := 0; i < end; i++ {
		if s[i] == '\n' || s[i] == '\r' {
			f.add(InnerBreak, base+i, base+i+1)
		}
	}
	if end == len(s) {
		return
	}
	kind := EndsLF
	switch {
	case strings.HasSuffix(s, "\r\n"):
		kind = EndsCRLF
	case strings.HasSuffix(s, "\r"):
		kind = EndsCR
	}
	// The flaw that explains a failure must not be the one that is dropped.
	*f = append(*f, Flaw{kind, base + end, base + len(s)})
}

// blanks finds the blanks at the ends of s once line breaks are gone.
func (f *flaws) blanks(s string, base int) {
	at, end := 0, len(s)
	for at < end && (s[at] == '\n' || s[at] == '\r') {
		at++
	}
	for end > at && (s[end-1] == '\n' || s[end-1] == '\r') {
		end--
	}
	text := at
	for text < end && (s[text] == ' ' || s[text] == '\t') {
		text++
	}
	if text > at {
		f.add(StrayBlank, base+at, base+text)
	}
	last := end
	for last > text && (s[last-1] == ' ' || s[last-1] == '\t') {
		last--
	}
	if last < end {
		f.add(StrayBlank, base+last, base+end)
	}
}

// quotes finds plain quotes around the pair or a half of it. A password may
// have a quote at one end; a login name has none.
func (f *flaws) quotes(p *BasicPair) {
	isQuote := func(b byte) bool { return b == '"' || b == '\'' }
	s := strings.TrimRight(p.text, "\r\n")
	if quoted(s) {
		f.add(Quoted, 0, 1)
		f.add(Quoted, len(s)-1, len(s))
		return
	}
	if u := p.User; u != "" {
		if isQuote(u[0]) {
			f.add(Quoted, 0, 1)
		}
		if n := len(u) - 1; n > 0 && isQuote(u[n]) {
			f.add(Quoted, n, n+1)
		}
	}
	if w := strings.TrimRight(p.Password, "\r\n"); quoted(w) {
		at := len(p.User) + 1
		f.add(Quoted, at, at+1)
		f.add(Quoted, at+len(w)-1, at+len(w))
	}
}

// escapes finds the percent escapes that come of copying from a URL: of @ = + /
// and the colon. Others occur in passwords.
func (f *flaws) escapes(s string, base int) {
	for i := 0; i < len(s); i++ {
		if !isEscape(s, i) {
			continue
		}
		switch unhex(s[i+1])<<4 | unhex(s[i+2]) {
		case '@', '=', '+', '/', ':':
			f.add(Percent, base+i, base+i+3)
		}
	}
}

// characters finds the characters in s that do not belong into a credential.
func (f *flaws) characters(s string, base int, seen traits) {
	if seen&unprintable == 0 {
		return
	}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if traitOf[s[i]]&hasControl != 0 {
				f.add(Control, base+i, base+i+1)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		f.add(highKind(r, n, s[i], i == 0), base+i, base+i+n)
		i += n
	}
}

// highKind returns what is wrong with a character beyond ASCII: r, or the byte b
// if that is no UTF-8.
func highKind(r rune, n int, b byte, start bool) FlawKind {
	if r == utf8.RuneError && n == 1 {
		switch {
		case b == 0xA0:
			return NoBreakSpace
		case b >= 0x91 && b <= 0x94:
			return CurlyQuote
		}
		return NonUTF8
	}
	switch {
	case r == 0xFEFF && start:
		return ByteOrderMark
	case r == 0xA0:
		return NoBreakSpace
	case invisibleRune(r):
		return Invisible
	case curlyQuote(r):
		return CurlyQuote
	case r < 0xA0:
		return Control
	}
	return NonASCII
}

// param finds what is wrong with the parameter: blanks and escapes in it, and
// quotes around it.
func (f *flaws) param(c *Credential) {
	p, at := c.Param, c.ParamAt
	if n := len(p) - 1; n > 0 && (p[0] == '"' || p[0] == '\'') && p[n] == p[0] {
		f.add(Quoted, at, at+1)
		f.add(Quoted, at+n, at+n+1)
	}
	for i := 0; i < len(p); i++ {
		switch b := p[i]; {
		case b == ' ' || b == '\t':
			f.add(StrayBlank, at+i, at+i+1)
		case b == '\\' && i+1 < len(p) && (p[i+1] == 'n' || p[i+1] == 'r'):
			f.add(EscapedBreak, at+i, at+i+2)
		case b == '%' && isEscape(p, i):
			switch unhex(p[i+1])<<4 | unhex(p[i+2]) {
			case '\n', '\r':
				f.add(EscapedBreak, at+i, at+i+3)
			case '@', '=', '+', '/', ':':
				f.add(Percent, at+i, at+i+3)
			}
		}
	}
}

// WrapWidth returns the line length of the encoder that broke the parameter
// into lines, 64 (PEM, openssl) or 76 (MIME, base64), or at whose line end the
// parameter stops; 0 for neither. A parameter of exactly that length proves
// nothing by itself: look whether what it decodes to stops inside a token.
func (c *Credential) WrapWidth() int {
	n := strings.IndexAny(c.Param, " \t\r\n\\")
	if n < 0 {
		n = len(c.Param)
	}
	if n == 64 || n == 76 {
		return n
	}
	return 0
}
