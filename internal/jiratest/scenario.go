package jiratest

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
)

// A Scenario is a story of calls that one client makes, and what must be said of
// it.
type Scenario struct {
	Name  string // stable; those that work begin with "healthy-"
	About string
	Calls []Call
	// Cause is the id of the rule that must be the first cause; "": nothing is
	// wrong and none may be named.
	Cause string
	// Consequence is the id of a rule that must be shown as following from the
	// cause; "": none need be.
	Consequence string
	// Cookies makes the client keep cookies between the calls.
	Cookies bool
	// Follow makes it follow redirects. Clients differ in whether the credential
	// goes along; Cause is for one that leaves it out as curl does, when scheme,
	// host or port change. For one that sends it along all calls work.
	Follow bool
	// Door is the door to call at in place of the standard one; nil: that one.
	Door *Door
	// Fails is set if the handshake fails, so that there is no answer.
	Fails bool
}

// Healthy reports whether nothing is wrong.
func (s Scenario) Healthy() bool { return s.Cause == "" }

// A Call is a request.
type Call struct {
	Method string // "": GET
	URL    string
	// Authorization is the value of that field, just so; "": none is sent.
	Authorization string
	// User and Password are what a client is given that makes the value itself;
	// both are "" where no client would make such a value of a pair.
	User, Password string
	Header         []exchange.Field // further fields
	Body           string
	Status         int // of the answer; 0: there is none
}

// Scenario returns the one called name.
func (s *Site) Scenario(name string) (Scenario, bool) {
	for _, sc := range s.Scenarios() {
		if sc.Name == name {
			return sc, true
		}
	}
	return Scenario{}, false
}

const (
	cloudURL   = "https://acme.atlassian.net"
	serverURL  = "https://jira.example.com"
	alignURL   = "https://acme.jiraalign.com/rest/align/api/2/epics"
	gatewayURL = "https://api.atlassian.com"
	bucketURL  = "https://api.bitbucket.org/2.0"

	cloudMe  = cloudURL + "/rest/api/3/myself"
	serverMe = serverURL + "/rest/api/2/myself"

	newIssue  = `{"fields":{"project":{"key":"DEMO"},"issuetype":{"name":"Task"},"summary":"From a test"}}`
	aFile     = "--why401\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nCANARY\r\n--why401--\r\n"
	mediaForm = "multipart/form-data; boundary=why401"

	chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)

// withPair makes a call with a Basic pair.
func withPair(status int, url, user, password string) Call {
	return Call{URL: url, User: user, Password: password, Authorization: Basic(user, password), Status: status}
}

// with makes a call with a value of Authorization.
func with(status int, url, value string) Call {
	return Call{URL: url, Authorization: value, Status: status}
}

// post makes a POST of c.
func (c Call) post(media, body string, header ...exchange.Field) Call {
	c.Method, c.Body = "POST", body
	if media != "" {
		c.Header = append(c.Header, exchange.Field{Name: "Content-Type", Value: media})
	}
	c.Header = append(c.Header, header...)
	return c
}

func (c Call) field(name, value string) Call {
	c.Header = append(slices.Clip(c.Header), exchange.Field{Name: name, Value: value})
	return c
}

func one(name, cause, about string, calls ...Call) Scenario {
	return Scenario{Name: name, Cause: cause, About: about, Calls: calls}
}

// Scenarios returns all scenarios, with the secrets of s. Those of Data Center
// count failed logins: Reset comes before each.
func (s *Site) Scenarios() []Scenario {
	return slices.Concat(s.cloudScenarios(), s.gatewayScenarios(), s.serverScenarios(), s.sessionScenarios(), s.otherScenarios(), s.doorScenarios())
}

