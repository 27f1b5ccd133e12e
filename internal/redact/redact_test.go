package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Use(Policy{Key: Key("the tests of this package")})
	m.Run()
}

// tags replaces the digits of tags, which depend on the key.
func tags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '[')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], ']')
		if j < 0 {
			break
		}
		in := s[i : i+j]
		if k := strings.LastIndexByte(in, ' '); k > 0 && len(in)-k == 9 && hexadecimal(in[k+1:]) {
			in = in[:k]
		}
		b.WriteString(s[:i] + in + "]")
		s = s[i+j+1:]
	}
	return b.String() + s
}

type sample struct{ in, want string }

func check(t *testing.T, f func(string) Text, list []sample) {
	t.Helper()
	for _, s := range list {
		if got := tags(f(s.in).String()); got != s.want {
			t.Errorf("%q: got %q, want %q", s.in, got, s.want)
		}
	}
}

func TestURL(t *testing.T) {
	check(t, URL, []sample{
		{"", ""},
		{"https://acme.atlassian.net/rest/api/3/myself", "https://acme.atlassian.net/rest/api/3/myself"},
		{"HTTPS://acme.atlassian.net", "https://acme.atlassian.net"},
		{" https://acme.atlassian.net/x", "https://acme.atlassian.net/x"},
		{"https://acme.atlassian.net?os_username=fred&os_password=hunter2&limit=5", "https://acme.atlassian.net?os_username=*&os_password=*&limit=5"},
		{"https://h.example/?expand=renderedFields,names&fields=*all,-comment", "https://h.example/?expand=renderedFields,names&fields=*all,-comment"},
		{"https://h.example/?expand=hunter2&limit=hunter2&page=abc", "https://h.example/?expand=*&limit=*&page=*"},
		{"https://h.example/?hunter2", "https://h.example/?[name]"},
		{"https://h.example/?hunter2=1&startAt=0&&maxResults=", "https://h.example/?[name]=*&startAt=0&maxResults="},
		{"https://h.example/x#access_token=abcdef", "https://h.example/x"},
		{"https://fred:hunter2@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://fred@corp.example:hunter2@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://fred:hun/ter2@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://fred:hun?ter2@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://fred:hun#ter2@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://fred:12#34@h.example/x", "https://[userinfo]@h.example/x"},
		{"https://h.example:8443/x?contact=a@b.example", "https://h.example:8443/x?[name]=*"},
		{"https://localhost:2990/jira/?email=a@b.example", "https://localhost:2990/jira/?email=*"},
		{"https://jira:8080/rest/api/2/user?username=a@b.example", "https://jira:8080/rest/api/2/user?username=*"},
		{"//fred:hunter2@h.example/x", "//[userinfo]@h.example/x"},
		{"fred:hunter2@h.example/x", "[secret]/x"},
		{"token:hunter2", "[secret]"},
		{"acme.atlassian.net:443", "acme.atlassian.net:443"},
		{"/rest/api/2/myself?jql=x", "/rest/api/2/myself?jql=*"},
		{"{{baseUrl}}/rest/api/2/myself", "{{baseUrl}}/rest/api/2/myself"},
		{"https://{{site}}.atlassian.net/x", "https://{{site}}.atlassian.net/x"},
		{"data:text/plain,hunter2", "data:..."},
		{"javascript:alert(1)", "javascript:..."},
		{"hunter2://h.example/x", "[scheme]://h.example/x"},
		{`https:\\fred:hunter2@h.example`, "[secret]"},
		{"https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"},
		{"https://h.example\\@evil.example/x", "https://h.example[user]/x"},
		{"https://acme.atlassian.net \u202e/x", "https://acme.atlassian.net \\u{202e}/x"},
		{"https://h.example/?" + strings.Repeat("page=1&", 20), "https://h.example/?" + strings.Repeat("page=1&", 12) + "..."},
	})
}

