package target

import (
	"strconv"
	"testing"
)

const jiraID = "X-AREQUESTID: 1x2x3"

func TestMemory(t *testing.T) {
	m := NewMemory(nil)
	for _, x := range []struct{ url, line string }{
		{"https://jira.example.com/rest/api/2/myself", jiraID},
		{"https://tools.example.com/jira/rest/api/2/myself", jiraID},
		{"https://tools.example.com/confluence/rest/api/space", "X-Confluence-Request-Time: 1"},
		{"http://intra.example.com:8080/jira/rest/api/2/myself", jiraID},
		{"https://some.example.com/browse/ABC-1", "X-AUSERNAME: fred"},
		{"https://odd.example.com/x/y", jiraID}, // no telling where the product starts
		{"https://ext.example.com/rest/api/3/myself", "atl-traceid: 1"},
		{"https://weak.example.com/rest/api/2/myself", "Server: nginx"}, // proves nothing
		{"https://dc.example.com/rest/pat/latest/tokens", "X-ASEN: 1"},
		{"https://dc.example.com/rest/api/content", "X-Confluence-Request-Time: 1"},
	} {
		m.Learn(Of(get(x.url, 200, x.line)))
	}
	tests := []struct {
		url      string
		want     Product
		basis    Basis
		strength Strength
		context  string
	}{
		{"https://jira.example.com/rest/api/2/search", JiraDC, ByNeighbour, Strong, ""},
		{"https://JIRA.example.com./tools/report", JiraDC, ByNeighbour, Strong, ""},
		{"http://jira.example.com/", JiraDC, ByNeighbour, Strong, ""},
		{"https://jira.example.com/rest/api/content", JiraDC, ByNeighbour, Strong, ""},
		{"https://jira.example.com:9443/rest/api/2/myself", JiraDC, ByNeighbour, Weak, ""},
		{"https://jira.example.com:9443/other", Unknown, NoBasis, None, ""},
		{"https://tools.example.com/jira/some/page", JiraDC, ByNeighbour, Strong, "/jira"},
		{"https://tools.example.com/confluence/x", ConfluenceDC, ByNeighbour, Strong, "/confluence"},
		{"https://tools.example.com/rest/api/2/myself", JiraDC, ByNeighbour, Weak, ""},
		{"https://tools.example.com/jirax/page", Unknown, NoBasis, None, ""},
		{"https://tools.example.com/shop", Unknown, NoBasis, None, ""},
		{"https://tools.example.com/bitbucket/rest/api/1.0/projects", BitbucketDC, ByPath, Weak, "/bitbucket"},
		{"https://intra.example.com/jira/rest/api/2/myself", JiraDC, ByNeighbour, Weak, "/jira"},
		{"https://odd.example.com/z", Unknown, NoBasis, None, ""},
		{"https://odd.example.com/rest/acme/1/x", JiraDC, ByNeighbour, Weak, ""},
		{"https://ext.example.com/browse/ABC-1", JiraCloud, ByNeighbour, Strong, ""},
		{"https://weak.example.com/x", Unknown, NoBasis, None, ""},
		{"https://dc.example.com/x", ConfluenceDC, ByNeighbour, Strong, ""},
		{"https://acme.atlassian.net/x", JiraCloud, ByHost, Certain, ""},
		{"data:x", Unknown, NoBasis, None, ""},
	}
	for _, tt := range tests {
		got := m.Recall(Of(get(tt.url, 502, "Server: squid")))
		if got.Product != tt.want || got.Basis != tt.basis || got.Strength != tt.strength || got.Context != tt.context {
			t.Errorf("%s: got %v by %d, strength %d, context %q", tt.url, got.Product, got.Basis, got.Strength, got.Context)
		}
	}
	x := get("tools.example.com:443", 503)
	x.Request.Method = "CONNECT"
	if got := m.Recall(Of(x)); got.Product != UnknownDC || got.API != Tunnel {
		t.Errorf("CONNECT: %v, %v", got.Product, got.API)
	}
	if m.Dropped() != 0 || m.String() != "7 hosts, 0 dropped" {
		t.Errorf("%v", m)
	}
}

// A place that shows two products is decided by the path, else left open.
func TestMemoryMixed(t *testing.T) {
	m := NewMemory(nil)
	m.Learn(Of(get("https://x.example.com/rest/api/2/a", 200, jiraID)))
	m.Learn(Of(get("https://x.example.com/rest/api/content", 200, "X-Confluence-Request-Time: 1")))
	for url, want := range map[string]Product{
		"https://x.example.com/rest/api/2/b":   JiraDC,
		"https://x.example.com/rest/api/space": ConfluenceDC,
		"https://x.example.com/other":          UnknownDC,
	} {
		if got := m.Recall(Of(get(url, 0))); got.Product != want || got.Basis != ByNeighbour {
			t.Errorf("%s: got %v by %d", url, got.Product, got.Basis)
		}
	}
}

func TestMemoryHosts(t *testing.T) {
	tests := []struct {
		pattern, url string
		want         Product
	}{
		{"tracker.example.com", "https://tracker.example.com/x", UnknownDC},
		{"Tracker.example.com.", "https://tracker.example.com/rest/api/2/x", JiraDC},
		{"tracker.example.com", "https://other.example.com/x", Unknown},
		{"tracker.example.com:8443", "https://tracker.example.com:8443/x", UnknownDC},
		{"tracker.example.com:8443", "https://tracker.example.com/x", Unknown},
		{"*.example.com", "https://a.b.example.com/x", UnknownDC},
		{"*.example.com", "https://example.com/x", Unknown},
		{"*.example.com", "https://evilexample.com/x", Unknown},
		{"*", "https://anything.example/x", UnknownDC},
		{"*", "https://acme.atlassian.net/x", JiraCloud},
		{"*", "data:x", Unknown},
		{"https://tools.example.com/jira/", "https://tools.example.com/jira/x", JiraDC},
		{"https://tools.example.com/track", "https://tools.example.com/track/x", UnknownDC},
		{"https://tools.example.com/jira/", "https://tools.example.com/jirax", Unknown},
		{"", "https://anything.example/x", Unknown},
	}
	for _, tt := range tests {
		got := NewMemory([]string{tt.pattern}).Recall(Of(get(tt.url, 0)))
		if got.Product != tt.want {
			t.Errorf("--host %q, %s: got %v", tt.pattern, tt.url, got.Product)
		}
		if tt.want == UnknownDC && (got.Basis != ByUser || got.Strength != Strong) {
			t.Errorf("--host %q, %s: by %d, strength %d", tt.pattern, tt.url, got.Basis, got.Strength)
		}
	}
}

func TestMemoryBounded(t *testing.T) {
	m := NewMemory(nil)
	for i := range maxHosts + 10 {
		m.Learn(Of(get("https://h"+strconv.Itoa(i)+".example.com/rest/api/2/x", 200, jiraID)))
	}
	for i := range maxPlaces + 5 {
		m.Learn(Of(get("https://h1.example.com/c"+strconv.Itoa(i)+"/rest/api/2/x", 200, jiraID)))
	}
	if len(m.hosts) != maxHosts || len(m.hosts["h1.example.com"]) != maxPlaces || m.Dropped() != 16 {
		t.Errorf("%v, %d places", m, len(m.hosts["h1.example.com"]))
	}
}
