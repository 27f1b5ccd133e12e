package har

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const both = exchange.Credentials | exchange.Cookies

// TestHeaders reads header fields in every form that producers write.
func TestHeaders(t *testing.T) {
	type fields = exchange.Header
	for _, tt := range []struct {
		name, producer, headers string
		response                bool
		want                    fields
		joined                  bool
	}{
		{"pseudo", "WebInspector", `[{"name":":authority","value":"h"},{"name":"x","value":"y"}]`, false, fields{{Name: ":authority", Value: "h"}, {Name: "x", Value: "y"}}, false},
		{"value first", "x", `[{"value":"y","name":"x","comment":"z"}]`, false, fields{{Name: "x", Value: "y"}}, false},
		{"number", "Polly.JS", `[{"name":"content-length","value":12.50}]`, true, fields{{Name: "content-length", Value: "12.50"}}, false},
		{"boolean", "x", `[{"name":"a","value":true}]`, true, fields{{Name: "a", Value: "true"}}, false},
		{"null", "x", `[{"name":"a","value":null},null,7,{},{"comment":"x"}]`, true, fields{{Name: "a"}}, false},
		{"list", "Polly.JS", `[{"value":["a=1","b=2"],"name":"set-cookie"},{"name":"b","value":[]}]`, true, fields{{Name: "set-cookie", Value: "a=1"}, {Name: "set-cookie", Value: "b=2"}, {Name: "b"}}, false},
		{"pairs", "Slack", `[["A","b"],["C",1,"x"],["D"],[]]`, false, fields{{Name: "A", Value: "b"}, {Name: "C", Value: "1"}, {Name: "D"}}, false},
		{"object", "x", `{"a":"b","c":["d","e"],"f":null}`, false, fields{{Name: "a", Value: "b"}, {Name: "c", Value: "d"}, {Name: "c", Value: "e"}, {Name: "f"}}, false},
		{"absent", "x", `null`, false, fields{}, false},
		{"repeated", "x", `[{"name":"a","value":"1"},{"name":"A","value":"2"}]`, false, fields{{Name: "a", Value: "1"}, {Name: "A", Value: "2"}}, false},
		{"line feed", "Firefox", `[{"name":"Authorization","value":"Basic eA==\n"}]`, false, fields{{Name: "Authorization", Value: "Basic eA==\n"}}, false},
		{"line feed, joiner", "Browsertime", `[{"name":"Authorization","value":"Basic eA==\n"},{"name":"Accept","value":"a\nb"}]`, false, fields{{Name: "Authorization", Value: "Basic eA==\n"}, {Name: "Accept", Value: "a", Joined: true}, {Name: "Accept", Value: "b", Joined: true}}, true},
		{"joined with line feeds", "chrome-har", `[{"name":"via","value":"a\nb"}]`, true, fields{{Name: "via", Value: "a", Joined: true}, {Name: "via", Value: "b", Joined: true}}, true},
		{"joined cookies", "WebInspector", `[{"name":"set-cookie","value":"a=1\nb=2"}]`, true, fields{{Name: "set-cookie", Value: "a=1", Joined: true}, {Name: "set-cookie", Value: "b=2", Joined: true}}, true},
		{"line feed in another", "mitmproxy", `[{"name":"x","value":"a\n b"}]`, true, fields{{Name: "x", Value: "a\n b", Joined: true}}, true},
		{"joined with commas", "WebKit Web Inspector", `[{"name":"Set-Cookie","value":"a=1, b=2"},{"name":"Date","value":"Mon, 1"},{"name":"x","value":"y"}]`, true, fields{{Name: "Set-Cookie", Value: "a=1, b=2", Joined: true}, {Name: "Date", Value: "Mon, 1"}, {Name: "x", Value: "y"}}, true},
		{"bytes", "x", "[{\"name\":\"a\",\"value\":\"\xff\xc3\xa9\"}]", false, fields{{Name: "a", Value: "\xff\xc3\xa9"}}, false},
		{"own bytes", "x", `[{"name":"a","value":"\u00ffz","_encoding":"latin-1"}]`, false, fields{{Name: "a", Value: "\xffz"}}, false},
		{"escapes", "x", `[{"name":"a\/","value":"\"\\\b\f\n\r\t\u00e9\ud83d\ude00\ud83d!"}]`, false, fields{{Name: "a/", Value: "\"\\\b\f\n\r\té😀\ufffd!"}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, res := `,"headers":`+tt.headers, ""
			if tt.response {
				req, res = "", req
			}
			x, c := one(t, log(tt.producer, get(req, res)))
			got := x.Request.Header
			if tt.response {
				got = x.Response.Header
			}
			if len(got)+len(tt.want) > 0 && !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if joined := count(c, exchange.NoteJoinedHeaders) > 0; joined != tt.joined {
				t.Errorf("joined: %v", joined)
			}
			if n := count(c, exchange.NoteInvalidUTF8); (n > 0) != (tt.name == "bytes" || tt.name == "escapes") {
				t.Errorf("%d strings with invalid UTF-8", n)
			}
		})
	}
}

