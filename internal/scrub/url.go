package scrub

import (
	"net/url"
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
)

// address replaces a text that may be a URL.
func (s *Scrubber) address(v string) string {
	lead, t, tail := edges(v)
	if strings.Contains(t, "://") || strings.HasPrefix(t, "/") {
		return lead + s.url(t) + tail
	}
	if strings.HasPrefix(t, "http%3A") || strings.HasPrefix(t, "https%3A") {
		if d, err := url.QueryUnescape(t); err == nil {
			return lead + url.QueryEscape(s.url(d)) + tail
		}
	}
	return lead + s.text(t) + tail
}

// url replaces what a URL holds but scheme, host, and what of the path and of
// the query steers a call.
func (s *Scrubber) url(raw string) string {
	var b strings.Builder
	b.Grow(len(raw) + 8)
	rest := raw
	if scheme, after, ok := strings.Cut(raw, "://"); ok && len(scheme) < 24 {
		b.WriteString(s.text(scheme) + "://")
		end := strings.IndexAny(after, `/?#\`)
		if end < 0 {
			end = len(after)
		}
		authority := after[:end]
		// An "@" behind the end belongs to a password that was not escaped.
		if i := strings.LastIndexByte(after, '@'); i > end && strings.Contains(authority, ":") && !portOnly(authority) {
			end = i + 1
			for end < len(after) && !strings.ContainsRune(`/?#\`, rune(after[end])) {
				end++
			}
			authority = after[:end]
		}
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			user, password, colon := strings.Cut(authority[:i], ":")
			if u, err := url.PathUnescape(user); err == nil && u != user {
				b.WriteString(url.PathEscape(s.user(u)))
			} else {
				b.WriteString(s.user(user))
			}
			if colon {
				b.WriteString(":" + s.through(password, s.password))
			}
			b.WriteString("@")
			authority = authority[i+1:]
		}
		b.WriteString(s.host(authority))
		rest = after[end:]
	}
	if len(rest) > maxMemoText || s.exact || s.fault != nil {
		s.rest(&b, rest)
		return b.String()
	}
	// The URL of a request comes again in its header.
	if s.last.v != rest || rest == "" {
		from, at, was := len(s.made.log), b.Len(), s.passing
		s.passing = false
		s.rest(&b, rest)
		if !s.passing {
			s.last = same{rest, b.String()[at:], slices.Clone(s.made.log[from:])}
		}
		s.passing = s.passing || was
		return b.String()
	}
	s.again(s.last.made)
	b.WriteString(s.last.out)
	return b.String()
}

// rest replaces what stands behind the authority of a URL.
func (s *Scrubber) rest(b *strings.Builder, rest string) {
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	b.WriteString(s.path(path))
	if hasQuery {
		b.WriteString("?" + s.query(query))
	}
	if hasFragment {
		if strings.Contains(fragment, "=") {
			b.WriteString("#" + s.query(fragment))
		} else {
			b.WriteString("#" + s.text(fragment))
		}
	}
}

func portOnly(a string) bool {
	_, port, _ := strings.Cut(a, ":")
	return digits(port) && len(port) <= 5
}

// services are names under which Atlassian serves everybody.
var services = map[string]bool{
	"api.atlassian.com": true, "auth.atlassian.com": true, "id.atlassian.com": true, "bitbucket.org": true, "api.bitbucket.org": true,
	"api.media.atlassian.com": true, "admin.atlassian.com": true, "api.opsgenie.com": true, "api.trello.com": true, "localhost": true,
	"developer.atlassian.com": true, "www.atlassian.com": true, "start.atlassian.com": true, "api.statuspage.io": true,
}

// host keeps a host name, or replaces its labels if hosts are not to be shown.
func (s *Scrubber) host(h string) string {
	lead, t, tail := edges(h)
	name, port, hasPort := strings.Cut(t, ":")
	switch {
	case redact.Host(t).String() != t:
		return lead + s.text(t) + tail
	case !s.o.Hosts || services[strings.ToLower(name)]:
		if len(s.shown) < maxShown && !s.shown[name] {
			name = strings.Clone(name)
			s.shown[name] = true
			if s.streamed {
				s.hosts = append(s.hosts, name)
			}
		}
		return h
	}
	labels := strings.Split(name, ".")
	for i, l := range labels {
		if i == len(labels)-1 && i > 0 || listed(l) {
			continue
		}
		s.learn(l)
		labels[i] = s.swap(strings.ToLower(l))
	}
	s.note(name, true) // the labels that stay, such as atlassian, are no secrets
	name = strings.Join(labels, ".")
	if hasPort {
		name += ":" + port
	}
	return lead + name + tail
}

// openQuery are the parameters whose values stay as far as they are known words
// or numbers.
var openQuery = map[string]bool{
	"limit": true, "maxresults": true, "page": true, "pagelen": true, "start": true, "startat": true, "expand": true, "fields": true,
	"os_authtype": true, "permissions": true, "service": true, "orderby": true, "grant_type": true, "response_type": true,
	"scope": true, "prompt": true, "audience": true, "error": true, "error_description": true, "redirect_uri": true,
	"code_challenge_method": true, "response_mode": true, "os_destination": true, "continue": true, "returnurl": true, "dest": true,
	"$top": true, "$skip": true, "sql": true, "type": true, "format": true, "oauth_signature_method": true, "oauth_version": true,
	"login_reason": true, "permissionviolation": true, "user_role": true, "token_type": true, "expires_in": true, "access_type": true,
	"client_assertion_type": true, "token_type_hint": true, "issuekey": true, "projectkey": true, "oauth_problem": true, "oauth_problem_advice": true, "oauth_acceptable_timestamps": true,
}