func TestPath(t *testing.T) {
	check(t, Path, []sample{
		{"/browse/X-1;jsessionid=abc.node1", "/browse/X-1;*"},
		{"/rest/api/2/ATATT3xFfGF0abcdefgh/x", "/rest/api/2/[secret]"},
		{"/rest/api/2/%41TATT3xFfGF0abcdefgh", "/rest/api/2/[secret]"},
		{"/rest/api/2/user/fred", "/rest/api/2/user/[user]"},
		{"/users/fred%40corp.example/x", "/users/[user]/x"},
		{"/display/~fred/Home", "/display/~[user]/*"},
		{"/wiki/spaces/~712020a1b2/overview", "/wiki/spaces/~[user]/overview"},
		{"/wiki/spaces/ENG/pages/123/Plan+to+fire+Fred", "/wiki/spaces/ENG/pages/123/*"},
		{"/secure/attachment/10000/salaries.xlsx", "/secure/attachment/10000/*"},
		{"/people/557058:11223344-a1b2-c3d4-e5f6-1234567890ab", "/people/[user]"},
		{"/x/557058%3A11223344-a1b2-c3d4-e5f6-1234567890ab", "/x/[user]"},
		{"/x/5b10a2844c20165700ede21g", "/x/[secret]"},
		{"/x/user:123|abc#DEF[ghi", "/x/[secret]"},
		{"/x/fred:hunter2", "/x/[secret]"},
		{"/x/\x1b[31m\u202e\u200b", "/x/\\x1b[31m\\u{202e}\\u{200b}"},
		{"/x/%1b%5b31m", "/x/%1b%5b31m"},
		{"/" + strings.Repeat("a/", 400), "/" + strings.Repeat("a/", 149) + "a..."},
		{strings.Repeat("/abc", 1100), strings.Repeat("/abc", 75) + "..."},
	})
}

func TestHost(t *testing.T) {
	check(t, Host, []sample{
		{"", ""},
		{"acme.atlassian.net", "acme.atlassian.net"},
		{"acme.atlassian.net:8443", "acme.atlassian.net:8443"},
		{"jira_test.internal", "jira_test.internal"},
		{"acme.atlassian.net\n", `acme.atlassian.net\x0a`},
		{"аcme.example", "аcme.example"},
		{"fred:hunter2", "[host]"},
		{"fred@h.example", "[host]"},
		{"h.example;x", "[host]"},
		{"ATATT3xFfGF0abcdefgh.example", "[host]"},
		{"\xff\xfe", "[host]"},
		{"[::1]:8080", "[::1]:8080"},
		{"[hunter2]", "[host]"},
		{"[::1]hunter2", "[host]"},
		{"ec2-203-0-113-25.compute-1.amazonaws.com", "ec2-203-0-113-25.compute-1.amazonaws.com"},
		{"jira-prod-k8s-node01.eu-west-1.corp.example", "jira-prod-k8s-node01.eu-west-1.corp.example"},
		{"api.media.atlassian.com", "api.media.atlassian.com"},
		{"11223344-a1b2-c3d4-e5f6-1234567890ab.cdn.prod.atlassian-dev.net", "11223344-a1b2-c3d4-e5f6-1234567890ab.cdn.prod.atlassian-dev.net"},
	})
}