func count(c *exchange.Capture, k exchange.NoteKind) int {
	for _, n := range c.Notes {
		if n.Kind == k {
			return n.N
		}
	}
	return 0
}

// TestOutcome reads responses, absent ones and failures.
func TestOutcome(t *testing.T) {
	const url = `"request":{"method":"GET","url":"https://jira.example.com/"}`
	dns := &exchange.Failure{Phase: exchange.DNS, Code: "net::ERR_NAME_NOT_RESOLVED"}
	for _, tt := range []struct {
		name, entry string
		status      int // -1: no response
		failure     *exchange.Failure
	}{
		{"absent", url, -1, nil},
		{"null", url + `,"response":null`, -1, nil},
		{"float", url + `,"response":{"status":401.0}`, 401, nil},
		{"string", url + `,"response":{"status":"403"}`, 403, nil},
		{"words", url + `,"response":{"status":"CANARY"}`, -1, &exchange.Failure{}},
		{"Firefox", url + `,"response":{"status":0,"headers":[],"content":{}}`, -1, &exchange.Failure{}},
		{"Firefox cache", url + `,"response":{"status":0,"headers":[{"name":"a","value":"b"}]}`, 0, nil},
		{"data", `"request":{"url":"data:,"},"response":{"status":0}`, -1, nil},
		{"Chromium", url + `,"response":{"status":0,"_error":"net::ERR_NAME_NOT_RESOLVED"}`, -1, dns},
		{"Chromium, fine", url + `,"response":{"status":200,"_error":null}`, 200, nil},
		{"empty error", url + `,"response":{"status":200,"_error":""}`, 200, nil},
		{"empty 4xx", url + `,"response":{"status":404,"_error":"net::ERR_HTTP_RESPONSE_CODE_FAILURE"}`, 404, nil},
		{"download", url + `,"response":{"status":200,"_error":"net::ERR_ABORTED"}`, 200, nil},
		{"broken off", url + `,"response":{"status":200,"_error":"net::ERR_INCOMPLETE_CHUNKED_ENCODING"}`, 200, &exchange.Failure{Phase: exchange.HTTP, Code: "net::ERR_INCOMPLETE_CHUNKED_ENCODING"}},
		{"Playwright", url + `,"response":{"status":-1,"_failureText":"net::ERR_NAME_NOT_RESOLVED"}`, -1, dns},
		{"Playwright, Firefox", url + `,"response":{"status":-1,"_failureText":"NS_ERROR_CONNECTION_REFUSED"}`, -1, &exchange.Failure{Phase: exchange.Dial, Code: "NS_ERROR_CONNECTION_REFUSED"}},
		{"aborted", url + `,"response":{"status":-1},"_wasAborted":true`, -1, &exchange.Failure{Phase: exchange.Blocked}},
		{"certificate", url + `,"response":{"status":0,"_error":"net::ERR_CERT_AUTHORITY_INVALID"}`, -1, &exchange.Failure{Phase: exchange.TLSHandshake, Code: "net::ERR_CERT_AUTHORITY_INVALID"}},
		{"proxy", url + `,"response":{"status":0,"_error":"net::ERR_TUNNEL_CONNECTION_FAILED"}`, -1, &exchange.Failure{Phase: exchange.Proxy, Code: "net::ERR_TUNNEL_CONNECTION_FAILED"}},
		{"reset", url + `,"response":{"status":0,"_error":"net::ERR_CONNECTION_RESET"}`, -1, &exchange.Failure{Code: "net::ERR_CONNECTION_RESET"}},
		{"mitmproxy", url + `,"response":{"status":0,"_error":"[Errno 60] Connect call failed ('CANARY', 80)"}`, -1, &exchange.Failure{Phase: exchange.Dial, Code: "ETIMEDOUT"}},
		{"a key for an error", url + `,"response":{"status":0,"_error":"AKIA0CANARY"}`, -1, &exchange.Failure{}},
		{"Charles", url + `,"response":{"_charlesStatus":"FAILED","content":{"mimeType":null}}`, -1, &exchange.Failure{}},
		{"no request", `"response":{"status":200}`, 200, nil},
		{"request null", `"request":null,"response":{"status":200}`, 200, nil},
		{"request a list", `"request":[{}],"response":[],"timings":[],"cache":null`, -1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, _ := one(t, log("x", "{"+tt.entry+"}"))
			status := -1
			if x.Response != nil {
				status = x.Response.Status
			}
			if status != tt.status || !reflect.DeepEqual(x.Failure, tt.failure) {
				t.Errorf("status %d, failure %+v", status, x.Failure)
			}
			if dnsSeen := x.Sight&exchange.DNSFacts != 0; dnsSeen != (tt.failure == dns) {
				t.Errorf("sight %v", x.Sight)
			}
		})
	}
}

