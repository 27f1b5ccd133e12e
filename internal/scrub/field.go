package scrub

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
)

// secretName reports whether the name of a field or parameter says that its
// value is a secret.
func secretName(n string) bool {
	n = strings.ToLower(n)
	for _, w := range [...]string{
		"auth", "token", "secret", "password", "passwd", "pwd", "session", "csrf", "xsrf", "jwt", "credential", "signature",
		"apikey", "api-key", "api_key", "cookie", "saml", "assertion", "verifier", "private", "access-key", "nonce", "state", "code", "otp", "pin", "passcode",
	} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return n == "key" || n == "sid" || n == "sig"
}

// openNames are fields of which the name sounds like a secret and whose values
// are words.
var openNames = map[string]bool{
	"www-authenticate": true, "proxy-authenticate": true, "x-atlassian-token": true, "authentication-info": true,
	"x-seraph-loginreason": true, "x-authentication-denied-reason": true, ":authority": true, "x-xsrf-token-accepted": true,
	"access-control-allow-credentials": true, "access-control-allow-headers": true, "access-control-request-headers": true,
	"content-encoding": true, "accept-encoding": true, "transfer-encoding": true, "x-powered-by": true, "opening": true,
	"access-control-expose-headers": true, "vary": true, "ping-to": true, "x-status-code": true, "mapping": true,
}

// field replaces the value of a header field.
func (s *Scrubber) field(n *named, v string) string {
	low := n.low
	switch low {
	case "authorization", "proxy-authorization":
		return s.authorization(v)
	case "cookie":
		return s.cookieLine(v)
	case "set-cookie", "set-cookie2":
		return s.setCookie(v)
	case "location", "referer", "origin", "content-location", ":path", "x-original-url", "x-rewrite-url", "x-forwarded-uri", "access-control-allow-origin":
		return s.address(v)
	case "host", ":authority", "x-forwarded-host", "x-forwarded-server":
		return s.host(v)
	case "x-ausername", "x-remote-user", "remote-user", "x-forwarded-user", "x-user", "x-username", "from":
		return s.user(v)
	case "x-aaccountid":
		return s.escaped(v)
	case "x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-envoy-external-address", "x-client-ip":
		parts := strings.Split(v, ",")
		for i, p := range parts {
			lead, t, tail := edges(p)
			parts[i] = lead + s.ip(t) + tail
		}
		return strings.Join(parts, ",")
	}
	if redact.HeaderValue(low, v).String() == v {
		return v
	}
	if n.secret {
		return s.authorization(v)
	}
	if low == "www-authenticate" || low == "proxy-authenticate" || low == "link" || low == "x-aws-region" || low == "refresh" {
		return s.urls(v)
	}
	if n.known && digits(v) && len(v) <= 13 {
		return v
	}
	return s.urls(v)
}

func digits[T string | []byte](v T) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return len(v) > 0
}

// endsURL are the characters that end a URL in a text.
var endsURL = func() (t [256]bool) {
	for _, c := range []byte(" \t\r\n\"'<>,;)\\") {
		t[c] = true
	}
	return t
}()

// urls replaces text in which URLs may stand.
func (s *Scrubber) urls(v string) string {
	if !strings.Contains(v, "http") {
		return s.text(v)
	}
	var b strings.Builder
	for {
		i := strings.Index(v, "http")
		if i < 0 {
			break
		}
		j := i
		for j < len(v) && !endsURL[v[j]] {
			j++
		}
		b.WriteString(s.text(v[:i]))
		b.WriteString(s.address(v[i:j]))
		v = v[j:]
	}
	b.WriteString(s.text(v))
	return b.String()
}

func (s *Scrubber) cookieLine(v string) string {
	var b strings.Builder
	b.Grow(len(v))
	for more := true; more; {
		var p string
		p, v, more = strings.Cut(v, ";")
		if name, val, ok := strings.Cut(p, "="); ok {
			b.WriteString(s.text(name))
			b.WriteByte('=')
			b.WriteString(s.cookieValue(val))
		} else {
			b.WriteString(s.secret(p))
		}
		if more {
			b.WriteByte(';')
		}
	}
	return b.String()
}

