package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"
)

const aBrowser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

// TestReverseOrigin: a browser that has the product under the address of the proxy
// posts from a page of the product, for all that the product can see, and keeps its
// cookies; from another page it is refused, and told why.
func TestReverseOrigin(t *testing.T) {
	site := newSite(t)
	for _, tt := range []struct {
		name, server, origin, referer string
		status                        int
		cause                         string
	}{
		{"Data Center, origin", "https://jira.example.com", "PROXY", "", 201, ""},
		{"Data Center, referer", "https://jira.example.com", "", "PROXY/secure/Dashboard.jspa", 201, ""},
		{"Data Center, another page", "https://jira.example.com", "http://app.example.com", "", 403, "xsrf-browser-user-agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site.Reset()
			c, end := startHere(t, site, "--format", "json", "--host", "*.example.com", "--reverse", tt.server)
			own := "http://" + c.addr
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			const issue = `{"fields":{"project":{"key":"DEMO"},"summary":"a","issuetype":{"name":"Task"}}}`
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, own+"/rest/api/2/issue", strings.NewReader(issue))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("User-Agent", aBrowser)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+site.Clerk.PAT)
			for name, v := range map[string]string{"Origin": tt.origin, "Referer": tt.referer} {
				if v != "" {
					r.Header.Set(name, strings.Replace(v, "PROXY", own, 1))
				}
			}
			jar, _ := cookiejar.New(nil)
			h := http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
			a, err := h.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(a.Body)
			_ = a.Body.Close()
			if a.StatusCode != tt.status {
				t.Errorf("status %d: %s", a.StatusCode, body)
			}
			if a.StatusCode == http.StatusCreated && len(jar.Cookies(r.URL)) == 0 {
				t.Error("no cookie was kept")
			}
			end()
			if got := names(causesOf(t, c.out.String())); tt.cause == "" && len(got) > 0 || tt.cause != "" && !slices.Equal(got, []string{tt.cause}) {
				t.Errorf("causes %v", got)
			}
		})
	}
}
