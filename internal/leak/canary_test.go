package leak

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode/utf16"
)

// An encoding is a way in which a secret may be written.
type encoding struct {
	name string
	of   func(string) string
}

func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

// encodings are how the canaries are written; the search looks for each of them
// in all these forms and in more.
var encodings = []encoding{
	{"plain", func(s string) string { return s }},
	{"reversed", reverse},
	{"upper case", strings.ToUpper},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64url, one byte before it", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(":" + s)) }},
	{"base64, two bytes before it", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + s)) }},
	{"base64 twice", func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("u:" + s))))
	}},
	{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"percent-encoded", each("%%%02X")},
	{"percent-encoded twice", each("%%25%02x")},
	{"escaped as in JSON", each(`\u%04x`)},
	{"escaped as in HTML", each("&#x%02x;")},
	{"UTF-16 in base64", func(s string) string {
		var b []byte
		for _, c := range utf16.Encode([]rune("u:" + s)) {
			b = append(b, byte(c), byte(c>>8))
		}
		return base64.StdEncoding.EncodeToString(b)
	}},
}

// aCanary makes a secret of which no run of 6 bytes, in any form, is in anything
// that the program brings along: whatever of it shows comes from the input. One
// in three is a word, which nothing but its place tells, one a password, one a
// token.
func aCanary(r *rand.Rand, kinds ...int) string {
	for {
		v, kind := "", r.IntN(3)
		if len(kinds) > 0 {
			kind = kinds[0]
		}
		switch kind {
		case 0:
			v = word(r, 7)
		case 1:
			v = strings.ToUpper(word(r, 1)) + word(r, 3) + fmt.Sprint(100+r.IntN(900)) + string("!-_.~"[r.IntN(5)]) + word(r, 3)
		default:
			for range 22 {
				v += string(base62[r.IntN(len(base62))])
			}
		}
		known := false
		for _, e := range encodings[:6] {
			for _, w := range []string{e.of(v), strings.ToLower(e.of(v))} {
				for i := 0; i+window <= len(w); i++ {
					known = known || constants()[w[i:i+window]]
				}
			}
		}
		if !known {
			return v
		}
	}
}

// word makes a word that is in no language.
func word(r *rand.Rand, syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteByte("zxqvkjwpbgmd"[r.IntN(12)])
		b.WriteByte("aouiey"[r.IntN(6)])
	}
	return b.String()
}

// A call is a request and its answer, of which each form of input shows what it can.
type call struct {
	method, url string
	ask, answer fields
	body, said  string
	status      int
	place       string
}