func (s *Site) cloudScenarios() []Scenario {
	jo := s.Jo
	check := exchange.Field{Name: "X-Atlassian-Token", Value: "no-check"}
	issue := cloudURL + "/rest/api/3/issue"
	upload := issue + "/DEMO-1/attachments"
	return []Scenario{
		one("healthy-cloud", "", "e-mail and API token", withPair(200, cloudMe, jo.Email, jo.Token), withPair(200, issue+"/DEMO-1", jo.Email, jo.Token)),
		one("healthy-cloud-write", "", "an issue is made, commented and given a file",
			withPair(201, issue, jo.Email, jo.Token).post("application/json", newIssue),
			withPair(201, issue+"/DEMO-1/comment", jo.Email, jo.Token).post("application/json", `{"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"Done"}]}]}}`),
			withPair(200, upload, jo.Email, jo.Token).post(mediaForm, aFile, check)),
		one("healthy-cloud-search", "", "the search that is left", withPair(200, cloudURL+"/rest/api/3/search/jql?jql=project%3DDEMO", jo.Email, jo.Token)),
		one("healthy-cloud-anonymous", "", "what everybody may ask", with(200, cloudURL+"/rest/api/3/serverInfo", ""), with(200, cloudURL+"/_edge/tenant_info", "")),
		one("newline-cloud", "basic-newline", "echo without -n put a line feed behind the token", with(401, cloudMe, Basic(jo.Email, jo.Token+"\n"))),
		one("crlf-cloud", "basic-newline", "the same on Windows", with(401, cloudMe, Basic(jo.Email, jo.Token+"\r\n"))),
		one("password-cloud", "cloud-password", "the password of the account in place of an API token", withPair(401, cloudMe, jo.Email, jo.Password)),
		one("raw-pair-cloud", "basic-not-encoded", "the pair was not encoded", with(401, cloudMe, "Basic "+jo.Email+":"+jo.Token)),
		one("token-only-cloud", "basic-token-only", "the token alone, encoded", with(401, cloudMe, "Basic "+jo.Token)),
		one("username-cloud", "cloud-user-not-email", "a user name in place of the e-mail address", withPair(401, cloudMe, jo.Username, jo.Token)),
		one("quoted-cloud", "credential-quotes", "quotes from a file of settings around the token", withPair(401, cloudMe, jo.Email, `"`+jo.Token+`"`)),
		one("placeholder-cloud", "placeholder-not-replaced", "single quotes kept the shell from filling in", withPair(401, cloudMe, "$EMAIL", "$API_TOKEN")),
		one("curl-option-cloud", "curl-option-in-header", "a curl option in the field of a header", with(404, issue+"/DEMO-1", "-u "+jo.Email+":"+jo.Token)),
		one("bearer-api-token-cloud", "api-token-as-bearer", "an API token as Bearer", with(403, issue+"/DEMO-1", "Bearer "+jo.Token)),
		one("pat-cloud", "pat-on-cloud", "a token of Data Center", with(403, cloudMe, "Bearer "+s.Clerk.PAT)),
		one("oauth-token-cloud", "oauth-token-on-site-host", "an OAuth token, which belongs to the gateway", with(401, cloudMe, "Bearer "+jo.OAuth)),
		one("expired-token-cloud", "cloud-credential-refused", "a token whose time is over: cannot be told from a wrong one", withPair(401, cloudMe, jo.Email, jo.Expired)),
		one("scoped-token-cloud", "scoped-token-on-site-host", "a token with scopes works at the gateway only",
			withPair(401, cloudMe, jo.Email, jo.Scoped), withPair(200, s.exURL("jira")+"/rest/api/3/myself", jo.Email, jo.Scoped)),
		one("masked-by-anonymous-cloud", "cloud-credential-refused", "serverInfo answers everybody, and hides a bad token",
			withPair(200, cloudURL+"/rest/api/3/serverInfo", jo.Email, jo.Expired), withPair(401, cloudMe, jo.Email, jo.Expired)),
		one("anonymous-issue-cloud", "no-credentials-sent", "nothing was sent, and the issue seems not to exist", with(404, issue+"/DEMO-1", "")),
		one("hidden-issue-cloud", "hidden-or-missing", "the login works; the issue is not for this account", withPair(404, issue+"/SEC-1", jo.Email, jo.Token)),
		one("session-login-cloud", "cookie-login-on-cloud", "cookie login, which was withdrawn",
			with(401, cloudURL+"/rest/auth/1/session", "").post("application/json", credentials(jo.Email, jo.Password))),
		one("xsrf-cloud", "xsrf-no-check-missing", "an upload without X-Atlassian-Token", withPair(403, upload, jo.Email, jo.Token).post(mediaForm, aFile)),
		one("body-on-get-cloud", "get-with-body", "a GET with a body", func() Call {
			c := withPair(403, cloudMe, jo.Email, jo.Token).field("Content-Type", "application/json")
			c.Body = "{}"
			return c
		}()),
		one("removed-search-cloud", "endpoint-removed", "the search that was removed", withPair(410, cloudURL+"/rest/api/3/search?jql=project%3DDEMO", jo.Email, jo.Token)),
		one("unknown-site-cloud", "site-unknown", "no site has that name", withPair(404, "https://gone.atlassian.net/rest/api/3/myself", jo.Email, jo.Token)),
		one("busy-cloud", "rate-limited", "too many calls", withPair(429, "https://busy.atlassian.net/rest/api/3/myself", jo.Email, jo.Token)),
		one("allowlist-cloud", "ip-allowlist", "the address of the client is not on the list", withPair(403, "https://closed.atlassian.net/rest/api/3/myself", jo.Email, jo.Token)),
		one("healthy-wiki-cloud", "", "Confluence", withPair(200, cloudURL+"/wiki/rest/api/user/current", jo.Email, jo.Token)),
		one("missing-wiki-cloud", "context-path-wrong", "Confluence without /wiki", withPair(404, cloudURL+"/rest/api/user/current", jo.Email, jo.Token)),
	}
}

