package credential

import (
	"strings"
	"unicode/utf8"
)

// Normalized returns the credential with everything forgiven, so that the same
// credential written in two ways gives the same text: without blanks, line
// breaks, invisible and control characters, without quotes around it,
// percent-decoded, and base64-decoded at most twice. A pair is user:password; a
// token is itself, whatever word stands before it.
//
// It is for comparing (as a keyed fingerprint) and never for sending.
func (c *Credential) Normalized() string {
	user, secret, pair := c.halves()
	if pair {
		return user + ":" + secret
	}
	return secret
}

// Secret returns the half of [Credential.Normalized] that is secret: the
// password or the token. It is "" for a query parameter that names a user.
func (c *Credential) Secret() string {
	if c.Place == InQuery && userParam(c.Name) {
		return ""
	}
	_, secret, _ := c.halves()
	return secret
}

// userParam reports whether a query parameter holds a name, no secret.
func userParam(name string) bool {
	return equalFold(name, "os_username") || equalFold(name, "oauth_consumer_key")
}

// halves returns the normalised halves, or a token alone with pair false.
func (c *Credential) halves() (user, secret string, pair bool) {
	p := c.Basic
	switch {
	case p == nil:
		return pairOrToken(c.Token)
	case p.IsToken():
		return "", normal(c.Token), false
	case p.Twice != "":
		return pairOrToken(p.Twice)
	case p.PasswordPair != "":
		return pairOrToken(p.PasswordPair)
	case p.UTF16 != "":
		return pairOrToken(p.UTF16Text)
	case p.Encoding == NotBase64 && !p.Plain && c.Place != InUserinfo:
		return pairOrToken(c.Token)
	case !p.HasColon:
		return "", normal(p.text), false
	}
	return cutPair(p.text)
}

// pairOrToken undoes base64 once more if that gives a pair.
func pairOrToken(s string) (user, secret string, pair bool) {
	s = normal(s)
	for range 2 {
		if ClassOf(s) != Unrecognized {
			return "", s, false
		}
		inner, ok := EncodedPair(s)
		if !ok {
			break
		}
		s = normal(inner)
	}
	if ClassOf(s) != Unrecognized || strings.IndexByte(s, ':') < 0 {
		return "", s, false
	}
	return cutPair(s)
}

// cutPair normalises the halves around the first colon.
func cutPair(s string) (user, secret string, pair bool) {
	user, secret, _ = strings.Cut(trimEdges(s), ":")
	return normal(user), normal(secret), true
}

// normal is s without what surrounds it, what cannot be seen in it, and its
// percent escapes.
func normal(s string) string {
	s = bare(s)
	if strings.IndexByte(s, '%') >= 0 {
		s = bare(unescape(s, false))
	}
	if traitsOf(s)&(unprintable|hasBreak) == 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		hidden := r < 0x20 || r >= 0x7F && r <= 0xA0 || invisibleRune(r)
		if !hidden || n == 1 && s[i] >= utf8.RuneSelf {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return bare(b.String())
}
