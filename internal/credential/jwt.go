package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// JWT returns the JSON Web Token that the credential is or holds: the bearer
// token or cookie, the parameter or a half of a Basic pair. It is nil if there
// is none; a text that only begins like one is a Claims with Malformed set.
//
// It is decoded when first asked for, because most rules never ask and browsers
// send two such cookies with each request. Calls must not be concurrent.
func (c *Credential) JWT() *Claims {
	if !c.asked {
		c.asked = true
		for _, t := range c.jwtTexts() {
			if t = bare(t); looksJWT(t) {
				c.claims = ParseJWT(t)
				break
			}
		}
	}
	return c.claims
}

// jwtTexts are the texts that may be a token, the likelier first.
func (c *Credential) jwtTexts() [3]string {
	t := [3]string{0: c.Token, 1: c.Param}
	if c.Basic != nil {
		t[2] = c.Basic.User
	}
	return t
}

// looksJWT reports whether t begins as base64url of a JSON object does and is
// too long for a word: the first bytes are { and a quote or white space.
func looksJWT(t string) bool {
	return len(t) >= 16 && t[0] == 'e' && t[1] == 'y' && (t[2] >= 'I' && t[2] <= 'L' || t[2] >= 'A' && t[2] <= 'D')
}

// isJWT reports whether t has the shape of a token: three base64url parts (the
// signature may be empty or masked), or the five of an encrypted one.
func isJWT(t string) bool {
	dots, from := 0, 0
	var lens [5]int
	for i := 0; i <= len(t); i++ {
		if i < len(t) && t[i] != '.' {
			if k := b64Kind[t[i]]; k != b64Both && k != b64URL {
				return false
			}
			continue
		}
		if dots == len(lens) {
			return false
		}
		lens[dots] = i - from
		from = i + 1
		dots++
	}
	return lens[0] >= 10 && (dots == 5 || dots == 3 && lens[1] >= 10)
}

// ParseJWT decodes t as a JSON Web Token (RFC 7519) without ever checking the
// signature. It never fails: what is wrong shows in Malformed.
func ParseJWT(t string) *Claims {
	j := new(Claims)
	if len(t) > MaxValue {
		j.Malformed = "longer than any token"
		return j
	}
	j.Parts = strings.Count(t, ".") + 1
	parts := strings.SplitN(t, ".", 6)
	header, why := jwtObject(parts[0])
	if why != "" {
		j.Malformed = "header " + why
	}
	j.Alg, j.Typ = header.text("alg"), header.text("typ")
	switch j.Parts {
	case 5:
		j.Encrypted = true
		if j.Malformed == "" && header.text("enc") == "" {
			j.Malformed = "five parts, but not encrypted"
		}
		return j
	case 2, 3:
	case 1:
		j.fault("one part instead of three")
		return j
	default:
		j.fault("not three parts")
	}
	payload, why := jwtObject(parts[1])
	if why != "" {
		j.fault("payload " + why)
	}
	j.read(payload)
	sig := ""
	if j.Parts == 2 {
		j.fault("two parts instead of three")
	} else if j.Parts > 2 {
		sig = parts[2]
	}
	j.Unsigned = sig == "" || equalFold(j.Alg, "none")
	j.SignatureCut = signatureCut(j.Alg, sig)
	return j
}

// fault notes the first thing that is wrong.
func (j *Claims) fault(words string) {
	if j.Malformed == "" {
		j.Malformed = words
	}
}

// An object holds the members of a JSON object, undecoded.
type object map[string]json.RawMessage

// jwtObject decodes one part, and says in constant words why it cannot.
func jwtObject(part string) (object, string) {
	var o object
	if part == "" {
		return nil, "is empty"
	}
	for i := 0; i < len(part); i++ {
		if k := b64Kind[part[i]]; k == b64Other || k == b64Stray {
			return nil, "is not base64url"
		}
	}
	// Some libraries use the standard alphabet and padding; the claims are
	// worth reading even so.
	raw := strings.TrimRight(part, "=")
	wrong := len(raw) != len(part) || strings.ContainsAny(raw, "+/")
	dec, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(raw))
	if err != nil {
		return nil, "is cut or not base64url"
	}
	if err := json.Unmarshal(dec, &o); err != nil || o == nil {
		return nil, "is not a JSON object"
	}
	if wrong {
		return o, "is base64 but not base64url"
	}
	return o, ""
}

// read takes the claims that rules ask for out of the payload.
func (j *Claims) read(o object) {
	j.Issuer, j.Subject = o.text("iss"), o.text("sub")
	j.QSH, j.ClientKey, j.ClientID = o.text("qsh"), o.text("clientKey"), o.text("client_id")
	j.TokenType = o.text("https://id.atlassian.com/atl_token_type")
	j.Audience = o.list("aud")
	for _, name := range [...]string{"scope", "scopes", "scp"} {
		for _, s := range o.list(name) {
			j.Scope = append(j.Scope, strings.Fields(s)...)
		}
		if j.Scope != nil {
			break
		}
	}
	_, nonce := o["nonce"]
	_, email := o["email"]
	j.IDToken = nonce && email
	j.IssuedAt, j.NotBefore, j.Expires = o.seconds("iat"), o.seconds("nbf"), o.seconds("exp")
}

// text returns a string member; a number is kept as written.
func (o object) text(name string) string {
	raw := o[name]
	if len(raw) == 0 {
		return ""
	}
	var s string
	if raw[0] == '"' {
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	}
	if raw[0] == '-' || digit(raw[0]) {
		return string(raw)
	}
	return ""
}

// list returns a member that is a string or a list of strings (RFC 7519,
// section 4.1.3 allows both for aud), at most 256 of them.
func (o object) list(name string) []string {
	raw := o[name]
	if len(raw) == 0 || raw[0] != '[' {
		if s := o.text(name); s != "" {
			return []string{s}
		}
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	var out []string
	for _, item := range items[:min(len(items), 256)] {
		if s := (object{"": bytes.TrimSpace(item)}).text(""); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// seconds returns a NumericDate (RFC 7519, section 2), also if it is a fraction
// or, against the RFC, in quotes; 0 if it is absent or no number.
func (o object) seconds(name string) int64 {
	s := strings.TrimSpace(o.text(name))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

// signatureCut reports whether sig cannot be all of a signature by alg.
func signatureCut(alg, sig string) bool {
	if sig == "" || ClassOf(sig) == Masked {
		return false
	}
	for i := 0; i < len(sig); i++ {
		if k := b64Kind[sig[i]]; k != b64Both && k != b64URL {
			return true
		}
	}
	if len(sig)%4 == 1 {
		return true
	}
	switch strings.ToUpper(alg) {
	case "HS256":
		return len(sig) != 43
	case "HS384":
		return len(sig) != 64
	case "HS512", "ES256", "EDDSA":
		return len(sig) != 86
	case "ES384":
		return len(sig) != 128
	case "ES512":
		return len(sig) != 176
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		return len(sig) < 171 // 1,024 bits
	}
	return false
}
