package rule

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// redirected returns the subject of an answer to a GET of url that redirects to
// the given address.
func redirected(url, to string) *Subject {
	return NewSubject(&exchange.Exchange{
		From:    &exchange.Capture{},
		Request: exchange.Request{Method: "GET", URL: url},
		Response: &exchange.Response{
			Status: 302, Header: exchange.Header{{Name: "Location", Value: to}},
		},
	}, nil)
}

func TestRedirect(t *testing.T) {
	const asked = "https://jira.example.com:8443/jira/rest/api/2/myself?a=b"
	for _, tt := range []struct{ to, want string }{
		{"https://x.example.com/y", "https://x.example.com/y"},
		{"//x.example.com/y", "https://x.example.com/y"},
		{"/login.jsp", "https://jira.example.com:8443/login.jsp"},
		{"login.jsp", "https://jira.example.com:8443/jira/rest/api/2/login.jsp"},
		{"./login.jsp", "https://jira.example.com:8443/jira/rest/api/2/login.jsp"},
		{"?x=1", "https://jira.example.com:8443/jira/rest/api/2/myself?x=1"},
		{" /blank ", "https://jira.example.com:8443/blank"},
	} {
		if u, ok := redirected(asked, tt.to).Redirect(); !ok || u.Raw != tt.want {
			t.Errorf("%q: %v, %q", tt.to, ok, u.Raw)
		}
	}
	if _, ok := redirected(asked, "").Redirect(); ok {
		t.Error("no Location, and yet a redirect")
	}
	if u, ok := redirected("http://[2001:db8::1]/a", "/b").Redirect(); !ok || u.Host != "2001:db8::1" || u.Path != "/b" {
		t.Errorf("IPv6: %+v", u)
	}
}

func TestAsks(t *testing.T) {
	s := redirected("https://jira.example.com/rest/api/2/search?jql=a%20%3D%20b", "")
	for to, want := range map[string]bool{
		"https://jira.example.com/rest/api/2/search?jql=a+%3D+b":       true,
		"https://jira.example.com:443/rest/api/2/search?jql=a%20=%20b": true,
		"https://JIRA.example.com/rest/api/2/%73earch?jql=a%20=%20b":   true,
		"http://jira.example.com/rest/api/2/search?jql=a+%3D+b":        false,
		"https://jira.example.com:8443/rest/api/2/search?jql=a+%3D+b":  false,
		"https://jira.example.com/rest/api/2/search":                   false,
	} {
		if u, _ := redirected("https://x.example.com/", to).Redirect(); s.Asks(&u) != want {
			t.Errorf("%s: %v", to, !want)
		}
	}
}

func TestBrokenRedirect(t *testing.T) {
	for _, tt := range []struct {
		asked, to string
		want      Break
	}{
		{"https://a.example.com/rest/api/2/x", "/jirarest/api/2/x", PathGlued},
		{"https://a.example.com/rest/api/2/x", "/jira/rest/api/2/x", NotBroken},
		{"https://a.example.com/rest/api/2/x", "https://b.example.comrest/api/2/x", HostGlued},
		{"https://a.example.com/rest/api/2/x", "https://b.rest/api/2/x", NotBroken},
		{"https://a.example.com/rest/api/2/x", "https://my-rest/api/2/x", NotBroken},
		{"https://a.example.com/x", "https://b.comhttps://a.example.com/x", SchemeLeft},
		{"https://a.example.com/x", "https://b.comhttp/x", SchemeLeft},
		{"https://a.example.com/x", "https://http/x", NotBroken},
		{"https://a.example.com/x", "https://https://a.example.com/x", NoAddress},
		{"https://a.example.com/x", "https://{{host}}/x", NoAddress},
		{"https://a.example.com/x", "https:///", NoAddress},
		{"https://a.example.com/login", "/userlogin", NotBroken},
		{"https://a.example.com/rest", "/myrest", NotBroken},
	} {
		if got := redirected(tt.asked, tt.to).BrokenRedirect(); got != tt.want {
			t.Errorf("%s to %s: %d, want %d", tt.asked, tt.to, got, tt.want)
		}
	}
}