func then(consequence string, sc Scenario) Scenario {
	sc.Consequence = consequence
	return sc
}

func credentials(user, password string) string {
	return `{"username":"` + user + `","password":"` + password + `"}`
}

// wide returns ASCII text as UTF-16, little end first.
func wide(s string) string {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return string(b)
}

func (s *Site) exURL(product string) string { return gatewayURL + "/ex/" + product + "/" + s.CloudID }

func (s *Site) gatewayScenarios() []Scenario {
	jo := s.Jo
	me := s.exURL("jira") + "/rest/api/3/myself"
	return []Scenario{
		one("healthy-gateway", "", "a token with scopes, as Basic", withPair(200, me, jo.Email, jo.Scoped)),
		one("healthy-gateway-robot", "", "a token of a service account, as Bearer", with(200, me, "Bearer "+s.Robot.Scoped)),
		one("healthy-gateway-oauth", "", "an OAuth token", with(200, gatewayURL+"/oauth/token/accessible-resources", "Bearer "+jo.OAuth), with(200, me, "Bearer "+jo.OAuth)),
		one("healthy-admin", "", "the key of the organisation", with(200, gatewayURL+"/admin/v1/orgs", "Bearer "+s.OrgKey)),
		one("scope-gateway", "scope-missing", "the token may read and not write",
			withPair(401, s.exURL("jira")+"/rest/api/3/issue", jo.Email, jo.Scoped).post("application/json", newIssue)),
		one("classic-token-gateway", "classic-token-on-gateway", "a token without scopes works at the site only",
			with(200, cloudURL+"/_edge/tenant_info", ""), withPair(200, cloudMe, jo.Email, jo.Token), withPair(401, me, jo.Email, jo.Token)),
		one("user-bearer-gateway", "api-token-as-bearer", "a token of a user as Bearer", with(404, me, "Bearer "+jo.Scoped)),
		one("expired-oauth-gateway", "access-token-expired", "an OAuth token whose time is over", with(401, me, "Bearer "+jo.OAuthExpired)),
		one("site-name-gateway", "gateway-wrong-cloudid", "the name of the site in place of its id", withPair(401, gatewayURL+"/ex/jira/acme/rest/api/3/myself", jo.Email, jo.Scoped)),
		one("doubled-gateway", "gateway-path-doubled", "the client puts the prefix before a base address that has it", withPair(401, s.exURL("jira")+"/ex/jira/"+s.CloudID+"/rest/api/3/myself", jo.Email, jo.Scoped)),
		one("user-token-admin", "user-token-on-admin-api", "a token of a user at the admin API", withPair(401, gatewayURL+"/admin/v1/orgs", jo.Email, jo.Token)),
	}
}

