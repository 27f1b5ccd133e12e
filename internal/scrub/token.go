package scrub

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/why401/why401/internal/credential"
)

// atlassian replaces a token that begins AT: its public start stays, and its
// checksum is as right as it was.
func (s *Scrubber) atlassian(t string) string {
	if s.broken("Atlassian token") {
		s.learn(t[head(t):])
		return t
	}
	n := head(t)
	end := len(t)
	tail := len(t) > 21 && t[len(t)-9] == '=' && isHex(t[len(t)-8:]+"0")
	if tail {
		end -= 8
	}
	body := t[:n] + s.chars(strings.TrimRight(t[n:end], "="))
	if !tail {
		out := body + strings.Repeat("=", end-len(body))
		s.make(out)
		return out
	}
	body += strings.Repeat("=", end-len(body))
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
	s.make(body + digits)
	return body + digits
}

// head returns how much of a token that begins AT is the same for everybody: its kind,
// and what follows from how the rest is encoded.
func head(t string) int {
	n := min(6, len(t))
	for _, p := range public[:3] {
		if len(t) > 2 && p[2] == t[2]&^0x20 {
			for n < min(len(t), len(p)) && t[n]|0x20 == p[n]|0x20 {
				n++
			}
		}
	}
	return n
}

// pat replaces a personal access token of Data Center.
func (s *Scrubber) pat(t string) string {
	b, err := base64.StdEncoding.DecodeString(t)
	if err != nil {
		return s.chars(t)
	}
	s.learn(t)
	if s.broken("personal access token") {
		return t
	}
	r := s.stream(t)
	for i := range b {
		switch {
		case i < 12:
			b[i] = other(b[i], uint32(r.Uint64()>>32), false)
		case i > 12:
			b[i] = byte(r.Uint32())
		}
	}
	sum := sha256.Sum256(append([]byte("why401 stand-in\x00"), b[:len(b)-4]...))
	copy(b[len(b)-4:], sum[:4])
	out := base64.StdEncoding.EncodeToString(b)
	s.make(out)
	return out
}

// shownClaims are the claims that rules look at and that name nobody. The values
// of others are replaced.
var shownClaims = map[string]bool{
	"alg": true, "typ": true, "enc": true, "exp": true, "iat": true, "nbf": true, "qsh": true, "scope": true, "scopes": true,
	"scp": true, "https://id.atlassian.com/atl_token_type": true, "aud": true,
}

// jwt replaces a JSON Web Token, whole or damaged: header and claims can still be
// decoded as far as they could, the signature is dead.
func (s *Scrubber) jwt(t string) string {
	if s.broken("JSON Web Token") {
		s.learn(t)
		return t
	}
	parts := strings.Split(t, ".")
	clean := true
	for i, p := range parts {
		switch {
		case p == "" || credential.ClassOf(p) == credential.Masked || p == "redacted":
		case i < 2 && len(parts) != 5 || i == 0:
			if out, ok := s.jwtPart(p); ok {
				parts[i] = out
				clean = clean && !s.made.has(hashOf(out)|unsure)
				continue
			}
			parts[i] = s.chars(p)
		default:
			if b, err := base64.RawURLEncoding.DecodeString(p); err == nil && i == 2 && pairLike(b) {
				parts[i] = base64.RawURLEncoding.EncodeToString([]byte(s.chars(string(b)))) // words in place of a signature
				s.make(parts[i])
				continue
			}
			n := len(p) - 1 // of the last character some bits must be zero
			parts[i] = s.chars(p[:n]) + p[n:]
			bad := s.left(p, parts[i])
			s.make(parts[i])
			s.doubt(parts[i], bad)
			clean = clean && !bad
		}
	}
	out := strings.Join(parts, ".")
	s.make(out)
	s.doubt(out, !clean)
	return out
}

// jwtPart replaces a part that is a JSON object, or the start of one.
func (s *Scrubber) jwtPart(p string) (string, bool) {
	raw := strings.TrimRight(p, "=")
	enc := base64.RawURLEncoding
	if strings.ContainsAny(raw, "+/") {
		enc = base64.RawStdEncoding
	}
	n := len(raw)
	if n%4 == 1 {
		n--
	}
	b, err := enc.DecodeString(raw[:n])
	if err != nil || len(b) == 0 || b[0] != '{' {
		return "", false
	}
	now := s.claims(b)
	e := enc.EncodeToString(now) + s.letters(raw[n:], 0)
	if n < len(raw) {
		e = e[:len(e)/4*4] + s.letters(raw[n:], 0) // a length that base64 cannot have is the defect
		if len(e)%4 != 1 {
			e = e[:len(e)/4*4+1]
		}
	}
	if len(raw) < len(p) {
		e += strings.Repeat("=", (4-len(e)%4)%4)
	}
	s.make(e)
	s.doubt(e, !s.gateOf(nil).plain(now))
	return e, true
}

// jose matches the names of algorithms and types (RFC 7518).
var jose = pattern(`^(?:(?:HS|RS|ES|PS)(?:256|384|512)|EdDSA|none|JWT|at\+jwt|JWS|JWE|A(?:128|192|256)(?:GCM|CBC-HS(?:256|384|512)))$`)

// claims replaces the values of a JSON object but for the shown ones. The order
// of the members stays.
func (s *Scrubber) claims(b []byte) []byte {
	whole := json.Valid(b)
	out := s.json(b, false, func(k *key, v string) string {
		key := k.text
		switch {
		case key == "qsh" && s.sent != nil:
			s.passing = true
			out := s.hash(v)
			s.make(out)
			return out
		case key == "qsh" && v == credential.ContextQSH:
			return v
		case key == "qsh":
			s.passing = true
			out := s.letters(v, 0) // no secret: it may come back right once the request is replaced
			s.make(out)
			return out
		case (key == "alg" || key == "typ" || key == "enc") && jose().MatchString(v):
			return v
		case strings.HasPrefix(key, "scope") || key == "scp":
			return s.text(v)
		case (key == "sub" || strings.Contains(key, "user") || key == "email" || key == "name" || key == "upn") && len(v) < 128 && !strings.Contains(v, ":") && uuidIn(v) < 0:
			return s.user(v)
		}
		return s.address(v)
	}, shownClaims)
	if !whole { // the last text has no end
		out = []byte(strings.TrimSuffix(string(out), `"`))
	}
	return out
}
