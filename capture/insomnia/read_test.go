package insomnia

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/why401/why401/capture/jsonin"
	"github.com/why401/why401/internal/exchange"
)

const four = `{"_type":"export","__export_format":4,"__export_source":"insomnia.desktop.app:v2023.5","resources":[
{"_id":"wrk_1","_type":"workspace","parentId":null,"name":"w"},
{"_id":"env_1","_type":"environment","parentId":"wrk_1","data":{"host":"{{ _.site }}.atlassian.net","site":"acme","user":"jo@example.com","token":"CANARY","deep":{"a-b":"CANARY2"},"stage":"x","port":8443}},
{"_id":"env_2","_type":"environment","parentId":"env_1","data":{"stage":"y","site":"acme","only":"z"}},
{"_id":"fld_1","_type":"request_group","parentId":"wrk_1","environment":{"user":"fred"},"authentication":{"type":"basic","username":"{{ _.user }}","password":"{{ _.deep['a-b'] }}"},"headers":[{"name":"X-Folder","value":"1"},{"name":"Accept","value":"text/html"}]},
{"_id":"req_1","_type":"request","parentId":"fld_1","name":"inherits","method":"GET","url":"https://{{ _.host }}/rest/api/3/myself","headers":[{"name":"accept","value":"*/*"},{"name":"User-Agent","value":"insomnia/9.3"}],"authentication":{},"parameters":[{"name":"q","value":"a b"},{"name":"off","value":"1","disabled":true}]},
{"_id":"req_2","_type":"request","parentId":"wrk_1","name":"bearer","method":"GET","url":"{{host}}/a/:key","pathParameters":[{"name":"key","value":"A-1"}],"authentication":{"type":"bearer","token":"{{ _.token }} "}},
{"_id":"req_3","_type":"request","parentId":"wrk_1","name":"a sub-environment decides","method":"GET","url":"https://a.example/","authentication":{"type":"bearer","token":"{{ _.stage }}"}},
{"_id":"req_4","_type":"request","parentId":"wrk_1","name":"a tag","method":"GET","url":"https://a.example/","headers":[{"name":"Authorization","value":"Bearer {% response 'body', 'req_1' %}"}]},
{"_id":"req_5","_type":"request","parentId":"fld_1","name":"none","method":"POST","url":"https://a.example/","authentication":{"type":"none"},"body":{"mimeType":"application/json","text":"{}"}},
{"_id":"req_6","_type":"request","parentId":"fld_1","name":"typed in","method":"GET","url":"https://a.example/","headers":[{"name":"Authorization","value":"jo:CANARY"}],"authentication":{"type":"bearer","token":"x"}},
{"_id":"req_7","_type":"request","parentId":"wrk_1","name":"key","method":"GET","url":"https://a.example/","authentication":{"type":"apikey","key":"X-Key","value":"CANARY","addTo":"header"}},
{"_id":"req_8","_type":"request","parentId":"wrk_1","name":"key in the query","method":"GET","url":"https://a.example/?a=b","authentication":{"type":"apikey","key":"k","value":"v w","addTo":"queryParams"}},
{"_id":"req_9","_type":"request","parentId":"wrk_1","name":"oauth","method":"GET","url":"https://a.example/","authentication":{"type":"oauth2","grantType":"client_credentials"}},
{"_id":"req_10","_type":"request","parentId":"fld_1","name":"switched off","method":"GET","url":"https://a.example/","authentication":{"type":"bearer","token":"x","disabled":true}},
{"_id":"req_11","_type":"request","parentId":"wrk_1","name":"script","method":"GET","url":"https://a.example/","preRequestScript":"insomnia.request.addHeader('x')"},
{"_id":"req_12","_type":"request","parentId":"wrk_1","name":"Latin 1","method":"GET","url":"https://a.example/","authentication":{"type":"basic","useISO88591":true,"username":"jürgen","password":"CANARY"}},
{"_id":"ws_1","_type":"websocket_request","parentId":"wrk_1","url":"wss://a.example/"}
]}`

