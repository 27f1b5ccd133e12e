package redact

import (
	"strings"
)

// grammar is what a header field value must be made of to be shown.
type grammar uint8

const (
	hidden    grammar = iota
	asMedia           // a media type, with its charset
	asNumber          // digits, or a date
	asTrace           // an id that a server made for a request
	asProduct         // product names and versions
	asReason          // words of a list; what follows ";" is cut
	asURL             // a URL, shown by URL
	asUser            // an account name
	challenge         // WWW-Authenticate: scheme and realm
)

// shownHeaders lists the header fields whose value may be shown, by lower-case
// name. They carry no secret by their definition, and support needs them.
var shownHeaders = map[string]grammar{
	"server": asProduct, "via": asProduct, "date": asNumber, "content-type": asMedia, "content-length": asNumber,
	"www-authenticate": challenge, "proxy-authenticate": challenge,
	"x-seraph-loginreason": asReason, "x-authentication-denied-reason": asReason,
	"x-arequestid": asTrace, "atl-traceid": asTrace, "atl-request-id": asTrace, "x-anodeid": asTrace,
	"cf-ray": asTrace, "x-request-id": asTrace, "cf-mitigated": asReason, "retry-after": asNumber, "x-cache": asReason,
	"x-failure-category": asReason, "x-atlassian-token": asReason, "x-ausername": asUser,
	"x-ratelimit-limit": asNumber, "x-ratelimit-remaining": asNumber, "x-ratelimit-reset": asNumber,
	"location": asURL, "x-atlassian-websudo": asReason, "origin": asURL,
}

// Header shows a header field: its name, and its value if the field is on the
// allow-list and the value fits the grammar it has there.
func Header(name, value string) Text {
	return Text{HeaderName(name).s + ": " + HeaderValue(name, value).s}
}

// HeaderValue is [Header] without the name.
func HeaderValue(name, value string) Text {
	raw := value
	value = strings.TrimSpace(value)
	ok := false
	switch shownHeaders[strings.ToLower(name)] {
	case asMedia:
		value, ok = media(value)
	case asNumber:
		ok = number(value)
	case asTrace:
		ok = traceID(value)
	case asProduct:
		value = hideDigest(value)
		ok = products(value)
	case asReason:
		return reasons(value)
	case asURL:
		return URL(value)
	case asUser:
		if strings.EqualFold(value, "anonymous") {
			return Text{"anonymous"}
		}
		return User(value)
	case challenge:
		return challengeValue(value)
	}
	if !ok {
		return Secret(raw)
	}
	return Text{value}
}

// media reports whether v is a media type (RFC 9110, section 8.3.1), and shows it with
// its charset alone: other parameters are made up by somebody.
func media(v string) (string, bool) {
	kind, params, _ := strings.Cut(v, ";")
	top, sub, ok := strings.Cut(strings.TrimSpace(kind), "/")
	switch strings.ToLower(top) {
	case "application", "audio", "font", "image", "message", "model", "multipart", "text", "video", "*":
	default:
		return "", false
	}
	if !ok || len(v) > 240 || sub != "*" && !word(sub) || LooksSecret(sub) {
		return "", false
	}
	for p := range strings.SplitSeq(params, ";") {
		name, c, _ := strings.Cut(strings.TrimSpace(p), "=")
		c = strings.Trim(c, `"`)
		switch {
		case name == "":
		case strings.EqualFold(name, "charset") && charset(c):
		default:
			return kind + "; *", true
		}
	}
	return v, true
}

// charset reports whether c is called as character sets are.
func charset(c string) bool {
	for _, p := range [...]string{"utf", "iso-8859-", "us-ascii", "windows-1", "shift", "euc-", "gb", "big5", "koi8-"} {
		if len(c) <= len(p)+5 && len(c) >= len(p) && strings.EqualFold(c[:len(p)], p) {
			return true
		}
	}
	return false
}

// number reports whether v is a number or a date (RFC 9110, section 5.6.7, or
// RFC 3339).
func number(v string) bool {
	if len(v) > 40 || v == "" {
		return false
	}
	for i := 0; i < len(v); {
		j := i
		for j < len(v) && (v[j] >= 'a' && v[j] <= 'z' || v[j] >= 'A' && v[j] <= 'Z') {
			j++
		}
		if j > i {
			switch v[i:j] {
			case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "GMT", "UTC", "T", "Z", "Jan", "Feb", "Mar", "Apr",
				"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
			default:
				return false
			}
			i = j
			continue
		}
		if !(v[i] >= '0' && v[i] <= '9') && strings.IndexByte(" ,:.-+", v[i]) < 0 {
			return false
		}
		i++
	}
	return true
}