// query replaces the values of a query.
func (s *Scrubber) query(q string) string {
	if i := strings.Index(q, "&#"); i >= 0 && wordEscape(q[i:]) > 0 { // escapes of HTML, not parameters
		return s.chars(q)
	}
	var b strings.Builder
	b.Grow(len(q) + 8)
	for more := true; more; {
		var p string
		p, q, more = strings.Cut(q, "&")
		b.WriteString(s.remember('V', "", p, func() string {
			name, val, ok := strings.Cut(p, "=")
			if !ok {
				return s.escapedText(p)
			}
			return s.escapedText(name) + "=" + s.queryValue(name, val)
		}))
		if more {
			b.WriteByte('&')
		}
	}
	return b.String()
}

func (s *Scrubber) queryValue(name, val string) string {
	low := strings.ToLower(name)
	switch {
	case val == "":
		return val
	case openQuery[low]:
		d, err := url.QueryUnescape(val)
		if err != nil {
			return s.escaped(val)
		}
		if digits(d) && len(d) <= 10 {
			return val
		}
		if out := s.address(d); out != d {
			return url.QueryEscape(out)
		}
		return val
	case low == "oauth_signature_base_string":
		return s.baseString(val)
	case strings.Contains(low, "passw") || low == "pwd" || low == "pin":
		return s.through(val, s.password)
	case low == "jql" || low == "cql" || low == "query":
		return s.through(val, s.text)
	case low == "os_username" || low == "username" || low == "login_hint" || low == "user" || low == "email":
		d, err := url.QueryUnescape(val)
		if err != nil {
			return s.escaped(val)
		}
		if out := s.user(d); out != d {
			return url.QueryEscape(out)
		}
		return val
	case !secretName(low) && (strings.Contains(val, "://") || strings.Contains(strings.ToLower(val), "%3a%2f%2f")):
		d, err := url.QueryUnescape(val)
		if err != nil {
			return s.escaped(val)
		}
		return url.QueryEscape(s.address(d))
	}
	return s.escaped(val)
}

// baseString replaces what a server says that it signed (RFC 5849, section 3.4.1.1):
// method, address and parameters, each encoded once more.
func (s *Scrubber) baseString(val string) string {
	d, err := url.QueryUnescape(val)
	if err != nil {
		return s.escaped(val)
	}
	parts := strings.Split(d, "&")
	for i, p := range parts {
		if p, err = url.QueryUnescape(p); err != nil {
			return s.escaped(val)
		}
		switch i {
		case 0:
			p = s.text(p)
		case 1:
			p = s.url(p)
		default:
			p = s.query(p)
		}
		parts[i] = url.QueryEscape(p)
	}
	return url.QueryEscape(strings.Join(parts, "&"))
}

// unit is a byte of a percent-encoded text, and how it was written.
type unit struct {
	b       byte
	from    int
	escaped bool
}

// escaped replaces a secret that may be percent-encoded. Escapes stay escapes.
func (s *Scrubber) escaped(v string) string { return s.through(v, s.secret) }

func (s *Scrubber) escapedText(v string) string { return s.through(v, s.text) }

func (s *Scrubber) through(v string, f func(string) string) string {
	if strings.IndexByte(v, '%') < 0 && strings.IndexByte(v, '+') < 0 {
		return f(v)
	}
	// A plus is a blank, but not inside a token.
	blank := strings.IndexByte(v, '+') >= 0 && credential.ClassOf(v) == credential.Unrecognized && len(v) < 512
	const digits = "0123456789ABCDEF"
	var us []unit
	plain := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		u := unit{v[i], i, false}
		if v[i] == '%' && i+2 < len(v) {
			hi, lo := strings.IndexByte(digits, v[i+1]&^0x20|v[i+1]&0x10), strings.IndexByte(digits, v[i+2]&^0x20|v[i+2]&0x10)
			if v[i+1] >= '0' && v[i+1] <= '9' {
				hi = int(v[i+1] - '0')
			}
			if v[i+2] >= '0' && v[i+2] <= '9' {
				lo = int(v[i+2] - '0')
			}
			if hi >= 0 && lo >= 0 {
				u = unit{byte(hi<<4 | lo), i, true}
				i += 2
			}
		}
		if u.b == '+' && !u.escaped && blank {
			u.b = ' '
		}
		us = append(us, u)
		plain = append(plain, u.b)
	}
	out := f(string(plain))
	if out == string(plain) {
		return v
	}
	if len(out) != len(us) {
		return url.QueryEscape(out)
	}
	var b strings.Builder
	for i, u := range us {
		if !u.escaped {
			if out[i] == ' ' {
				b.WriteByte('+')
				continue
			}
			b.WriteByte(out[i])
			continue
		}
		if out[i] == u.b {
			b.WriteString(v[u.from : u.from+3])
			continue
		}
		b.WriteString("%" + string(digits[out[i]>>4]) + string(digits[out[i]&15]))
	}
	s.makeOf(v, b.String())
	return b.String()
}
