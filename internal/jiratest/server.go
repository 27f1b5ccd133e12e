package jiratest

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A session is one that is logged in to Data Center.
type session struct {
	id   string
	user string
}

// users are the people in the directory of Data Center, active or not.
func (s *Site) users() []*ServerUser {
	return []*ServerUser{&s.Clerk, &s.Admin, &s.Left, &s.Locked, &s.Guest}
}

func (s *Site) serverUser(name string) *ServerUser {
	for _, u := range s.users() {
		if strings.EqualFold(u.Name, name) {
			return u
		}
	}
	return nil
}

// An outcome is what becomes of a login (Seraph's LoginReason).
type outcome uint8

const (
	loginOK outcome = iota
	loginFailed
	loginDenied       // not even tried: a CAPTCHA is due
	loginUnauthorised // right password, may not log in
)

// check looks at a user name and password, and counts a failure.
func (s *Site) check(name, password string, solved bool) (*ServerUser, outcome) {
	u := s.serverUser(name)
	if u == nil {
		return nil, loginFailed // nobody can be locked who is not there
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failures[u.Name] >= s.o.MaxFailures && !solved:
		return nil, loginDenied
	case password != u.Password || u == &s.Left:
		s.failures[u.Name]++
		return nil, loginFailed
	case u == &s.Guest:
		return nil, loginUnauthorised
	}
	delete(s.failures, u.Name)
	return u, loginOK
}

func (s *Site) open(user string) string {
	id := visitorID(s.serials.Add(1))
	id = id[:24] + flip(id[24:]) // no longer that of a visitor
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= maxSessions {
		s.sessions = slices.Delete(s.sessions, 0, 1)
	}
	s.sessions = append(s.sessions, session{id, user})
	return id
}

func flip(hex string) string {
	return strings.Map(func(r rune) rune { return rune("FEDCBA9876543210"[strings.IndexRune("0123456789ABCDEF", r)]) }, hex)
}

// holder returns the user of a session.
func (s *Site) holder(id string) *ServerUser {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.sessions {
		if s.sessions[i].id == id {
			return s.serverUser(s.sessions[i].user)
		}
	}
	return nil
}

func (s *Site) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = slices.DeleteFunc(s.sessions, func(x session) bool { return x.id == id })
}

