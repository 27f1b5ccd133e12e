package credential

import (
	"hash/crc32"
	"strings"
)

// ClassOf returns the kind of secret that token has the shape of. The whole of
// token must have it: nothing may stand around it, and no length is required
// that Atlassian does not promise. An Atlassian token with damaged case is still
// one; see [DamageOf].
//
// The shapes and their sources are in docs/credentials.md.
func ClassOf(token string) Class {
	if len(token) > MaxValue {
		return Unrecognized
	}
	if token == "" || trimBlank(token) == "" {
		return Empty
	}
	if k := standIn(token); k != Unrecognized {
		return k
	}
	if k := prefixed(token); k != Unrecognized {
		return k
	}
	switch len(token) {
	case 24:
		if allIn(token, alnums) {
			return LegacyAPIToken
		}
	case 32:
		return hex32(token)
	case 36:
		if isUUID(token) {
			return UUIDKey
		}
	case 44:
		if isPAT(token) {
			return PAT
		}
	case 64:
		if allIn(token, anyHex) {
			return TrelloToken
		}
	default:
		// A Tomcat session id carries the node: "<32 hex>.node1".
		if len(token) > 33 && token[32] == '.' && allIn(token[:32], upperHex) && allIn(token[33:], nodeBytes) {
			return SessionID
		}
	}
	return Unrecognized
}

// prefixed recognises the tokens that say themselves what they are.
func prefixed(t string) Class {
	switch t[0] {
	case 'A', 'a':
		return atlassian(t)
	case 'B':
		if body, ok := strings.CutPrefix(t, "BBDC-"); ok && len(body) >= 38 && len(body) <= 50 && allIn(body, bbdcBytes) {
			return BitbucketPAT
		}
	case 'e':
		if !looksJWT(t) || !isJWT(t) {
			return Unrecognized
		}
		if strings.HasSuffix(t, ".redacted") {
			return Masked // only the signature was taken out
		}
		return JWTToken
	case 'u', 'U':
		if isAlign(t) {
			return AlignToken
		}
	}
	return Unrecognized
}

// atlassian recognises AT...: see [ChecksumOf].
func atlassian(t string) Class {
	switch {
	case strings.HasPrefix(t, "ATBB"):
		if len(t) >= 12 && allIn(t[4:], atbbBytes) {
			return AppPassword
		}
		return Unrecognized
	case strings.HasPrefix(t, "ATTA"):
		if len(t) >= 36 && allIn(t[4:], alnums) {
			return TrelloToken
		}
		return Unrecognized
	}
	if len(t) < 21 || t[1]|0x20 != 't' || !letter(t[2]) || !letter(t[3]) || !letter(t[4]) ||
		!alnum(t[5]) || !allIn(t[6:], atBytes) {
		return Unrecognized
	}
	tt := t[3]|0x20 == 't' && t[4]|0x20 == 't'
	switch t[2] | 0x20 {
	case 'a':
		if tt {
			return APIToken
		}
	case 'c':
		if tt {
			return OrgKey
		}
	case 's':
		if tt {
			return ServiceToken
		}
	}
	// Of a prefix nobody knows, only the exact form counts.
	if t[5] == '3' && len(t) >= 26 && allIn(t[:5], uppers) {
		return OtherToken
	}
	return Unrecognized
}

// The characters of the tokens, after their prefixes.
const (
	atBytes   = alnums | underscore | dash | plusSlash | equals
	atbbBytes = alnums | underscore | dash | dot | equals
	bbdcBytes = alnums | underscore | dash | plusSlash | at
	nodeBytes = alnums | underscore | dash | dot
)

// hex32 tells the two kinds of 32 hexadecimal digits apart: Trello prints them
// in lower case, Tomcat in upper case.
func hex32(t string) Class {
	switch {
	case allIn(t, lowerHex):
		return TrelloKey
	case allIn(t, upperHex):
		return SessionID
	}
	return Unrecognized
}

func isUUID(t string) bool {
	for i := range len(t) {
		switch i {
		case 8, 13, 18, 23:
			if t[i] != '-' {
				return false
			}
		default:
			if !hexDigit(t[i]) {
				return false
			}
		}
	}
	return len(t) == 36
}

