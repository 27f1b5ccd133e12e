package credential

import (
	"slices"
	"strings"
	"testing"
)

// The first is the example of Atlassian's documentation, with its hash.
func TestQSH(t *testing.T) {
	const query = "lic=none&tz=Australia%2FSydney&cp=%2Fjira&user_key=&loc=en-US&user_id=&jwt=CANARY" +
		"&xdm_e=http%3A%2F%2Fstorm%3A2990&xdm_c=channel-servlet-hello-world&xdm_p=1"
	if got := QSH("get", "/hello-world", query); got != "8063ff4ca1e41df7bc90c8ab6d0f6207d491cf6dad7c66ea797b4614b71922e9" {
		t.Errorf("the example of the documentation gives %s", got)
	}
	for _, c := range []struct{ method, path, query, want string }{
		{"GET", "", "", "GET&/&"},
		{"GET", "/", "param=foo", "GET&/&param=foo"},
		{"POST", "/user/", "", "POST&/user&"},
		{"GET", "/a&b", "", "GET&/a%26b&"},
		{"GET", "/rest/api/2/search", "jql=project+%3d+DEMO", "GET&/rest/api/2/search&jql=project%20%3D%20DEMO"},
		{"GET", "/x", "b=2&a=z&a=y&b=1", "GET&/x&a=y,z&b=1,2"},
		{"GET", "/x", "k&empty=&tilde=~&star=*&comma=a,b", "GET&/x&comma=a%2Cb&empty=&k=&star=%2A&tilde=~"},
		{"GET", "/x", "z=1&jwt=CANARY&jwt=2&&", "GET&/x&z=1"},
		{"GET", "/x", "%C3%A4=%e2%82%ac&bad=100%&bad2=%zz", "GET&/x&%C3%A4=%E2%82%AC&bad=100%25&bad2=%25zz"},
	} {
		if got := CanonicalRequest(c.method, c.path, c.query); got != c.want {
			t.Errorf("%s %s?%s\n got %s\nwant %s", c.method, c.path, c.query, got, c.want)
		}
	}
}

func TestQSHMatch(t *testing.T) {
	search := QSHRequest{
		Method: "GET", Origin: "https://acme.atlassian.net", Path: "/rest/api/2/search",
		Query: "startAt=0&jql=project+%3D+DEMO",
	}
	wiki := QSHRequest{Method: "GET", Origin: "https://acme.atlassian.net", Context: "/wiki", Path: "/wiki/rest/api/content/", Query: "b=2&a=1&a=0"}
	form := QSHRequest{Method: "POST", Path: "/rest/x", Query: "a=1", Form: "b=2"}
	for _, c := range []struct {
		r    QSHRequest
		of   string
		want QSHMatch
	}{
		{search, "GET&/rest/api/2/search&jql=project%20%3D%20DEMO&startAt=0", QSHRight},
		{search, "POST&/rest/api/2/search&jql=project%20%3D%20DEMO&startAt=0", QSHOtherMethod},
		{search, "GET&/rest/api/2/search&", QSHNoQuery},
		{search, "GET&/rest/api/2/search&jql=project+%3D+DEMO&startAt=0", QSHPlusKept},
		{search, "GET&/rest/api/2/search&jql=project%2B%3D%2BDEMO&startAt=0", QSHPlusKept},
		{search, "GET&/rest/api/2/search&startAt=0&jql=project%20%3D%20DEMO", QSHUnsorted},
		{search, "GET&/rest/api/2/search&jql=project%20%3d%20DEMO&startAt=0", QSHLowerHex},
		{search, "GET&https://acme.atlassian.net/rest/api/2/search&jql=project%20%3D%20DEMO&startAt=0", QSHWholeURL},
		{search, "GET&/rest/api/2/issue/X-1&", QSHOther},
		{wiki, "GET&/rest/api/content&a=0,1&b=2", QSHRight},
		{wiki, "GET&/rest/api/content/&a=0,1&b=2", QSHRight},
		{wiki, "GET&/rest/api/content&a=1,0&b=2", QSHRight},
		{wiki, "GET&/wiki/rest/api/content&a=0,1&b=2", QSHWithContext},
		{wiki, "GET&/rest/api/content&a=0&a=1&b=2", QSHRawQuery},
		{form, "POST&/rest/x&a=1", QSHRight},
		{form, "POST&/rest/x&a=1&b=2", QSHRight},
	} {
		if got := c.r.Match(sum(c.of)); got != c.want {
			t.Errorf("%s: %d, want %d", c.of, got, c.want)
		}
	}
	for _, s := range []string{"", "context-qsh", strings.Repeat("0", 64), strings.Repeat("x", 64)} {
		if got := search.Match(s); got != QSHOther {
			t.Errorf("%q matches: %d", s, got)
		}
	}
}

func FuzzQSH(f *testing.F) {
	f.Add("GET", "/rest/api/2/search", "jql=project+%3D+DEMO&a=1&a=0&jwt=x")
	f.Add("post", "/wiki/a&b/", "k&%C3%A4=%zz&=1&&")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, method, path, query string) {
		c := CanonicalRequest(method, path, query)
		if !strings.HasPrefix(c, strings.ToUpper(method)+"&/") {
			t.Fatal("method and path are not at the start")
		}
		q := c[strings.LastIndex(c, "&/")+1:]
		if _, q, _ = strings.Cut(q, "&"); strings.ContainsAny(q, "+ ?#\x00") || !allIn(strings.NewReplacer("%", "", "~", "", "&", "", ",", "").Replace(q), alnums|dash|dot|underscore|equals) {
			t.Fatalf("characters in the query that are not encoded: %q", q)
		}
		// The order in which parameters stand does not matter.
		parts := strings.Split(query, "&")
		slices.Reverse(parts)
		if again := CanonicalRequest(method, path, strings.Join(parts, "&")); again != c {
			t.Fatalf("another order gives %q, not %q", again, c)
		}
		r := QSHRequest{Method: method, Path: path, Query: query}
		if h := QSH(method, path, query); len(h) != 64 || len(path)+len(query) <= maxQSH && r.Match(h) != QSHRight {
			t.Fatal("the right hash is not taken for right")
		}
	})
}
