package scrub

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// encoded replaces what is encoded in base64: the encoding stays, with its line
// breaks and other defects. sure is set where the scheme says that it is a pair.
func (s *Scrubber) encoded(t string, depth int, sure bool) (string, bool) {
	if !sure && len(t) >= 16 && isHex(t) {
		return "", false // what text is made to looks otherwise
	}
	var cleans [256]byte // so that the short ones need no memory
	var ats [256]int
	clean, at := cleans[:0], ats[:0]
	url, pads, stray := false, 0, false
	for i := 0; i < len(t); i++ {
		switch c := t[i]; {
		case c == '-':
			clean, at, url = append(clean, '+'), append(at, i), true
		case c == '_':
			clean, at, url = append(clean, '/'), append(at, i), true
		case alnum(c), c == '+', c == '/':
			clean, at = append(clean, c), append(at, i)
		case c == '=':
			pads++
			stray = stray || strings.Trim(t[i:], "=") != ""
		case c == '\\' && i+1 < len(t) && (t[i+1] == 'n' || t[i+1] == 'r'):
			i++
			stray = true
		case c == '\n', c == '\r', c == ' ', c == '\t', c == '\\':
			stray = true
		case !sure:
			return "", false
		default:
			stray = true
		}
	}
	if len(clean) < 9 && !sure || len(clean) < 2 {
		return "", false
	}
	n := len(clean) / 4 * 4
	if len(clean)%4 > 1 {
		n = len(clean)
	}
	var plain [256]byte
	b, err := base64.RawStdEncoding.AppendDecode(plain[:0], clean[:n])
	if err != nil || !pairLike(b) && !(sure && strings.IndexByte(string(b), ':') > 0) { // of random bytes most would stay
		return "", false
	}
	if s.broken("pair") {
		s.pair(string(b), depth)
		return t, true
	}
	// Where the length is part of the defect it stays; else that of a password
	// must not.
	if !s.exact && !stray && n == len(clean) && (pads == 0 || pads == (4-n%4)%4) && len(t) != 64 && len(t) != 76 {
		enc := base64.StdEncoding
		if url {
			enc = base64.URLEncoding
		}
		now := s.pair(string(b), depth)
		out := enc.EncodeToString([]byte(now))
		if kept(t, out, b) {
			return "", false
		}
		if pads == 0 && n%4 != 0 {
			out = strings.TrimRight(out, "=")
		}
		s.make(out)
		s.doubt(out, s.left(string(b), now))
		return out, true
	}
	was := s.exact
	s.exact = true
	out := s.pair(string(b), depth)
	s.exact = was
	e := base64.RawStdEncoding.EncodeToString([]byte(out))
	if len(e) != n || kept(string(clean[:n]), e, b) {
		return "", false
	}
	res := []byte(t)
	for i, p := range at {
		if i >= n {
			res[p] = other(res[p], 7, false)
			continue
		}
		c := e[i]
		if url && c == '+' {
			c = '-'
		} else if url && c == '/' {
			c = '_'
		}
		res[p] = c
	}
	s.make(string(res))
	s.doubt(string(res), s.left(string(b), out))
	return string(res), true
}

// pairLike reports whether b is text, in one of the encodings that pairs are sent
// in, and no random bytes.
func pairLike(b []byte) bool {
	good, text := 0, utf8.Valid(b)
	for _, c := range b {
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\r' || c == 0 || text && c >= utf8.RuneSelf {
			good++
		}
	}
	return len(b) > 0 && good*10 >= len(b)*8
}

// kept reports whether too much of an encoded text is in what replaces it. Letters
// stay only where they are meant to; but text that is taken for base64 decodes to
// bytes of which few are letters.
func kept(old, now string, b []byte) bool {
	var there [64]uint64 // by hash: the runs of now
	hash := func(r string) uint64 {
		v := uint64(r[0]) | uint64(r[1])<<8 | uint64(r[2])<<16 | uint64(r[3])<<24 | uint64(r[4])<<32 | uint64(r[5])<<40
		return v * 0x9E3779B97F4A7C15 >> 52
	}
	for i := 0; i+6 <= len(now); i++ {
		h := hash(now[i:])
		there[h/64] |= 1 << (h % 64)
	}
	for i := 0; i+6 <= len(old); i++ {
		if h := hash(old[i:]); there[h/64]>>(h%64)&1 == 0 || !strings.Contains(now, old[i:i+6]) {
			continue
		}
		meant := 0
		for _, c := range b[min(i*3/4, len(b)):min(i*3/4+5, len(b))] {
			if alnum(c) || c == 0 || c >= utf8.RuneSelf && utf8.Valid(b) {
				meant++
			}
		}
		if meant < 2 {
			return true
		}
	}
	return false
}

// sample says whether a pair is one from documentation.
func sample(p string) credential.Sample {
	if n := len(p); n > maxSample && alnum(p[0]) && alnum(p[n-1]) { // nothing around it is cut off
		return credential.NoSample
	}
	return credential.Parse(credential.InAuthorization, 0, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p))).Basic.Sample()
}

