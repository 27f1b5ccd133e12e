package capture

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestPasted checks that a command and its output are one exchange.
func TestPasted(t *testing.T) {
	const ask = "It fails:\n$ curl -si -u fred:" + canary + " https://acme.atlassian.net/rest/api/3/myself\n"
	for name, c := range map[string]struct {
		text     string
		n        int
		status   int
		failed   bool
		fidelity exchange.Fidelity
	}{
		"alone":   {ask, 1, 0, false, exchange.AsConfigured},
		"answer":  {ask + "HTTP/1.1 401 Unauthorized\nContent-Length: 2\n\nno\n", 1, 401, false, exchange.AsConfigured},
		"failure": {ask + "curl: (6) Could not resolve host: acme.atlassian.net\n", 1, 0, true, exchange.AsConfigured},
		"verbose": {ask + "> GET /rest/api/3/myself HTTP/1.1\n> Host: acme.atlassian.net\n> Authorization: Basic eDp5\n>\n< HTTP/1.1 401 \n<\n", 1, 401, false, exchange.AsSent},
		"two":     {ask + ask, 2, 0, false, exchange.AsConfigured},
	} {
		var got []*exchange.Exchange
		for x, err := range read(c.text).Exchanges() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, x)
		}
		if len(got) != c.n {
			t.Errorf("%s: %d exchanges", name, len(got))
			continue
		}
		x := got[0]
		status := 0
		if x.Response != nil {
			status = x.Response.Status
		}
		if status != c.status || (x.Failure != nil) != c.failed || x.Fidelity != c.fidelity || !x.Request.Header.Has("Authorization") || x.Request.URL != "https://acme.atlassian.net/rest/api/3/myself" {
			t.Errorf("%s: %+v", name, x)
		}
	}
}