const five = `type: collection.insomnia.rest/5.0
name: Jira
collection:
  - name: outer
    children:
      - name: inner
        authentication:
          type: bearer
          token: "{{ _.token }}"
          prefix: Token
        children:
          - url: https://{{ _['host-name'] }}/rest/api/2/myself
            name: me
            method: GET
            headers:
              - name: X-Number
                value: 0123
              - name: X-Date
                value: 2026-03-02
          - &again
            url: https://jira.example.com/b
            name: other
            method: GET
            authentication: {type: basic, username: jo, password: 0x1F, disabled: false}
    environment:
      token: CANARY
  - *again
  - name: socket
    url: wss://jira.example.com/
environments:
  name: Base Environment
  data:
    token: other
    host-name: jira.example.com
  subEnvironments:
    - name: stage
      data: {token: third}
`

func read(t testing.TB, text string) (xs []*exchange.Exchange, errs []*exchange.Unreadable, c *exchange.Capture) {
	t.Helper()
	c = &exchange.Capture{Name: "test.yaml"}
	for x, err := range Read(c, strings.NewReader(text)) {
		if (x == nil) == (err == nil) {
			t.Fatal("neither an exchange nor an error, or both")
		}
		if x != nil {
			if x.From != c || x.At.Capture != c.Name || x.At.Index != len(xs) || len(x.Request.Body.Head) > exchange.MaxBody || x.Fidelity != exchange.AsConfigured || x.Response != nil {
				t.Fatalf("%+v", x)
			}
			xs = append(xs, x)
			continue
		}
		u := new(exchange.Unreadable)
		if !errors.As(err, &u) || strings.Contains(u.Error()+u.Hint, "CANARY") || u.Reason == "" || u.Hint == "" || !u.Fatal {
			t.Fatalf("%+v", err)
		}
		errs = append(errs, u)
	}
	if c.Exchanges != len(xs) {
		t.Fatalf("%d of %d counted", c.Exchanges, len(xs))
	}
	return xs, errs, c
}

