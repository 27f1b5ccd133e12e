package errtext_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/capture/errtext"
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// read reads a text and checks what always holds.
func read(t testing.TB, in string) ([]*exchange.Exchange, *exchange.Unreadable) {
	t.Helper()
	c := &exchange.Capture{Name: "e"}
	var out []*exchange.Exchange
	var bad *exchange.Unreadable
	last := int64(-1)
	for x, err := range errtext.Read(c, strings.NewReader(in)) {
		if (x == nil) == (err == nil) || bad != nil {
			t.Fatal("an exchange or one error")
		}
		if err != nil {
			if !errors.As(err, &bad) || len(out) > 0 {
				t.Fatal("an error without a place, or after what was read")
			}
			continue
		}
		switch {
		case x.At.Index != len(out), x.At.Offset <= last, x.At.Offset >= int64(len(in)), x.From != c:
			t.Fatalf("a wrong place: %+v", x.At)
		case x.Response == nil || x.Request.URL == "":
			t.Fatal("nothing is told")
		case x.Sight&(exchange.Credentials|exchange.Cookies) != 0 && x.Request.Header == nil:
			t.Fatal("it shows a request that is not there")
		case x.Sight&^errtext.Form.Holds != 0:
			t.Fatal("it shows more than it can")
		case len(x.Response.Body.Head) > exchange.MaxBody:
			t.Fatal("a body beyond its bound")
		}
		last = x.At.Offset
		out = append(out, x)
	}
	if c.Exchanges != len(out) {
		t.Fatal("miscounted")
	}
	return out, bad
}

func told(all []*exchange.Exchange) string {
	var b strings.Builder
	for _, x := range all {
		fmt.Fprintf(&b, "%s %s", x.Request.Method, x.Request.URL)
		if v, ok := x.Request.Header.Get("Authorization"); ok {
			fmt.Fprintf(&b, " %q", v)
		}
		fmt.Fprintf(&b, " %d", x.Response.Status)
		if v, ok := x.Response.Header.Get("X-A"); ok {
			fmt.Fprintf(&b, " %q", v)
		}
		fmt.Fprintf(&b, " %q [%v]\n", x.Response.Body.Head, x.Sight)
	}
	return b.String()
}

const (
	jira  = "jira.exceptions.JIRAError: JiraError HTTP 401 url: https://h.example/x\n"
	axios = "Error: Request failed with status code 401\n    at a (b:1:1)\n    at c (d:2:2) {\n"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"requests":         {"requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://h.example/x?a=b\n", ` https://h.example/x?a=b 401 "" []`},
		"requests, 1.0":    {"HTTPError: 401 Client Error:  for url: https://h.example/x", ` https://h.example/x 401 "" []`},
		"httpx":            {"httpx.HTTPStatusError: Client error '403 Forbidden' for url 'https://h.example/x'\nFor more", ` https://h.example/x 403 "" []`},
		"aiohttp":          {"aiohttp.client_exceptions.ClientResponseError: 401, message='Unauthorized', url='https://h.example/x'", ` https://h.example/x 401 "" []`},
		"Java":             {`java.io.IOException: Server returned HTTP response code: 401 for URL: https://h.example/x`, ` https://h.example/x 401 "" []`},
		"Spring":           {`401 Unauthorized on GET request for "https://h.example/x": [no body]`, `GET https://h.example/x 401 "" []`},
		"WebClient":        {`o.s.WebClientResponseException$Unauthorized: 401 Unauthorized from GET https://h.example/x`, `GET https://h.example/x 401 "" []`},
		"Feign":            {`feign.FeignException$Unauthorized: [401 Unauthorized] during [GET] to [https://h.example/x] [A#b()]: [no]`, `GET https://h.example/x 401 "" []`},
		"Go":               {`2026/03/02 09:00:00 Get "https://h.example/x": 401 Unauthorized`, `GET https://h.example/x 401 "" []`},
		"Go, words":        {`POST https://h.example/x: unexpected status code: 403`, `POST https://h.example/x 403 "" []`},
		"git":              {`fatal: unable to access 'https://h.example/x.git/': The requested URL returned error: 403`, ` https://h.example/x.git/ 403 "" []`},
		"status first":     {`error: HTTP 401 for https://h.example/x.`, ` https://h.example/x 401 "" []`},
		"address first":    {`request to https://h.example/x failed with status 407`, ` https://h.example/x 407 "" []`},
		"JIRAError":        {jira, ` https://h.example/x 401 "" []`},
		"JIRAError, text":  {jira + "\ttext: no\nnever\n\t\n\tresponse headers = {'X-A': 'it\\'s'}\n\nBye\n", ` https://h.example/x 401 "it's" "no\nnever" [bodies]`},
		"JIRAError, all":   {jira + "\ttext: no\n\n\trequest headers = {'Authorization': 'Basic QQ=='}\n\trequest text = \n\tresponse headers = {'X-A': \"b\"}\n\tresponse text = <p>\nno\n\nTraceback (most recent call last):\n", ` https://h.example/x "Basic QQ==" 401 "b" "<p>\nno" [credentials, cookies, bodies]`},
		"JIRAError, cut":   {jira + "\trequest headers = {'Authorization': 'Basic QQ=", ` https://h.example/x "Basic QQ=" 401 "" []`},
		"chained":          {"401 Client Error: Unauthorized for url: https://h.example/x\n\nDuring handling of the above exception, another exception occurred:\n\n" + jira + "\ttext: no\n", ` https://h.example/x 401 "no" [bodies]`},
		"axios":            {axios + "  config: { headers: { Authorization: 'Basic ' +\n 'QQ==' }, method: 'post', baseURL: 'https://h.example/', url: '/x' },\n  response: { headers: { 'X-A': 'b' }, data: { a: [ 'no' ], b: 1 } }\n}\n", `POST https://h.example/x "Basic QQ==" 401 "b" "{\"a\":[\"no\"],\"b\":1}" [credentials, bodies]`},
		"axios, shallow":   {axios + "  config: { headers: [Object], method: 'get', url: 'https://h.example/x' },\n  response: { headers: [AxiosHeaders], data: [Object] }\n}\n", `GET https://h.example/x 401 "" []`},
		"axios, auth":      {axios + "  config: { headers: { Authorization: 'x' }, auth: { username: 'a', password: 'b' }, method: 'get', url: 'https://h.example/x' } }\n", `GET https://h.example/x "Basic YTpi" 401 "" [credentials]`},
		"axios, sent":      {axios + "  config: { headers: {}, method: 'get', url: 'https://h.example/x' }, request: <ref *1> ClientRequest { a: [Function: b], _header: 'GET /x HTTP/1.1\\r\\n' + 'Authorization: Basic QQ==\\r\\n\\r\\n', [Symbol(k)]: null } }\n", `GET https://h.example/x "Basic QQ==" 401 "" [credentials, cookies]`},
		"axios, no member": {axios + "  code: 'x' }\nJiraError HTTP 401 url: https://h.example/y\n", ` https://h.example/y 401 "" []`},
	} {
		all, bad := read(t, "Hello,\n"+c.in)
		if got := told(all); got != c.want+"\n" || bad != nil {
			t.Errorf("%s: got\n%swant\n%s\n%v", name, got, c.want, bad)
		}
		if !errtext.Form.Is(form.NewSample([]byte(c.in), true)) {
			t.Errorf("%s: not recognised", name)
		}
	}
}

