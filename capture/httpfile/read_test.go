package httpfile_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/capture/httpfile"
	"github.com/why401/why401/internal/exchange"
)

func read(t *testing.T, s string) ([]*exchange.Exchange, []*exchange.Unreadable, *exchange.Capture) {
	t.Helper()
	c := &exchange.Capture{Name: "f"}
	var out []*exchange.Exchange
	var errs []*exchange.Unreadable
	for x, err := range httpfile.Read(c, strings.NewReader(s)) {
		if (x == nil) == (err == nil) {
			t.Fatal("an exchange or an error")
		}
		if err != nil {
			u := new(exchange.Unreadable)
			if !errors.As(err, &u) {
				t.Fatal("an error without a place")
			}
			errs = append(errs, u)
			continue
		}
		if x.At.Index != len(out) || x.At.Offset < 0 || x.At.Offset >= int64(len(s)) || x.From != c || x.Fidelity != exchange.AsConfigured || x.Response != nil {
			t.Fatalf("a wrong place: %+v", x.At)
		}
		if len(x.Request.Body.Head) > exchange.MaxBody {
			t.Fatal("a body beyond its bound")
		}
		out = append(out, x)
	}
	return out, errs, c
}

func noted(c *exchange.Capture, k exchange.NoteKind) int {
	for _, n := range c.Notes {
		if n.Kind == k {
			return n.N
		}
	}
	return 0
}

