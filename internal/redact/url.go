package redact

import (
	"strings"
)

// maxShown is the longest host, path or header value that is shown, in bytes.
const maxShown = 300

// shownQuery lists the query parameters whose values are shown: they steer a
// call and cannot hold a secret or a person. All others keep their name only.
var shownQuery = map[string]bool{
	"expand": true, "fields": true, "limit": true, "maxresults": true, "os_authtype": true,
	"page": true, "pagelen": true, "permissions": true, "service": true, "start": true,
	"startat": true, "orderby": true, "grant_type": true, "response_type": true,
}

// URL shows scheme, host and path of a URL, and the names of its query
// parameters. User information, fragments, and the values of parameters that
// are not allow-listed are not shown.
func URL(raw string) Text {
	scheme, rest := "", raw
	if i := strings.Index(raw, "://"); i > 0 && i < 24 && word(raw[:i]) {
		scheme, rest = strings.ToLower(raw[:i])+"://", raw[i+3:]
	} else if i := strings.IndexByte(raw, ':'); i > 0 && !strings.HasPrefix(raw, "/") && !strings.Contains(raw[:i], ".") && opaque(raw[:i]) {
		return Text{strings.ToLower(raw[:i]) + ":..."} // data:, blob:, about:
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	out := scheme
	if scheme != "" {
		authority, path, hasPath := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			out += "[userinfo]@"
			authority = authority[i+1:]
		}
		out += Host(authority).s
		if !hasPath && !hasQuery {
			return Text{out}
		}
		rest = "/" + path
	}
	out += Path(rest).s
	if hasQuery {
		out += "?" + queryNames(query)
	}
	return Text{clip(out, maxShown)}
}

func opaque(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "data", "blob", "about", "javascript", "mailto", "file":
		return true
	}
	return false
}

func word(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == '_') {
			return false
		}
	}
	return s != ""
}

// Host shows a host name or address, with a port if there is one. Bytes that
// have no place in one are shown as escapes.
func Host(h string) Text {
	if LooksSecret(h) || strings.IndexByte(h, '@') >= 0 {
		return Text{"[host " + tag("host", h) + "]"}
	}
	return Text{visible(clip(h, 255))}
}

// Path shows a URL path without query. Segments that look like a secret or
// hold an e-mail address are masked.
func Path(p string) Text {
	segs := strings.Split(clip(p, maxShown), "/")
	for i, s := range segs {
		switch {
		case LooksSecret(s), strings.Contains(s, ":") && len(s) > 40:
			segs[i] = Secret(s).s
		case strings.Contains(s, "@"), strings.Contains(strings.ToLower(s), "%40"):
			segs[i] = User(s).s
		default:
			segs[i] = visible(s)
		}
	}
	return Text{strings.Join(segs, "/")}
}

func queryNames(q string) string {
	var out []string
	for _, pair := range strings.Split(q, "&") {
		if len(out) == 12 {
			out = append(out, "...")
			break
		}
		name, value, has := strings.Cut(pair, "=")
		switch {
		case name == "" && value == "":
			continue
		case !word(strings.NewReplacer("[", "", "]", "").Replace(name)) || len(name) > 40 || LooksSecret(name):
			name, value = "[name]", "*"
		case shownQuery[strings.ToLower(name)] && len(value) <= 80 && !LooksSecret(value) && !strings.Contains(value, "@"):
			value = visible(value)
		default:
			value = "*"
		}
		if has {
			name += "=" + value
		}
		out = append(out, name)
	}
	return strings.Join(out, "&")
}

// Name shows the name of an input as its user gave it.
func Name(s string) Text { return Text{visible(clip(s, maxShown))} }

// Method shows a request method: a token of letters (RFC 9110, section 9.1).
func Method(m string) Text {
	if len(m) > 20 || !word(m) {
		return Text{"[method]"}
	}
	return Text{m}
}

// Label shows a short name such as that of the program that wrote a capture,
// unless it looks like a secret.
func Label(s string) Text {
	s = clip(s, 80)
	if LooksSecret(s) || strings.Contains(s, "@") {
		return Text{"[name " + tag("label", s) + "]"}
	}
	return Text{visible(s)}
}
