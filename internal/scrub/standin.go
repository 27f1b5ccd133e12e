package scrub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
)

// stream returns the random numbers that belong to a text.
func (s *Scrubber) stream(text string) *rand.Rand {
	m := hmac.New(sha256.New, s.key[:])
	_, _ = m.Write([]byte(text))
	var seed [32]byte
	m.Sum(seed[:0])
	return rand.New(rand.NewChaCha8(seed))
}

// secret returns the stand-in of a secret, and learns the secret. Its length,
// its kinds of characters and what is wrong with it stay.
func (s *Scrubber) secret(v string) string { return s.secretAt(v, 0) }

func (s *Scrubber) secretAt(v string, depth int) string {
	if v == "" {
		return v
	}
	if out, ok := s.memo[v]; ok {
		return out
	}
	out := s.shaped(v, depth)
	if len(s.memo) >= maxMemo {
		clear(s.memo)
	}
	s.memo[v] = out
	return out
}

func (s *Scrubber) shaped(v string, depth int) string {
	lead, t, tail := edges(v)
	if t == "" || credential.NullWord(t) && len(t) > 0 {
		return v
	}
	switch k := credential.ClassOf(t); k {
	case credential.Placeholder, credential.Masked, credential.Empty:
		if out, ok := s.placeholder(t, k); ok {
			return lead + out + tail
		}
	case credential.JWTToken:
		return lead + s.jwt(t) + tail
	case credential.APIToken, credential.OrgKey, credential.ServiceToken, credential.OtherToken:
		return lead + s.atlassian(t) + tail
	case credential.PAT:
		return lead + s.pat(t) + tail
	case credential.AppPassword:
		return lead + t[:4] + s.chars(t[4:]) + tail
	case credential.BitbucketPAT:
		return lead + t[:5] + s.chars(t[5:]) + tail
	case credential.AlignToken:
		return lead + t[:5] + s.chars(t[5:]) + tail
	}
	if len(t) > 5 && strings.EqualFold(t[:5], "user:") {
		return lead + t[:5] + s.chars(t[5:]) + tail
	}
	if _, ok := credential.DamageOf(t); ok && len(t) >= 12 {
		return lead + s.atlassian(t) + tail
	}
	if depth < maxDepth {
		if out, ok := s.encoded(t, depth, false); ok {
			return lead + out + tail
		}
	}
	return lead + s.chars(t) + tail
}

// edges splits blanks, quotes and the like from a text: what is wrong with a
// secret stands at its ends, most often.
func edges(v string) (lead, t, tail string) {
	const cut = " \t\r\n\"'\x00"
	t = strings.TrimLeft(v, cut)
	lead = v[:len(v)-len(t)]
	u := strings.TrimRight(t, cut)
	return lead, u, t[len(u):]
}

// placeholder keeps what stands for a secret if it is made of known words, or
// keeps its form.
func (s *Scrubber) placeholder(t string, k credential.Class) (string, bool) {
	if allKnown(t) {
		return t, true
	}
	out := s.chars(t)
	switch {
	case credential.ClassOf(out) == k:
	case k == credential.Placeholder:
		out = "{{token}}"
	case k == credential.Masked:
		out = "[redacted]"
	default:
		return "", false
	}
	return out, true
}

// mark is the number of letters and digits at the end of a stand-in that follow
// from those before them, so that anyone can tell it from a secret; see
// [IsStandIn].
const (
	mark   = 6
	marked = 16 // the shortest text with a mark
)

// chars replaces each letter and digit by another of its kind. Hexadecimal
// numbers stay such. The length stays, too, and so do characters that do not
// belong.
func (s *Scrubber) chars(t string) string {
	s.learn(t)
	r := s.stream(t)
	b := make([]byte, 0, len(t))
	hexed := len(t) >= 16 && isHex(t)
	for i := 0; i < len(t); {
		c := t[i]
		if n := escape(t[i:]); n > 0 {
			b = append(b, t[i:i+n]...)
			i += n
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, other(c, uint32(r.Uint64()), hexed))
			i++
			continue
		}
		u, n := utf8.DecodeRuneInString(t[i:])
		b = append(b, otherRune(u, t[i:i+n], r)...)
		i += n
	}
	if strings.IndexByte(t, '%') >= 0 || strings.IndexByte(t, '\\') >= 0 {
		return string(b) // a mark would spoil the escapes
	}
	sign(b, t, hexed)
	return string(b)
}