func (s *Site) serverScenarios() []Scenario {
	ci := s.Clerk
	issue := serverURL + "/rest/api/2/issue"
	wrong := withPair(401, serverMe, ci.Name, "CANARY-old-pass")
	return []Scenario{
		one("healthy-basic-dc", "", "user name and password", withPair(200, serverMe, ci.Name, ci.Password), withPair(200, issue+"/ABC-1", ci.Name, ci.Password)),
		one("healthy-pat-dc", "", "a personal access token", with(200, serverMe, "Bearer "+ci.PAT), with(200, issue+"/ABC-1", "Bearer "+ci.PAT)),
		one("healthy-anonymous-dc", "", "what everybody may ask", with(200, serverURL+"/rest/api/2/serverInfo", "")),
		one("healthy-plain-dc", "", "plain http, where nobody redirects it", withPair(200, "http://jira.example.com/rest/api/2/myself", ci.Name, ci.Password)),
		one("healthy-confluence-dc", "", "Confluence", with(200, "https://confluence.example.com/rest/api/user/current", "Bearer "+ci.PAT)),
		one("wrong-password-dc", "dc-credential-refused", "a wrong password", wrong),
		one("raw-pair-dc", "basic-not-encoded", "the pair was not encoded", with(401, serverMe, "Basic "+ci.Name+":"+ci.Password)),
		one("newline-dc", "basic-newline", "echo without -n put a line feed behind the password", with(401, issue+"/ABC-1", Basic(ci.Name, ci.Password+"\n"))),
		one("crlf-dc", "basic-newline", "the same on Windows", with(401, issue+"/ABC-1", Basic(ci.Name, ci.Password+"\r\n"))),
		one("scheme-missing-dc", "auth-scheme-missing", "the word Basic was left out", with(401, serverMe, Basic(ci.Name, ci.Password)[len("Basic "):])),
		then("captcha-required", one("captcha-dc", "dc-credential-refused", "the old password again and again, until the account is locked", wrong, wrong, wrong, withPair(403, serverMe, ci.Name, "CANARY-old-pass"))),
		one("locked-dc", "captcha-required", "the right password, when it is too late", withPair(403, serverMe, s.Locked.Name, s.Locked.Password)),
		one("email-dc", "dc-credential-refused", "an e-mail address in place of the user name: this alone proves nothing", withPair(401, serverMe, ci.Email, ci.Password)),
		one("email-and-name-dc", "email-instead-of-username", "an e-mail address, then the user name", withPair(401, serverMe, ci.Email, ci.Password), withPair(200, serverMe, ci.Name, ci.Password)),
		one("pat-as-basic-dc", "pat-sent-as-basic", "a personal access token as password", withPair(401, serverMe, ci.Name, ci.PAT)),
		one("expired-pat-dc", "dc-token-refused", "a personal access token whose time is over", with(401, serverMe, "Bearer "+ci.ExpiredPAT)),
		one("cloud-token-dc", "cloud-token-on-data-center", "a token of Cloud", with(401, serverMe, "Bearer "+s.Jo.Token)),
		one("inactive-dc", "dc-credential-refused", "an inactive user with the right password", withPair(401, serverMe, s.Left.Name, s.Left.Password)),
		one("no-access-dc", "product-access-missing", "right password, but no access to Jira", withPair(403, serverMe, s.Guest.Name, s.Guest.Password)),
		one("not-admin-dc", "permission-missing", "the login works; only administrators may ask that", with(403, serverURL+"/rest/api/2/auditing/record", "Bearer "+ci.PAT)),
		one("basic-off-dc", "basic-auth-disabled", "Basic is switched off, as in Jira 11", withPair(403, "https://jira11.example.com/rest/api/2/myself", ci.Name, ci.Password)),
		one("anonymous-dc", "no-credentials-sent", "nothing was sent", with(401, serverMe, "")),
		one("no-preemptive-dc", "no-preemptive-auth", "a client that waits for a challenge which never comes", with(401, serverMe, "").field("User-Agent", "Wget/1.21.3")),
		one("utf16-dc", "basic-utf16", "the pair was encoded as UTF-16", with(401, serverMe, Basic(wide(ci.Name), "\x00"+wide(ci.Password)))),
		one("xsrf-dc", "xsrf-no-check-missing", "an upload without X-Atlassian-Token", with(403, issue+"/ABC-1/attachments", "Bearer "+ci.PAT).post(mediaForm, aFile)),
		one("xsrf-browser-dc", "xsrf-browser-user-agent", "a program that calls itself a browser",
			with(403, issue, "Bearer "+ci.PAT).post("application/json", newIssue,
				exchange.Field{Name: "User-Agent", Value: chrome}, exchange.Field{Name: "Origin", Value: "https://app.example.com"})),
		one("waf-dc", "waf-block", "a firewall takes the query for an attack",
			with(200, "https://jira-waf.example.com/rest/api/2/search?jql=summary~%22%3Cscript%3E%22", "Bearer "+ci.PAT)),
	}
}