// places are where a canary goes: "request field NAME", "answer field NAME", "URL",
// "request body", "answer body", and behind a NUL the text around it. What follows
// a form feed is put into base64 first.
var places = sync.OnceValue(func() []string {
	var out []string
	for _, form := range []string{
		"Basic \ffred:%s", "Basic \f%s:x1", "Basic \ffred@corp.example:%s\n", "Basic fred:%s", "Basic  %s", "Basic \f\ffred:%s", "Bearer \ffred:%s", "Bearer  %s", `Bearer "%s"`,
		"Bearer ATATT3xFfGF0%s=1A2B3C4D", "Bearer eyJhbGciOiJIUzI1NiJ9.%s.c2ln", "JWT %s", "Bearer user:123|%s", `OAuth oauth_consumer_key="x", oauth_token="%s"`,
		`OAuth oauth_consumer_key="%s"`, `Digest username="%s", response="x"`, "Negotiate %s", "GenieKey %s", "token %s", "%s x", "Basic %s, Bearer x", "Bearer {{%s}}", "Bearer $%s",
	} {
		out = append(out, "request field Authorization\x00"+form)
	}
	for _, name := range []string{
		"Authorization", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token", "X-Access-Token", "Cookie", "Cookie2", "Referer", "Origin", "User-Agent",
		"X-Forwarded-For", "X-Forwarded-User", "X-Real-IP", "X-Request-Id", "X-Custom", "Via", "From", "If-Match", "X-Atlassian-Token", "X-Trace",
		"X-Amz-Security-Token", "X-Gitlab-Token", "Private-Token", "X-Jwt", "X-Secret", "Warning", "Forwarded", "Accept", "Content-Type", "X-Csrf-Token",
		"Authorisation", "X-Authorization", "Range", "Accept-Language", "Prefer", "Traceparent",
	} {
		for _, form := range []string{"%s", "Bearer %s", "Basic %s", "a=%s; b=c", "https://u:%s@h.example/p?q=1"} {
			out = append(out, "request field "+name+"\x00"+form)
		}
	}
	for _, name := range []string{
		"Set-Cookie", "Location", "X-AUSERNAME", "X-AACCOUNTID", "WWW-Authenticate", "X-Seraph-LoginReason", "Server", "ETag", "X-Token", "Link", "X-Debug", "Via",
		"X-Authentication-Denied-Reason", "X-Failure-Category", "Content-Type", "Retry-After", "CF-RAY",
	} {
		for _, form := range []string{"%s", "a=%s; Path=/", "https://h.example/x?code=%s"} {
			out = append(out, "answer field "+name+"\x00"+form)
		}
	}
	for _, form := range []string{
		"/%s", "/rest/api/2/user/%s", "/x;jsessionid=%s", "/x?%s", "/x?os_password=%s", "/x?jwt=%s", "/x?expand=%s", "/x?a=b&%s=1", "/x#%s", "/x#access_token=%s", "/users/~%s",
		"/x?redirect_uri=https%%3A%%2F%%2Fh.example%%2F%s", "/rest/api/2/search?jql=%s", "/rest/api/2/user?username=%s", "/oauth/token?client_secret=%s", "/login?code=%s&state=x", "/ex/jira/%s/rest",
	} {
		out = append(out, "URL\x00"+form)
	}
	for _, form := range []string{
		"%s", "a=%s", `{"password":"%s"}`, `{"%s":1}`, `{"message":"%s"}`, "<html>%s</html>", `{"a":{"b":["%s"]}}`, "grant_type=password&username=%s", `{"errorMessages":["%s"]}`, "client_secret=%s&x=y",
	} {
		out = append(out, "request body\x00"+form, "answer body\x00"+form)
	}
	return out
})

// random is the kind of a canary that looks like a secret.
const random = 2

// named are the places in which names are meant to show: of folders in a path, of
// products, and the ids of requests, which are hexadecimal. Secrets that are no words
// must not show there, either.
var named = map[string]bool{
	"URL\x00/%s": true, "URL\x00/ex/jira/%s/rest": true, "URL\x00/x?redirect_uri=https%%3A%%2F%%2Fh.example%%2F%s": true, "answer field Location\x00%s": true,
	"request field Via\x00%s": true, "answer field Via\x00%s": true, "answer field Server\x00%s": true, "request field X-Request-Id\x00%s": true, "answer field CF-RAY\x00%s": true,
}

// fill puts v into the text around it.
func fill(form, v string) string {
	head, rest, ok := strings.Cut(form, "\f")
	if !ok {
		return strings.ReplaceAll(strings.Replace(form, "%s", v, 1), "%%", "%")
	}
	return head + base64.StdEncoding.EncodeToString([]byte(fill(rest, v)))
}

// aCall makes the i-th call, with v at a place.
func aCall(i int, place, v string) call {
	place, form, _ := strings.Cut(place, "\x00")
	v = fill(form, v)
	hosts := []string{"acme.atlassian.net", "jira.corp.example", "api.atlassian.com", "bitbucket.org"}
	c := call{method: "GET", url: "https://" + hosts[i%4] + "/rest/api/3/myself", status: []int{401, 403, 401, 302, 400, 429, 200}[i%7], place: place}
	c.ask.add("Host", hosts[i%4])
	if i%4 == 1 {
		c.answer.add("X-AREQUESTID", "550x102x1")
	}
	kind, name, _ := strings.Cut(place, " field ")
	switch {
	case kind == "request":
		c.ask.add(name, v)
	case kind == "answer":
		c.answer.add(name, v)
	case place == "URL":
		c.url = "https://" + hosts[i%4] + v
	case place == "request body":
		c.method, c.body = "POST", v
		c.ask.add("Content-Type", "application/json")
	default:
		c.said = v
		c.answer.add("Content-Type", "text/html")
	}
	return c
}

