package compare

import (
	"errors"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// request is a call to Jira Data Center with an Authorization value.
func request(status int, path, auth string, answer ...exchange.Field) *exchange.Exchange {
	x := &exchange.Exchange{
		From: &exchange.Capture{Name: "x.har"}, Sight: exchange.Credentials | exchange.Cookies,
		Request: exchange.Request{
			Method: "GET", URL: "https://jira.example.com" + path,
			Header: exchange.Header{{Name: "User-Agent", Value: "curl/8.5.0"}},
		},
		Response: &exchange.Response{Status: status, Header: append(exchange.Header{{Name: "X-AREQUESTID", Value: "1x2x3"}}, answer...)},
	}
	if auth != "" {
		x.Request.Header = append(x.Request.Header, exchange.Field{Name: "Authorization", Value: auth})
	}
	return x
}

var asFred = exchange.Field{Name: "X-AUSERNAME", Value: "fred"}

func sides(good, bad *exchange.Exchange) (g, b *Side) {
	g, b = NewSide(nil), NewSide(nil)
	g.See(good)
	b.See(bad)
	return g, b
}

func row(t *testing.T, c *Comparison, what string) Row {
	t.Helper()
	for _, r := range c.Rows {
		if r.What.String() == what {
			return r
		}
	}
	t.Fatalf("no row %q", what)
	return Row{}
}

func TestTwins(t *testing.T) {
	const path = "/rest/api/2/myself"
	for _, tc := range []struct {
		name, good, bad, verdict string
		exact, meant             bool
	}{
		{"line break", "Basic ZnJlZDpDQU5BUlk=", "Basic ZnJlZDpDQU5BUlkK", "written differently", false, true},
		{"same", "Basic ZnJlZDpDQU5BUlk=", "Basic ZnJlZDpDQU5BUlk=", "byte for byte", true, true},
		{"same token, another scheme", "Bearer CANARY-token-0001", "Basic ZnJlZDpDQU5BUlktdG9rZW4tMDAwMQ==", "not in the same way", false, false},
		{"another", "Bearer CANARY-token-0001", "Bearer CANARY-token-0002", "different credentials", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, b := sides(request(200, path, tc.good, asFred), request(401, path, tc.bad))
			c, err := Of(g, b, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(c.Verdict.String(), tc.verdict) {
				t.Errorf("verdict %q, want %q in it", c.Verdict, tc.verdict)
			}
			if r := row(t, c, "credential as sent"); r.Same != tc.exact {
				t.Errorf("as sent: same is %v", r.Same)
			}
			if r := row(t, c, "credential as meant"); r.Same != tc.meant {
				t.Errorf("as meant: same is %v", r.Same)
			}
			for _, r := range c.Rows {
				if strings.Contains(r.Good.String()+r.Bad.String(), "CANARY") {
					t.Errorf("row %s shows a secret", r.What)
				}
			}
		})
	}
}

// TestMostAlike: of several accepted requests the one is chosen that has most in
// common with the refused one.
func TestMostAlike(t *testing.T) {
	g, b := NewSide(nil), NewSide(nil)
	g.See(request(200, "/rest/api/2/serverInfo", "Bearer CANARY", asFred))
	g.See(request(200, "/rest/api/2/project", "Bearer CANARY", asFred))
	g.See(request(200, "/rest/api/2/issue/OPS-1", "Bearer CANARY", asFred))
	b.See(request(401, "/rest/api/2/issue/OPS-1", "Bearer CANARY-other"))
	c, err := Of(g, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(c.Good.URL.String(), "OPS-1") {
		t.Errorf("compared with %s", c.Good.URL)
	}
}

func TestHiddenCredentialIsNotAbsent(t *testing.T) {
	bad := request(401, "/rest/api/2/myself", "")
	bad.Sight = 0
	g, b := sides(request(200, "/rest/api/2/myself", "Bearer CANARY", asFred), bad)
	c, err := Of(g, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := row(t, c, "credential"); !strings.Contains(r.Bad.String(), "not shown") {
		t.Errorf("a credential that the capture hides is called %q", r.Bad)
	}
	if !strings.Contains(c.Verdict.String(), "cannot be compared") {
		t.Errorf("verdict %q", c.Verdict)
	}
}

func TestWrongWayRound(t *testing.T) {
	ok, refused := request(200, "/rest/api/2/myself", "Bearer CANARY", asFred), request(401, "/rest/api/2/myself", "Bearer CANARY")
	g, b := sides(refused, ok)
	if _, err := Of(g, b, nil); !errors.Is(err, ErrNothingFailed) {
		t.Errorf("got %v, want %v", err, ErrNothingFailed)
	}
	g, b = sides(refused, refused)
	if _, err := Of(g, b, nil); !errors.Is(err, ErrNothingWorked) {
		t.Errorf("got %v, want %v", err, ErrNothingWorked)
	}
}
