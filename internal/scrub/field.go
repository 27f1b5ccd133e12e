package scrub

import (
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
func (s *Scrubber) field(name, v string) string {
	low := strings.ToLower(strings.Trim(name, " \t:"))
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
	case "x-ausername", "x-remote-user", "remote-user", "x-forwarded-user", "x-user", "x-username", "from", "x-aaccountid":
		return s.user(v, false)
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
	if !openNames[low] && secretName(low) {
		return s.authorization(v)
	}
	if low == "www-authenticate" || low == "proxy-authenticate" || low == "link" || low == "x-aws-region" || low == "refresh" {
		return s.urls(v)
	}
	if known := redact.HeaderName(name).String() == name; known && digits(v) && len(v) <= 10 {
		return v
	}
	return s.urls(v)
}

func digits(v string) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return v != ""
}

// urls replaces text in which URLs may stand.
func (s *Scrubber) urls(v string) string {
	var b strings.Builder
	for {
		i := strings.Index(v, "http")
		if i < 0 {
			break
		}
		j := i
		for j < len(v) && !strings.ContainsRune(" \t\r\n\"'<>,;)\\", rune(v[j])) {
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
	parts := strings.Split(v, ";")
	for i, p := range parts {
		name, val, ok := strings.Cut(p, "=")
		if !ok {
			parts[i] = s.secret(p)
			continue
		}
		parts[i] = s.text(name) + "=" + s.cookieValue(val)
	}
	return strings.Join(parts, ";")
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
		case low == "domain":
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
	c := credential.Parse(credential.InAuthorization, 0, "Authorization", v)
	if at, _ := c.Joined(); at > 0 {
		return s.authorization(v[:at]) + s.authorization(v[at:])
	}
	word := c.Word
	if credential.SchemeOf(strings.TrimRight(word, ":")) == credential.UnknownScheme {
		word = s.scheme(word)
	}
	lead := c.Lead()
	if kind, at, end := c.Extra(); kind != credential.NoExtra && end > at && at >= c.ParamAt && end <= c.ParamAt+len(c.Param) {
		rest := c.Param[end-c.ParamAt:]
		if kind == credential.WholeQuoted || kind == credential.HeaderName || kind == credential.CurlOption || kind == credential.SecondScheme {
			return lead + word + c.Gap + s.text(c.Param[:end-c.ParamAt]) + s.authorization(rest) + c.Tail()
		}
		return lead + word + c.Gap + s.text(c.Param[:end-c.ParamAt]) + s.param(c, rest) + c.Tail()
	}
	return lead + word + c.Gap + s.param(c, c.Param) + c.Tail()
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
		return p[:12] + s.chars(p[12:])
	case c.Basic != nil && c.Basic.Plain:
		return s.pair(p, 0, false)
	case c.Basic != nil && c.Basic.Encoding != credential.NotBase64 && !c.Basic.IsToken():
		if out, ok := s.encoded(p, 0, true); ok {
			return out
		}
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