// seraph sets what Data Center puts on each answer.
func (c *call) seraph() {
	now := c.s.o.Now().UTC()
	c.set("X-AREQUESTID", fmt.Sprintf("%dx%dx%d", now.Hour()*60+now.Minute(), c.n, max(c.s.inflight.Load(), 1)))
	c.set("X-ANODEID", "node1")
	c.set("Referrer-Policy", "strict-origin-when-cross-origin")
	c.set("X-XSS-Protection", "1; mode=block")
	c.set("X-Content-Type-Options", "nosniff")
	c.set("X-Frame-Options", "SAMEORIGIN")
	c.set("Content-Security-Policy", "frame-ancestors 'self'")
	c.set("Cache-Control", "no-cache, no-store, no-transform")
	if c.scheme == "https" {
		c.set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (c *call) secure() string {
	if c.scheme == "https" {
		return "; Secure"
	}
	return ""
}

// known sets what shows that the product knows the caller; fresh if this request
// logged in.
func (c *call) known(u *ServerUser, fresh bool) {
	c.login(&identity{name: u.Name, email: u.Email, display: u.Display, id: "JIRAUSER10100", admin: u == &c.s.Admin})
	c.set("X-AUSERNAME", url.PathEscape(u.Name))
	c.set("X-ASESSIONID", c.digest("session", 6))
	if fresh {
		c.set("X-Seraph-LoginReason", "OK")
		c.newSession(c.s.open(u.Name), true)
	}
}

// unknown sets what shows that the product takes the caller for nobody.
func (c *call) unknown(reason string) {
	c.set("X-AUSERNAME", "anonymous")
	if reason != "" {
		c.set("X-Seraph-LoginReason", reason)
	}
	if sent, err := c.r.Cookie("JSESSIONID"); err != nil || !visitor(sent.Value) {
		c.newSession(visitorID(c.n), false)
	}
}

func (c *call) newSession(id string, in bool) {
	state := "lout"
	if in {
		state = "lin"
	}
	c.add("Set-Cookie", "JSESSIONID="+id+"; Path=/"+c.secure()+"; HttpOnly")
	c.add("Set-Cookie", "atlassian.xsrf.token=B7QX-4T0F-XZ2M-91KD_"+c.digest("xsrf", 40)+"_"+state+"; Path=/"+c.secure()+"; SameSite=None")
}

func (c *call) challenge() { c.set("WWW-Authenticate", `OAuth realm="`+url.QueryEscape(c.base)+`"`) }

// refuse answers with the page that Jira has for errors.
func (c *call) refuse(status int, text string) {
	title := fmt.Sprintf("%s (%d)", http.StatusText(status), status)
	c.text(status, mediaHTML, "\n\n<html>\n<head>\n    <title>"+title+"</title>\n</head>\n<body class=\"aui-page-notification\"><h1>"+title+"</h1>\n"+
		fmt.Sprintf("<p>Encountered a <code>&quot;%d - %s&quot;</code> error while loading this page.</p>\n<p>%s</p>\n</body>\n</html>\n",
			status, http.StatusText(status), html.EscapeString(text)))
}

// denied sets the fields that say why a login was not even tried.
func (c *call) denied() {
	c.set("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url="+c.base+"/login.jsp")
}

// serverLogin looks at session and credential. A refusal ends the call: then it
// returns false.
func (c *call) serverLogin(basic bool) bool {
	c.seraph()
	rest := strings.HasPrefix(c.path, "/rest/")
	if sent, err := c.r.Cookie("JSESSIONID"); err == nil && !visitor(sent.Value) {
		if u := c.s.holder(sent.Value); u != nil {
			c.known(u, false)
			return true
		}
		if rest {
			c.unknown("")
			c.challenge()
			c.text(http.StatusUnauthorized, "text/plain", "os_authType was 'any' and an invalid cookie was sent.")
			return false
		}
	}
	scheme, param := c.authorization()
	switch strings.ToLower(scheme) {
	case "basic":
		if !basic {
			c.unknown("")
			c.json(http.StatusForbidden, `{"message":"Basic Authentication has been disabled on this instance."}`)
			return false
		}
		return c.basicLogin(param)
	case "bearer":
		for _, u := range c.s.users() {
			if param == u.PAT && u != &c.s.Left && u != &c.s.Guest {
				c.known(u, true)
				return true
			}
		}
		c.unknown("")
		c.challenge()
		c.value(http.StatusUnauthorized, map[string]any{"message": "Client must be authenticated to access this resource.", "status-code": http.StatusUnauthorized})
		return false
	case "oauth":
		c.unknown("")
		c.set("WWW-Authenticate", `OAuth realm="`+url.QueryEscape(c.base)+`",oauth_problem="consumer_key_unknown"`)
		c.text(http.StatusUnauthorized, "text/plain", "oauth_problem=consumer_key_unknown")
		return false
	}
	c.unknown("")
	return true
}

func (c *call) basicLogin(param string) bool {
	name, password, _ := pair(param)
	u, o := c.s.check(name, password, false)
	switch o {
	case loginOK:
		c.known(u, true)
		return true
	case loginDenied:
		c.unknown("AUTHENTICATION_DENIED")
		c.denied()
		c.challenge()
		c.refuse(http.StatusForbidden, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED")
	case loginUnauthorised:
		c.unknown("AUTHORISATION_FAILED")
		c.refuse(http.StatusForbidden, "Basic Authentication Failure - Reason : AUTHORISATION_FAILED")
	default:
		c.unknown("AUTHENTICATED_FAILED")
		c.challenge()
		c.refuse(http.StatusUnauthorized, "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED")
	}
	return false
}

// jiraServer answers as Jira Data Center.
func (c *call) jiraServer() {
	if c.s.o.ForceTLS && c.scheme == "http" {
		c.redirect(http.StatusFound, "https://"+c.host+c.r.URL.RequestURI())
		return
	}
	c.jiraDC(true)
}

// jiraWithoutBasic answers as a Jira 11, in which Basic is off.
func (c *call) jiraWithoutBasic() { c.jiraDC(false) }

func (c *call) jiraDC(basic bool) {
	if c.path == "/rest/auth/1/session" && c.r.Method == http.MethodPost {
		c.sessionLogin()
		return
	}
	if c.path == "/login.jsp" {
		c.seraph()
		c.loginPage()
		return
	}
	if !c.serverLogin(basic) {
		return
	}
	switch {
	case c.path == "/rest/auth/1/session":
		c.sessionState()
	case strings.HasPrefix(c.path, "/rest/"):
		c.jira(dialect{store: &c.s.server, nobody: c.serverNobody})
	case c.user == nil:
		c.redirect(http.StatusFound, "/login.jsp?permissionViolation=true&os_destination="+url.QueryEscape(c.r.URL.RequestURI()))
	case c.path == "/secure/admin/user/ResetFailedLoginCount.jspa":
		c.resetFailures()
	case strings.HasPrefix(c.path, "/secure/attachment/"):
		c.text(http.StatusOK, mediaText, "CANARY")
	default:
		c.page("Jira")
	}
}

func (c *call) serverNobody() {
	c.challenge()
	c.messages(http.StatusUnauthorized, notAuthenticated)
}

// sessionLogin answers POST /rest/auth/1/session.
func (c *call) sessionLogin() {
	c.seraph()
	in := c.body()
	name, _ := in["username"].(string)
	password, _ := in["password"].(string)
	if !c.jsonSent() {
		name, password = "", ""
	}
	u, o := c.s.check(name, password, false)
	switch o {
	case loginOK:
		c.known(u, false)
		c.set("X-Seraph-LoginReason", "OK")
		id := c.s.open(u.Name)
		c.newSession(id, true)
		c.value(http.StatusOK, map[string]any{
			"session":   map[string]string{"name": "JSESSIONID", "value": id},
			"loginInfo": map[string]any{"loginCount": 401, "previousLoginTime": c.s.o.Now().UTC().Format("2006-01-02T15:04:05.000-0700")},
		})
	case loginDenied:
		c.unknown("AUTHENTICATION_DENIED")
		c.denied()
		c.challenge()
		c.messages(http.StatusForbidden, "Login denied")
	case loginUnauthorised:
		c.unknown("AUTHORISATION_FAILED")
		c.messages(http.StatusForbidden, "Login denied")
	default:
		// The filter in front saw nobody before the resource tried the pair.
		c.unknown("OUT, AUTHENTICATED_FAILED")
		c.challenge()
		c.messages(http.StatusUnauthorized, "Login failed")
	}
}

// sessionState answers GET and DELETE.
func (c *call) sessionState() {
	switch {
	case c.user == nil:
		c.serverNobody()
	case c.r.Method == http.MethodDelete:
		if sent, err := c.r.Cookie("JSESSIONID"); err == nil {
			c.s.end(sent.Value)
		}
		c.set("X-Seraph-LoginReason", "OUT")
		c.empty(http.StatusNoContent)
	default:
		c.value(http.StatusOK, map[string]any{"self": c.base + "/rest/api/latest/user?username=" + c.user.name, "name": c.user.name})
	}
}

// loginPage answers the form of people. Whoever is locked must send os_captcha
// along, which may hold anything: nobody here can see the picture.
func (c *call) loginPage() {
	message := ""
	if c.r.Method == http.MethodPost {
		c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxJSON)
		name, password := c.r.PostFormValue("os_username"), c.r.PostFormValue("os_password")
		u, o := c.s.check(name, password, c.r.PostFormValue("os_captcha") != "")
		if o == loginOK {
			c.known(u, true)
			to := c.r.PostFormValue("os_destination")
			if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
				to = "/secure/Dashboard.jspa"
			}
			c.redirect(http.StatusFound, to)
			return
		}
		c.unknown(map[outcome]string{
			loginFailed: "AUTHENTICATED_FAILED", loginUnauthorised: "AUTHORISATION_FAILED",
			loginDenied: "AUTHENTICATED_FAILED, AUTHENTICATION_DENIED", // both, as Jira does when the form is shown again
		}[o])
		message = `<p>Sorry, your username and password are incorrect - please try again.</p>`
		if o == loginDenied {
			c.denied()
			message += `<img src="/captcha"><input name="os_captcha">`
		}
	} else {
		c.unknown("OUT")
	}
	c.text(http.StatusOK, mediaHTML, `<!doctype html><html lang="en"><head><title>Log in - Jira</title></head><body>`+
		`<form action="/login.jsp" method="post" id="login-form">`+message+`<input name="os_username"><input name="os_password" type="password">`+
		`<input name="os_destination" type="hidden" value="`+html.EscapeString(c.r.FormValue("os_destination"))+`"></form></body></html>`)
}

func (c *call) resetFailures() {
	if !c.user.admin {
		c.refuse(http.StatusForbidden, "You do not have the permission to perform this operation.")
		return
	}
	c.s.Unlock(c.r.URL.Query().Get("name"))
	c.redirect(http.StatusFound, "/secure/admin/user/UserBrowser.jspa")
}

// confluenceServer answers as Confluence Data Center, lightly.
func (c *call) confluenceServer() {
	c.set("X-Confluence-Request-Time", fmt.Sprint(c.s.o.Now().UnixMilli()))
	if !c.serverLogin(true) {
		return
	}
	delete(c.w.Header(), "X-AREQUESTID") // Jira's
	switch {
	case c.path == "/rest/api/user/current":
		if c.user == nil {
			c.value(http.StatusOK, map[string]string{"type": "anonymous", "displayName": "Anonymous"})
			return
		}
		c.value(http.StatusOK, map[string]string{"type": "known", "username": c.user.name, "displayName": c.user.display})
	case strings.HasPrefix(c.path, "/rest/") && c.user == nil:
		c.text(http.StatusForbidden, mediaJSON, `{"statusCode":403,"message":"Not permitted to use confluence : null","reason":"Forbidden"}`)
	case strings.HasPrefix(c.path, "/rest/api/content"), strings.HasPrefix(c.path, "/rest/api/space"):
		if !c.forged() {
			c.json(http.StatusOK, `{"results":[{"id":"98304","type":"page","title":"Example"}],"start":0,"limit":25,"size":1}`)
		}
	case strings.HasPrefix(c.path, "/rest/"):
		c.noResource()
	case c.user == nil && c.path != "/login.action":
		c.redirect(http.StatusFound, "/login.action?os_destination="+url.QueryEscape(c.r.URL.RequestURI()))
	default:
		c.page("Confluence")
	}
}