func basic(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

type want struct {
	url, authorization string
	sees               bool
}

func check(t *testing.T, text string, wants []want) ([]*exchange.Exchange, *exchange.Capture) {
	t.Helper()
	xs, errs, c := read(t, text)
	if len(errs) != 0 || len(xs) != len(wants) {
		t.Fatal(len(xs), errs)
	}
	for i, w := range wants {
		x := xs[i]
		if x.Request.URL != w.url || x.Request.Header.Value("Authorization") != w.authorization || x.Sight&exchange.Credentials != 0 != w.sees {
			t.Errorf("%d: %s %+v %s", i, x.Request.URL, x.Request.Header, x.Sight)
		}
	}
	return xs, c
}

func TestFour(t *testing.T) {
	const a = "https://a.example/"
	xs, c := check(t, four, []want{
		{"https://acme.atlassian.net/rest/api/3/myself?q=a%20b", basic("fred:CANARY2"), true},
		{"http://acme.atlassian.net/a/A-1", "Bearer CANARY", true},
		{a, "", false},
		{a, "", false},
		{a, "", true},
		{a, "jo:CANARY", true},
		{a, "", true},
		{a + "?a=b&k=v%20w", "", true},
		{a, "", false},
		{a, basic("fred:CANARY2"), true},
		{a, "", false},
		{a, basic("j\xfcrgen:CANARY"), true},
	})
	if h := xs[0].Request.Header; len(h) != 4 || h.Value("Accept") != "*/*" || h.Value("X-Folder") != "1" || xs[0].Client != "insomnia/9.3" || xs[0].Comment != "inherits" {
		t.Errorf("%+v", xs[0])
	}
	if string(xs[4].Request.Body.Head) != "{}" || xs[4].Request.Body.Media != "application/json" || xs[4].Request.Method != "POST" || xs[6].Request.Header.Value("X-Key") != "CANARY" {
		t.Errorf("%+v %+v", xs[4].Request, xs[6].Request)
	}
	if len(c.Notes) != 2 || c.Notes[0] != (exchange.Note{Kind: exchange.NoteUnresolved, N: 2}) || c.Notes[1].Kind != exchange.NoteAsConfigured {
		t.Error(c.Notes)
	}
}

func TestFive(t *testing.T) {
	xs, _ := check(t, five, []want{
		{"https://jira.example.com/rest/api/2/myself", "Token CANARY", true},
		{"https://jira.example.com/b", basic("jo:0x1F"), true},
		{"https://jira.example.com/b", basic("jo:0x1F"), true},
	})
	if h := xs[0].Request.Header; h.Value("X-Number") != "0123" || h.Value("X-Date") != "2026-03-02" {
		t.Errorf("%+v", h)
	}
}

// TestFourInYAML: older versions export version 4 as YAML, too.
func TestFourInYAML(t *testing.T) {
	text := "_type: export\n__export_format: 4\nresources:\n  - _id: req_1\n    parentId: wrk_1\n    _type: request\n    url: https://a.example/\n    method: GET\n    authentication:\n      type: bearer\n      token: CANARY\n"
	check(t, text, []want{{"https://a.example/", "Bearer CANARY", true}})
}

// TestPartial: an address with a variable that the export does not settle is known
// to be one, and of environments side by side none is guessed.
func TestPartial(t *testing.T) {
	for text, want := range map[string]struct {
		url     string
		partial bool
	}{
		`{"_type":"request","url":"https://a.example/{{ _.x }}"}`:                                                                                                                                                         {"https://a.example/{{ _.x }}", true},
		`{"_type":"request","url":"{{ _.base }}/b","parentId":"w"},{"_type":"environment","parentId":"w","data":{"base":"https://a.example"}}`:                                                                            {"https://a.example/b", false},
		`{"_type":"request","url":"{{ _.base }}/b","parentId":"w"},{"_type":"environment","parentId":"w","data":{"base":"https://a.example"}},{"_type":"environment","parentId":"w","data":{"base":"https://b.example"}}`: {"{{ _.base }}/b", true},
		`{"_type":"request","url":"https://a.example/","parameters":[{"name":"q","value":"{{ _.x }}"}]}`:                                                                                                                  {"https://a.example/", true},
		`{"_type":"request","url":"https://a.example/:k","pathParameters":[{"name":"k","value":"{% x %}"}]}`:                                                                                                              {"https://a.example/:k", true},
	} {
		xs, _, _ := read(t, `{"_type":"export","resources":[`+text+`]}`)
		if len(xs) != 1 || xs[0].Request.URL != want.url || xs[0].Request.PartialURL != want.partial {
			t.Errorf("%s: %+v", text, xs)
		}
	}
}

func TestVariables(t *testing.T) {
	s := (&scope{vars: flat([]byte(`{"a":"1","b":{"c":"2","d":{"e":"3"}},"l":["x"],"n":null,"loop":"{{ _.loop }}{{ _.loop }}","t":"{{ _.a }}","num":7,"yes":true}`))}).within([]byte(`{"b":{"c":"4"},"o":"{{ _.b.d.e }}"}`))
	for in, want := range map[string]struct {
		out     string
		missing bool
	}{
		"{{ _.a }}{{a}}{{ _['a'] }}": {"111", false},
		`{{ _["b"].c }}`:             {"4", false},
		"{{ _.o }}":                  {"3", false},
		"{{ _.t }}":                  {"1", false},
		"{{ _.num }}{{ _.yes }}":     {"7true", false},
		"{{ _.b }}":                  {"{{ _.b }}", true},
		"{{ _.l }}":                  {"{{ _.l }}", true},
		"{{ _.n }}":                  {"{{ _.n }}", true},
		"{{ _.a | upper }}":          {"{{ _.a | upper }}", true},
		"{% uuid 'v4' %}":            {"{% uuid 'v4' %}", true},
		"{{ _.a":                     {"{{ _.a", false},
		"plain {a}":                  {"plain {a}", false},
	} {
		if out, missing := s.resolve(in); out != want.out || missing > 0 != want.missing {
			t.Errorf("%s: %s, %d missing", in, out, missing)
		}
	}
	if out, missing := s.resolve("{{ _.loop }}"); missing == 0 || len(out) > maxResolved {
		t.Errorf("%d bytes, %d missing", len(out), missing)
	}
}

func TestDamage(t *testing.T) {
	for name, tt := range map[string]struct {
		text     string
		xs, errs int
	}{
		"cut JSON":     {four[:len(four)-40], 0, 1},
		"no list":      {`{"_type":"export","resources":7}`, 0, 1},
		"odd values":   {`{"_type":"export","resources":[null,{"_type":["request"]},{"_type":"request","authentication":null,"headers":null,"body":7,"url":{}}]}`, 1, 0},
		"odd YAML":     {"type: collection.insomnia.rest/5.0\ncollection: [null, {children: null}, {children: [{method: GET}]}]\n", 1, 0},
		"not YAML":     {"type: collection.insomnia.rest/5.0\ncollection:\n\t- CANARY: [\n", 0, 1},
		"cut YAML":     {five[:300], 0, 1},
		"nested":       {"a: " + strings.Repeat("[", 5000), 0, 1},
		"nested whole": {"a: " + strings.Repeat("[", 500) + strings.Repeat("]", 500), 0, 1},
		"loop of ids":  {`{"resources":[{"_id":"a","_type":"request_group","parentId":"b"},{"_id":"b","_type":"request_group","parentId":"a"},{"_type":"request","parentId":"a","url":"x"}]}`, 1, 0},
		"alias loop":   {"a: &a [*a]\n", 0, 1},
		"long":         {"a: |\n" + strings.Repeat(strings.Repeat("x", 1<<10)+"\n ", MaxText>>10+1), 0, 1},
		"many":         {"a: [" + strings.Repeat("1,", maxMarks) + "]", 0, 1},
		"empty":        {"", 0, 1},
	} {
		xs, errs, _ := read(t, tt.text)
		if len(xs) != tt.xs || len(errs) != tt.errs {
			t.Errorf("%s: %d exchanges, %d errors, want %d and %d: %v", name, len(xs), len(errs), tt.xs, tt.errs, errs)
		}
	}
}

// TestAliasBomb: aliases of aliases are bounded.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		n := string(rune('a' + i - 1))
		m := string(rune('a' + i))
		if i == 1 {
			n = "a0"
		}
		b.WriteString(m + ": &" + m + " [" + strings.Repeat("*"+n+",", 10) + "]\n")
	}
	if _, errs, _ := read(t, b.String()); len(errs) != 1 || errs[0].Reason != errDeep.reason {
		t.Error(errs)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"type: collection.insomnia.rest/5.0\n":          true,
		"# note\n---\ntype: 'spec.insomnia.rest/5.0'":   true,
		"_type: export\n":                               true,
		"type: environment.insomnia.rest/5.0\n":         false,
		"name: x\ntype: collection.insomnia.rest/5.0\n": false,
		"openapi: 3.0.0\n":                              false,
		"":                                              false,
	} {
		if got := Is([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(four)
	f.Add(five)
	f.Add("a: &a [*a]\n")
	f.Add("type: collection.insomnia.rest/5.0\ncollection: [{method: GET, headers: [{name: '{{ _.a }}'}]}]\nenvironments: {data: {a: '{{ _.b }}', b: {c: 1}}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		xs, _, _ := read(t, text)
		for _, x := range xs {
			if len(x.Request.URL) > jsonin.MaxText || len(x.Comment) > maxComment || len(x.Client) > maxClient {
				t.Errorf("%d %d %d", len(x.Request.URL), len(x.Comment), len(x.Client))
			}
		}
	})
}
