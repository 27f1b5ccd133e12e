package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// shownQuery lists the query parameters whose values are shown: they steer a
// call and cannot hold a secret or a person. True: numbers only. All others
// keep their name only.
var shownQuery = map[string]bool{
	"limit": true, "maxresults": true, "page": true, "pagelen": true, "start": true, "startat": true,
	"expand": false, "fields": false, "os_authtype": false, "permissions": false, "service": false,
	"orderby": false, "grant_type": false, "response_type": false,
	"$top": true, "$skip": true,
}

// odataNames are the query options of OData, which Jira Align speaks.
var odataNames = map[string]bool{
	"$top": true, "$skip": true, "$filter": true, "$expand": true, "$orderby": true, "$select": true, "$count": true,
}

// URL shows scheme, host and path of a URL, and the names of its query
// parameters, both as far as [Host], [Path] and [HeaderName] do. User
// information, fragments, and the values of parameters that are not
// allow-listed are not shown.
func URL(raw string) Text {
	whole, _ := Address(raw)
	return whole
}

// Address is [URL], and the same without the query.
func Address(raw string) (whole, address Text) {
	scheme, rest := "", strings.TrimSpace(raw)
	if i := strings.Index(rest, "://"); i > 0 && i < 24 && word(rest[:i]) && !LooksSecret(rest[:i]) {
		scheme, rest = strings.ToLower(rest[:i])+"://", rest[i+3:]
		if !shownSchemes[scheme] {
			scheme = "[scheme]://"
		}
	} else if i := strings.IndexByte(rest, ':'); i > 0 && opaque(rest[:i]) {
		t := Text{strings.ToLower(rest[:i]) + ":" + cut}
		return t, t
	}
	out, rest := authority(scheme, rest)
	rest, _, _ = strings.Cut(rest, "#")
	path, query, hasQuery := strings.Cut(rest, "?")
	out += Path(path).s
	address = Text{clip(out, maxShown)}
	if !hasQuery {
		return address, address
	}
	return Text{clip(out+"?"+queryNames(query), maxShown)}, address
}

// shownSchemes are those that are shown.
var shownSchemes = map[string]bool{
	"http://": true, "https://": true, "ws://": true, "wss://": true, "ftp://": true, "ssh://": true, "git://": true,
	"chrome-extension://": true, "moz-extension://": true, "file://": true,
}

