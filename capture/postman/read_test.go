package postman

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

const report = `{"collection":{"item":[{"name":"a \" {"}],"deep":[[{}]]},"environment":null,"run":{"stats":{},"executions":[
{"cursor":{},"item":{},"request":{"url":{"protocol":"https","port":"8443","path":["rest","api","2","myself"],"host":["jira","example","com"],"query":[{"key":"a","value":"1"},{"key":"b","value":null},{"key":"c","value":"x","disabled":true}],"variable":[]},
 "header":[{"key":"Authorization","value":"Basic CANARY\n"},{"key":"X","value":"y","disabled":true},{"key":"User-Agent","value":"PostmanRuntime/7.39.1","system":true}],"method":"GET","body":{"mode":"urlencoded","urlencoded":[{"key":"q","value":"a b"}]}},
 "response":{"status":"Unauthorized","code":401,"header":[{"key":"X-Seraph-LoginReason","value":"AUTHENTICATED_FAILED"},{"key":"Content-Encoding","value":"gzip"}],"stream":{"type":"Buffer","data":[100,101,110,105,101,100]},"responseTime":41,"responseSize":6}},
{"request":{"url":"https://acme.atlasian.net/x","method":"GET","header":"Accept: */*\nX-A: b"},"requestError":{"code":"ENOTFOUND","errno":"ENOTFOUND","syscall":"getaddrinfo"}},
{"request":{"url":"https://jira.example.com/x","method":"GET","header":[]},"requestError":{"code":"ERR_INVALID_CHAR"}},
{"assertions":[]}
],"failures":[]}}`

type reader func(*exchange.Capture, string) iter.Seq2[*exchange.Exchange, error]

func reports(c *exchange.Capture, text string) iter.Seq2[*exchange.Exchange, error] {
	return ReadReport(c, strings.NewReader(text))
}

func collections(vars map[string]string) reader {
	return func(c *exchange.Capture, text string) iter.Seq2[*exchange.Exchange, error] {
		return ReadCollection(c, strings.NewReader(text), Options{Variables: vars})
	}
}