// pair replaces a user-id and password.
func (s *Scrubber) pair(p string, depth int) string {
	if strings.IndexByte(p, 0) >= 0 { // UTF-16
		return s.wide(p)
	}
	switch sample(p) {
	case credential.SurelySample:
		return p // from documentation
	case credential.MaybeSample:
		lead, _, tail := edges(p)
		return lead + "test:test" + tail // as likely a sample, and not this one
	}
	user, password, ok := strings.Cut(p, ":")
	switch {
	case !ok:
		return s.secretAt(user, depth+1)
	case strings.EqualFold(user, "mailto"):
		return user + ":" + s.pair(password, depth)
	case strings.TrimRight(password, "\r\n") == "bogus" && strings.IndexByte(user, '@') > 0:
		return s.user(user) + ":" + password // what a module for Kerberos makes up
	}
	return s.user(user) + ":" + s.passwordAt(password, depth+1)
}

// wide replaces UTF-16: bytes that are zero stay, and so does the byte order mark.
func (s *Scrubber) wide(p string) string {
	low := make([]byte, 0, len(p)/2)
	for i := range len(p) {
		if c := p[i]; c != 0 && c < 0xFE {
			low = append(low, c)
		}
	}
	was := s.exact
	s.exact = true
	user, password, ok := strings.Cut(string(low), ":")
	var out string
	if ok {
		out = s.user(user) + ":" + s.secret(password)
	} else {
		out = s.secret(user)
	}
	if len(out) != len(low) {
		out = s.chars(string(low))
	}
	s.exact = was
	b := []byte(p)
	n := 0
	for i := range b {
		if b[i] != 0 && b[i] < 0xFE {
			b[i] = out[n]
			n++
		}
	}
	return string(b)
}

// password replaces a secret that a person may have thought up. How long it is
// would help to guess it: of the length only a class stays (1 to 7 characters, to
// 15, to 31, to 63, more).
func (s *Scrubber) password(v string) string { return s.passwordAt(v, 0) }

func (s *Scrubber) passwordAt(v string, depth int) string {
	return s.remember('p', "", v, func() string {
		lead, t, tail := edges(v)
		if s.exact || credential.ClassOf(t) != credential.Unrecognized || credential.NullWord(t) {
			return s.shaped(v, depth)
		}
		if word, rest := credential.LeadingScheme(t); word != credential.NoScheme && rest != "" {
			return lead + t[:len(t)-len(rest)] + s.secretAt(rest, depth) + tail
		}
		if out, ok := s.known(t); ok {
			return lead + out + tail
		}
		if depth < maxDepth && len(t) >= 12 {
			if _, ok := credential.EncodedPair(t); ok {
				if out, ok := s.encoded(t, depth, false); ok {
					return lead + out + tail
				}
			}
		}
		return lead + s.bucket(t) + tail
	})
}

// bucket is chars with a length of the class that t is of. Characters that are no
// letters or digits stay, and about where they stood.
func (s *Scrubber) bucket(t string) string {
	s.learn(t)
	if s.broken("password") {
		return t
	}
	size := short // with a pseudonym before it, each leaves padding in base64: that may be the defect
	for _, l := range [...][2]int{{8, 13}, {16, 19}, {32, 40}, {64, 73}} {
		if len(t) >= l[0] {
			size = l[1]
		}
	}
	units := make([]string, 0, len(t))
	odd := 0
	for i := 0; i < len(t); {
		n := max(1, escape(t[i:]))
		if n == 1 && t[i] >= utf8.RuneSelf {
			_, n = utf8.DecodeRuneInString(t[i:])
		}
		if n > 1 || !alnum(t[i]) {
			odd++
		}
		units = append(units, t[i:i+n])
		i += n
	}
	if odd*2 > size {
		return s.chars(t)
	}
	shape := make([]string, size)
	free := len(units) - odd
	runes := s.stream("\x01" + t)
	next := 0
	for i, u := range units {
		if len(u) == 1 && alnum(u[0]) {
			continue
		}
		at := min(max(i*size/len(units), next), size-odd)
		for shape[at] != "" {
			at++
		}
		if u[0] >= utf8.RuneSelf {
			c, _ := utf8.DecodeRuneInString(u)
			u = otherRune(c, u, runes)
		}
		shape[at], next, odd = u, at+1, odd-1
	}
	plain := make([]byte, 0, free)
	for i := range len(t) {
		if alnum(t[i]) {
			plain = append(plain, t[i])
		}
	}
	n := 0
	for i := range shape {
		if shape[i] != "" {
			continue
		}
		shape[i] = "x"
		if len(plain) > 0 {
			shape[i] = string(plain[n*len(plain)/size%len(plain)])
		}
		n++
	}
	form := strings.Join(shape, "")
	// The letters must follow from the whole secret, of which the form is a part.
	r := s.stream(t)
	b := []byte(form)
	for i := 0; i < len(b); i++ {
		if k := escape(form[i:]); k > 0 {
			i += k - 1
			continue
		}
		b[i] = other(b[i], uint32(r.Uint64()>>32), false)
	}
	out := string(b)
	if strings.IndexByte(out, '%') < 0 && strings.IndexByte(out, '\\') < 0 {
		sign(b, out, false)
		out = string(b)
	}
	s.make(out)
	return out
}