// isPAT recognises base64 of twelve digits, a colon and twenty random bytes.
// Three digits always encode to one of [MNO][DTjz][AEIMQUYcgk][wxyz0-5], the
// colon to O[g-v].
func isPAT(t string) bool {
	const digits = "MNO\x00DTjz\x00AEIMQUYcgk\x00wxyz012345"
	if len(t) != 44 || t[16] != 'O' || t[17] < 'g' || t[17] > 'v' {
		return false
	}
	for i := range 16 {
		var set string
		switch i % 4 {
		case 0:
			set = digits[:3]
		case 1:
			set = digits[4:8]
		case 2:
			set = digits[9:19]
		case 3:
			set = digits[20:]
		}
		if strings.IndexByte(set, t[i]) < 0 {
			return false
		}
	}
	for i := 18; i < 44; i++ {
		if k := b64Kind[t[i]]; k != b64Both && k != b64Std {
			return false
		}
	}
	return true
}

// isAlign recognises user:ID|secret, also with the bar percent-encoded.
func isAlign(t string) bool {
	if !hasPrefixFold(t, "user:") {
		return false
	}
	n := 5
	for n < len(t) && n < 15 && digit(t[n]) {
		n++
	}
	if n == 5 {
		return false
	}
	switch {
	case t[n:] == "":
		return false
	case t[n] == '|':
		n++
	case hasPrefixFold(t[n:], "%7c"):
		n += 3
	default:
		return false
	}
	const not = hasBlank | hasBreak | hasQuote
	return len(t)-n >= 8 && traitsOf(t[n:])&not == 0
}

// ChecksumOf tests the checksum of an Atlassian token: the eight hexadecimal
// digits after the last "=" are the CRC-32 (IEEE) of everything before them,
// the "=" included. Atlassian does not document this; it was found by the
// secret scanners and holds for the tokens seen. A match proves that the token
// is undamaged; a mismatch is only a hint.
//
// The case of the digits is not compared: [DamageOf] does that.
func ChecksumOf(token string) Checksum {
	if len(token) < 16 || len(token) > MaxValue || token[0] != 'A' || token[1] != 'T' || token[5] != '3' ||
		!allIn(token[2:5], uppers) || !allIn(token[6:], atBytes) {
		return NoChecksum
	}
	return checksum(token)
}

// checksumOf is [ChecksumOf] for a text whose class is known.
func checksumOf(t string, k Class) Checksum {
	switch k {
	case APIToken, OrgKey, ServiceToken, OtherToken:
		if t[5] == '3' && allIn(t[:5], uppers) {
			return checksum(t)
		}
	}
	return NoChecksum
}

// checksum compares the last 8 characters of t, if they are one.
func checksum(t string) Checksum {
	n := len(t) - 8
	if t[n-1] != '=' || !allIn(t[n:], anyHex) {
		return NoChecksum
	}
	var want uint32
	for i := n; i < len(t); i++ {
		want = want<<4 | uint32(unhex(t[i]))
	}
	if crc32.ChecksumIEEE([]byte(t[:n])) != want {
		return ChecksumWrong
	}
	return ChecksumRight
}

// A Damage says what is wrong with a token of the AT...3 kinds, apart from its
// checksum. The zero value, but for Foreign, means nothing.
type Damage struct {
	PrefixCase bool // the prefix has small letters: something changed the case
	TailCase   bool // the checksum has small letters
	NoTail     bool // there is no "=" and checksum: the token was cut, or is of an older form
	Foreign    int  // offset of the first byte that no token has, such as a blank or a dash; -1: none
}

// Any reports whether there is any damage.
func (d Damage) Any() bool { return d.PrefixCase || d.TailCase || d.NoTail || d.Foreign >= 0 }

// DamageOf examines a text that begins like an Atlassian API token, key or
// service account token; for any other, ok is false. Blanks and quotes around
// it are dropped before; Foreign counts from the start of token as given.
func DamageOf(token string) (d Damage, ok bool) {
	t := bare(token)
	d.Foreign = -1
	if len(t) < 12 || len(t) > MaxValue || !tokenPrefix(t) {
		return d, false
	}
	d.PrefixCase = !allIn(t[:5], uppers)
	for i := 6; i < len(t); i++ {
		if !inSet(t[i], atBytes) {
			d.Foreign = strings.Index(token, t) + i
			break
		}
	}
	n := len(t) - 9
	if t[n] != '=' || !allIn(t[n+1:], alnums) {
		d.NoTail = true
		return d, true
	}
	d.TailCase = allIn(t[n+1:], anyHex) && !allIn(t[n+1:], upperHex)
	return d, true
}

// tokenPrefix reports whether t begins with ATATT3, ATCTT3 or ATSTT3, whatever
// the case.
func tokenPrefix(t string) bool {
	if t[1]|0x20 != 't' || t[0]|0x20 != 'a' || t[3]|0x20 != 't' || t[4]|0x20 != 't' || t[5] != '3' {
		return false
	}
	k := t[2] | 0x20
	return k == 'a' || k == 'c' || k == 's'
}