func TestHeader(t *testing.T) {
	for _, s := range []struct{ name, value, want string }{
		{"Authorization", "Basic ZnJlZDpmcmVk", "Authorization: [secret]"},
		{"Authorization ", "x", "Authorization : [secret]"},
		{"\"Authorization\"", "x", "\"Authorization\": [secret]"},
		{"Authorisation", "x", "Authorisation: [secret]"},
		{"Autorization", "x", "Autorization: [secret]"},
		{"Authorizatoin:", "x", "Authorizatoin:: [secret]"},
		{"Authorixyzion", "x", "[field]: [secret]"},
		{"X-Request-Id-123", "x", "[field]: [secret]"},
		{"HTTPStatus2", "x", "HTTPStatus2: [secret]"},
		{"customfield_10010", "x", "customfield_10010: [secret]"},
		{"customfield_hunter", "x", "[field]: [secret]"},
		{strings.Repeat("x-request-", 7), "x", "[field]: [secret]"},
		{"Server", strings.Repeat("ab ", 50), "Server: [secret]"},
		{"Server", "averyveryverylongname", "Server: [secret]"},
		{"Server", "12345678901234567890", "Server: [secret]"},
		{"X-Seraph-LoginReason", "OK,OK,OK,OK,OK,OK,OK,OK,OK", "X-Seraph-LoginReason: OK, OK, OK, OK, OK, OK, OK, OK, ..."},
		{"Retry-After", "soon", "Retry-After: [secret]"},
		{"Retry-After", "", "Retry-After: [empty]"},
		{"Authorization\n", "", `Authorization\x0a: [empty]`},
		{"hunter2", "x", "[field]: [secret]"},
		{"a1b2c3d4", "x", "[field]: [secret]"},
		{"", "x", "[empty]: [secret]"},
		{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-For: [secret]"},
		{":authority", "h.example", ":authority: [secret]"},
		{"Server", "AtlassianEdge", "Server: AtlassianEdge"},
		{"Server", "nginx/1.25.3 (Ubuntu)", "Server: nginx/1.25.3 (Ubuntu)"},
		{"Server", "Apache-Coyote/1.1", "Server: Apache-Coyote/1.1"},
		{"Server", "CANARYx7Qp2Zk", "Server: [secret]"},
		{"Via", "1.1 varnish (Varnish/6.0), 2 google", "Via: 1.1 varnish (Varnish/6.0), 2 google"},
		{"Via", "1.1 9f8e7d6c5b4a39281706f5e4d3c2b1a0.cloudfront.net (CloudFront)", "Via: 1.1 *.cloudfront.net (CloudFront)"},
		{"Server", "ECS (dca/532A)", "Server: ECS (dca/532A)"},
		{"Date", "Sun, 22 Nov 2026 07:28:13 GMT", "Date: Sun, 22 Nov 2026 07:28:13 GMT"},
		{"Date", "hunter2", "Date: [secret]"},
		{"Retry-After", "120", "Retry-After: 120"},
		{"X-RateLimit-Reset", "2026-11-22T07:28Z", "X-RateLimit-Reset: 2026-11-22T07:28Z"},
		{"Content-Type", "application/json;charset=UTF-8", "Content-Type: application/json;charset=UTF-8"},
		{"atl-traceid", "8f1e2d3c4b5a69788f1e2d3c4b5a6978", "atl-traceid: 8f1e2d3c4b5a69788f1e2d3c4b5a6978"},
		{"Atl-Request-Id", "11223344-a1b2-c3d4-e5f6-1234567890ab", "Atl-Request-Id: 11223344-a1b2-c3d4-e5f6-1234567890ab"},
		{"CF-RAY", "8f1e2d3c4b5a6978-FRA", "CF-RAY: 8f1e2d3c4b5a6978-FRA"},
		{"X-AREQUESTID", "945x62874x1", "X-AREQUESTID: 945x62874x1"},
		{"X-AREQUESTID", "*1KXWWR5x945x62874x1", "X-AREQUESTID: *1KXWWR5x945x62874x1"},
		{"X-AREQUESTID", "@AB12CDx945x62874x1", "X-AREQUESTID: @AB12CDx945x62874x1"},
		{"X-ANODEID", "node1", "X-ANODEID: node1"},
		{"X-ANODEID", "i-0123456789abcdef0", "X-ANODEID: i-0123456789abcdef0"},
		{"X-ANODEID", "hunter2", "X-ANODEID: [secret]"},
		{"X-AREQUESTID", "ATATT3xFfGF0abcdefgh", "X-AREQUESTID: [secret]"},
		{"X-AUSERNAME", "anonymous", "X-AUSERNAME: anonymous"},
		{"X-AUSERNAME", "fred", "X-AUSERNAME: [user]"},
		{"X-Seraph-LoginReason", "AUTHENTICATED_FAILED", "X-Seraph-LoginReason: AUTHENTICATED_FAILED"},
		{"X-Seraph-LoginReason", "OUT, OK", "X-Seraph-LoginReason: OUT, OK"},
		{"X-Seraph-LoginReason", "fred", "X-Seraph-LoginReason: [secret]"},
		{"X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=https://h.example/login.jsp", "X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE; ..."},
		{"WWW-Authenticate", "Basic", "WWW-Authenticate: Basic"},
		{"WWW-Authenticate", `Basic realm="protected-area"`, `WWW-Authenticate: Basic realm="protected-area"`},
		{"WWW-Authenticate", `OAuth realm="https%3A%2F%2Fjira.example.com"`, `WWW-Authenticate: OAuth realm="[realm]"`},
		{"WWW-Authenticate", `OAuth realm="https://jira.example.com/x?b=c"`, `WWW-Authenticate: OAuth realm="https://jira.example.com/x?b=*"`},
		{"WWW-Authenticate", `Basic realm="fred"`, `WWW-Authenticate: Basic realm="[realm]"`},
		{"WWW-Authenticate", `Digest nonce="abc"`, "WWW-Authenticate: Digest ..."},
		{"WWW-Authenticate", "hunter2", "WWW-Authenticate: [secret]"},
		{"Location", "https://h.example/cb?code=abc&state=def", "Location: https://h.example/cb?code=*&state=*"},
		{"Location", "/login.jsp?os_destination=%2Fx", "Location: /login.jsp?os_destination=*"},
		{"Set-Cookie", "JSESSIONID=abc", "Set-Cookie: [secret]"},
		{"X-Cache", "Error from cloudfront", "X-Cache: Error from cloudfront"},
	} {
		if got := tags(Header(s.name, s.value).String()); got != s.want {
			t.Errorf("%q, %q: got %q, want %q", s.name, s.value, got, s.want)
		}
	}
	for _, name := range []string{
		"JSESSIONID", "BITBUCKETSESSIONID", "cloud.session.token", "tenant.session.token", "seraph.rememberme.cookie",
		"crowd.token_key", "_atl_bitbucket_remember_me", "atlassian.xsrf.token", "customer.account.session.token",
		"studio.crowd.tokenkey", "os_username", "access_token", "jwt", "private_token", "api-key", "apikey", "oauth_consumer_key",
		"X-Atlassian-Token", "X-OAuth-Scopes", "X-Atlassian-WebSudo", "Proxy-Authorization", "X-Api-Key", "PRIVATE-TOKEN",
		"X-Auth-Token", "X-AACCOUNTID", "User-Agent", "Cookie", "Sec-Fetch-Site", "X-Jira-Token", "Bearer", "Basic", "Token",
		"X-Authentication-Denied-Reason", "OAuthToken", "q", "x-amz-id-2", "sec-ch-ua-arch", "X-ASESSIONID",
	} {
		if got := HeaderName(name).String(); got != name {
			t.Errorf("%s is shown as %s", name, got)
		}
	}
}

func TestBytes(t *testing.T) {
	check(t, func(s string) Text { return Bytes([]byte(s)) }, []sample{
		{"", ""},
		{"hunter2", ".."},
		{"hunter2\n", ".. 0a"},
		{"hunter2\r\n", ".. 0d 0a"},
		{"\xef\xbb\xbfhunter2", "ef bb bf .."},
		{"a b c d", ".. 20 .."},
		{"f\x00r\x00e\x00d\x00", ".. 00 .. 00"},
		{"a\u00a0b", ".. c2 a0 .."},
		{"a\u200bb", ".. e2 80 8b .."},
		{"\u201chunter2\u201d", "e2 80 9c .. e2 80 9d"},
		{"a\n\n\n\n\n\n\n", ".. 0a 0a 0a 0a .."},
		{"\xff\xfe\xfd", ".."},
		{"a\x01b\x02c\x03d\x04e\x05f\x06g\x07h\x08i\x0ej\x0fk", ".. 01 .. 02 .. 03 .. 04 .. 05 .. 06 .. 07 .. 08 .."},
		{"a\nb\n", ".. 0a .. 0a"},
	})
	if a, b := Bytes([]byte("short\n")), Bytes([]byte("a much longer password\n")); a == b {
		t.Log("blanks are told")
	}
	if a, b := Bytes([]byte("short\n")), Bytes([]byte(strings.Repeat("x", 500)+"\n")); a != b {
		t.Errorf("the length is told: %s, %s", a, b)
	}
}

func TestSecret(t *testing.T) {
	check(t, Secret, []sample{{"", "[empty]"}, {"hunter2", "[secret]"}})
	if a, again := Secret("a"), Secret("a"); a != again || a == Secret("b") {
		t.Error("tags do not tell secrets apart")
	}
	was := Secret("a")
	Use(Policy{Key: Key("another key")})
	if Secret("a") == was {
		t.Error("a tag does not depend on the key")
	}
	Use(Policy{}) // keeps the key
	if Secret("a") == was {
		t.Error("a zero key replaced the key")
	}
	Use(Policy{Key: Key("the tests of this package")})
	if Secret("a") != was {
		t.Error("the same key gives another tag")
	}
	if strings.TrimSuffix(strings.TrimPrefix(Secret("a").s, "[secret "), "]") == strings.TrimSuffix(strings.TrimPrefix(User("a").s, "[user "), "]") {
		t.Error("a user has the tag of a secret")
	}
}

func TestUser(t *testing.T) {
	check(t, User, []sample{{"", "[empty]"}, {"fred", "[user]"}, {"fred@corp.example", "[user]"}})
	defer Use(*policy.Load())
	p := *policy.Load()
	p.ShowUsers = true
	Use(p)
	check(t, User, []sample{
		{"fred", "fred"},
		{"fred\u202e\x1b", `fred\u{202e}\x1b`},
		{"ATATT3xFfGF0abcdefgh", "[user]"},
		{strings.Repeat("é", 200), strings.Repeat("é", 64) + "..."},
	})
	check(t, URL, []sample{{"https://fred:hunter2@h.example/", "https://[userinfo]@h.example/"}})
}

func TestLabelAndName(t *testing.T) {
	check(t, Label, []sample{
		{"WebInspector 537.36", "WebInspector 537.36"},
		{"Firefox 133.0a1", "Firefox 133.0a1"},
		{"fred@corp.example", "[name]"},
		{"ATATT3xFfGF0abcdefgh", "[name]"},
		{strings.Repeat("ab ", 40) + "ATATT3xFfGF0abcdefgh", "[name]"},
		{"a\x1b[2Jb\nc", `a\x1b[2Jb\x0ac`},
		{"The Basic credential and the bearer token were refused", "The Basic credential and the bearer token were refused"},
		{"Basic ZnJlZDpmcmVk", "[name]"},
	})
	check(t, Name, []sample{
		{"login.har", "login.har"},
		{"ticket (1).zip!a/b.har", "ticket (1).zip!a/b.har"},
		{"/home/fred/x.har", "/home/[user]/x.har"},
		{`C:\Users\fred\x.har`, `C:\Users\[user]\x.har`},
		{"fred@corp.example.har", "[user]"},
		{"ATATT3xFfGF0abcdefgh.har", "[secret]"},
		{"a\n\u202e.har", `a\x0a\u{202e}.har`},
		{"2026-11-22T07-28-13.har", "2026-11-22T07-28-13.har"},
		{"acme.atlassian.net_Archive [26-11-22 07-28-13].har", "acme.atlassian.net_Archive [26-11-22 07-28-13].har"},
	})
}

func TestMethod(t *testing.T) {
	check(t, Method, []sample{
		{"GET", "GET"},
		{"get", "get"},
		{"PROPFIND", "PROPFIND"},
		{"hunter2", "[method]"},
		{"", ""},
		{"GET\n", "[method]"},
	})
}

func TestShape(t *testing.T) {
	if got := Shape("ATATT3", 192).String(); got != "ATATT3... (192 characters)" {
		t.Error(got)
	}
}

func TestSprintf(t *testing.T) {
	a, b := Text{"A%s"}, Text{"B"}
	for _, s := range []struct {
		got  Text
		want string
	}{
		{Sprintf("x"), "x"},
		{Sprintf("%s-%s", a, b), "A%s-B"},
		{Sprintf("100%%"), "100%"},
		{Sprintf("%s"), "%!s"},
		{Sprintf("%d", a), "%!s"},
		{Sprintf("50%"), "50%"},
		{Join(", ", a, b), "A%s, B"},
		{Join(", "), ""},
		{Count(1, "byte", "bytes"), "1 byte"},
		{Count(2, "byte", "bytes"), "2 bytes"},
		{Int(-3), "-3"},
		{OneOf("basic", "Basic", "Bearer"), "Basic"},
		{OneOf("hunter2", "Basic"), "other"},
		{OneOf(""), "other"},
		{Date(time.Time{}), ""},
		{Time(time.Time{}), ""},
		{Date(time.Unix(1764000000, 0)), "2025-11-24"},
		{Unix(1764000000), "2025-11-24T16:00:00Z"},
		{Span(90 * time.Second), "1m30s"},
	} {
		if s.got.String() != s.want {
			t.Errorf("got %q, want %q", s.got, s.want)
		}
	}
	if got := fmt.Sprint(a); got != "A%s" {
		t.Errorf("Sprint gives %s", got)
	}
	if b, err := json.Marshal(map[string]Text{"a": b}); err != nil || string(b) != `{"a":"B"}` {
		t.Errorf("%s, %v", b, err)
	}
	if !(Text{}).IsZero() || a.IsZero() {
		t.Error("IsZero")
	}
}

func TestFill(t *testing.T) {
	u := URL("https://h.example/x")
	for _, s := range []struct {
		got  Text
		want string
	}{
		{Const("curl BASE/x BASE").Fill("BASE", u), "curl https://h.example/x/x https://h.example/x"},
		{Const("curl URL").FillWord("URL", u), "curl https://h.example/x"},
		{Const("URLs, aURL, URL_, URL").FillWord("URL", u), "URLs, aURL, URL_, https://h.example/x"},
		{Const("URL").FillWord("URL", Text{}), "URL"},
		{Const("x").FillWord("URL", u), "x"},
		{Const("URLURL URL").FillWord("URL", u), "URLURL https://h.example/x"},
		{Const("curl URL").FillWord("URL", URL("https://h.example/$(reboot)")), "curl URL"},
		{Const("curl \"URL\"").FillWord("URL", URL("https://h.example/`reboot`")), "curl \"URL\""},
		{Const("curl URL").FillWord("URL", URL("https://h.example/?start=1&limit=2")), "curl URL"},
		{Const("curl 'URL'; x URL").FillWord("URL", URL("https://h.example/?start=1&limit=2")), "curl 'https://h.example/?start=1&limit=2'; x URL"},
		{Const("curl URL").FillWord("URL", URL("https://h.example/;reboot")), "curl URL"},
		{Const("curl URL").FillWord("URL", Text{"-o/etc/passwd"}), "curl URL"},
	} {
		if s.got.String() != s.want {
			t.Errorf("got %q, want %q", s.got, s.want)
		}
	}
}

// TestVisible demands that nothing is left that a terminal acts upon.
func TestVisible(t *testing.T) {
	check(t, func(s string) Text { return Text{visible(s)} }, []sample{
		{"plain", "plain"},
		{"Ünïcödé 漢字 🙂", "Ünïcödé 漢字 🙂"},
		{"\x00\x1b\x7f", `\x00\x1b\x7f`},
		{"\u0085\u009b", `\u{85}\u{9b}`},
		{"\xff\xc0", `\xff\xc0`},
		{"\u200b\u200e\u202e\u2066\ufeff", `\u{200b}\u{200e}\u{202e}\u{2066}\u{feff}`},
		{"\u00ad\u2028\u3164\ufe0f\U000e0041\U000e0100\u2800\u034f", `\u{ad}\u{2028}\u{3164}\u{fe0f}\u{e0041}\u{e0100}\u{2800}\u{34f}`},
	})
}
