package rule

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// token is the subject of a call with the given bodies.
func token(method, url, sent string, status int, reply string) *Subject {
	return NewSubject(&exchange.Exchange{
		From:    &exchange.Capture{},
		Request: exchange.Request{Method: method, URL: url, Body: exchange.Body{Head: []byte(sent), Kept: true}},
		Response: &exchange.Response{
			Status: status, Body: exchange.Body{Head: []byte(reply), Kept: true},
		},
	}, nil)
}

func TestOAuthCall(t *testing.T) {
	for _, c := range []struct {
		url, sent, reply string
		want             map[string]string
		whole            bool
	}{
		{
			"https://auth.atlassian.com/oauth/token", `{"grant_type":"refresh_token","n":1,"x":[1]}`, `{"access_token":"a","expires_in":3600}`,
			map[string]string{"grant_type": "refresh_token", "n": "1"},
			true,
		},
		{
			"https://bitbucket.org/site/oauth2/access_token", "grant_type=client_credentials&scope=a+b%20c&scope=d", `{"access_token":"a","expi`,
			map[string]string{"grant_type": "client_credentials", "scope": "a b c"},
			false,
		},
		{"https://auth.atlassian.com/authorize?scope=READ&state=%zz", "", "", map[string]string{"scope": "READ"}, false},
		{
			"https://jira.example.com/rest/oauth2/latest/authorize?client_id=a", "", "<html>",
			map[string]string{"client_id": "a"},
			false,
		},
	} {
		s := token("POST", c.url, c.sent, 200, c.reply)
		if s.OAuth == nil || !maps.Equal(s.OAuth.Sent, c.want) || s.OAuth.Whole != c.whole {
			t.Errorf("%s: %+v", c.url, s.OAuth)
		}
	}
	s := token("GET", "https://api.atlassian.com/oauth/token/accessible-resources", "", 200, `[{"id":"A"},{"id":"b","scopes":[]}]`)
	if s.OAuth == nil || !s.OAuth.Whole || !slices.Equal(s.OAuth.Sites, []string{"a", "b"}) {
		t.Errorf("sites: %+v", s.OAuth)
	}
	if s = token("GET", "https://api.atlassian.com/oauth/token/accessible-resources", "", 200, `[{"id":"A"},{"id`); s.OAuth.Whole {
		t.Error("a list that was cut is taken for whole")
	}
	for _, url := range []string{"https://acme.atlassian.net/rest/api/3/myself", "https://jira.example.com/plugins/servlet/oauth/request-token", "https://example.com/oauth2/token"} {
		if s := token("POST", url, "a=b", 200, "{}"); s.OAuth != nil {
			t.Errorf("%s is taken for OAuth 2.0", url)
		}
	}
}

func TestOAuth1Member(t *testing.T) {
	for _, c := range []struct{ text, name, want string }{
		{"oauth_problem=nonce_used", "oauth_problem", "nonce_used"},
		{`OAuth realm="https%3A%2F%2Fx", oauth_problem="token_rejected"`, "oauth_problem", "token_rejected"},
		{`OAuth realm="https%3A%2F%2Fx", oauth_problem="token_rejected"`, "realm", "https://x"},
		{"x_oauth_problem=a&oauth_problem=b", "oauth_problem", "b"},
		{"oauth_problem=a&oauth_signature_base_string=GET%26https%253A%252F%252Fx%26a", "oauth_signature_base_string", "GET&https%3A%2F%2Fx&a"},
		{"oauth_problem", "oauth_problem", ""},
		{"oauth_problem=%zz", "oauth_problem", "%zz"},
	} {
		if got := OAuth1Member(c.text, c.name); got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzOAuth(f *testing.F) {
	f.Add(`{"grant_type":"refresh_token","a":1}`, "oauth_problem=a&oauth_b=c")
	f.Add("a=b&c=%20", `OAuth realm="x",oauth_problem="y"`)
	f.Add(`{"a":{"b":[`, "oauth_problem=")
	f.Fuzz(func(t *testing.T, sent, reply string) {
		s := token("POST", "https://auth.atlassian.com/oauth/token", sent, 401, reply)
		if len(s.OAuth.Sent) > maxOAuth2 || len(s.OAuth.Reply) > maxOAuth2 {
			t.Fatal("more than the bound is kept")
		}
		s.OAuth.Error()
		code, _ := s.OAuth1Problem()
		if code != "" && !strings.Contains(strings.ToLower(reply), "oauth_problem=") {
			t.Fatal("a problem that the answer does not have")
		}
		s.OAuth1Echo("realm")
	})
}
