package rule

import "testing"

func TestScope(t *testing.T) {
	for _, name := range []string{
		"read:user:bitbucket", "read:confluence-content.all", "repository:write", "account", "offline_access", "read:issue.changelog:jira",
	} {
		if got, ok := Scope(name); !ok || got.String() != name {
			t.Errorf("%s is a scope, and shown as %q", name, got.String())
		}
	}
	for _, name := range []string{
		"", "correcthorse", "read:", "read:CANARY:jira", "read:user@example.com", "read:a1b2c3d4", "read user", "read:\x1b[0m",
	} {
		if got, ok := Scope(name); ok {
			t.Errorf("%q is no scope, and shown as %q", name, got.String())
		}
	}
}

func TestScopes(t *testing.T) {
	if got := Scopes([]string{"read:jira-work", "CANARY", "write:jira-work", "read:jira-user"}, 2).String(); got != "read:jira-work, write:jira-work, 2 more" {
		t.Errorf("got %q", got)
	}
	if got := Scopes([]string{"CANARY"}, 2).String(); got != "1 scope" {
		t.Errorf("got %q", got)
	}
}