// TestNothing: text about errors is none.
func TestNothing(t *testing.T) {
	for _, in := range []string{
		"", "we see 401 since Monday, see https://community.example/t/401\n", "status code 401\n", "GET https://h.example/x HTTP/1.1\n", "id 401 of https://h.example/\n",
		`192.0.2.1 - - [02/Mar/2026:09:00:00 +0000] "GET http://h.example/x HTTP/1.1" 200 401` + "\n", "AxiosError: Request failed with status code 401\n    at x\n\n{\n",
		"404 https://h.example/x status code 404\n",
	} {
		if all, bad := read(t, in); len(all) != 0 || bad == nil || !bad.Fatal || bad.Hint == "" {
			t.Errorf("%q: %s%v", in, told(all), bad)
		}
		if errtext.Form.Is(form.NewSample([]byte(in), true)) {
			t.Errorf("%q is taken for an error", in)
		}
	}
}

// TestBounds: nothing grows with a hostile text.
func TestBounds(t *testing.T) {
	for _, in := range []string{
		axios + "  config: { url: 'https://h.example/x', a: " + strings.Repeat("{ a: ", 1<<20),
		axios + "  config: { url: 'https://h.example/x', a: " + strings.Repeat("[ ", 1<<20),
		axios + "  config: { url: 'https://h.example/x', headers: { a: '" + strings.Repeat("x", 4<<20),
		jira + "\tresponse text = " + strings.Repeat("x\n", 4<<20),
		jira + "\tresponse headers = {" + strings.Repeat("'a': 'b', ", 1<<20),
	} {
		all, bad := read(t, in)
		if len(all) != 1 || bad != nil || len(all[0].Request.Header)+len(all[0].Response.Header) > 1000 {
			t.Errorf("%.80q: %d, %v", in, len(all), bad)
		}
		for _, f := range all[0].Request.Header {
			if len(f.Value) > 1<<20 {
				t.Errorf("a value of %d bytes", len(f.Value))
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, in := range []string{
		jira + "\ttext: a\n\trequest headers = {'A': 'b\\x41\\u00e9', \"c\": None}\n\tresponse headers = {}\n\tresponse text = x\n\n",
		axios + "  config: { headers: Object [AxiosHeaders] { a: 'b' +\n 'c', \"d\": undefined }, x: [ [Function: y], <ref *1> Z {} ], url: 'http://h/x', auth: { username: `u`, password: '' } },\n  response: { data: <Buffer 7b>, headers: [Object: null prototype] { 'set-cookie': [ 'a', 'b' ] } }, ... 3 more items }",
		"401 Client Error: Unauthorized for url: https://h.example/x\nDuring handling of the above exception, another exception occurred:\n" + jira,
		`Get "https://h.example/x": 401` + "\n" + `[403] during [GET] to [https://h.example/y]`,
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		all, bad := read(t, in)
		if len(all) == 0 && bad == nil {
			t.Fatal("neither an exchange nor an error")
		}
		if again, _ := read(t, in); told(all) != told(again) {
			t.Fatal("read again it is another")
		}
	})
}