// authority returns what is shown of the authority of a URL, and what follows
// it. A password with a "/", "?" or "#" in it that was not escaped ends the
// authority too early; what is before the "@" is user information all the same.
func authority(scheme, rest string) (shown, after string) {
	if scheme == "" {
		if !strings.HasPrefix(rest, "//") {
			return bare(rest)
		}
		scheme, rest = "//", rest[2:]
	}
	end := strings.IndexAny(rest, `/?#\`)
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		scheme, host = scheme+"[userinfo]@", host[i+1:]
	} else if i := strings.LastIndexByte(rest, '@'); i > end && torn(host, rest[end:i]) {
		next, after := authority(scheme, rest[i:])
		return next, after
	}
	return scheme + Host(host).s, rest[end:]
}

// torn reports whether host is the start of user information, and more the
// rest of it: a port that is none, or one on a name without a dot.
func torn(host, more string) bool {
	name, port, ok := strings.Cut(host, ":")
	if !ok || strings.HasPrefix(host, "[") {
		return false
	}
	if !digits(port) || len(port) > 5 {
		return true
	}
	return !strings.Contains(name, ".") && name != "localhost" && !strings.ContainsAny(more[1:], "/=")
}

// bare splits what has no scheme: a path, or host and port as in CONNECT.
func bare(rest string) (shown, after string) {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	first := rest[:end]
	if !strings.ContainsAny(first, ":@") {
		return "", rest
	}
	name, port, ok := strings.Cut(first, ":")
	if ok && digits(port) && len(port) <= 5 && (strings.Contains(name, ".") || name == "localhost") {
		return Host(first).s, rest[end:]
	}
	return Secret(first).s, rest[end:]
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
		if !(alnum(c) || c == '-' || c == '+' || c == '.' || c == '_') {
			return false
		}
	}
	return s != ""
}

// Host shows a host name or address, with a port if there is one. Blanks and
// invisible characters in it are shown as escapes. What cannot be a host is
// replaced by a tag.
func Host(h string) Text {
	if h == "" {
		return Text{}
	}
	if len(h) > 255 || !hostLike(h) || LooksSecret(h) {
		return Text{"[host " + tag("host", h) + "]"}
	}
	return Text{clip(visible(h), 2*maxShown)}
}

// hostLike reports whether h consists of what hosts, or placeholders for hosts,
// consist of, and ends in a port if it has a colon.
func hostLike(h string) bool {
	name := h
	if strings.HasPrefix(h, "[") {
		i := strings.IndexByte(h, ']')
		if i < 0 || i > 60 {
			return false
		}
		for _, c := range []byte(h[1:i]) {
			if !hexByte(c) && c != ':' && c != '.' {
				return false
			}
		}
		name = h[i+1:]
		if name != "" && name[0] != ':' {
			return false
		}
	}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		if port := strings.TrimSpace(name[i+1:]); len(port) > 5 || port != "" && !digits(port) && !placeholder(port) {
			return false
		}
		name = name[:i]
	}
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return false
		case r < 0x80 && alnum(byte(r)), r == '-', r == '.', r == '_':
		case strings.ContainsRune("{}<>$%", r): // a variable that was not filled in
		case r <= ' ', r >= 0x7f: // letters of other scripts; shown as escapes if they do not print
		default:
			return false
		}
		i += n
	}
	return true
}

func placeholder(s string) bool { return strings.HasPrefix(s, "{") || strings.HasPrefix(s, "$") }

// Path shows a URL path without query. Parts that look like a secret, name an
// account or are the title of a page or the name of a file are masked, and so
// are path parameters.
func Path(p string) Text {
	long := len(p) > maxJudged
	if long {
		i := strings.LastIndexByte(p[:maxJudged], '/')
		p = p[:max(i, 0)]
	}
	segs := strings.Split(p, "/")
	// A token may hold a "/": with one, nothing after its start is shown.
	if i := tokenIn(p, segs); i >= 0 {
		segs = append(segs[:i:i], strings.Join(segs[i:], "/"))
	}
	secret := make([]bool, len(segs))
	for i, s := range segs {
		secret[i] = LooksSecret(s) && !benign(segs, i)
	}
	var b strings.Builder
	for i, s := range segs {
		if i > 0 {
			b.WriteByte('/')
		}
		// The ends of base64 with a "/" in it are too short to be told.
		beside := i > 0 && secret[i-1] || i+1 < len(segs) && secret[i+1]
		b.WriteString(segment(segs, i, secret[i] || beside && !calm(s)))
		if b.Len() > maxShown {
			break
		}
	}
	out := clip(b.String(), maxShown)
	if long && !strings.HasSuffix(out, cut) {
		out += "/" + cut
	}
	return Text{out}
}

// tokenIn returns the segment in which a token of a known form starts that
// goes beyond the segment, or -1.
func tokenIn(p string, segs []string) int {
	for range 3 {
		if i := knownToken(p); i >= 0 {
			n := strings.Count(p[:i], "/")
			return min(n, len(segs)-1)
		}
		d := unescape(p)
		if d == p {
			break
		}
		if strings.Count(d, "/") != strings.Count(p, "/") {
			// Segments no longer match: the first one with an escape will do.
			if knownToken(d) >= 0 {
				for i, s := range segs {
					if strings.Contains(s, "%") || knownToken(s) >= 0 {
						return i
					}
				}
			}
		}
		p = d
	}
	return -1
}

// benign reports whether a segment that looks random is known to be none: the
// digest of a resource, or of a commit.
func benign(segs []string, i int) bool {
	s := segs[i]
	if d, ok := strings.CutSuffix(s, "-CDN"); ok {
		return len(d) == 32 && hexadecimal(d)
	}
	if i == 0 || len(s) > 40 || !hexadecimal(s) {
		return false
	}
	switch segs[i-1] {
	case "commits", "commit", "changesets":
		return true
	}
	return false
}

// calm reports whether s is a plain word, number, issue key or version, or too
// short to tell much.
func calm(s string) bool {
	if len(s) <= 4 || digits(s) {
		return true
	}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(".-_!", r) }) {
		if digits(w) && len(w) < 8 {
			continue
		}
		if !proseWord(w) && !upper(w) && !familiar(w) {
			return false
		}
		if len(w) < 3 && !known(w) {
			return false
		}
	}
	return true
}

// people are the segments that an account follows.
var people = map[string]bool{
	"user": true, "users": true, "people": true, "profile": true, "members": true, "author": true,
}

// aboutPeople are segments that may follow those of people and are no account.
var aboutPeople = map[string]bool{
	"": true, "search": true, "bulk": true, "picker": true, "assignable": true, "permission": true, "permissions": true,
	"properties": true, "columns": true, "email": true, "groups": true, "viewissue": true, "viewissuesearch": true,
	"current": true, "me": true, "myself": true, "self": true, "list": true, "anonymous": true, "avatar": true,
	"avatars": true, "password": true, "multiprojectsearch": true, "projects": true, "viewable": true, "migration": true,
	"application": true, "default": true, "recent": true, "details": true, "access-tokens": true, "settings": true,
	"session": true, "unlock": true, "anonymization": true, "a11y": true, "personal-settings": true, "nav4-opt-in": true,
	"memberof": true, "login": true, "logout": true, "signup": true, "watch": true, "organization": true, "rank": true, "keys": true,
}

// segment returns what is shown of a segment.
func segment(segs []string, i int, secret bool) string {
	s := segs[i]
	if secret && !accountID(unescape(unescape(s))) {
		return Secret(s).s
	}
	s, _, more := strings.Cut(s, ";")
	tail := ""
	if more {
		tail = ";*" // ;jsessionid=...
	}
	before := func(n int) string {
		if i < n {
			return ""
		}
		return strings.ToLower(segs[i-n])
	}
	d := unescape(unescape(s))
	switch {
	case d == "":
	case strings.Contains(d, "@"), accountID(d):
		return User(s).s + tail
	case d[0] == '~' && len(d) > 1:
		return "~" + User(d[1:]).s + tail
	case people[before(1)] && !aboutPeople[strings.ToLower(d)] && !page(d) && !strings.ContainsAny(d, "{}<>"):
		return User(d).s + tail
	case before(2) == "display" && i > 1, before(2) == "pages" && before(4) == "spaces" && digits(before(1)),
		digits(before(1)) && (before(2) == "attachment" || before(2) == "attachments" || before(2) == "thumbnail" || before(2) == "thumbnails"):
		if !known(d) { // the title of a page or the name of a file
			return "*" + tail
		}
	case strings.IndexByte(d, ':') >= 0 && !moduleKey(d) && strings.Index(d, ":") != len(d)-1:
		return Secret(s).s + tail
	}
	return visible(s) + tail
}

// page reports whether s is the name of a page of the product.
func page(s string) bool {
	for _, end := range []string{".jspa", ".action", ".jsp", ".html"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// accountID reports whether s is an account id of Cloud: NUMBER:UUID, or 24
// hexadecimal digits.
func accountID(s string) bool {
	n, id, ok := strings.Cut(s, ":")
	return ok && len(n) <= 12 && (digits(n) || n == "qm" || n == "ug") && len(id) >= 24 || len(s) == 24 && hexadecimal(s) && !digits(s)
}

// moduleKey reports whether s is the key of a plugin module, as in
// com.atlassian.jira.jira-tzdetect-plugin:tzdetect-lib.
func moduleKey(s string) bool {
	plugin, _, _ := strings.Cut(s, ":")
	if !strings.ContainsAny(plugin, ".{") && !known(plugin) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !alnum(c) && strings.IndexByte(".:-_{}!", c) < 0 {
			return false
		}
	}
	return true
}

func queryNames(q string) string {
	var b strings.Builder
	q = q[:min(len(q), maxJudged)]
	for n := 0; q != ""; {
		var pair string
		pair, q, _ = strings.Cut(q, "&")
		if pair == "" {
			continue
		}
		if n > 0 {
			b.WriteByte('&')
		}
		if n++; n > 12 {
			b.WriteString(cut)
			break
		}
		name, value, has := strings.Cut(pair, "=")
		low := strings.ToLower(name)
		number, shown := shownQuery[low]
		switch {
		case !odataNames[low] && !familiar(strings.TrimSuffix(name, "[]")):
			name, value = "[name]", "*"
		case shown && number && digits(value) && len(value) <= 10:
		case shown && !number && steering(value):
		case value == "":
		default:
			value = "*"
		}
		b.WriteString(name)
		if has {
			b.WriteString("=" + value)
		}
	}
	return b.String()
}

// steering reports whether a query value is made of words and numbers, as in
// "*all,-comment" or "renderedFields".
func steering(v string) bool {
	if len(v) > 80 {
		return false
	}
	for _, w := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",.*-+:", r) }) {
		if !familiar(w) && !strings.EqualFold(w, "git") && !strings.EqualFold(w, "upload") && !strings.EqualFold(w, "pack") {
			return false
		}
	}
	return true
}

// Name shows the name of an input as its user gave it. The names of home
// directories are masked, and parts that look like a secret.
func Name(s string) Text {
	s = s[:min(len(s), maxJudged)]
	var b strings.Builder
	before := ""
	for i := 0; i <= len(s); {
		end := i
		for end < len(s) && s[end] != '/' && s[end] != '\\' && s[end] != '!' {
			end++
		}
		part := s[i:end]
		switch {
		case part != "" && (before == "home" || before == "users"):
			b.WriteString(User(part).s)
		case LooksSecret(part):
			b.WriteString(Secret(part).s)
		case strings.Contains(part, "@"), strings.Contains(strings.ToLower(part), "%40"):
			b.WriteString(User(part).s)
		default:
			b.WriteString(visible(part))
		}
		if end < len(s) {
			b.WriteByte(s[end])
		}
		before = strings.ToLower(part)
		i = end + 1
	}
	return Text{clip(b.String(), maxShown)}
}

// methods are those of HTTP and WebDAV.
var methods = map[string]bool{
	"GET": true, "POST": true, "PUT": true, "DELETE": true, "PATCH": true, "HEAD": true, "OPTIONS": true,
	"CONNECT": true, "TRACE": true, "PROPFIND": true, "PROPPATCH": true, "MKCOL": true, "COPY": true, "MOVE": true,
	"LOCK": true, "UNLOCK": true, "REPORT": true, "SEARCH": true, "PURGE": true, "QUERY": true,
}

// Method shows a request method (RFC 9110, section 9.1), in its case.
func Method(m string) Text {
	if m == "" {
		return Text{} // none was seen
	}
	if methods[m] || len(m) <= 9 && methods[strings.ToUpper(m)] {
		return Text{m}
	}
	return Text{"[method]"}
}

// Label shows a short name such as that of the program that wrote a capture,
// unless it looks like a secret or an e-mail address.
func Label(s string) Text {
	if LooksSecret(s[:min(len(s), maxJudged)]) || strings.Contains(s, "@") {
		return Text{"[name " + tag("label", s) + "]"}
	}
	return Text{clip(visible(s[:min(len(s), maxJudged)]), 80)}
}

// invisible reports whether r prints nothing although it counts as printable:
// variation selectors, fillers and the like.
func invisible(r rune) bool {
	if r < 0x34f {
		return false
	}
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) || r == 0x2800
}