// traceID reports whether v is what ids of requests and nodes look like:
//
//	945x62874x1  *1KXWWR5x945x62874x1  @ABCDEFx945x62874x1   X-AREQUESTID
//	8f1e2d3c4b5a69788f1e2d3c4b5a6978, with dashes            atl-traceid
//	8f1e2d3c4b5a6978-FRA                                      cf-ray
//	node1  i-0123456789abcdef0                                X-ANODEID
func traceID(v string) bool {
	if len(v) > 64 || v == "" || knownToken(v) >= 0 {
		return false
	}
	ray, site, ok := strings.Cut(v, "-")
	if ok && len(site) == 3 && len(ray) <= 20 && hexadecimal(ray) && upper(site) {
		return true
	}
	if rest, ok := strings.CutPrefix(v, "i-"); ok && len(rest) <= 17 && hexadecimal(rest) {
		return true
	}
	if hexadecimal(strings.ReplaceAll(v, "-", "")) {
		return len(v) <= 50
	}
	if parts := strings.Split(v, "x"); len(parts) >= 3 && len(parts) <= 5 {
		head := strings.TrimLeft(parts[0], "*@1")
		good := len(parts[0]) <= 12
		for i := 0; i < len(head); i++ {
			good = good && alnum(head[i])
		}
		for _, p := range parts[1:] {
			good = good && len(p) <= 12 && digits(p)
		}
		if good {
			return true
		}
	}
	return len(v) <= 40 && word(v) && !LooksSecret(v) && nodeName(v)
}

// nodeName reports whether v is made of words and short numbers.
func nodeName(v string) bool {
	for _, p := range strings.FieldsFunc(v, func(r rune) bool { return r == '-' || r == '.' || r == '_' }) {
		p = strings.TrimRight(p, "0123456789")
		if len(p) > 12 || !known(p) && p != "node" && p != "jira" && p != "confluence" && p != "" {
			return false
		}
	}
	return true
}

func upper(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// products reports whether v is a list of product names with versions, as in
// Server and Via: words of letters, and numbers.
func products(v string) bool {
	if v == "" || len(v) > 120 {
		return false
	}
	fields := strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" /,()_;:-", r) })
	for _, p := range fields {
		if strings.Trim(p, "0123456789.") == "" {
			if len(p) > 16 {
				return false
			}
			continue
		}
		if credentialWord(p) {
			return false
		}
		if len(p) <= 4 && word(p) || p == "*.cloudfront.net" {
			continue
		}
		p = strings.TrimRight(p, "0123456789.")
		if len(p) > 16 {
			return false
		}
		capitals := 0
		for i := 0; i < len(p); i++ {
			switch c := p[i]; {
			case c >= 'A' && c <= 'Z':
				capitals++
			case c >= 'a' && c <= 'z', c == '.' && i > 0:
			default:
				return false
			}
		}
		if capitals > 3 && capitals < len(p) {
			return false
		}
	}
	return len(fields) > 0 && len(fields) <= 12
}

// credentialWord tells the schemes of credentials: what follows one is no product.
func credentialWord(p string) bool {
	switch strings.ToLower(p) {
	case "basic", "bearer", "jwt", "oauth", "digest", "token", "negotiate", "ntlm", "geniekey":
		return true
	}
	return false
}

// hideDigest takes the digest out of a Via field of CloudFront.
func hideDigest(v string) string {
	const host = ".cloudfront.net"
	i := strings.Index(v, host)
	if i < 32 || !hexadecimal(v[i-32:i]) {
		return v
	}
	return v[:i-32] + "*" + v[i:]
}

// reasons shows the words of a value that are on the list. What follows a ";"
// is cut: it is the address of a login page.
func reasons(v string) Text {
	first, _, more := strings.Cut(v, ";")
	var out []string
	for i, w := range strings.Split(first, ",") {
		if i == 8 {
			out = append(out, "...")
			break
		}
		w = strings.TrimSpace(w)
		if !shownReasons[strings.ToUpper(w)] {
			return Secret(v)
		}
		out = append(out, w)
	}
	s := strings.Join(out, ", ")
	if more {
		s += "; ..."
	}
	return Text{s}
}

