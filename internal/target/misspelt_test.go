package target

import (
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func TestMisspelt(t *testing.T) {
	for _, tt := range []struct {
		url  string
		sure bool
		want string
	}{
		{"https://acme.atlasian.net/rest/api/3/myself", false, "acme.atlassian.net"},
		{"https://acme.atlasian.net/", false, "acme.atlassian.net"},
		{"https://acme.altassian.net/wiki", false, "acme.atlassian.net"},
		{"https://acme.atlasian.net./", false, "acme.atlassian.net"},
		{"https://acme.atlasain.net/", false, "acme.atlassian.net"[:0]}, // two edits and no product behind
		{"https://acme.atlasain.net/", true, "acme.atlassian.net"},
		{"https://acme.atlasain.net/rest/api/3/myself", false, "acme.atlassian.net"},
		{"https://acme.atlassian.com/rest/api/3/myself", false, "acme.atlassian.net"},
		{"https://acme.atlassian.org/rest/api/3/myself", false, "acme.atlassian.net"},
		{"https://acme.atlassian.nt/", true, "acme.atlassian.net"},
		{"https://acme.atlassian/rest/api/2/myself", false, "acme.atlassian.net"},
		{"https://acme-atlassian.net/rest/api/2/myself", false, "acme.atlassian.net"},
		{"https://acmeatlassian.net/", true, "acme.atlassian.net"},
		{"https://api.atlasian.com/ex/jira/1/rest/api/3/myself", false, "api.atlassian.com"},
		{"https://acme.jira-align.com/rest/align/api/2/users", false, "acme.jiraalign.com"},
		{"https://acme.jiralign.com/", false, "acme.jiraalign.com"},
		{"https://api.bitbuket.org/2.0/user", false, "api.bitbucket.org"},
		{"https://api.bitbucket.com/2.0/user", true, "api.bitbucket.org"},

		{"https://acme.atlassian.net/rest/api/3/myself", true, ""},
		{"https://api.atlassian.com/me", true, ""},
		{"https://as.atlassian.com/api/v1/batch", true, ""},
		{"https://marketplace.atlassian.com/rest/2/addons", true, ""},
		{"https://confluence.atlassian.com/rest/api/content", true, ""},
		{"https://jira.example.com/rest/api/2/myself", true, ""},
		{"https://www.atlantis.net/", true, ""},
		{"https://www.google-analytics.com/collect", true, ""},
		{"https://someone.bitbucket.io/", true, ""},
		{"https://www.bitbucket.de/", false, ""},
		{"https://atlasian/rest/api/2/myself", true, ""},
		{"data:,", true, ""},
	} {
		x := &exchange.Exchange{Request: exchange.Request{Method: "GET", URL: tt.url}}
		target := Of(x)
		if got := target.Misspelt(tt.sure); got != tt.want {
			t.Errorf("%s, sure %v: %q, want %q", tt.url, tt.sure, got, tt.want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"atlassian", "atlassian", 0},
		{"atlasian", "atlassian", 1},
		{"altassian", "atlassian", 1},
		{"attlasian", "atlassian", 2},
		{"google", "atlassian", 3},
		{"", "net", 3},
		{"t", "net", 2},
		{"a-very-long-label-indeed", "atlassian", 3},
	} {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("edits(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if a, b := edits(tt.a, tt.b), edits(tt.b, tt.a); a != b {
			t.Errorf("edits(%q, %q) is %d, the other way round %d", tt.a, tt.b, a, b)
		}
	}
}
