package target

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
)

func TestParseURL(t *testing.T) {
	tests := []struct {
		raw  string
		want URL
	}{
		{"", URL{}},
		{"*", URL{Form: AsteriskForm}},
		{"https://h/p?q#f", URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: "/p", Query: "q", HasQuery: true, Fragment: "f", HasFragment: true}},
		{"HTTPS://H.Example?", URL{Form: AbsoluteForm, Scheme: "https", Host: "h.example", HasQuery: true}},
		{"https://u:p@h:8443/", URL{Form: AbsoluteForm, Scheme: "https", Userinfo: "u:p", HasUserinfo: true, Host: "h", PortText: "8443", Port: 8443, HasPort: true, Path: "/"}},
		{"https://a@b@h/", URL{Form: AbsoluteForm, Scheme: "https", Userinfo: "a@b", HasUserinfo: true, Host: "h", Path: "/"}},
		{"https://[2001:DB8::1]:80/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "2001:db8::1", PortText: "80", Port: 80, HasPort: true, Path: "/x"}},
		{"https://2001:db8::1/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "2001:db8::1", Path: "/x", Flaws: BracketsMissing}},
		{"https://bücher.example/", URL{Form: AbsoluteForm, Scheme: "https", Host: "bücher.example", Path: "/"}},
		{"h.example:443", URL{Form: AuthorityForm, Host: "h.example", PortText: "443", Port: 443, HasPort: true}},
		{"localhost:8080/x", URL{Form: AuthorityForm, Host: "localhost", PortText: "8080", Port: 8080, HasPort: true, Path: "/x"}},
		{"h.example/x", URL{Form: BareForm, Host: "h.example", Path: "/x"}},
		{"/x?y", URL{Form: OriginForm, Path: "/x", Query: "y", HasQuery: true}},
		{"//rest/api/2/x", URL{Form: OriginForm, Path: "//rest/api/2/x"}},
		{"//h.example/x", URL{Form: AbsoluteForm, Host: "h.example", Path: "/x"}},
		{"data:text/plain,x", URL{Form: OpaqueForm, Scheme: "data", Path: "text/plain,x"}},
		{"chrome-extension://abc/x", URL{Form: AbsoluteForm, Scheme: "chrome-extension", Host: "abc", Path: "/x"}},
		{"{{host}}/rest/api/2", URL{Form: BareForm, Host: "{{host}}", Path: "/rest/api/2", Flaws: UnfilledHost}},
		{"https://${JIRA}/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "${jira}", Path: "/x", Flaws: UnfilledHost}},
		{"https://<site>.atlassian.net/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "<site>.atlassian.net", Path: "/x", Flaws: UnfilledHost}},
		{" https://h/ ", URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: "/", Flaws: BlankInURL}},
		{"https://a b/", URL{Form: AbsoluteForm, Scheme: "https", Host: "a b", Path: "/", Flaws: BlankInURL}},
		{"https:/h/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: "/x", Flaws: SlashMissing}},
		{"https:h/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: "/x", Flaws: SlashMissing}},
		{"https:///h/x", URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: "/x", Flaws: SlashSurplus}},
		{`https:\\h\x`, URL{Form: AbsoluteForm, Scheme: "https", Host: "h", Path: `\x`, Flaws: BackslashInURL}},
		{"https://", URL{Form: AbsoluteForm, Scheme: "https", Flaws: HostMissing}},
		{"https://:443/", URL{Form: AbsoluteForm, Scheme: "https", PortText: "443", Port: 443, HasPort: true, Path: "/", Flaws: HostMissing}},
		{"https://https://h/", URL{Form: AbsoluteForm, Scheme: "https", Host: "https", Path: "//h/", Flaws: SchemeTwice}},
		{"http://h:1234:1234/x", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", PortText: "1234:1234", Port: 1234, HasPort: true, Path: "/x", Flaws: PortTwice}},
		{"http://h:port/x", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", PortText: "port", Path: "/x", Flaws: PortWrong}},
		{"http://h:70000/", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", PortText: "70000", Path: "/", Flaws: PortWrong}},
		{"http://h:99999999999999999999999/", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", PortText: "99999999999999999999999", Path: "/", Flaws: PortWrong}},
		{"http://h:0/", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", PortText: "0", Path: "/", Flaws: PortWrong}},
		{"http://h:/", URL{Form: AbsoluteForm, Scheme: "http", Host: "h", Path: "/"}},
		{"https://u:se/cr?et@h:99/p", URL{Form: AbsoluteForm, Scheme: "https", Userinfo: "u:se/cr?et", HasUserinfo: true, Host: "h", PortText: "99", Port: 99, HasPort: true, Path: "/p", Flaws: UserinfoUnescaped}},
		{"file:///a/b", URL{Form: AbsoluteForm, Scheme: "file", Path: "/a/b"}},
	}
	for _, tt := range tests {
		tt.want.Raw = tt.raw
		if got := ParseURL(tt.raw); got != tt.want {
			t.Errorf("%q:\n got %+v\nwant %+v", tt.raw, got, tt.want)
		}
	}
}

var seeds = []string{
	"https://acme.atlassian.net/wiki/rest/api/content?x=1#f", "https://u:p@[::1]:80/jira/rest/api/2/x",
	"//rest/api", "{{x}}/y", "https:///", "a:b", "https://api.atlassian.com/ex/jira/1/wiki", "https://h:1:1/",
	"/secure/x", "https://bitbucket.org/a/b.git/info/refs", "\ufeff", "https://h/a/b/c/d/e/rest/",
}

func FuzzParseURL(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u := ParseURL(raw)
		folded := lower(raw)
		for _, part := range []string{u.Userinfo, u.PortText, u.Path, u.Query, u.Fragment} {
			if !strings.Contains(raw, part) {
				t.Fatalf("%q is no part of the input", part)
			}
		}
		for _, part := range []string{u.Scheme, u.Host} {
			if !strings.Contains(folded, part) {
				t.Fatalf("%q is no part of the input", part)
			}
		}
		if u.Raw != raw || u.Port < 0 || u.Port > 65535 || u.HasPort != (u.Port != 0) || utf8.ValidString(raw) && !utf8.ValidString(u.Host) {
			t.Fatalf("inconsistent: %+v", u)
		}
	})
}

func FuzzOf(f *testing.F) {
	for i, s := range seeds {
		f.Add("GET", s, signs[i%len(signs)].name, "945x62874x1", "com.atlassian.jira", 401)
	}
	f.Fuzz(func(t *testing.T, method, url, name, value, body string, status int) {
		x := &exchange.Exchange{
			Request: exchange.Request{Method: method, URL: url, Header: exchange.Header{{Name: name, Value: value}}},
			Response: &exchange.Response{
				Status: status, Header: exchange.Header{{Name: name, Value: value}},
				Body: exchange.Body{Head: []byte(body), Media: value},
			},
		}
		m := NewMemory([]string{url, name, value})
		got := Of(x)
		FromProduct(got, x.Response)
		m.Learn(got)
		got = m.Recall(got)
		if (got.Product == Unknown) != (got.Basis == NoBasis) || (got.Basis == NoBasis) != (got.Strength == None) {
			t.Fatalf("%v by %d, strength %d", got.Product, got.Basis, got.Strength)
		}
		if !strings.Contains(got.Path, got.Context) || !strings.HasSuffix(got.Path, got.Resource) {
			t.Fatalf("path %q, context %q, resource %q", got.Path, got.Context, got.Resource)
		}
		_, _ = got.Site(), got.Base()
	})
}