func (s *Scrubber) setCookie(v string) string {
	parts := strings.Split(v, ";")
	for i, p := range parts {
		name, val, ok := strings.Cut(p, "=")
		switch low := strings.ToLower(strings.TrimSpace(name)); {
		case i == 0 && ok:
			parts[i] = s.text(name) + "=" + s.cookieValue(val)
		case i == 0:
			parts[i] = s.secret(p)
		case low == "domain" && strings.IndexByte(strings.Trim(val, " ."), '.') > 0:
			parts[i] = name + "=" + s.host(val)
		case low == "path":
			parts[i] = name + "=" + s.path(val)
		case low == "expires", low == "max-age":
			if redact.HeaderValue("date", strings.ReplaceAll(val, "-", " ")).String() != strings.TrimSpace(strings.ReplaceAll(val, "-", " ")) && !digits(val) {
				parts[i] = s.text(p)
			}
		default:
			parts[i] = s.text(p)
		}
	}
	return strings.Join(parts, ";")
}

// authorization replaces the value of an Authorization field: the scheme stays,
// and what does not belong there.
func (s *Scrubber) authorization(v string) string {
	return s.remember('a', "", v, func() string {
		out, c := s.authorize(v)
		if !s.exact && !s.passing && out != v && !alike(c, out) {
			s.exact = true
			same, _ := s.authorize(v)
			s.exact = false
			if alike(c, same) {
				out = same
			}
		}
		s.makeOf(v, out)
		return out
	})
}

func (s *Scrubber) authorize(v string) (string, *credential.Credential) {
	c := credential.Parse(credential.InAuthorization, 0, "Authorization", v)
	at, _ := c.Joined()
	for i := c.ParamAt; i < len(v) && at <= 0; i++ {
		if v[i] == '\n' || v[i] == '\r' {
			if word, _ := credential.LeadingScheme(strings.TrimLeft(v[i:], " \t\r\n")); word != credential.NoScheme {
				at = len(v) - len(strings.TrimLeft(v[i:], " \t\r\n"))
			}
		}
	}
	if at > 0 {
		head := strings.TrimRight(v[:at], ", \t\r\n")
		return s.authorization(head) + v[len(head):at] + s.authorization(v[at:]), c
	}
	word := c.Word
	if credential.SchemeOf(strings.TrimRight(word, ":")) == credential.UnknownScheme {
		word = s.scheme(word)
	}
	lead := c.Lead()
	if kind, at, end := c.Extra(); kind != credential.NoExtra && end > at && at >= c.ParamAt && end <= c.ParamAt+len(c.Param) {
		rest := c.Param[end-c.ParamAt:]
		if kind == credential.WholeQuoted || kind == credential.HeaderName || kind == credential.CurlOption || kind == credential.SecondScheme {
			return lead + word + c.Gap + s.text(c.Param[:end-c.ParamAt]) + s.authorization(rest) + c.Tail(), c
		}
		return lead + word + c.Gap + s.text(c.Param[:end-c.ParamAt]) + s.param(c, rest) + c.Tail(), c
	}
	return lead + word + c.Gap + s.param(c, c.Param) + c.Tail(), c
}

// alike reports whether all is the same of a value that was parsed and of another one
// that the rules look at.
func alike(a *credential.Credential, w string) bool {
	b := credential.Parse(credential.InAuthorization, 0, "Authorization", w)
	if a.Scheme != b.Scheme || a.Class != b.Class || a.Checksum != b.Checksum || a.Masked != b.Masked || a.WrapWidth() != b.WrapWidth() ||
		credential.MaskedEnding(a.Param) != credential.MaskedEnding(b.Param) || !sameFlaws(a.Flaws(), b.Flaws()) {
		return false
	}
	p, q := a.Basic, b.Basic
	if p == nil || q == nil {
		return p == q
	}
	return p.Encoding == q.Encoding && p.HasColon == q.HasColon && p.UserClass == q.UserClass && p.PasswordClass == q.PasswordClass &&
		p.ParamClass == q.ParamClass && p.UTF16 == q.UTF16 && p.Plain == q.Plain && (p.Twice == "") == (q.Twice == "") &&
		(p.PasswordPair == "") == (q.PasswordPair == "") && p.Sample() == q.Sample() && p.TokenOnly() == q.TokenOnly() && sameFlaws(p.Flaws(), q.Flaws())
}

