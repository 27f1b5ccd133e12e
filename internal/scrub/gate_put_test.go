package scrub

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestPutBack puts one secret back into a clean file, in one of many ways: another
// place, another encoding, a part of it, broken up. The gate refuses each, and what
// mending makes of it is clean or not written.
func TestPutBack(t *testing.T) {
	s := New(Options{Key: [32]byte{1}})
	good := string(draft(t, s, faulty()))
	g := s.Gate()
	if !g.Clean([]byte(good)) {
		t.Fatal("the clean file is refused")
	}
	token, password, user, cookie := "CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1", "Tr0ub4dor-horse", "canary.flint@corp.example", "CANARYA1B2C3D4E5F60718293A4B5C6D7E"
	each := func(format, v string) (out string) {
		for i := range len(v) {
			out += fmt.Sprintf(format, v[i])
		}
		return out
	}
	b64 := func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }
	hexed := func(v string) string { return hex.EncodeToString([]byte(v)) }
	wide := func(v string) string { return strings.Join(strings.Split(v, ""), "\x00") + "\x00" }
	put := func(anchor, with string) func() string {
		return func() string {
			if !strings.Contains(good, anchor) {
				t.Fatalf("no %q in the file", anchor)
			}
			return strings.Replace(good, anchor, with, 1)
		}
	}
	comment := `"comment":"scrubbed by why401`
	said := func(v string) func() string { return put(comment, comment+" "+v) }
	faults := []struct {
		name string
		of   func() string
	}{
		// Other places.
		{"the name of the creator", put(`"creator":{"name":"why401`, `"creator":{"name":"why401 `+token)},
		{"a comment", said(token)},
		{"the method", put(`"method":"POST"`, `"method":"`+token+`"`)},
		{"the path of the URL", put(`/rest/api/2/myself?`, `/rest/api/2/`+token+`?`)},
		{"a host", put(`acme.example/rest`, token+`.example/rest`)},
		{"a query", put(`/myself?`, `/myself?x=`+token+`&`)},
		{"a fragment", put(`/cb?code=`, `/cb#`+token+`?code=`)},
		{"userinfo", put(`acme.example/rest`, `x:`+password+`@acme.example/rest`)},
		{"the version of HTTP", put(`"HTTP/1.1"`, `"HTTP/1.1 `+token+`"`)},
		{"the name of a field", put(`"name":"X-Api-Key"`, `"name":"X-`+token+`"`)},
		{"the value of a field", put(`"name":"X-Api-Key","value":"`, `"name":"X-Api-Key","value":"`+token)},
		{"the name of a cookie", put(`"name":"JSESSIONID"`, `"name":"`+cookie+`"`)},
		{"the media type of a body", put(`"mimeType":"application/json"`, `"mimeType":"application/json; `+token+`"`)},
		{"a body", put(`\"username\":\"`, `\"username\":\"`+user)},
		{"a key in a body", put(`\"username\"`, `\"`+token+`\"`)},
		{"the text of the status", put(`"statusText":"`, `"statusText":"`+token)},
		{"a redirect", put(`"redirectURL":"https://acme.example/cb?code=`, `"redirectURL":"https://acme.example/cb?code=`+token)},
		{"a key of the file", put(`"entries":`, `"`+token+`":1,"entries":`)},
		{"before the file", func() string { return token + good }},
		{"behind the file", func() string { return good + "\n" + token }},
		// Other secrets.
		{"a password", said(password)},
		{"an account", said(user)},
		{"a session", said(cookie)},
		{"a whole token", said("ATATT3xFfGF0" + token + "=1A2B3C4D")},
		{"a token that was never seen", said("ATATT3xFfGF0zzQ8Xw2mZ7tR4kP9vL3nB6hJ1q8Xw2mZ7tR4kP9vL3nB6=1A2B3C4D")},
		{"a pair", said("Basic " + b64(user+":x"))},
		// Parts.
		{"its head", said(token[:12])},
		{"its tail", said(token[len(token)-12:])},
		{"six bytes of it", said(token[9:15])},
		{"all but the first byte", said(token[1:])},
		{"it twice", said(token + token)},
		{"it in other letters", said("zz" + token + "zz")},
		{"the tail of a password", said(password[4:])},
		{"the domain-less account", said("canary.flint")},
		// Encodings.
		{"reversed", said(reverse(token))},
		{"base64", said(b64(token))},
		{"base64, shifted by one", said(b64("a" + token))},
		{"base64, shifted by two", said(b64("ab" + token))},
		{"base64 without padding", said(base64.RawStdEncoding.EncodeToString([]byte(token)))},
		{"base64url", said(base64.URLEncoding.EncodeToString([]byte("?>" + token)))},
		{"hexadecimal", said(hexed(token))},
		{"hexadecimal, capitals", said(strings.ToUpper(hexed(token)))},
		{"part of hexadecimal", said(hexed(token)[8:24])},
		{"UTF-16, little-endian", said(wide(token))},
		{"UTF-16, big-endian", said("\x00" + wide(token))},
		{"percent-encoded", said(each("%%%02X", token))},
		{"percent-encoded, small letters", said(each("%%%02x", password))},
		{"percent-encoded twice", said(each("%%25%02X", token))},
		{"percent-encoded, every second byte", said("%43A%4eA%52Yq8%58w2mZ")},
		{"percent-encoded where it must be", said(url.QueryEscape("a b" + token))},
		{"escaped as in JSON", said(each(`\u%04x`, token))},
		{"escaped as in JSON twice", said(each(`\\u%04x`, token))},
		{"escaped as in JavaScript", said(each(`\\x%02x`, token))},
		{"escaped as in HTML", said(each("&#x%02x;", token))},
		{"escaped as in HTML, decimal", said(each("&#%d;", token))},
		{"escaped in part", said(`CANARYq8X\u0077\u0032mZ7tR4`)},
		{"percent-encoded base64", said(url.QueryEscape(b64("ab" + token)))},
	}
	seen := map[string]bool{}
	for _, f := range faults {
		bad := f.of()
		if seen[bad] || bad == good {
			t.Errorf("%s: this fault is none, or there twice", f.name)
		}
		seen[bad] = true
		if g.Clean([]byte(bad)) {
			t.Errorf("%s: the gate lets it through", f.name)
			continue
		}
		var out bytes.Buffer
		switch err := s.Copy(&out, strings.NewReader(bad), g); {
		case err == nil && !g.Clean(out.Bytes()):
			t.Errorf("%s: not mended", f.name)
		case err != nil && !errors.Is(err, ErrLeak):
			t.Errorf("%s: %v", f.name, err)
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d faults", len(seen))
	}
	t.Logf("%d faults", len(seen))
}