// TestChromium checks what is made of headersSize. The request line has 37
// bytes, the field "A: b" has 6.
func TestChromium(t *testing.T) {
	const head = `,"httpVersion":"http/1.1","headers":[{"name":"A","value":"b"}%s],"headersSize":%d`
	const auth, cookie = `,{"name":"Authorization","value":"x"}`, `,{"name":"cookie","value":"a=b"}`
	const setCookie = `,{"name":"Set-Cookie","value":"a=b"}`
	none, unknown := exchange.Removed{Known: true}, exchange.Removed{}
	for _, tt := range []struct {
		name                       string
		req, res                   string
		reqSize, resSize           int
		sight, unsure              exchange.Sight
		fidelity                   exchange.Fidelity
		reqGone, resGone           exchange.Removed
		cleaned, complete, headers bool
	}{
		{name: "nothing sent", reqSize: 43, resSize: 35, sight: both, reqGone: none, resGone: none},
		{name: "older", reqSize: 45, resSize: 35, sight: both, reqGone: none, resGone: none},
		{name: "cleaned", reqSize: 43 + 59, resSize: 35, reqGone: exchange.Removed{Known: true, Bytes: 59}, resGone: none, fidelity: exchange.Stripped, cleaned: true},
		{name: "cleaned response", reqSize: 43, resSize: 35 + 40, sight: exchange.Credentials, reqGone: none, resGone: exchange.Removed{Known: true, Bytes: 40}, fidelity: exchange.Stripped, cleaned: true},
		{name: "cleaned response, no size", reqSize: -1, resSize: 35 + 40, reqGone: unknown, resGone: exchange.Removed{Known: true, Bytes: 40}, fidelity: exchange.Stripped, cleaned: true},
		{name: "no sizes", reqSize: -1, resSize: -1, unsure: both},
		{name: "edited", reqSize: 40, resSize: 37 + 3, unsure: both},
		{name: "authorization", req: auth, reqSize: -1, resSize: -1, sight: both, complete: true},
		{name: "cookie", req: cookie, reqSize: -1, resSize: -1, sight: both, complete: true},
		{name: "set-cookie", res: setCookie, reqSize: -1, resSize: -1, unsure: both, complete: true},
		{name: "put back", req: auth, reqSize: 43 + 18 + 32, resSize: -1, sight: exchange.Credentials, reqGone: exchange.Removed{Known: true, Bytes: 32}, fidelity: exchange.Stripped, cleaned: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, c := one(t, log("WebInspector", get(fmt.Sprintf(head, tt.req, tt.reqSize), fmt.Sprintf(head, tt.res, tt.resSize))))
			x.Sight &= both
			if x.Sight != tt.sight || x.Unsure != tt.unsure || x.Fidelity != tt.fidelity {
				t.Errorf("sight %v, unsure %v, fidelity %v", x.Sight, x.Unsure, x.Fidelity)
			}
			if x.Request.Removed != tt.reqGone || x.Response.Removed != tt.resGone {
				t.Errorf("removed %+v, %+v", x.Request.Removed, x.Response.Removed)
			}
			if !c.Cleans || c.Cleaned != tt.cleaned || c.Complete != tt.complete {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestLateCreator has the creator behind the entries, or none.
func TestLateCreator(t *testing.T) {
	entry := get(`,"headers":[{"name":"Authorization","value":"x"}]`, "")
	for _, tt := range []struct {
		name, text       string
		producer         string
		cleans, complete bool
	}{
		{"none", `{"log":{"entries":[` + get("", "") + `]}}`, "", false, true},
		{"Firefox", `{"log":{"entries":[` + get("", "") + `],"creator":{"name":"Firefox"}}}`, "Firefox", false, true},
		{"Chromium", `{"log":{"entries":[` + get("", "") + `],"creator":{"name":"WebInspector"}}}`, "WebInspector", true, false},
		{"Chromium, whole", `{"log":{"entries":[` + entry + `],"creator":{"name":"WebInspector"}}}`, "WebInspector", true, true},
	} {
		x, c := one(t, tt.text)
		if x.Unsure != both || x.Sight&both != 0 || c.Producer != tt.producer || c.Cleans != tt.cleans || c.Complete != tt.complete {
			t.Errorf("%s: sight %v, unsure %v, %+v", tt.name, x.Sight, x.Unsure, c)
		}
	}
}

func TestInsomnia(t *testing.T) {
	x, c := one(t, log("Insomnia REST Client", get("", "")))
	if x.Fidelity != exchange.AsConfigured || x.Sight != exchange.Timing || x.Unsure != 0 || count(c, exchange.NoteAsConfigured) != 1 {
		t.Errorf("%+v, %+v", x, c)
	}
}

// TestTLSErrors reads the failed handshakes that HTTP Toolkit lists, wherever the
// list stands: each is an exchange after the entries.
func TestTLSErrors(t *testing.T) {
	const list = `"_tlsErrors":[{"startedDateTime":"2026-03-02T09:00:00.5Z","time":12.5,"hostname":"ACME.atlassian.net","cause":"cert-rejected","clientPort":5},` +
		`{"hostname":"jira.example.com","cause":"closed"},{"hostname":"jira.example.com","cause":"unknown"},{"cause":"closed"},"CANARY",{"hostname":7,"cause":[]}]`
	for _, text := range []string{
		strings.Replace(log("HTTP Toolkit", get("", "")), `"entries"`, list+`,"entries"`, 1),
		strings.Replace(log("HTTP Toolkit", get("", "")), `"log":{`, `"log":{`+list+`,`, 1),
		strings.TrimSuffix(log("HTTP Toolkit", get("", "")), "}}") + "," + list + "}}",
	} {
		r := readText(t, text, false, Options{})
		xs, c, errs := r.xs, r.c, r.errs
		if len(errs) > 0 || len(xs) != 5 || count(c, exchange.NoteTLSErrors) != 6 || c.Exchanges != 5 {
			t.Fatalf("%d exchanges, %v, %+v", len(xs), errs, c)
		}
		x := xs[1]
		if x.At.Index != 1 || x.Request.URL != "https://acme.atlassian.net/" || x.Request.Method != "" || x.Response != nil ||
			*x.Failure != (exchange.Failure{Phase: exchange.TLSHandshake, Code: "ERR_CERT_REJECTED"}) ||
			!x.Start.Equal(time.Date(2026, 3, 2, 9, 0, 0, 5e8, time.UTC)) || x.Took != 12500*time.Microsecond {
			t.Errorf("%+v", x)
		}
		if !strings.HasPrefix(text[x.At.Offset:], `{"startedDateTime"`) {
			t.Errorf("offset %d", x.At.Offset)
		}
		if x = xs[2]; x.Failure.Code != "" || x.Conn.Handshake.Quit != exchange.QuitSilent || x.Sees(exchange.Credentials) == exchange.Shown {
			t.Errorf("%+v", x)
		}
		if x = xs[3]; x.Failure.Phase != exchange.TLSHandshake || x.Conn.Handshake.Quit != exchange.NoQuit {
			t.Errorf("%+v", x)
		}
	}
}

// TestBodies reads bodies of responses, and whether one was to be seen.
func TestBodies(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", exchange.MaxBody/16) // MaxBody
	enc := base64.StdEncoding.EncodeToString
	wide := []byte("\xff\xfeh\x00i\x00")
	for _, tt := range []struct {
		name, content, head string
		size                int64
		kept, cut, bad      bool
	}{
		{"absent", `{}`, "", -1, false, false, false},
		{"null", `null`, "", -1, false, false, false},
		{"null text", `{"text":null,"size":3}`, "", 3, false, false, false},
		{"empty", `{"text":""}`, "", 0, true, false, false},
		{"size zero", `{"size":0}`, "", 0, true, false, false},
		{"encoding without text", `{"encoding":"base64","size":9}`, "", 9, false, false, false},
		{"text", `{"text":"aé\n","size":"4"}`, "aé\n", 4, true, false, false},
		{"base64 first", `{"encoding":"base64","text":"aGVsbG8="}`, "hello", 5, true, false, false},
		{"base64 last", `{"text":"aGVsbG8=","encoding":"BASE64"}`, "hello", 5, true, false, false},
		{"base64 loose", `{"text":"aGV\nsbG8 _-","encoding":"base64"}`, "hello?", 6, true, false, false},
		{"base64 of UTF-16", `{"text":"` + enc(wide) + `","encoding":"base64"}`, string(wide), 6, true, false, false},
		{"other encoding", `{"text":"aGVs","encoding":"utf8"}`, "aGVs", 4, true, false, false},
		{"whole", `{"text":"` + long + `"}`, long, exchange.MaxBody, true, false, false},
		{"cut", `{"text":"` + long + `!","size":65537}`, long, 65537, true, true, false},
		{"cut in a character", `{"text":"!` + strings.Repeat("é", exchange.MaxBody/2) + `"}`, "!" + strings.Repeat("é", exchange.MaxBody/2-1), -1, true, true, false},
		{"long", `{"text":"` + long + long + long + `"}`, long, -1, true, true, false},
		{"base64 whole", `{"encoding":"base64","text":"` + enc([]byte(long)) + `"}`, long, exchange.MaxBody, true, false, false},
		{"base64 cut", `{"encoding":"base64","text":"` + enc([]byte(long+long)) + `"}`, long, -1, true, true, false},
		{"invalid", "{\"text\":\"a\xffb\"}", "a\ufffdb", 5, true, false, true},
		{"half a pair", `{"text":"a\ud83d\u0041"}`, "a\ufffdA", 5, true, false, true},
		{"Playwright file", `{"_file":"x.json","size":9}`, "", 9, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, c := one(t, log("x", get("", `,"content":`+tt.content)))
			b := x.Response.Body
			if string(b.Head) != tt.head || b.Size != tt.size || b.Kept != tt.kept {
				t.Errorf("%d bytes %.20q, size %d, kept %v", len(b.Head), b.Head, b.Size, b.Kept)
			}
			if cut := count(c, exchange.NoteBodyCut) > 0; cut != tt.cut {
				t.Errorf("cut: %v", cut)
			}
			if bad := count(c, exchange.NoteInvalidUTF8) > 0; bad != tt.bad {
				t.Errorf("invalid: %v", bad)
			}
			if seen := x.Sight&exchange.Bodies != 0; seen != tt.kept {
				t.Errorf("sight %v", x.Sight)
			}
		})
	}
}

func TestRequestBodies(t *testing.T) {
	for content, want := range map[string]string{
		`,"postData":{"text":"a=b"}`: "a=b",
		`,"postData":{"params":[{"name":"a","value":"b"},{"name":"c"},{"fileName":"x"}]}`:  "a=b&c=&=",
		`,"postData":{"text":"","params":[{"name":"a","value":"b"}],"mimeType":null}`:      "a=b",
		`,"postData":{"params":[{"name":"a","value":"b"}],"text":"x"}`:                     "x",
		`,"postData":{"text":"eA==","_encoding":"base64"}`:                                 "x",
		`,"postData":null,"_content":{"text":"eA==","encoding":"base64","size":1}`:         "x",
		`,"postData":{"text":"y"},"_content":{"text":"eA==","encoding":"base64","size":1}`: "y",
		`,"postData":{"text":"y"},"postData":{"text":"z"}`:                                 "z",
		`,"postData":"CANARY"`: "",
	} {
		x, _ := one(t, log("x", get(content, "")))
		if got := string(x.Request.Body.Head); got != want {
			t.Errorf("%s: %q", content, got)
		}
	}
}

func TestDuplicates(t *testing.T) {
	x, c := one(t, log("x", `{"request":{"url":"a","url":"b","headers":[{"name":"x","value":"1"}],"headers":[{"name":"y","name":"z","value":"2"}]},"response":{"status":200,"status":401},"response":{"status":403}}`))
	if x.Request.URL != "b" || len(x.Request.Header) != 1 || x.Request.Header[0] != (exchange.Field{Name: "z", Value: "2"}) || x.Response.Status != 403 || count(c, exchange.NoteDuplicateKey) != 5 {
		t.Errorf("%+v, %+v", x, c)
	}
}

func TestConnections(t *testing.T) {
	for _, tt := range []struct {
		producer, members string
		want              *exchange.Conn
	}{
		{"WebInspector", ``, nil},
		{"WebInspector", `,"serverIPAddress":"","connection":""`, nil},
		{"WebInspector", `,"serverIPAddress":"[2001:db8::1]","connection":"8443","_connectionId":"17"`, &exchange.Conn{ID: "17", ServerAddr: "2001:db8::1", ServerPort: 8443}},
		{"WebInspector", `,"serverIPAddress":"203.0.113.9","connection":"443"`, &exchange.Conn{ServerAddr: "203.0.113.9", ServerPort: 443}},
		{"WebInspector", `,"connection":"52171"`, &exchange.Conn{ID: "52171"}},
		{"Firefox", `,"connection":"8080"`, &exchange.Conn{ServerPort: 8080}},
		{"ProxyPin", `,"serverIPAddress":"203.0.113.9:8443"`, &exchange.Conn{ServerAddr: "203.0.113.9", ServerPort: 8443}},
		{"x", `,"serverIPAddress":"[::1]:99999"`, &exchange.Conn{ServerAddr: "::1"}},
		{"x", `,"serverIPAddress":"2001:db8::1"`, &exchange.Conn{ServerAddr: "2001:db8::1"}},
		{"Playwright", `,"_serverPort":443,"_securityDetails":{"protocol":"TLS 1.3","subjectName":"a","issuer":"b","validFrom":1,"validTo":2,"x":[]}`, &exchange.Conn{ServerPort: 443, TLS: &exchange.TLS{Version: "TLS 1.3", Subject: "a", Issuer: "b", From: time.Unix(1, 0).UTC(), To: time.Unix(2, 0).UTC()}}},
		{"Playwright", `,"_securityDetails":{}`, nil},
	} {
		e := strings.TrimSuffix(get("", ""), "}") + tt.members + "}"
		r := readText(t, log(tt.producer, e, e), false, Options{})
		if got := r.xs[0].Conn; !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s%s: %+v", tt.producer, tt.members, got)
		}
		shared := r.xs[0].Conn == r.xs[1].Conn
		if want := tt.want == nil || tt.want.ID != ""; shared != want {
			t.Errorf("%s%s: shared: %v", tt.producer, tt.members, shared)
		}
	}
}

func TestStamps(t *testing.T) {
	for in, want := range map[string]string{
		"2026-01-02T03:04:05.678Z":          "2026-01-02T03:04:05.678Z",
		"2026-01-02T03:04:05Z":              "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.1234567+02:00": "2026-01-02T01:04:05.1234567Z",
		"2026-01-02T03:04:05.12-0130":       "2026-01-02T04:34:05.12Z",
		"2026-01-02T03:04:05,5+01":          "2026-01-02T02:04:05.5Z",
		"2026-01-02T03:04:05.678901234567Z": "2026-01-02T03:04:05.678901234Z",
		"2026-01-02 03:04:05":               "2026-01-02T03:04:05Z not certain",
		"2026-01-02T03:04:05.5":             "2026-01-02T03:04:05.5Z not certain",
		"2026-01-02T03:04:05.5CET":          "2026-01-02T03:04:05.5Z not certain",
		"2026-13-02T03:04:05Z":              "none",
		"2026-01-02T03:04":                  "none",
		"0001-01-01T00:00:00Z":              "none",
		"":                                  "none",
		"Fri, 02 Jan 2026 03:04:05":         "none",
	} {
		tm, zoned := parseStamp([]byte(in))
		got := tm.Format(time.RFC3339Nano)
		if !zoned {
			got += " not certain"
		}
		if tm.IsZero() {
			got = "none"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]time.Duration{
		"0": 0, "12.5": 12_500_000, "-1": -1, "null": -1, `"7"`: 7_000_000, "1e3": 1_000_000_000, "1.0E-3": 1000,
		"99999999999999999999": -1, "0.1234567890123456789": 123456, `"x"`: -1, "[1]": -1, "true": -1,
	} {
		x, _ := one(t, log("x", `{"time":`+in+`,"request":{"url":"u"}}`))
		if x.Took != want || x.Request.URL != "u" {
			t.Errorf("time %s: %d", in, x.Took)
		}
	}
}

// TestLimits drops what is beyond a bound and counts it.
func TestLimits(t *testing.T) {
	value := strings.Repeat("v", maxValue+1)
	x, c := one(t, log("WebInspector", get(`,"headersSize":9000000,"httpVersion":"HTTP/1.1","headers":[`+strings.Repeat(`{"name":"a","value":"`+value+`"},`, 20)+`{"name":"b","value":"c"}]`, "")))
	if n := len(x.Request.Header); n != 16 || len(x.Request.Header[0].Value) != maxValue || x.Request.Header[15].Name != "b" {
		t.Errorf("%d fields", n)
	}
	if n := count(c, exchange.NoteLongValue); n != 25 { // 20 cut, 5 dropped
		t.Errorf("%d values cut", n)
	}
	if x.Request.Removed.Known {
		t.Error("fields were dropped, so nothing is known")
	}
	x, c = one(t, log("x", get(`,"headers":[`+strings.Repeat(`{"name":"","value":""},`, maxFields+9)+`{}]`, "")))
	if len(x.Request.Header) != maxFields || count(c, exchange.NoteLongValue) != 9 {
		t.Errorf("%d fields, %v", len(x.Request.Header), c.Notes)
	}
	x, _ = one(t, log("x", get("", `,"x":`+strings.Repeat(`{"parent":`, maxDepth-20)+"0"+strings.Repeat("}", maxDepth-20))))
	if x.Response.Status != 401 {
		t.Error("a deep stack of calls was not skipped")
	}
}

// TestFieldsBeyondTheLimit: of a request with more fields than are kept nothing
// can be called absent.
func TestFieldsBeyondTheLimit(t *testing.T) {
	for _, tc := range []struct {
		n    int
		want exchange.Visibility
	}{{20, exchange.Shown}, {maxFields + 1, exchange.Hidden}} {
		fields := strings.TrimSuffix(strings.Repeat(`{"name":"X-Filler","value":"x"},`, tc.n), ",")
		text := `{"log":{"version":"1.2","creator":{"name":"Firefox","version":"153.0"},"entries":[{"startedDateTime":"2026-03-02T09:00:00Z",` +
			`"request":{"method":"GET","url":"https://jira.example.com/","headers":[` + fields + `]},"response":{"status":401}}]}}`
		for x, err := range Read(&exchange.Capture{Name: "many.har"}, strings.NewReader(text), Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := x.Sees(exchange.Credentials); got != tc.want {
				t.Errorf("%d fields: credentials are %v, want %v", tc.n, got, tc.want)
			}
		}
	}
}
