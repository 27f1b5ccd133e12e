package jiratest

import (
	"net/http"
	"strings"
)

const (
	scopesRead = "read:jira-work read:jira-user"
	scopesBoth = "read:jira-work write:jira-work read:jira-user"
)

// gateway answers as api.atlassian.com.
func (c *call) gateway() {
	c.edge()
	switch {
	case strings.HasPrefix(c.path, "/admin/"):
		c.adminAPI()
	case strings.HasPrefix(c.path, "/ex/"):
		c.ex()
	case c.path == "/oauth/token/accessible-resources", c.path == "/me":
		u := c.tokenUser()
		switch {
		case u == nil:
			c.unauthorized()
		case c.path == "/me":
			c.value(http.StatusOK, map[string]string{"account_id": u.id, "email": u.email, "name": u.display, "account_status": "active"})
		default:
			c.value(http.StatusOK, []map[string]any{{"id": c.s.CloudID, "url": "https://acme.atlassian.net", "name": "acme", "scopes": strings.Fields(u.scopes)}})
		}
	default:
		c.text(http.StatusNotFound, "application/json", `{"code":404,"message":"Not Found"}`)
	}
}

func (c *call) unauthorized() {
	c.text(http.StatusUnauthorized, "application/json", `{"code":401,"message":"Unauthorized"}`)
}

// tokenUser returns whose token the Bearer value is.
func (c *call) tokenUser() *identity {
	scheme, param := c.authorization()
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	switch param {
	case c.s.Jo.OAuth:
		return c.s.Jo.identity(scopesRead)
	case c.s.Robot.Scoped:
		return c.s.Robot.identity(scopesBoth)
	}
	return nil
}

// ex answers /ex/{product}/{cloudId}/...
func (c *call) ex() {
	parts := strings.SplitN(strings.TrimPrefix(c.path, "/ex/"), "/", 3)
	scheme, param := c.authorization()
	u := c.tokenUser()
	if strings.EqualFold(scheme, "Basic") {
		if email, secret, ok := pair(param); ok && strings.EqualFold(email, c.s.Jo.Email) && secret == c.s.Jo.Scoped {
			u = c.s.Jo.identity(scopesRead)
		}
	}
	switch {
	case len(parts) < 3:
		c.text(http.StatusNotFound, "application/json", `{"code":404,"message":"Not Found"}`)
		return
	case u == nil && strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(param, "ATATT3"): // measured by lesstif and others
		c.text(http.StatusNotFound, "application/json", `{"code":404,"message":"Not Found"}`)
		return
	case u == nil || parts[1] != c.s.CloudID:
		c.unauthorized()
		return
	}
	c.login(u)
	c.base += "/ex/" + parts[0] + "/" + parts[1]
	c.path = "/" + parts[2]
	write := c.r.Method != http.MethodGet && c.r.Method != http.MethodHead && !strings.HasSuffix(c.path, "/search/jql")
	if write && !strings.Contains(u.scopes, "write:") || strings.HasPrefix(c.path, "/ex/") {
		c.set("X-Failure-Category", "FAILURE_CLIENT_SCOPE_CHECK")
		c.text(http.StatusUnauthorized, "application/json", `{"code":401,"message":"Unauthorized; scope does not match"}`)
		return
	}
	switch parts[0] {
	case "jira":
		c.set("X-AACCOUNTID", u.id)
		c.jira(dialect{cloud: true, store: &c.s.cloud, nobody: c.unauthorized})
	case "confluence":
		c.path = strings.TrimPrefix(c.path, "/wiki")
		c.wiki()
	default:
		c.text(http.StatusNotFound, "application/json", `{"code":404,"message":"Not Found"}`)
	}
}

// adminAPI takes the key of the organisation only.
func (c *call) adminAPI() {
	scheme, param := c.authorization()
	if strings.EqualFold(scheme, "Bearer") && param == c.s.OrgKey {
		c.who = "organisation"
		c.value(http.StatusOK, map[string]any{"data": []map[string]string{{"id": "CANARY-org", "type": "orgs"}}})
		return
	}
	c.value(http.StatusUnauthorized, map[string]any{
		"timestamp": c.s.o.Now().UTC().Format("2006-01-02T15:04:05.000+00:00"), "path": strings.TrimPrefix(c.path, "/admin"),
		"status": http.StatusUnauthorized, "error": "Unauthorized", "message": notAuthenticated, "requestId": c.digest("admin", 8),
	})
}
