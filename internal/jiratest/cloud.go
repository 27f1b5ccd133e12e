package jiratest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const deprecated = "Basic authentication with passwords is deprecated.  For more information, see: " +
	"https://developer.atlassian.com/cloud/confluence/deprecation-notice-basic-auth/\n"

// edge sets what Atlassian's edge puts on each answer that comes through it.
func (c *call) edge() {
	c.set("Server", "AtlassianEdge")
	c.set("atl-traceid", c.digest("trace", 32))
	id := c.digest("request", 32)
	c.set("atl-request-id", id[:8]+"-"+id[8:12]+"-"+id[12:16]+"-"+id[16:20]+"-"+id[20:])
	c.set("X-AREQUESTID", c.digest("arequest", 32))
	c.set("Cache-Control", "no-cache, no-store, no-transform")
	c.set("Server-Timing", fmt.Sprintf(`atl-edge;dur=%d,atl-edge-internal;dur=3,atl-edge-upstream;dur=38,atl-edge-pop;desc="aws-eu-central-1"`, 50+c.n%40))
	c.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload")
	c.set("Timing-Allow-Origin", "*")
	c.set("X-Content-Type-Options", "nosniff")
	c.set("X-XSS-Protection", "1; mode=block")
}

// cloudSite answers as https://acme.atlassian.net: Jira, and Confluence below
// /wiki.
func (c *call) cloudSite() {
	if c.bodyOnGet() {
		return
	}
	c.edge()
	switch {
	case c.path == "/_edge/tenant_info":
		c.value(http.StatusOK, map[string]string{"cloudId": c.s.CloudID})
		return
	case c.path == "/rest/auth/1/session":
		// Cookie login was withdrawn; the text is in the language of the site.
		c.set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
		c.messages(http.StatusUnauthorized, "Login failed")
		return
	}
	wiki := c.path == "/wiki" || strings.HasPrefix(c.path, "/wiki/")
	if !c.cloudLogin(wiki) {
		return
	}
	switch {
	case wiki:
		c.base += "/wiki"
		c.path = strings.TrimPrefix(c.path, "/wiki")
		c.wiki()
		return
	case c.user != nil:
		c.cloudKnows()
	default:
		if c.tried {
			c.set("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
		}
		c.set("Set-Cookie", "atlassian.xsrf.token="+c.digest("xsrf", 40)+"_lout; Path=/; SameSite=None; Secure")
	}
	switch {
	case strings.HasPrefix(c.path, "/rest/"):
		c.jira(dialect{cloud: true, store: &c.s.cloud, nobody: c.cloudNobody})
	case c.user == nil:
		c.redirect(http.StatusFound, "https://id.atlassian.com/login?continue="+url.QueryEscape(c.base+c.r.URL.RequestURI())+"&application=jira")
	default:
		c.page("Jira")
	}
}

// cloudKnows sets what shows that Cloud knows the caller.
func (c *call) cloudKnows() {
	c.set("X-AACCOUNTID", url.QueryEscape(c.user.id))
	c.set("X-Seraph-LoginReason", "OK")
	c.set("Set-Cookie", "atlassian.xsrf.token="+c.digest("xsrf", 40)+"_lin; Path=/; SameSite=None; Secure")
}

// cloudNobody answers a call that needs somebody.
func (c *call) cloudNobody() {
	c.set("WWW-Authenticate", `OAuth realm="`+url.QueryEscape(c.base)+`"`)
	c.text(http.StatusUnauthorized, mediaHTML, "Client must be authenticated to access this resource.")
}

// cloudLogin looks at the credential. A refusal by the edge ends the call: then
// it returns false.
func (c *call) cloudLogin(wiki bool) bool {
	v := c.r.Header.Get("Authorization")
	scheme, param := c.authorization()
	switch {
	case strings.EqualFold(scheme, "Basic"):
		email, secret, ok := pair(param)
		if !ok || secret != "" && !tokenLike(secret) {
			c.edgeOnly()
			c.text(http.StatusUnauthorized, mediaText, deprecated)
			return false
		}
		if u := c.s.Jo; strings.EqualFold(email, u.Email) && secret == u.Token {
			c.login(u.identity(""))
			return true
		}
		if wiki {
			c.envelope()
			return false
		}
		c.tried = true
	case strings.HasPrefix(v, "Bearer ") && !strings.HasPrefix(v, "Bearer  "): // measured: no other case, one blank
		c.edgeOnly()
		if strings.Count(param, ".") == 2 && strings.HasPrefix(param, "eyJ") {
			c.text(http.StatusUnauthorized, "application/json", `{"code":401,"message":"Unauthorized"}`)
			return false
		}
		c.text(http.StatusForbidden, "application/json", `{"error": "Failed to parse Connect Session Auth Token"}`)
		return false
	case scheme == "JWT":
		c.set("WWW-Authenticate", `OAuth realm="`+url.QueryEscape(c.base)+`"`)
		c.text(http.StatusUnauthorized, mediaHTML, "<html><head><title>Unauthorized (401)</title></head></html>")
		return false
	}
	return true
}

// edgeOnly takes away what the edge does not say where it refuses itself.
func (c *call) edgeOnly() { delete(c.w.Header(), "X-Seraph-LoginReason") }

func (u *CloudUser) identity(scopes string) *identity {
	return &identity{name: u.Email, email: u.Email, display: u.Name, id: u.ID, scopes: scopes}
}

// envelope is how Confluence Cloud refuses a credential.
func (c *call) envelope() {
	c.value(http.StatusForbidden, map[string]any{
		"statusCode": http.StatusForbidden, "data": map[string]any{"authorized": false, "valid": false, "errors": []any{}, "successful": false},
		"message": "com.atlassian.confluence.rest.api.StacklessResponseStatusException: 403 FORBIDDEN",
	})
}

// wiki answers as Confluence Cloud, lightly. The gateway leads here, too.
func (c *call) wiki() {
	if c.user != nil {
		c.set("X-AACCOUNTID", url.QueryEscape(c.user.id))
	}
	switch {
	case strings.HasPrefix(c.path, "/api/v2/"):
		if c.user == nil || !strings.HasPrefix(c.path, "/api/v2/pages") && !strings.HasPrefix(c.path, "/api/v2/spaces") {
			c.text(http.StatusNotFound, "application/json", `{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":null}]}`)
			return
		}
		c.text(http.StatusOK, "application/json", `{"results":[{"id":"98304","title":"Example","status":"current"}],"_links":{}}`)
	case strings.HasPrefix(c.path, "/rest/api/"):
		switch {
		case c.user == nil:
			c.text(http.StatusForbidden, "application/json", `{"message":"Current user not permitted to use Confluence","statusCode":403}`)
		case c.forged():
		case c.path == "/rest/api/user/current":
			c.value(http.StatusOK, map[string]any{"type": "known", "accountId": c.user.id, "email": c.user.email, "displayName": c.user.display})
		case strings.HasPrefix(c.path, "/rest/api/content"), strings.HasPrefix(c.path, "/rest/api/space"):
			c.text(http.StatusOK, "application/json", `{"results":[{"id":"98304","type":"page","title":"Example"}],"start":0,"limit":25,"size":1}`)
		default:
			c.noResource()
		}
	case c.user == nil:
		c.redirect(http.StatusFound, "https://id.atlassian.com/login?continue="+url.QueryEscape(c.base+c.path)+"&application=confluence")
	default:
		c.page("Confluence")
	}
}

// bodyOnGet answers a GET with a body as CloudFront does since early 2025, and
// reports whether there was one.
func (c *call) bodyOnGet() bool {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead || c.r.ContentLength == 0 {
		return false
	}
	c.set("Server", "CloudFront")
	c.set("X-Cache", "Error from cloudfront")
	c.set("Via", "1.1 "+c.digest("via", 32)+".cloudfront.net (CloudFront)")
	c.set("X-Amz-Cf-Id", c.digest("cf", 32)+"==")
	c.text(http.StatusForbidden, "text/html", `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">
<TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>
<HR noshade size="1px">Bad request. We can't connect to the server for this app or website at this time.<BR clear="all">
<HR noshade size="1px"><PRE>Generated by cloudfront (CloudFront) Request ID: `+c.digest("cf", 32)+`==</PRE></BODY></HTML>`)
	return true
}

// busy answers as a site that has had enough.
func (c *call) busy() {
	c.edge()
	c.set("Retry-After", "5")
	c.set("RateLimit-Reason", "jira-burst-based")
	c.set("X-RateLimit-Limit", "350")
	c.set("X-RateLimit-Remaining", "0")
	c.set("X-RateLimit-Reset", c.s.o.Now().UTC().Add(5e9).Format("2006-01-02T15:04Z"))
	c.json(http.StatusTooManyRequests, "{}")
}

// allowlisted answers as a site that takes calls from known addresses only.
func (c *call) allowlisted() {
	c.edge()
	c.value(http.StatusForbidden, map[string]string{
		"message": "The IP address has been rejected because it is not on the allowed list. See your admin for more information.",
	})
}

// noSite answers for a name under which no site is in service.
func (c *call) noSite() {
	c.edge()
	c.text(http.StatusNotFound, mediaHTML, `<!doctype html><html lang="en"><head><title>Atlassian Cloud Notifications - Page Unavailable</title></head>`+
		`<body><h1>Your Atlassian Cloud site is currently unavailable.</h1></body></html>`)
}

// identityPages answers as id.atlassian.com.
func (c *call) identityPages() {
	c.edge()
	if c.path != "/login" {
		c.redirect(http.StatusFound, "https://id.atlassian.com/login")
		return
	}
	c.text(http.StatusOK, mediaHTML, `<!doctype html><html lang="en"><head><title>Log in with Atlassian account</title></head>`+
		`<body><div id="login-container"><form id="form-login"><input name="username" type="email"></form></div></body></html>`)
}

func (c *call) page(title string) {
	c.text(http.StatusOK, mediaHTML, `<!doctype html><html lang="en"><head><title>`+title+`</title><link rel="icon" href="data:,"></head><body><h1>`+title+`</h1></body></html>`)
}