func read(t testing.TB, f reader, text string) (xs []*exchange.Exchange, errs []*exchange.Unreadable, c *exchange.Capture) {
	t.Helper()
	c = &exchange.Capture{Name: "test.json"}
	for x, err := range f(c, text) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if x != nil {
			if x.From != c || x.At.Capture != c.Name || len(x.Request.Body.Head) > exchange.MaxBody {
				t.Fatalf("%+v", x.At)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || strings.Contains(u.Error()+u.Hint, "CANARY") || u.At.Offset > int64(len(text)) {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	if c.Exchanges != len(xs) {
		t.Fatal(c.Exchanges, len(xs))
	}
	return xs, errs, c
}

func TestReport(t *testing.T) {
	xs, errs, _ := read(t, reports, report)
	if len(xs) != 3 || len(errs) != 0 {
		t.Fatal(len(xs), errs)
	}
	x := xs[0]
	if x.Request.URL != "https://jira.example.com:8443/rest/api/2/myself?a=1&b" || x.Request.Method != "GET" {
		t.Error(x.Request.URL)
	}
	if len(x.Request.Header) != 2 || x.Request.Header.Value("authorization") != "Basic CANARY\n" || string(x.Request.Body.Head) != "q=a+b" {
		t.Errorf("%+v", x.Request)
	}
	if p := x.Response; p.Status != 401 || string(p.Body.Head) != "denied" || !p.Body.Kept || p.Header.Value("X-Seraph-LoginReason") == "" {
		t.Errorf("%+v", p)
	}
	if x.Took.Milliseconds() != 41 || x.Client != "PostmanRuntime/7.39.1" || x.Sight != exchange.Credentials|exchange.Cookies|exchange.Bodies {
		t.Error(x.Took, x.Client, x.Sight)
	}
	if f := xs[1].Failure; f == nil || f.Phase != exchange.DNS || f.Code != "ENOTFOUND" || len(xs[1].Request.Header) != 2 {
		t.Errorf("%+v %+v", f, xs[1].Request)
	}
	if f := xs[2].Failure; f == nil || f.Phase != exchange.Blocked || xs[2].At.Index != 2 {
		t.Errorf("%+v", f)
	}
}

func TestDamagedReport(t *testing.T) {
	wrong := strings.Replace(report, `{"assertions":[]}`, `{"request":{"url":"https://a.example/","method":"GET","body":"CANARY"}}`, 1)
	for name, tt := range map[string]struct {
		text     string
		xs, errs int
		fatal    bool
	}{
		"cut":            {report[:len(report)-100], 2, 1, true},
		"not JSON":       {strings.Replace(report, `"failures"`, "CANARY", 1), 3, 1, true},
		"wrong type":     {wrong, 3, 1, false},
		"no run":         {`{"collection":{}}`, 0, 0, false},
		"run is a list":  {`{"run":[1,{"executions":[]}]}`, 0, 0, false},
		"another run":    {`{"run":{"executions":{"a":[1]}}}`, 0, 0, false},
		"a number":       {`7`, 0, 0, false},
		"nothing at all": {``, 0, 1, true},
	} {
		xs, errs, _ := read(t, reports, tt.text)
		if len(xs) != tt.xs || len(errs) != tt.errs || len(errs) > 0 && errs[0].Fatal != tt.fatal {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
}

const saved = `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
"auth":{"type":"basic","basic":[{"key":"username","value":"jo@example.com"},{"key":"password","value":"{{secret}}"}]},
"variable":[{"key":"host","value":"{{site}}.atlassian.net"},{"key":"site","value":"acme"}],
"item":[
 {"name":"inherits","request":{"method":"GET","url":"https://{{host}}/rest/api/3/myself","header":[{"key":"Accept","value":"*/*"}]}},
 {"name":"folder","auth":{"type":"bearer","bearer":{"token":"CANARY"}},"item":[
   {"name":"bearer","request":{"method":"GET","url":{"raw":"acme.atlassian.net/x"}}},
   {"name":"none","request":{"auth":{"type":"noauth"},"method":"POST","url":"https://acme.atlassian.net/y","body":{"mode":"raw","raw":"{}"}}},
   {"name":"own","request":{"method":"GET","url":"https://acme.atlassian.net/z","header":[{"key":"Authorization","value":"jo:CANARY"}]},
    "response":[{"name":"denied","originalRequest":{"method":"GET","url":"https://acme.atlassian.net/z"},"code":401,"status":"Unauthorized","header":[{"key":"A","value":"b"}],"body":"no"}]}
 ]},
 {"name":"typed in","request":{"auth":{"type":"noauth"},"method":"GET","url":"https://acme.atlassian.net/t","header":[{"key":"Authorization","value":"Bearer {{token}}"}]}},
 {"name":"short","request":"https://acme.atlassian.net/s"}
]}`

func TestCollection(t *testing.T) {
	xs, errs, c := read(t, collections(map[string]string{"secret": "CANARY"}), saved)
	if len(errs) != 0 || len(xs) != 7 {
		t.Fatal(len(xs), errs)
	}
	for i, want := range []struct {
		url, authorization string
		sees               bool
		status             int
	}{
		{"https://acme.atlassian.net/rest/api/3/myself", "Basic am9AZXhhbXBsZS5jb206Q0FOQVJZ", true, 0},
		{"http://acme.atlassian.net/x", "Bearer CANARY", true, 0},
		{"https://acme.atlassian.net/y", "", true, 0},
		{"https://acme.atlassian.net/z", "Bearer CANARY", true, 0},
		{"https://acme.atlassian.net/z", "", false, 401},
		{"https://acme.atlassian.net/t", "", false, 0},
		{"https://acme.atlassian.net/s", "Basic am9AZXhhbXBsZS5jb206Q0FOQVJZ", true, 0},
	} {
		x := xs[i]
		status := 0
		if x.Response != nil {
			status = x.Response.Status
		}
		if x.Request.URL != want.url || x.Request.Header.Value("Authorization") != want.authorization || x.Sight&exchange.Credentials != 0 != want.sees || status != want.status {
			t.Errorf("%d: %s %+v %s %d", i, x.Request.URL, x.Request.Header, x.Sight, status)
		}
		if x.Fidelity != exchange.AsConfigured || x.At.Index != i || x.Sight&exchange.Cookies != 0 {
			t.Errorf("%d: %+v", i, x)
		}
	}
	if len(c.Notes) != 2 {
		t.Error(c.Notes)
	}
}

// TestUnresolved: what nothing gives a value is not guessed, and not missing.
func TestUnresolved(t *testing.T) {
	xs, _, _ := read(t, collections(nil), saved)
	if x := xs[0]; x.Request.Header.Has("Authorization") || x.Sight&exchange.Credentials != 0 {
		t.Errorf("%+v %s", x.Request, x.Sight)
	}
	loop := `{"item":[{"request":{"method":"GET","url":"https://{{a}}/"}}],"variable":[{"key":"a","value":"{{b}}{{b}}"},{"key":"b","value":"{{a}}{{a}}"}],"info":{}}`
	if xs, errs, _ := read(t, collections(nil), loop); len(xs) != 1 || len(errs) != 0 || len(xs[0].Request.URL) > maxResolved {
		t.Error(errs)
	}
}

// TestUnknown: what a script or an old helper adds is not in the collection.
func TestUnknown(t *testing.T) {
	for name, text := range map[string]string{
		"script":           `{"item":[{"event":[{"listen":"prerequest","script":{"exec":["pm.request.headers.add(x)"]}}],"request":"https://jira.example.com/a"}]}`,
		"script above":     `{"event":[{"listen":"prerequest","script":{"exec":"pm.x()"}}],"item":[{"item":[{"request":"https://jira.example.com/a"}]}]}`,
		"helper of old":    `{"order":[],"requests":[{"url":"https://jira.example.com/a","method":"GET","currentHelper":"oAuth2","headers":""}]}`,
		"signed":           `{"item":[{"request":{"url":"https://jira.example.com/a","auth":{"type":"awsv4","awsv4":[]}}}]}`,
		"unresolved token": `{"item":[{"request":{"url":"https://jira.example.com/a","header":[{"key":"Authorization","value":"Basic x"}],"auth":{"type":"bearer","bearer":[{"key":"token","value":"{{t}}"}]}}}]}`,
	} {
		xs, errs, _ := read(t, collections(nil), text)
		if len(errs) != 0 || len(xs) != 1 || xs[0].Sight&exchange.Credentials != 0 || xs[0].Request.Header.Has("Authorization") {
			t.Errorf("%s: %+v %v", name, xs, errs)
		}
	}
	for name, text := range map[string]string{
		"test script":  `{"item":[{"event":[{"listen":"test","script":{"exec":["x"]}},{"listen":"prerequest","script":{"exec":[""]}}],"request":"https://jira.example.com/a"}]}`,
		"empty bearer": `{"item":[{"request":{"url":"https://jira.example.com/a","auth":{"type":"bearer","bearer":[{"key":"token","value":""}]}}}]}`,
	} {
		xs, _, _ := read(t, collections(nil), text)
		if len(xs) != 1 || xs[0].Sight&exchange.Credentials == 0 || xs[0].Request.Header.Has("Authorization") {
			t.Errorf("%s: %+v", name, xs)
		}
	}
	wrong := `{"item":[{"request":{"method":7,"url":{"host":["jira","example","com"],"path":["rest",":id"],"variable":[{"key":"id","value":"A-1"}]}}},{"request":"https://a.example/"}]}`
	if xs, errs, _ := read(t, collections(nil), wrong); len(errs) != 0 || len(xs) != 2 || xs[0].Request.URL != "http://jira.example.com/rest/A-1" {
		t.Error(xs, errs)
	}
}

func TestVersions(t *testing.T) {
	one := `{"id":"x","order":["a"],"requests":[{"id":"a","method":"GET","url":"https://jira.example.com/a","headers":"Authorization: Basic CANARY\nAccept: */*\n"}]}`
	if xs, errs, _ := read(t, collections(nil), one); len(errs) != 0 || len(xs) != 1 || xs[0].Request.Header.Value("Authorization") != "Basic CANARY" {
		t.Error(xs, errs)
	}
	if xs, errs, _ := read(t, collections(nil), `{"collection":`+saved+`}`); len(errs) != 0 || len(xs) != 7 {
		t.Error(len(xs), errs)
	}
}

func TestEnvironment(t *testing.T) {
	v, ok := Environment(strings.NewReader(`{"name":"e","values":[{"key":"a","value":"1","enabled":true},{"key":"b","value":"2","enabled":false},{"key":"c","value":3}]}`))
	if !ok || len(v) != 2 || v["a"] != "1" || v["c"] != "3" {
		t.Error(v, ok)
	}
	if _, ok := Environment(strings.NewReader(`{"values":7}`)); ok {
		t.Error("taken for an environment")
	}
}

func FuzzReport(f *testing.F) {
	f.Add(report)
	f.Add(report[:300])
	f.Fuzz(func(t *testing.T, text string) { read(t, reports, text) })
}

func FuzzCollection(f *testing.F) {
	f.Add(saved)
	f.Add(`{"item":[{"request":"x"}]}`)
	f.Fuzz(func(t *testing.T, text string) { read(t, collections(map[string]string{"a": "{{b}}", "b": "c"}), text) })
}

// TestPartial: an address with a variable of an environment that was not given is
// known to be one.
func TestPartial(t *testing.T) {
	for raw, want := range map[string]bool{"{{base}}/rest/api/3/myself": true, "https://a.example/": false} {
		c := &exchange.Capture{Name: "c"}
		text := `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[{"request":{"method":"GET","url":{"raw":"` + raw + `"}}}]}`
		for x, err := range ReadCollection(c, strings.NewReader(text), Options{}) {
			if err != nil || x.Request.PartialURL != want {
				t.Errorf("%s: %v %+v", raw, err, x)
			}
		}
	}
}
