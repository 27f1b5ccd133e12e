package redact

import (
	"strings"
)

// grammar is what a header field value must be made of to be shown.
type grammar uint8

const (
	hidden    grammar = iota
	asWord            // letters, digits and simple punctuation
	asURL             // a URL, shown by URL
	asUser            // an account name
	challenge         // WWW-Authenticate: scheme and realm
	reasonFor         // a word; what follows ";" is cut
)

// shownHeaders lists the header fields whose value may be shown, by lower-case
// name. They carry no secret by their definition, and support needs them.
var shownHeaders = map[string]grammar{
	"server": asWord, "date": asWord, "content-type": asWord, "content-length": asWord,
	"www-authenticate": challenge, "proxy-authenticate": challenge,
	"x-seraph-loginreason": asWord, "x-authentication-denied-reason": reasonFor,
	"x-arequestid": asWord, "atl-traceid": asWord, "atl-request-id": asWord, "x-anodeid": asWord,
	"cf-ray": asWord, "cf-mitigated": asWord, "retry-after": asWord, "x-cache": asWord, "via": asWord,
	"x-failure-category": asWord, "x-atlassian-token": asWord, "x-ausername": asUser,
	"x-ratelimit-limit": asWord, "x-ratelimit-remaining": asWord, "x-ratelimit-reset": asWord,
	"location": asURL, "x-atlassian-websudo": asWord, "origin": asURL,
}

// Header shows a header field: its name, and its value if the field is on the
// allow-list and the value fits the grammar it has there.
func Header(name, value string) Text {
	return Text{HeaderName(name).s + ": " + HeaderValue(name, value).s}
}

// HeaderValue is [Header] without the name.
func HeaderValue(name, value string) Text {
	value = strings.TrimSpace(value)
	switch shownHeaders[strings.ToLower(name)] {
	case asWord:
		return simpleValue(value)
	case reasonFor:
		first, _, more := strings.Cut(value, ";")
		t := simpleValue(first)
		if more {
			t.s += "; ..."
		}
		return t
	case asURL:
		return URL(value)
	case asUser:
		if value == "anonymous" {
			return Text{value}
		}
		return User(value)
	case challenge:
		return challengeValue(value)
	}
	return Secret(value)
}

// simpleValue shows values of at most 120 printable ASCII bytes that do not
// look like a secret; request and trace ids are hexadecimal and pass.
func simpleValue(v string) Text {
	if len(v) > 120 || !plain(v) || strings.ContainsAny(v, "@<>\"'`|") || LooksSecret(v) && !traceID(v) {
		return Secret(v)
	}
	return Text{v}
}

// traceID reports whether v is what request ids look like: hexadecimal digits,
// x and dashes, as in 945x62874x1 or a UUID.
func traceID(v string) bool {
	for i := 0; i < len(v); i++ {
		c := v[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == 'x' || c == '-') {
			return false
		}
	}
	return len(v) <= 40
}

// challengeValue shows scheme and realm of a challenge, or the scheme alone.
func challengeValue(v string) Text {
	scheme, rest, _ := strings.Cut(v, " ")
	if !word(scheme) || LooksSecret(scheme) || len(scheme) > 20 {
		return Secret(v)
	}
	_, realm, ok := strings.Cut(rest, `realm="`)
	if ok {
		realm, _, ok = strings.Cut(realm, `"`)
	}
	switch {
	case !ok && rest == "":
		return Text{scheme}
	case !ok || len(realm) > 80 || !plain(realm) || LooksSecret(realm) || strings.Contains(realm, "@"):
		return Text{scheme + " ..."}
	}
	return Text{scheme + ` realm="` + realm + `"`}
}

// HeaderName shows the name of a header field: a token of RFC 9110, section
// 5.6.2, of at most 60 bytes. Names that are none are shown as escapes.
func HeaderName(n string) Text {
	if LooksSecret(n) {
		return Text{"[field " + tag("field", n) + "]"}
	}
	return Text{visible(clip(n, 60))}
}
