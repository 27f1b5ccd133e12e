package jiratest

import (
	"net/http"
	"strings"
)

// align answers as Jira Align.
func (c *call) align() {
	c.cloudflare()
	c.set("Cache-Control", "no-cache")
	c.set("X-Content-Type-Options", "nosniff")
	c.set("Content-Type", "application/json; charset=utf-8")
	if !strings.HasPrefix(c.path, "/rest/align/api/") {
		c.redirect(http.StatusFound, "/login")
		return
	}
	scheme, param := c.authorization()
	if !strings.EqualFold(scheme, "bearer") || param != c.s.AlignToken {
		c.set("Content-Length", "0")
		c.empty(http.StatusUnauthorized)
		return
	}
	c.who, _, _ = strings.Cut(param, "|")
	c.text(http.StatusOK, "application/json; charset=utf-8", `[{"id":4711,"title":"Example epic"}]`)
}

func (c *call) cloudflare() {
	c.set("Server", "cloudflare")
	c.set("CF-RAY", c.digest("ray", 16)+"-FRA")
	c.set("CF-Cache-Status", "DYNAMIC")
	c.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}

// alignBanned answers as Cloudflare does for an address that is not allowed.
func (c *call) alignBanned() {
	c.cloudflare()
	c.text(http.StatusForbidden, "text/plain; charset=UTF-8", "error code: 1006")
}

const bitbucketScopes = "read:repository:bitbucket, read:pullrequest:bitbucket"

// bitbucket answers as api.bitbucket.org, lightly.
func (c *call) bitbucket() {
	c.set("Server", "envoy")
	c.set("X-Request-Count", "401")
	c.set("X-View-Name", "bitbucket.apps.repo2.api.v20.repo.RepositoryHandler")
	c.set("X-Usage-Output-Ops", "0")
	scheme, param := c.authorization()
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		if param != c.s.RepoToken {
			c.bitbucketError(http.StatusUnauthorized, `{"type": "error", "error": {"message": "Access token expired. Use your refresh token to obtain a new access token."}}`)
			return
		}
		c.who = "repository"
	case strings.EqualFold(scheme, "Basic"):
		user, secret, ok := pair(param)
		switch {
		case ok && strings.EqualFold(user, c.s.Jo.Email) && secret == c.s.Jo.Bitbucket:
			c.login(c.s.Jo.identity(bitbucketScopes))
		case ok && tokenLike(secret):
			c.bitbucketError(http.StatusUnauthorized, `{"type": "error", "error": {"message": "Token is invalid, expired, or not supported for this endpoint."}}`)
			return
		default:
			c.set("WWW-Authenticate", `Basic realm="Bitbucket.org HTTP"`)
			c.text(http.StatusUnauthorized, mediaJSON, "")
			return
		}
	}
	c.set("X-OAuth-Scopes", bitbucketScopes)
	switch {
	case c.who == "":
		delete(c.w.Header(), "X-OAuth-Scopes")
		c.bitbucketError(http.StatusUnauthorized, `{"type": "error", "error": {"message": "This API is only accessible with an access token, API token or app password."}}`)
	case c.path == "/2.0/user":
		c.bitbucketError(http.StatusForbidden, `{"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes.", `+
			`"detail": {"required": ["read:user:bitbucket"], "granted": ["read:repository:bitbucket", "read:pullrequest:bitbucket"]}}}`)
	case c.path == "/2.0/repositories/acme/demo":
		c.text(http.StatusOK, "application/json; charset=utf-8", `{"type":"repository","slug":"demo","full_name":"acme/demo","is_private":true}`)
	default:
		c.bitbucketError(http.StatusNotFound, `{"type": "error", "error": {"message": "Resource not found"}}`)
	}
}

func (c *call) bitbucketError(status int, body string) {
	c.text(status, "application/json; charset=utf-8", body)
}

// bitbucketGit answers as bitbucket.org to git.
func (c *call) bitbucketGit() {
	c.set("Server", "envoy")
	scheme, param := c.authorization()
	user, secret, _ := pair(param)
	u := c.s.Jo
	ok := strings.EqualFold(scheme, "Basic") && (secret == u.Bitbucket && (user == u.Username || user == "x-bitbucket-api-token-auth") ||
		secret == c.s.RepoToken && user == "x-token-auth")
	switch {
	case !strings.HasPrefix(c.path, "/acme/demo.git/"):
		c.redirect(http.StatusFound, "https://id.atlassian.com/login?application=bitbucket")
	case !ok:
		c.set("WWW-Authenticate", `Basic realm="Bitbucket.org HTTP"`)
		text := "Invalid credentials"
		if scheme == "" {
			text = "Authentication required"
		}
		c.text(http.StatusUnauthorized, "text/plain", text)
	default:
		c.who = user
		c.text(http.StatusOK, "application/x-git-upload-pack-advertisement", "001e# service=git-upload-pack\n0000")
	}
}