func sameFlaws(a, b []credential.Flaw) bool {
	return slices.EqualFunc(a, b, func(x, y credential.Flaw) bool { return x.Kind == y.Kind })
}

// scheme keeps a word that is nearly a scheme: that is the defect.
func (s *Scrubber) scheme(w string) string {
	if w == "" {
		return w
	}
	if _, far := credential.NearestScheme(strings.TrimRight(w, ":")); far >= 0 && far <= 2 || allKnown(w) {
		return w
	}
	s.learn(w)
	return s.swap(w)
}

func (s *Scrubber) param(c *credential.Credential, p string) string {
	switch {
	case c.Scheme == credential.OAuth1 || c.Scheme == credential.Digest || strings.Contains(p, `="`):
		return s.params(p)
	case (c.Scheme == credential.NTLM || c.Scheme == credential.Negotiate) && len(p) > 16 && (strings.HasPrefix(p, "TlRMTVNTUAA") || strings.HasPrefix(p, "YI")):
		n := 12
		if p[n:n+4] == "AAAA" {
			n = 16 // which of the messages of NTLM it is (MS-NLMP, section 2.2.1)
		}
		return s.headed(p, n)
	case c.Scheme != credential.Basic && allKnown(p):
		return p // words in place of a token
	case c.Basic != nil && c.Basic.Plain:
		return s.pair(p, 0)
	}
	if at, n := maskIn(p); n > 0 && credential.ClassOf(p) == credential.Unrecognized {
		if _, ok := credential.DamageOf(p); !ok {
			return s.masked(p, at, n)
		}
	}
	if c.Basic != nil && !c.Basic.IsToken() && strings.IndexByte(p, '%') >= 0 {
		return s.through(p, func(d string) string {
			if out, ok := s.encoded(d, 0, true); ok {
				return out
			}
			return s.secret(d)
		})
	}
	if c.Basic != nil && c.Basic.Encoding != credential.NotBase64 && !c.Basic.IsToken() {
		if out, ok := s.encoded(p, 0, true); ok {
			return out
		}
	}
	if strings.IndexByte(p, ':') > 0 && len(p) > 5 && credential.ClassOf(p) == credential.Unrecognized && !strings.HasPrefix(p, "eyJ") && !strings.EqualFold(p[:5], "user:") {
		return s.pair(p, 0) // in clear
	}
	if strings.IndexByte(p, '%') > 0 {
		return s.escaped(p)
	}
	return s.secret(p)
}

// openParams are parameters of OAuth 1.0a and Digest that tell how.
var openParams = map[string]bool{
	"oauth_signature_method": true, "oauth_version": true, "oauth_timestamp": true, "algorithm": true, "qop": true, "nc": true,
}

// params replaces the values in name="value" lists.
func (s *Scrubber) params(p string) string {
	parts := strings.Split(p, ",")
	for i, part := range parts {
		name, val, ok := strings.Cut(part, "=")
		switch n := strings.ToLower(strings.TrimSpace(name)); {
		case !ok:
			parts[i] = s.secret(part)
		case openParams[n] && len(val) < 24 && (allKnown(val) || n == "oauth_timestamp" && digits(strings.Trim(val, `" `))):
		case n == "uri":
			parts[i] = s.text(name) + `="` + s.address(strings.Trim(val, `" `)) + `"`
		case n == "realm":
			parts[i] = name + "=" + s.urls(val)
		default:
			parts[i] = s.text(name) + "=" + s.escaped(val)
		}
	}
	return strings.Join(parts, ",")
}