// escape returns the length of a percent escape of punctuation, or of a line break
// written with a backslash, at the start of t: those are defects.
func escape(t string) int {
	switch {
	case len(t) > 2 && t[0] == '%':
		if d, err := hex.DecodeString(t[1:3]); err == nil && !alnum(d[0]) {
			return 3
		}
	case len(t) > 1 && t[0] == '\\' && (t[1] == 'n' || t[1] == 'r'):
		return 2
	}
	return 0
}

// sign puts the mark at the end of b, which stands for t.
func sign(b []byte, t string, hexed bool) {
	var at []int
	for i, c := range b {
		if alnum(c) {
			at = append(at, i)
		}
	}
	if len(at) < marked || len(b) != len(t) {
		return
	}
	at = at[len(at)-mark:]
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:at[0]]...))
	for i, p := range at {
		b[p] = pick(b[p], uint32(sum[2*i])<<8|uint32(sum[2*i+1]), hexed)
	}
}

// IsStandIn reports whether t is a stand-in for a secret. A text that is too
// short for a mark is none.
func IsStandIn(t string) bool {
	_, t, _ = edges(t)
	if i := strings.LastIndexByte(t, '='); i == len(t)-9 && i > 0 && isHex(t[i+1:]) {
		t = t[:i]
	}
	for _, p := range []string{"", "ATATT3xFfGF0", "ATCTT3xFfGN0", "ATSTT3xFfG", "ATBB", "BBDC-", "user:"} {
		if rest, ok := strings.CutPrefix(t, p); ok && signed(rest) {
			return true
		}
	}
	if len(t) > 12 && strings.HasPrefix(t, "AT") && signed(t[12:]) {
		return true
	}
	return false
}

func signed(t string) bool {
	hexed := len(t) >= 16 && isHex(t)
	b := []byte(t)
	sign(b, t, hexed)
	n := 0
	for i := range b {
		if alnum(b[i]) {
			n++
		}
	}
	return n >= marked && string(b) == t
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(t string) bool {
	digit, up, low := false, false, false
	for i := range len(t) {
		switch c := t[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'a' && c <= 'f':
			low = true
		case c >= 'A' && c <= 'F':
			up = true
		case c == '-' && i > 0:
		default:
			return false
		}
	}
	return digit && !(up && low)
}

// other returns another character of the kind of c.
func other(c byte, n uint32, hexed bool) byte {
	first, of := kind(c, hexed)
	if of == 0 {
		return c
	}
	return first + byte((uint32(c-first)+1+n%(of-1))%of)
}

// pick returns a character of the kind of c that depends on n alone.
func pick(c byte, n uint32, hexed bool) byte {
	first, of := kind(c, hexed)
	if of == 0 {
		return c
	}
	return first + byte(n%of)
}

func kind(c byte, hexed bool) (first byte, of uint32) {
	letters := uint32(26)
	if hexed {
		letters = 6
	}
	switch {
	case c >= '0' && c <= '9':
		return '0', 10
	case c >= 'a' && c <= 'z':
		return 'a', letters
	case c >= 'A' && c <= 'Z':
		return 'A', letters
	}
	return 0, 0
}

// otherRune replaces letters beyond ASCII and bytes that are no UTF-8. Blanks,
// quotes and invisible characters are defects and stay.
func otherRune(u rune, t string, r *rand.Rand) string {
	switch {
	case u == utf8.RuneError && len(t) == 1:
		if c := t[0]; c == 0xA0 || c >= 0x91 && c <= 0x94 || c == 0xFF || c == 0xFE {
			return t
		}
		return string([]byte{[]byte{0xE4, 0xE9, 0xF6, 0xFC}[r.IntN(4)]})
	case u < 0xC0, u >= 0x2000 && u < 0x2100, u == 0xFEFF, u == utf8.RuneError:
		return t
	case len(t) == 2:
		return string(rune(0xE0 + r.IntN(23)))
	case len(t) == 3:
		return string(rune(0x4E00 + r.IntN(4096)))
	}
	return string(rune(0x1F600 + r.IntN(48)))
}

// atlassian replaces a token that begins AT: its public start stays, and its
// checksum is as right as it was.
func (s *Scrubber) atlassian(t string) string {
	n := min(12, len(t))
	end := len(t)
	tail := len(t) > 21 && t[len(t)-9] == '=' && isHex(t[len(t)-8:]+"0")
	if tail {
		end -= 8
	}
	body := t[:n] + s.chars(strings.TrimSuffix(t[n:end], "="))
	if !tail {
		return body + strings.Repeat("=", end-len(body))
	}
	body += "="
	s.learn(t[len(t)-8:])
	sum := crc32.ChecksumIEEE([]byte(body))
	if credential.ChecksumOf(t[:end]+strings.ToUpper(t[end:])) != credential.ChecksumRight {
		sum ^= 0x5A5A5A5A
	}
	digits := fmt.Sprintf("%08X", sum)
	if t[end:] != strings.ToUpper(t[end:]) {
		digits = fmt.Sprintf("%08x", sum)
		if !strings.ContainsAny(digits, "abcdef") {
			digits = "a" + digits[1:] // small letters are the defect
		}
	}
	return body + digits
}

// pat replaces a personal access token of Data Center.
func (s *Scrubber) pat(t string) string {
	b, err := base64.StdEncoding.DecodeString(t)
	if err != nil {
		return s.chars(t)
	}
	s.learn(t)
	r := s.stream(t)
	for i := range b {
		switch {
		case i < 12:
			b[i] = other(b[i], uint32(r.Uint64()), false)
		case i > 12:
			b[i] = byte(r.Uint32())
		}
	}
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:len(b)-4]...))
	copy(b[len(b)-4:], sum[:4])
	return base64.StdEncoding.EncodeToString(b)
}

