package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// positions makes a HAR with a secret of its own in each place where one is found
// in practice, and returns the places with their secrets.
func positions() (har []byte, places map[string]string) {
	r := rand.New(rand.NewPCG(4, 1))
	places = map[string]string{}
	mine := func(place string) string {
		const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
		b := make([]byte, 24)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		if places[place] != "" {
			panic(place)
		}
		places[place] = string(b)
		return string(b)
	}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	raw := base64.RawURLEncoding.EncodeToString
	type m = map[string]any
	field := func(name, value string) m { return m{"name": name, "value": value} }
	jwt := func(place string) string {
		return raw([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + raw([]byte(`{"sub":"`+mine(place+", a claim of a JWT")+`"}`)) + "." + mine(place+", the signature of a JWT")
	}
	entry := func(address string, headers, cookies []m, post any, response m, more m) m {
		u, err := url.Parse(address)
		if err != nil {
			panic(err)
		}
		query := []m{}
		for k, vs := range u.Query() {
			query = append(query, field(k, vs[0]))
		}
		slices.SortFunc(query, func(a, b m) int { return strings.Compare(a["name"].(string), b["name"].(string)) })
		req := m{"method": "POST", "url": address, "httpVersion": "HTTP/1.1", "headers": headers, "cookies": cookies, "queryString": query, "headersSize": -1, "bodySize": -1}
		if post != nil {
			req["postData"] = post
		}
		for k, v := range (m{"status": 401, "statusText": "Unauthorized", "httpVersion": "HTTP/1.1", "headers": []m{}, "cookies": []m{}, "content": m{"size": 0, "mimeType": "text/plain"}, "redirectURL": "", "headersSize": -1, "bodySize": -1}) {
			if response[k] == nil {
				response[k] = v
			}
		}
		e := m{"startedDateTime": "2026-03-02T09:00:01.400Z", "time": 88, "request": req, "response": response, "cache": m{}, "timings": m{"send": 0, "wait": 88, "receive": 0}}
		for k, v := range more {
			e[k] = v
		}
		return e
	}
	const base = "https://jira.example.com"
	entries := []m{
		entry("https://svc:"+mine("URL: password")+"@jira.example.com/rest/api/2/myself?os_username=svc&os_password="+mine("URL: os_password")+"&cb="+mine("URL: parameter of another name")+"#access_token="+mine("URL: fragment"),
			[]m{
				field("Authorization", "Basic "+b64("svc:"+mine("Authorization: password of a Basic pair"))), field("Referer", base+"/login?token="+mine("Referer: parameter")),
				field("Cookie", "JSESSIONID="+mine("Cookie: session")+"; seraph.rememberme.cookie=123%3A"+mine("Cookie: remember me")+"; x="+mine("Cookie: of another name")),
			}, []m{field("JSESSIONID", mine("cookies of the request"))}, nil,
			m{
				"headers": []m{field("Set-Cookie", "JSESSIONID="+mine("Set-Cookie: session")+"; Path=/; HttpOnly"), field("X-AUSERNAME", mine("X-AUSERNAME")), field("X-Seraph-Trace", mine("response field of another name"))},
				"cookies": []m{field("JSESSIONID", mine("cookies of the response"))},
			}, m{"comment": mine("comment of an entry"), "_initiator": m{"type": "script", "url": base + "/s.js?token=" + mine("_initiator: address"), "stack": mine("_initiator: stack")}}),
		entry(base+"/plugins/servlet/oauth;jsessionid="+mine("URL: path parameter")+"?access_token="+mine("URL: access_token")+"&jwt="+jwt("URL"),
			[]m{
				field("authorization", "Bearer "+mine("authorization in small letters: Bearer")), field("Proxy-Authorization", "Basic "+b64("jo:"+mine("Proxy-Authorization: password"))),
				field("X-Api-Key", mine("X-Api-Key")), field("X-Auth-Token", mine("X-Auth-Token")), field("X-Xsrf-Token", mine("X-Xsrf-Token")), field("Authorisation", "Bearer "+mine("Authorization, misspelt")),
			}, []m{}, m{"mimeType": "application/json", "text": `{"username":"svc","password":"` + mine("JSON that was sent: password") + `","memo":"` + mine("JSON that was sent: text") + `"}`},
			m{"content": m{"size": 99, "mimeType": "application/json", "text": `{"access_token":"` + mine("JSON of the answer: token") + `","displayName":"` + mine("JSON of the answer: name") + `"}`}}, nil),
		entry(base+"/dologin.action", []m{field("Authorization", `OAuth oauth_consumer_key="k", oauth_token="`+mine("OAuth 1: token")+`", oauth_signature="`+mine("OAuth 1: signature")+`"`), field("Authorization", mine("Authorization without a scheme"))},
			[]m{}, m{"mimeType": "application/x-www-form-urlencoded", "text": "os_username=jo&os_password=" + mine("form that was sent: text"), "params": []m{field("os_password", mine("form that was sent: params"))}},
			m{
				"status": 302, "headers": []m{field("Location", base+"/cb?code="+mine("Location: code")+"&state="+mine("Location: state"))}, "redirectURL": base + "/cb?code=" + mine("redirectURL: code"),
				"content": m{"size": 99, "mimeType": "text/html", "encoding": "base64", "text": b64(`<html><meta name="atlassian-token" content="` + mine("HTML of the answer, in base64") + `">`)},
			}, nil),
		entry(base+"/rest/api/2/search", []m{field("Authorization", "Basic "+b64("jo@example.com:ATATT3xFfGF0"+mine("Authorization: API token")+"\n")), field("X-Forwarded-User", mine("X-Forwarded-User")), field("X-Amzn-Oidc-Data", jwt("request field"))}, []m{},
			m{"mimeType": "multipart/form-data; boundary=x", "text": "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n" + mine("multipart that was sent") + "\r\n--x--\r\n"},
			m{"statusText": mine("reason phrase"), "content": m{"size": 99, "mimeType": "application/javascript", "text": "var t='" + mine("script of the answer") + "'"}},
			m{"_webSocketMessages": []m{{"type": "send", "time": 1, "opcode": 1, "data": `{"token":"` + mine("WebSocket message") + `"}`}}, "_x": m{"y": mine("field of no specification")}}),
	}
	doc := m{"log": m{
		"version": "1.2", "creator": m{"name": "mitmproxy", "version": "11", "comment": mine("comment of the creator")}, "comment": mine("comment of the log"), "entries": entries,
		"pages": []m{{"id": "page_1", "startedDateTime": "2026-03-02T09:00:00.000Z", "title": base + "/?token=" + mine("title of the page"), "pageTimings": m{}}},
	}}
	har, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic(err)
	}
	return har, places
}

// left returns the places whose secret can be found in out: 8 bytes of it in a row,
// plain, reversed, in base64 or hexadecimal, in any case.
func left(out []byte, places map[string]string) (list []string) {
	text := string(out)
	low := strings.ToLower(text)
	for place, v := range places {
		found := false
		for i := 0; i+8 <= len(v) && !found; i++ {
			w := v[i : i+8]
			b := []byte(w)
			slices.Reverse(b)
			found = strings.Contains(low, strings.ToLower(w)) || strings.Contains(text, string(b)) || strings.Contains(low, hex.EncodeToString([]byte(w)))
		}
		for shift := range 3 {
			e := base64.RawStdEncoding.EncodeToString([]byte(v[shift:]))
			for i := 0; i+12 <= len(e)/4*4 && !found; i++ {
				found = strings.Contains(text, e[i:i+12])
			}
		}
		if found {
			list = append(list, place)
		}
	}
	slices.Sort(list)
	return list
}

// TestPositions scrubs a HAR with a secret in each place. Nothing may be left, and
// all must be there to be found before. With WHY401_SANITIZER, the command of
// another program that reads a HAR from standard input and writes one, it says what
// that leaves.
func TestPositions(t *testing.T) {
	har, places := positions()
	if n := len(left(har, places)); n != len(places) || n < 45 {
		t.Fatalf("%d of %d secrets can be found in the original", n, len(places))
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.har"), filepath.Join(dir, "out.har")
	if err := os.WriteFile(in, har, 0o600); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"scrub", in, "-o", out}, stdio{in: strings.NewReader(""), out: &errs, err: &errs}); code != exitOK {
		t.Fatal(code, errs.String())
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range left(b, places) {
		t.Errorf("left: %s", place)
	}
	for name, b := range bundled(t, filepath.Join(dir, "ticket.zip"), in) {
		for _, place := range left(b, places) {
			t.Errorf("left in %s of the bundle: %s", name, place)
		}
	}
	t.Logf("%d places", len(places))
	if c := strings.Fields(os.Getenv("WHY401_SANITIZER")); len(c) > 0 {
		other := exec.Command(c[0], c[1:]...)
		other.Stdin = bytes.NewReader(har)
		got, err := other.Output()
		if err != nil || len(got) < len(har)/4 {
			t.Fatalf("the other program: %d bytes, %v", len(got), err)
		}
		rest := left(got, places)
		t.Logf("the other program leaves %d of %d: %s", len(rest), len(places), fmt.Sprint(strings.Join(rest, "; ")))
	}
}