func basic(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

const sample = `@host = acme.atlassian.net
@base = https://{{host}}/rest/api/3

### who am I
# @name me
GET {{base}}/myself HTTP/1.1
Authorization: Basic me@example.com CANARYtok
Accept: application/json

> {%
client.test("x", function() {})
GET /not/a/request
%}

###
< {% request.variables.set("a", "b") %}
POST {{base}}/search
    ?startAt=0
    &maxResults=5
// a comment
Authorization: Bearer {{token}}
Content-Type: application/json

{"jql": "project = A"}

###
https://acme.atlassian.net/x
Authorization: Basic me@example.com:CANARYtok

###
curl https://acme.atlassian.net/

###
GET /rest/api/2/myself
Host: jira.example.com:8443
`

func TestRead(t *testing.T) {
	all, errs, c := read(t, sample)
	if len(all) != 4 || len(errs) != 1 || errs[0].Fatal {
		t.Fatalf("%d requests, %d errors", len(all), len(errs))
	}
	for i, want := range []struct{ method, url, auth string }{
		{"GET", "https://acme.atlassian.net/rest/api/3/myself", basic("me@example.com:CANARYtok")},
		{"POST", "https://acme.atlassian.net/rest/api/3/search?startAt=0&maxResults=5", ""},
		{"GET", "https://acme.atlassian.net/x", basic("me@example.com:CANARYtok")},
		{"GET", "https://jira.example.com:8443/rest/api/2/myself", ""},
	} {
		q := all[i].Request
		if q.Method != want.method || q.URL != want.url || q.Header.Value("Authorization") != want.auth {
			t.Errorf("%d: %s %s, %q", i, q.Method, q.URL, q.Header.Value("Authorization"))
		}
	}
	if s := sample[all[1].At.Offset:]; !strings.HasPrefix(s, "POST ") {
		t.Errorf("the place of the second is %q", s[:10])
	}
	if all[0].Sees(exchange.Credentials) != exchange.Shown || all[1].Sees(exchange.Credentials) != exchange.Hidden {
		t.Error("what it shows of credentials is wrong")
	}
	if string(all[1].Request.Body.Head) != "{\"jql\": \"project = A\"}\n\n" {
		t.Errorf("body %q", all[1].Request.Body.Head)
	}
	if noted(c, exchange.NoteUnresolved) != 1 || noted(c, httpfile.NotePair) != 1 || noted(c, exchange.NoteAsConfigured) != 1 {
		t.Errorf("notes %v", c.Notes)
	}
}

func TestVariables(t *testing.T) {
	for text, want := range map[string]struct {
		url, auth string
		open      bool
	}{
		"@t = CANARY\nGET https://h/\nAuthorization: Bearer {{t}}\n":           {"https://h/", "Bearer CANARY", false},
		"@t = {{u}}\n@u = CANARY\nGET https://h/\nAuthorization: {{ t }}\n":    {"https://h/", "CANARY", false},
		"@t = {{t}}\nGET https://h/\nAuthorization: Bearer {{t}}\n":            {"https://h/", "", false},
		"GET https://h/\nAuthorization: Bearer {{$dotenv TOKEN}}\n":            {"https://h/", "", false},
		"GET https://h/\nAuthorization: Bearer {{login.response.body.t}}\n":    {"https://h/", "", false},
		"GET {{base}}/rest\nAuthorization: Bearer CANARY\n":                    {"{{base}}/rest", "Bearer CANARY", true},
		"GET https://h/\r\nAuthorization: Basic fred   CANARY pw\r\n\r\n":      {"https://h/", basic("fred:CANARY pw"), false},
		"GET https://h/\nAuthorization: Basic " + basic("a:CANARY")[6:] + "\n": {"https://h/", basic("a:CANARY"), false},
	} {
		all, _, _ := read(t, text)
		if len(all) != 1 {
			t.Errorf("%q: %d requests", text, len(all))
			continue
		}
		q := all[0].Request
		if q.URL != want.url || q.Header.Value("Authorization") != want.auth || q.PartialURL != want.open {
			t.Errorf("%q: %s, %q, %t", text, q.URL, q.Header.Value("Authorization"), q.PartialURL)
		}
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		sample:                               true,
		"GET https://acme.atlassian.net/x\n": true,
		"# words\n\nGET {{base}}/x\nAccept: */*\n":                     true,
		"###\nhttps://acme.atlassian.net/x\n":                          true,
		"https://acme.atlassian.net/x\n":                               false,
		"GET https://acme.atlassian.net/x 401 Unauthorized\n":          false,
		"GET /x HTTP/1.1\nHost: a\n":                                   false, // a message
		"curl https://acme.atlassian.net/x\n":                          false,
		"# Title\n\nSome words.\n\n### Part\n\nGET https://a/ shows\n": false,
		"> GET /x HTTP/1.1\n":                                          false,
		`{"a": "GET https://acme.atlassian.net/x"}`:                    false,
		"": false,
	} {
		if httpfile.Is(text) != want {
			t.Errorf("%.60q: want %t", text, want)
		}
	}
}

// TestBombs reads files that would grow by their variables, and long ones.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	grow := "@a0 = CANARYCANARYCANARY\n"
	for i := range 20 {
		n := string(rune('a' + i))
		grow += "@" + n + "1 = {{" + string(rune('a'+max(0, i-1))) + "1}}{{a0}}{{a0}}\n@" + n + "0 = " + strings.Repeat("{{a0}}", 3000) + "\n"
	}
	for name, text := range map[string]string{
		"variables": grow + strings.Repeat("GET https://h/{{t1}}{{t0}}\nX: {{t0}}{{t1}}\n\n###\n", 50),
		"requests":  strings.Repeat("GET https://h/\nAuthorization: Basic a CANARY\n\n###\n", 90000),
		"fields":    "GET https://h/\n" + strings.Repeat("a: b\n", 800000),
		"line":      "GET https://h/" + strings.Repeat("a", 4<<20),
		"braces":    "GET https://h/" + strings.Repeat("{{", 2<<20) + "\n",
		"body":      "POST https://h/\n\n" + strings.Repeat("CANARY\n", 600000),
		"comments":  strings.Repeat("# x\n", 1<<20),
	} {
		from := time.Now()
		all, errs, _ := read(t, text)
		t.Logf("%s: %d requests, %d errors in %s", name, len(all), len(errs), time.Since(from).Round(time.Millisecond))
		if took := time.Since(from); took > time.Minute {
			t.Errorf("%s: %s", name, took)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Add("@a={{a}}\nGET {{a}}\n")
	f.Add("GET h/x\n ?a\n\n< f\n> {%\n")
	f.Fuzz(func(t *testing.T, s string) {
		httpfile.Is(s)
		_, errs, _ := read(t, s)
		for _, u := range errs {
			if strings.Contains(s, "CANARY") && strings.Contains(u.Error(), "CANARY") {
				t.Fatal("input in an error")
			}
		}
	})
}