// isPATStandIn is [IsStandIn] for what pat makes.
func isPATStandIn(t string) bool {
	b, err := base64.StdEncoding.DecodeString(t)
	if err != nil || len(b) < 16 {
		return false
	}
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:len(b)-4]...))
	return string(b[len(b)-4:]) == string(sum[:4])
}

// shownClaims are the claims that rules look at and that name nobody. The values
// of others are replaced.
var shownClaims = map[string]bool{
	"alg": true, "typ": true, "enc": true, "exp": true, "iat": true, "nbf": true, "qsh": true, "scope": true, "scopes": true,
	"scp": true, "https://id.atlassian.com/atl_token_type": true, "aud": true,
}

// jwt replaces a JSON Web Token: header and claims can still be decoded, the
// signature is dead.
func (s *Scrubber) jwt(t string) string {
	parts := strings.Split(t, ".")
	for i, p := range parts {
		if i < 2 && len(parts) != 5 || i == 0 {
			raw := strings.TrimRight(p, "=")
			pad := p[len(raw):]
			enc := base64.RawURLEncoding
			if strings.ContainsAny(raw, "+/") {
				enc = base64.RawStdEncoding
			}
			if b, err := enc.DecodeString(raw); err == nil {
				if out, ok := s.claims(b); ok {
					e := enc.EncodeToString(out)
					if pad != "" {
						e += strings.Repeat("=", (4-len(e)%4)%4)
					}
					parts[i] = e
					continue
				}
			}
		}
		if credential.ClassOf(p+" ") != credential.Masked && p != "" && p != "redacted" {
			n := len(p) - 1 // of the last character some bits must be zero
			parts[i] = s.chars(p[:n]) + p[n:]
		}
	}
	return strings.Join(parts, ".")
}

// jose matches the names of algorithms and types (RFC 7518).
var jose = regexp.MustCompile(`^(?:(?:HS|RS|ES|PS)(?:256|384|512)|EdDSA|none|JWT|at\+jwt|JWS|JWE|A(?:128|192|256)(?:GCM|CBC-HS(?:256|384|512)))$`)

// claims replaces the values of a JSON object but for the shown ones. The order
// of the members stays.
func (s *Scrubber) claims(b []byte) ([]byte, bool) {
	if !json.Valid(b) {
		return nil, false
	}
	return s.json(b, func(key, v string) string {
		if s.qsh != nil && key == "qsh" {
			return s.qsh(v)
		}
		switch {
		case key == "qsh":
			return s.chars(v)
		case (key == "alg" || key == "typ" || key == "enc") && jose.MatchString(v):
			return v
		case shownClaims[key] && (allKnown(v) || key != "aud") && len(v) < 2048:
			if key == "scope" || key == "scopes" || key == "scp" || key == "alg" || key == "typ" || key == "enc" {
				return s.text(v)
			}
			return s.address(v)
		}
		return s.address(v)
	}, shownClaims), true
}