// target is what a request line says.
func (c *call) target() string {
	_, rest, _ := strings.Cut(c.url, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "#")
	return "/" + path
}

// host is the one of the address.
func (c *call) host() string { return c.ask[0]["value"] }

// wire is what goes over a wire: the request and the answer.
func (c *call) wire() [2]string {
	lines := func(f fields) (s string) {
		for _, h := range f {
			s += h["name"] + ": " + h["value"] + "\r\n"
		}
		return s
	}
	return [2]string{
		fmt.Sprintf("%s %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", c.method, c.target(), lines(c.ask), len(c.body), c.body),
		fmt.Sprintf("HTTP/1.1 %d \r\n%sContent-Length: %d\r\n\r\n%s", c.status, lines(c.answer), len(c.said), c.said),
	}
}

// entry is the call as a HAR has it.
func (c *call) entry() object {
	content := object{"size": len(c.said), "mimeType": "application/json", "text": c.said}
	if c.said == "" {
		delete(content, "text")
	}
	ask := object{"method": c.method, "url": c.url, "httpVersion": "HTTP/1.1", "headers": c.ask, "headersSize": -1, "bodySize": -1, "cookies": []any{}, "queryString": []any{}}
	if c.body != "" {
		ask["postData"] = object{"mimeType": "application/json", "text": c.body}
	}
	return object{
		"startedDateTime": "2026-11-22T07:28:13Z", "time": 1, "request": ask, "cache": object{}, "timings": object{"send": 1, "wait": 1, "receive": 1},
		"response": object{"status": c.status, "statusText": "", "httpVersion": "HTTP/1.1", "headers": c.answer, "headersSize": -1, "bodySize": -1, "cookies": []any{}, "content": content, "redirectURL": ""},
	}
}

// A batch is calls and what must not show of them.
type batch struct {
	calls   []call
	spares  []string // for the places that only one form has
	used    int
	needles *needles
}

// plant returns a canary for a place that only one form has.
func (b *batch) plant() string {
	b.used++
	return b.spares[(b.used-1)%len(b.spares)]
}

// token is plant for places in which a word is meant to show.
func (b *batch) token() string {
	for {
		if v := b.plant(); len(v) == 22 && !strings.ContainsAny(v, "!-_.~") {
			return v
		}
	}
}

// newBatch makes a batch of the calls for the places from..to, the encoding of
// each given by the number of its place.
func newBatch(seed uint64, from, to int, encodingOf func(place int) int) *batch {
	r := rand.New(rand.NewPCG(seed, 0xca9a57))
	b := &batch{needles: newNeedles()}
	none := func(string) bool { return false }
	for i := from; i < to; i++ {
		e := encodings[encodingOf(i)]
		v := aCanary(r)
		if named[places()[i]] {
			v = aCanary(r, random)
			if e.name == "hexadecimal" {
				e = encodings[0]
			}
		}
		place, _, _ := strings.Cut(places()[i], "\x00")
		written := e.of(v)
		b.needles.add(secret{v, fmt.Sprintf("%s (%d), %s", place, i, e.name)}, none)
		// As it was written it must not show, either.
		size := (len(written)*window + len(v) - 1) / len(v)
		b.needles.windows(written, max(size, window), place+", as "+e.name, none)
		if bare := strings.ReplaceAll(written, `\`, ""); bare != written {
			b.needles.windows(bare, size, place+", as "+e.name, none)
		}
		b.calls = append(b.calls, aCall(i, places()[i], written))
	}
	for i := range 60 {
		v := aCanary(r)
		b.spares = append(b.spares, v)
		b.needles.add(secret{v, fmt.Sprintf("a place of its form (%d)", i)}, none)
	}
	return b
}