func (s *Site) sessionScenarios() []Scenario {
	ci := s.Clerk
	login := func(status int, password string) Call {
		return with(status, serverURL+"/rest/auth/1/session", "").post("application/json", credentials(ci.Name, password))
	}
	follow := func(name, cause, about string, calls ...Call) Scenario {
		sc := one(name, cause, about, calls...)
		sc.Follow = true
		return sc
	}
	kept := one("healthy-session-dc", "", "a login by POST, then only the cookie", login(200, ci.Password), with(200, serverMe, ""))
	kept.Cookies = true
	return []Scenario{
		kept,
		one("wrong-login-dc", "dc-credential-refused", "a login by POST with a wrong password", login(401, "CANARY-old-pass")),
		then("captcha-required", one("captcha-login-dc", "dc-credential-refused", "logins by POST until the account is locked",
			login(401, "CANARY-old-pass"), login(401, "CANARY-old-pass"), login(401, "CANARY-old-pass"), login(403, "CANARY-old-pass"))),
		one("stale-cookie-dc", "session-cookie-stale", "a good token beside the cookie of a session that has ended",
			with(401, serverMe, "Bearer "+ci.PAT).field("Cookie", "JSESSIONID="+s.DeadSession)),
		follow("redirect-host", "redirect-drops-authorization", "Jira has moved to another host",
			with(401, "https://tracker.example.com/rest/api/2/myself", "Bearer "+ci.PAT)),
		follow("redirect-tls", "http-instead-of-https", "http is redirected to https",
			with(401, "http://secure.example.com/rest/api/2/myself", "Bearer "+ci.PAT)),
		follow("healthy-login-page-dc", "", "a person opens a file without being logged in, and gets the login page",
			with(200, serverURL+"/secure/attachment/10001/a.txt", "")),
	}
}

func (s *Site) otherScenarios() []Scenario {
	jo := s.Jo
	demo := bucketURL + "/repositories/acme/demo"
	git := "https://bitbucket.org/acme/demo.git/info/refs?service=git-upload-pack"
	return []Scenario{
		one("healthy-align", "", "bearer and the token", with(200, alignURL, "bearer "+s.AlignToken)),
		one("align-no-bearer", "align-bearer-missing", "the token without the word bearer", with(401, alignURL, s.AlignToken)),
		one("align-cut", "align-token-mangled", "the shell cut the token at the bar", with(401, alignURL, "bearer "+s.AlignToken[:len("user:661800")])),
		one("align-banned", "cloudflare-block", "Cloudflare does not let the address pass", with(403, "https://banned.jiraalign.com/rest/align/api/2/epics", "bearer "+s.AlignToken)),
		one("healthy-bitbucket", "", "e-mail and API token", withPair(200, demo, jo.Email, jo.Bitbucket)),
		one("healthy-bitbucket-access-token", "", "the access token of the repository", with(200, demo, "Bearer "+s.RepoToken)),
		one("healthy-git", "", "user name and API token", withPair(200, git, jo.Username, jo.Bitbucket)),
		one("username-bitbucket", "bitbucket-username-with-api-token", "a user name in place of the e-mail address", withPair(401, demo, jo.Username, jo.Bitbucket)),
		one("classic-token-bitbucket", "bitbucket-token-unscoped", "a token without scopes works at the site only", withPair(200, cloudMe, jo.Email, jo.Token), withPair(401, demo, jo.Email, jo.Token)),
		one("password-bitbucket", "bitbucket-account-password", "the password of the account", withPair(401, demo, jo.Email, jo.Password)),
		one("null-bitbucket", "bearer-token-missing", "the step that fetches the token failed", with(401, demo, "Bearer null")),
		one("scope-bitbucket", "scope-missing", "the token lacks a scope", withPair(403, bucketURL+"/user", jo.Email, jo.Bitbucket)),
		one("email-git", "bitbucket-email-with-git", "the e-mail address in place of the user name", withPair(401, git, jo.Email, jo.Bitbucket).field("User-Agent", "git/2.43.0")),
	}
}

func (s *Site) doorScenarios() []Scenario {
	at := func(name, cause, about string, d Door) Scenario {
		return Scenario{Name: name, Cause: cause, About: about, Door: &d, Fails: true, Calls: []Call{with(0, serverMe, "Bearer "+s.Clerk.PAT)}}
	}
	nginx := at("client-cert-nginx", "tls-client-cert-required", "nginx wants a client certificate, and says so in plain words", Door{ClientCert: InRequest})
	nginx.Fails, nginx.Calls[0].Status = false, 400
	return []Scenario{
		at("tls10-only", "tls-version-too-old", "a server that speaks nothing newer than TLS 1.0", Door{Kind: TLSOnly, MinVersion: 0x0301, MaxVersion: 0x0301}),
		at("wrong-name", "tls-certificate-invalid", "a certificate for another name", Door{Fault: WrongName}),
		at("expired-certificate", "tls-certificate-invalid", "a certificate whose time is over", Door{Fault: Expired}),
		at("untrusted-ca", "tls-untrusted-ca", "a certificate that nobody vouches for", Door{Fault: SelfSigned}),
		at("client-cert", "tls-client-cert-required", "the handshake wants a client certificate", Door{ClientCert: InHandshake}),
		nginx,
		at("tls-on-plain-port", "tls-on-plain-port", "https where only http is spoken", Door{Kind: PlainOnly}),
	}
}