// encoded replaces what is encoded in base64: the encoding stays, with its line
// breaks and other defects. sure is set where the scheme says that it is a pair.
func (s *Scrubber) encoded(t string, depth int, sure bool) (string, bool) {
	clean, at := make([]byte, 0, len(t)), make([]int, 0, len(t))
	url := false
	for i := range len(t) {
		switch c := t[i]; {
		case c == '-':
			clean, at, url = append(clean, '+'), append(at, i), true
		case c == '_':
			clean, at, url = append(clean, '/'), append(at, i), true
		case alnum(c), c == '+', c == '/':
			clean, at = append(clean, c), append(at, i)
		case c == '=', c == '\n', c == '\r', c == ' ', c == '\t', c == '\\':
		default:
			if !sure {
				return "", false
			}
		}
	}
	if len(clean) < 8 && !sure || len(clean) < 2 {
		return "", false
	}
	n := len(clean) / 4 * 4
	if len(clean)%4 > 1 {
		n = len(clean)
	}
	b, err := base64.RawStdEncoding.DecodeString(string(clean[:n]))
	if err != nil || !sure && !pairLike(b) {
		return "", false
	}
	out := s.pair(string(b), depth, true)
	e := base64.RawStdEncoding.EncodeToString([]byte(out))
	if len(e) != n {
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
	return string(res), true
}

// pairLike reports whether b is text, in one of the encodings that pairs are sent
// in, and no random bytes.
func pairLike(b []byte) bool {
	good := 0
	for _, c := range b {
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\r' || c == 0 {
			good++
		}
	}
	return len(b) >= 6 && good*10 >= len(b)*8
}

var mail = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`)

// pair replaces a user-id and password. sameLength demands that no length
// changes, as for the inside of an encoding.
func (s *Scrubber) pair(p string, depth int, sameLength bool) string {
	if strings.IndexByte(p, 0) >= 0 { // UTF-16
		return s.wide(p)
	}
	user, password, ok := strings.Cut(p, ":")
	if !ok {
		return s.secretAt(user, depth+1)
	}
	return s.user(user, sameLength) + ":" + s.secretAt(password, depth+1)
}

// wide replaces UTF-16: bytes that are zero stay, and so does the byte order mark.
func (s *Scrubber) wide(p string) string {
	low := make([]byte, 0, len(p)/2)
	for i := range len(p) {
		if c := p[i]; c != 0 && c < 0xFE {
			low = append(low, c)
		}
	}
	user, password, ok := strings.Cut(string(low), ":")
	var out string
	if ok {
		out = s.user(user, true) + ":" + s.secret(password)
	} else {
		out = s.secret(user)
	}
	if len(out) != len(low) {
		out = s.chars(string(low))
	}
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

// user replaces an account name by a pseudonym as Atlassian's support tools write
// them, or, where the length must stay, by letters.
func (s *Scrubber) user(u string, sameLength bool) string {
	lead, t, tail := edges(u)
	switch {
	case t == "" || strings.EqualFold(t, "anonymous") || credential.NullWord(t):
		return u
	case credential.ClassOf(t) != credential.Unrecognized:
		return s.secretAt(u, 1)
	case strings.HasPrefix(t, "x-token-auth"), t == "x-bitbucket-api-token-auth", t == "x-oauth-basic":
		return u // names of kinds of tokens, no accounts
	case strings.HasPrefix(t, "redacted-"):
		return u
	}
	s.count.Users++
	if sameLength {
		if local, domain, ok := strings.Cut(t, "@"); ok && local != "" {
			return lead + s.chars(local) + "@" + s.domain(domain) + tail
		}
		return lead + s.chars(t) + tail
	}
	s.learn(t)
	out := t
	if mail.MatchString(t) {
		out = mail.ReplaceAllStringFunc(t, s.mail)
	} else {
		out = "redacted-" + s.name(t)
	}
	return lead + out + tail
}

// mail returns the pseudonym of an e-mail address.
func (s *Scrubber) mail(a string) string {
	if strings.HasPrefix(a, "redacted-") && strings.HasSuffix(a, "@example.com") {
		return a
	}
	local, _, _ := strings.Cut(a, "@")
	s.learn(local)
	s.count.Users++
	return "redacted-" + s.name(strings.ToLower(a)) + "@example.com"
}

// name returns the eight characters of a pseudonym.
func (s *Scrubber) name(t string) string {
	m := hmac.New(sha256.New, s.key[:])
	_, _ = m.Write([]byte("name\x00" + t))
	return hex.EncodeToString(m.Sum(nil)[:4])
}

// domain replaces the domain of an e-mail address; what it ends in stays.
func (s *Scrubber) domain(d string) string {
	i := strings.LastIndexByte(d, '.')
	if i < 0 {
		return s.swap(d)
	}
	return s.text(d[:i]) + s.text(d[i:])
}