// shownReasons are the values of the fields that say why, in capitals.
var shownReasons = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		OK OUT AUTHENTICATED_FAILED AUTHENTICATION_DENIED AUTHORISATION_FAILED AUTHORIZATION_FAILED
		CAPTCHA_CHALLENGE CHALLENGE BLOCK
		FAILURE_CLIENT_AUTH_MISMATCH FAILURE_CLIENT_SCOPE_CHECK FAILURE_CLIENT_AUTH FAILURE_CLIENT
		FAILURE_SERVER FAILURE_UPSTREAM FAILURE_EDGE FAILURE_GATEWAY FAILURE_CLIENT_TOKEN_INVALID
		FAILURE_CLIENT_ALLOWLIST_BLOCKED FAILURE_CLIENT_RATE_LIMITED FAILURE_CLIENT_NOT_FOUND
		NO-CHECK NOCHECK HAS-AUTHENTICATION REQUIRED TRUE FALSE
		HIT MISS BYPASS EXPIRED`) {
		m[w] = true
	}
	for _, w := range []string{"HIT FROM CLOUDFRONT", "MISS FROM CLOUDFRONT", "ERROR FROM CLOUDFRONT"} {
		m[w] = true
	}
	return m
}()

// challengeSchemes are the names of authentication schemes.
var challengeSchemes = []string{
	"Basic", "Bearer", "Digest", "Negotiate", "NTLM", "Kerberos", "OAuth", "JWT", "HOBA", "Mutual", "Hawk",
	"SCRAM-SHA-256", "SCRAM-SHA-1", "AWS4-HMAC-SHA256", "Crowd", "Seraph",
}

// realms are those that servers of Atlassian and common proxies name. A realm
// may hold anything, such as the name that was tried, so others are not shown.
var realms = map[string]bool{
	"protected-area": true, "atlassian": true, "atlassian bitbucket": true, "bitbucket": true, "jira": true,
	"confluence": true, "crowd": true, "bamboo": true, "fisheye": true, "crucible": true, "protected area": true,
	"jira rest api": true, "confluence rest api": true, "bitbucket.org http": true, "atlassian crowd": true,
	"restricted": true, "restricted area": true, "private": true, "proxy": true, "squid proxy-caching web server": true,
	"authentication required": true, "authorization required": true, "login required": true, "moz-proxy": true,
	"stash": true, "atlassian stash": true, "trello": true, "statuspage": true, "opsgenie": true, "jira align": true,
	"crowd openid server": true, "application": true, "rest": true, "users": true, "members only": true,
}

// challengeValue shows scheme and realm of a challenge, or the scheme alone.
func challengeValue(v string) Text {
	scheme, rest, _ := strings.Cut(v, " ")
	shown := ""
	for _, s := range challengeSchemes {
		if strings.EqualFold(s, scheme) {
			shown = scheme
		}
	}
	if shown == "" {
		return Secret(v)
	}
	if strings.TrimSpace(rest) == "" {
		return Text{shown}
	}
	_, realm, ok := strings.Cut(rest, `realm="`)
	if ok {
		realm, _, ok = strings.Cut(realm, `"`)
	}
	switch {
	case !ok:
		return Text{shown + " ..."}
	case realms[strings.ToLower(realm)], realm == "":
		return Text{shown + ` realm="` + realm + `"`}
	case strings.HasPrefix(realm, "https://"), strings.HasPrefix(realm, "http://"):
		return Text{shown + ` realm="` + strings.ReplaceAll(URL(realm).s, `"`, "") + `"`}
	}
	return Text{shown + ` realm="` + "[realm " + tag("realm", realm) + `]"`}
}

// HeaderName shows the name of a header field, query parameter or cookie, with
// blanks and the like that do not belong to it as escapes. A name that is not
// made of known words is replaced by a tag: it may be a value in the wrong
// place.
func HeaderName(n string) Text {
	if familiar(n) {
		return Text{n}
	}
	if bare := strings.Trim(n, " \t\r\n\v\f\x00\"':;=\ufeff\u200b\u00a0"); len(n) <= 40 && (familiar(bare) || authorizationSlip(bare)) {
		return Text{visible(n)}
	}
	if n == "" {
		return Text{"[empty]"}
	}
	return Text{"[field " + tag("field", n) + "]"}
}

// authorizationSlip reports whether n is Authorization with a slip or two, such
// as Authorisation.
func authorizationSlip(n string) bool {
	return len(n) >= 11 && len(n) <= 15 && word(n) && nearly(strings.ToLower(n), "authorization")
}
