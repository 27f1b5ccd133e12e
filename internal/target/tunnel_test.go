package target

import "testing"

// A tunnel shows no path, so the name of the host must do, where it has one.
func TestTunnelByName(t *testing.T) {
	for address, want := range map[string]Product{
		"jira.example.com:443":      JiraDC,
		"confluence.corp:8443":      ConfluenceDC,
		"bitbucket.example.com:443": BitbucketDC,
		"www.example.com:443":       Unknown,
		"acme.atlassian.net:443":    JiraCloud,
	} {
		x := get(address, 407)
		x.Request.Method = "CONNECT"
		if got := Of(x); got.Product != want || got.API != Tunnel {
			t.Errorf("%s: %v", address, got.Product)
		}
	}
}
