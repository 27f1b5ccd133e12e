package credential

import (
	"fmt"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func TestOfFields(t *testing.T) {
	for _, tt := range []struct {
		name string
		want aField
	}{
		{"Authorization", authorizationField},
		{"authorization", authorizationField},
		{"AUTHORIZATION", authorizationField},
		{"Proxy-Authorization", proxyField},
		{"Cookie", cookieField},
		{"cookie", cookieField},
		{"Authorisation", misnamedField},
		{"Autorization", misnamedField},
		{"Authorizations", misnamedField},
		{"Authorizaton", misnamedField},
		{"Authentication", misnamedField},
		{"Auth", misnamedField},
		{"X-Authorization", misnamedField},
		{"Authorization ", misnamedField},
		{" Authorization", misnamedField},
		{"\tAuthorization", misnamedField},
		{"\"Authorization\"", misnamedField},
		{"'Authorization", misnamedField},
		{"Authorization:", misnamedField},
		{"Authorization\t", misnamedField},
		{"X-Auth-Token", misnamedField},
		{"X-Auth-User", misnamedField},
		{"PRIVATE-TOKEN", misnamedField},
		{"X-Api-Key", misnamedField},
		{"apikey", misnamedField},
		{"Access-Token", misnamedField},
		{"Token", misnamedField},
		// What every request has, and near misses.
		{"", noField},
		{"A", noField},
		{"Accept", noField},
		{"Accept-Language", noField},
		{"Access-Control-Request-Headers", noField},
		{":authority", noField},
		{"Cookie2", noField},
		{"Content-Type", noField},
		{"X-Atlassian-Token", noField},
		{"X-Requested-With", noField},
		{"X-Forwarded-For", noField},
		{"Author", noField},
		{"Authority", noField},
		{"Priority", noField},
		{"Proxy-Connection", noField},
		{"traceparent", noField},
		{"TE", noField},
		{"Host ", noField},
	} {
		if got := fieldKind(tt.name); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestOf(t *testing.T) {
	r := &exchange.Request{
		URL: "https://me%40example.com:CANARY%3D1@jira.example.com/rest?key=A-1&os_username=fred&os_password=CANARY+2&x=1&Token=#access_token=CANARY",
		Header: exchange.Header{
			{Name: "cookie", Value: "a=b; JSESSIONID=0123456789ABCDEF0123456789ABCDEF.n1 ;seraph.confluence=CANARY%3A1"},
			{Name: "X-Api-Key", Value: "CANARY"},
			{Name: "Authorization", Value: "Basic " + enc("me@example.com:CANARY")},
			{Name: "Proxy-Authorization", Value: "Basic " + enc("proxy:CANARY")},
			{Name: "Accept", Value: "*/*"},
			{Name: "Authorization", Value: "Bearer CANARY"},
			{Name: "Cookie", Value: "cloud.session.token=" + jwt(`{"exp":1}`) + ";b"},
		},
		Cookies: []exchange.Field{
			{Name: "JSESSIONID", Value: "0123456789ABCDEF0123456789ABCDEF.n1 "},
			{Name: "theme", Value: "dark"},
			{Name: "BITBUCKETSESSIONID", Value: "CANARY"},
		},
	}
	a := Of(r)
	want := []string{
		"0 2 0 Authorization", "0 5 0 Authorization", "1 3 0 Proxy-Authorization", "2 1 0 X-Api-Key", "3 -1 8 ",
		"4 -1 62 key", "4 -1 78 os_username", "4 -1 95 os_password", "4 -1 114 Token",
		"5 0 16 JSESSIONID", "5 0 71 seraph.confluence", "5 6 20 cloud.session.token", "5 2 0 BITBUCKETSESSIONID",
	}
	if len(a.List()) != len(want) {
		t.Fatalf("%d credentials", len(a.List()))
	}
	for i := range a.List() {
		c := &a.List()[i]
		if got := fmt.Sprintf("%d %d %d %s", c.Place, c.Field, c.At, c.Name); got != want[i] {
			t.Errorf("%d: %s, want %s", i, got, want[i])
		}
		switch {
		case c.Field < 0:
			checkAt(t, c, r.URL)
		case c.Listed:
			checkAt(t, c, r.Cookies[c.Field].Value)
		default:
			checkAt(t, c, r.Header[c.Field].Value)
		}
	}
	if a.Main() != &a.Authorization()[0] || len(a.Authorization()) != 2 {
		t.Error("main credential")
	}
	if c := a.In(InUserinfo)[0]; c.Basic.User != "me@example.com" || c.Token != "CANARY=1" || c.Normalized() != "me@example.com:CANARY=1" {
		t.Error("userinfo")
	}
	if c := a.Query("os_password"); c.Token != "CANARY 2" || c.Secret() != "CANARY 2" || a.Query("os_username").Secret() != "" {
		t.Error("query")
	}
	if c := a.Cookie("cloud.session.token"); c.Class != JWTToken || c.JWT().Expires != 1 || a.Cookie("JSESSIONID").Class != SessionID {
		t.Error("cookies")
	}
	if a.Cookie("theme") != nil || a.In(99) != nil || a.Dropped != 0 {
		t.Error("more than there is")
	}
}

func checkAt(t *testing.T, c *Credential, s string) {
	t.Helper()
	if c.At+len(c.Raw) > len(s) || s[c.At:c.At+len(c.Raw)] != c.Raw {
		t.Errorf("%s is not at %d", c.Name, c.At)
	}
}

func TestOfURL(t *testing.T) {
	for url, want := range map[string]int{
		"":                                           0,
		"https://jira.example.com/":                  0,
		"https://@jira.example.com/":                 0,
		"https://CANARY@jira.example.com":            1,
		"https://me@example.com:CANARY@x/?a=b@c":     1,
		"https://jira.example.com/a@b?c=http://d@e/": 0,
		"/rest?u=https://a:b@c/":                     0,
		"https://x/?key=CANARY&token=CANARY":         2,
		"https://x/?key=A-1":                         0,
		"https://x/?jwt=CANARY&apikey=CANARY":        2,
		"https://x/?oauth_token=CANARY&oauth_consumer_key=CANARY&oauth_version=1": 2,
		"https://x/?tokens=1&jql=token&os_authType=basic&&=&access_token":         1,
		"https://x/#?token=CANARY": 0,
	} {
		if got := len(Of(&exchange.Request{URL: url}).List()); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
}

func TestOfBounds(t *testing.T) {
	r := &exchange.Request{}
	for range 300 {
		r.Header = append(r.Header, exchange.Field{Name: "Authorization", Value: "Bearer CANARY"})
	}
	a := Of(r)
	if len(a.Authorization()) != MaxCredentials || a.Dropped != 300-MaxCredentials {
		t.Errorf("%d kept, %d dropped", len(a.Authorization()), a.Dropped)
	}
	if a := Of(&exchange.Request{}); a.Main() != nil || a.List() != nil {
		t.Error("something out of nothing")
	}
	// What no product reads is not the main credential.
	a = Of(&exchange.Request{URL: "https://a:b@x/?os_username=fred", Header: exchange.Header{{Name: "X-Api-Key", Value: "CANARY"}}})
	if a.Main() != nil || len(a.List()) != 3 {
		t.Error("main credential of a misnamed field")
	}
}

func TestOfAllocations(t *testing.T) {
	for _, value := range []string{basic("fred@example.com:CANARY-Harbour-26"), basic("fred@example.com:" + apiToken(7)), "Bearer " + pat(3)} {
		r := typical(value)
		if n := testing.AllocsPerRun(100, func() { Of(r) }); n > 6 {
			t.Errorf("%v allocations", n)
		}
	}
}
