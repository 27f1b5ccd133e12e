package target

import (
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// get returns an exchange for url whose answer has the status and the header
// lines given; no answer for status 0.
func get(url string, status int, lines ...string) *exchange.Exchange {
	x := &exchange.Exchange{Request: exchange.Request{Method: "GET", URL: url}}
	if status != 0 {
		x.Response = &exchange.Response{Status: status, Header: header(lines...)}
	}
	return x
}

func header(lines ...string) exchange.Header {
	var h exchange.Header
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h = append(h, exchange.Field{Name: name, Value: value})
	}
	return h
}

func page(url string, status int, body string) *exchange.Exchange {
	x := get(url, status, "Content-Type: text/html")
	x.Response.Body = exchange.Body{Head: []byte(body), Size: int64(len(body)), Media: "text/html", Kept: true}
	return x
}

func TestOfHost(t *testing.T) {
	const id = "11223344-a1b2-4b33-8444-def123456789"
	tests := []struct {
		url     string
		product Product
		api     API
		context string
		family  Family
	}{
		{"https://acme.atlassian.net/rest/api/3/myself", JiraCloud, REST, "", JiraFamily},
		{"https://ACME.Atlassian.NET/rest/api/3/myself", JiraCloud, REST, "", JiraFamily},
		{"https://acme.atlassian.net./rest/api/3/myself", JiraCloud, REST, "", JiraFamily},
		{"https://acme.atlassian.net:443/rest/api/2/search?jql=a", JiraCloud, REST, "", JiraFamily},
		{"https://fred:pw@acme.atlassian.net/rest/agile/1.0/board", JiraCloud, REST, "", JiraFamily},
		{"https://acme.atlassian.net", JiraCloud, Web, "", NoFamily},
		{"https://acme.atlassian.net/browse/ABC-1", JiraCloud, Web, "", JiraFamily},
		{"https://acme.atlassian.net/jira/software/projects/ABC/boards/1", JiraCloud, Web, "", JiraFamily},
		{"https://acme.atlassian.net/jira/rest/api/3/myself", JiraCloud, REST, "/jira", JiraFamily},
		{"https://acme.atlassian.net/_edge/tenant_info", JiraCloud, REST, "", NoFamily},
		{"https://acme.atlassian.net/rest/auth/1/session", JiraCloud, Session, "", JiraFamily},
		{"https://acme.atlassian.net/rest/servicedeskapi/info", JiraCloud, REST, "", JiraFamily},
		{"https://acme.atlassian.net/secure/attachment/1/a.txt", JiraCloud, Download, "", JiraFamily},
		{"https://acme.atlassian.net/rest/api/content", JiraCloud, REST, "", ConfluenceFamily},
		{"https://acme.atlassian.net/api/v2/pages", JiraCloud, REST, "", ConfluenceFamily},
		{"https://acme.jira.com/rest/api/2/myself", JiraCloud, REST, "", JiraFamily},
		{"https://acme.jira-dev.com/rest/api/2/myself", JiraCloud, REST, "", JiraFamily},
		{"https://acme.atlassian-us-gov-mod.net/wiki/home", ConfluenceCloud, UnknownAPI, "/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wiki/rest/api/content", ConfluenceCloud, REST, "/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wiki/api/v2/pages/1", ConfluenceCloud, REST, "/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wiki/download/attachments/1/a.png", ConfluenceCloud, Download, "/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wiki/wiki/rest/api/content", ConfluenceCloud, REST, "/wiki/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wiki/rest/api/3/myself", ConfluenceCloud, REST, "/wiki", JiraFamily},
		{"https://acme.atlassian.net/wiki", ConfluenceCloud, UnknownAPI, "/wiki", ConfluenceFamily},
		{"https://acme.atlassian.net/wikis", JiraCloud, UnknownAPI, "", NoFamily},
		{"https://acme.atlassian.net/gateway/api/graphql", GraphQL, GraphQLQuery, "", NoFamily},
		{"https://acme.atlassian.net/gateway/api/jsm/x", GraphQL, REST, "", NoFamily},
		{"https://api.atlassian.com/ex/jira/" + id + "/rest/api/3/myself", Gateway, REST, "", JiraFamily},
		{"https://api.atlassian.com/ex/confluence/" + id + "/wiki/rest/api/space", Gateway, REST, "/wiki", ConfluenceFamily},
		{"https://api.atlassian.com/ex/confluence/" + id + "/wiki/api/v2/spaces", Gateway, REST, "/wiki", ConfluenceFamily},
		{"https://api.atlassian.com/ex/jira", Gateway, REST, "", NoFamily},
		{"https://api.atlassian.com/ex/", Gateway, REST, "", NoFamily},
		{"https://api.atlassian.com/oauth/token/accessible-resources", Gateway, REST, "", NoFamily},
		{"https://api.atlassian.com/me", Gateway, REST, "", NoFamily},
		{"https://api.atlassian.com/admin/v1/orgs", AdminAPI, REST, "", NoFamily},
		{"https://api.atlassian.com/users/5b1/manage/profile", AdminAPI, REST, "", NoFamily},
		{"https://api.atlassian.com/scim/directory/x/Users", SCIM, REST, "", NoFamily},
		{"https://api.atlassian.com/graphql", GraphQL, GraphQLQuery, "", NoFamily},
		{"https://api.media.atlassian.com/file/x/binary?token=t", MediaAPI, Download, "", NoFamily},
		{"https://auth.atlassian.com/oauth/token", OAuthServer, OAuthToken, "", NoFamily},
		{"https://auth.atlassian.com/authorize?x=1", OAuthServer, Login, "", NoFamily},
		{"https://id.atlassian.com/login", IdentityPages, Login, "", NoFamily},
		{"https://start.atlassian.com/", IdentityPages, Login, "", NoFamily},
		{"https://jira.atlassian.com/rest/api/2/serverInfo", JiraDC, REST, "", JiraFamily},
		{"https://support.atlassian.com/x", AtlassianOther, Web, "", NoFamily},
		{"https://atlassian.net/", AtlassianOther, Web, "", NoFamily},
		{"https://x.prod.public.atl-paas.net/a.js", AtlassianOther, Static, "", NoFamily},
		{"https://api.bitbucket.org/2.0/user", BitbucketCloud, REST, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo.git/info/refs?service=git-upload-pack", BitbucketGit, Git, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo/info/refs?service=git-upload-pack", BitbucketGit, Git, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo/git-receive-pack", BitbucketGit, Git, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo.git/info/lfs/objects/batch", BitbucketGit, Git, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo/src/main/", BitbucketWeb, Web, "", BitbucketFamily},
		{"https://bitbucket.org/site/oauth2/access_token", BitbucketCloud, OAuthToken, "", BitbucketFamily},
		{"https://bitbucket.org/acme/demo/downloads/a.zip", BitbucketWeb, Download, "", BitbucketFamily},
		{"https://docs.bitbucket.org/x", AtlassianOther, Web, "", BitbucketFamily},
		{"https://acme.jiraalign.com/rest/align/api/2/epics", Align, REST, "", AlignFamily},
		{"https://acme.agilecraft.com/rest/align/api/2/epics", Align, REST, "", AlignFamily},
		{"https://api.trello.com/1/boards/x?key=k&token=t", Trello, REST, "", NoFamily},
		{"https://a.trellocdn.com/x.js", AtlassianOther, Static, "", NoFamily},
		{"https://api.eu.opsgenie.com/v2/alerts", Opsgenie, REST, "", NoFamily},
		{"https://api.statuspage.io/v1/pages", Statuspage, REST, "", NoFamily},
		{"https://acme.statuspage.io/api/v2/summary.json", AtlassianOther, Web, "", NoFamily},
		{"wss://acme.atlassian.net/rest/x/y", JiraCloud, REST, "", NoFamily},
		{"acme.atlassian.net/rest/api/3/myself", JiraCloud, REST, "", JiraFamily},
		{"https:/acme.atlassian.net/rest/api/3/myself", JiraCloud, REST, "", JiraFamily},
	}
	for _, tt := range tests {
		got := Of(get(tt.url, 0))
		if got.Product != tt.product || got.API != tt.api || got.Context != tt.context || got.PathFamily != tt.family {
			t.Errorf("%s: got %v, %v, context %q, family %d", tt.url, got.Product, got.API, got.Context, got.PathFamily)
		}
		if got.Basis != ByHost || got.Strength != Certain || got.InternalName {
			t.Errorf("%s: basis %d, strength %d, internal %t", tt.url, got.Basis, got.Strength, got.InternalName)
		}
	}
}

func TestOfPath(t *testing.T) {
	tests := []struct {
		url     string
		product Product
		context string
		api     API
	}{
		{"https://tools.example.com/rest/api/2/myself", JiraDC, "", REST},
		{"https://tools.example.com/jira/rest/api/2/myself", JiraDC, "/jira", REST},
		{"https://tools.example.com/a/b/rest/api/latest/issue/X-1", JiraDC, "/a/b", REST},
		{"https://tools.example.com/jira/jira/rest/api/2/myself", JiraDC, "/jira/jira", REST},
		{"https://tools.example.com//rest/api/2/myself", JiraDC, "", REST},
		{"https://tools.example.com/rest/api/3/search", JiraDC, "", REST},
		{"https://tools.example.com/rest/agile/1.0/board", JiraDC, "", REST},
		{"https://tools.example.com/rest/greenhopper/1.0/x", JiraDC, "", REST},
		{"https://tools.example.com/rest/auth/1/session", JiraDC, "", Session},
		{"https://tools.example.com/secure/Dashboard.jspa", JiraDC, "", Web},
		{"https://tools.example.com/browse/ABC-12", JiraDC, "", Web},
		{"https://tools.example.com/rpc/soap/jirasoapservice-v2", JiraDC, "", RPC},
		{"https://tools.example.com/rest/api/content/123", ConfluenceDC, "", REST},
		{"https://tools.example.com/confluence/rest/api/space", ConfluenceDC, "/confluence", REST},
		{"https://tools.example.com/rest/api/user/current", ConfluenceDC, "", REST},
		{"https://tools.example.com/pages/viewpage.action?pageId=1", ConfluenceDC, "", Web},
		{"https://tools.example.com/rpc/json-rpc/confluenceservice-v2", ConfluenceDC, "", RPC},
		{"https://tools.example.com/rest/api/1.0/projects/P/repos/r", BitbucketDC, "", REST},
		{"https://tools.example.com/rest/api/latest/projects/P/repos/r", BitbucketDC, "", REST},
		{"https://tools.example.com/scm/p/r.git/info/refs?service=git-upload-pack", BitbucketDC, "", Git},
		{"https://tools.example.com/bitbucket/projects/P/repos/r/browse", BitbucketDC, "/bitbucket", Web},
		{"https://tools.example.com/crowd/rest/usermanagement/1/session", Crowd, "/crowd", REST},
		{"https://tools.example.com/rest/pat/latest/tokens", UnknownDC, "", REST},
		{"https://tools.example.com/plugins/servlet/samlsso", UnknownDC, "", Login},
		{"https://tools.example.com/plugins/servlet/oauth/access-token", UnknownDC, "", OAuthToken},
		{"https://jira.example.com/secure/attachment/1/a.txt", JiraDC, "", Download},
		{"https://confluence.example.com/login.action", ConfluenceDC, "", Login},
		{"https://jira.example.com/rest/acme/1.0/x", JiraDC, "", REST},
		{"https://notatlassian.net/rest/api/3/myself", JiraDC, "", REST},
	}
	for _, tt := range tests {
		got := Of(get(tt.url, 0))
		if got.Product != tt.product || got.Context != tt.context || got.API != tt.api {
			t.Errorf("%s: got %v, context %q, %v", tt.url, got.Product, got.Context, got.API)
		}
		if got.Basis != ByPath || got.Strength != Weak {
			t.Errorf("%s: basis %d, strength %d", tt.url, got.Basis, got.Strength)
		}
	}
	if got := Of(get("https://align.example.com/rest/align/api/2/epics", 0)); got.Product != Align || got.Strength != Strong {
		t.Errorf("Align on a domain of the customer: %v, strength %d", got.Product, got.Strength)
	}
}

func TestOfUnknown(t *testing.T) {
	for _, url := range []string{
		"", "*", "/", "https://", "data:text/plain,/rest/api/2/x", "chrome-extension://abc/rest/api/2/x",
		"blob:https://acme.atlassian.net/1", "about:blank", "{{base}}/x", "file:///rest/api/2/x",
		"https://jira.example.com/", "https://jira.example.com/tools/report.html",
		"https://example.com/wiki", "https://example.com/wiki/Main_Page", "https://example.com/jira",
		"https://atlassian.net.evil.example/", "https://acme.atlassian.net.evil.example/x",
		"https://notatlassian.net/", "https://xatlassian.com/x", "https://atlassian/", "https://evil.example/acme.atlassian.net",
		"https://evil.example/?u=acme.atlassian.net", "https://acme.atlassian.net@evil.example/",
		"https://evil.example#acme.atlassian.net", "https://example.com/browse/stuff", "https://example.com/browse/",
		"https://example.com/login.jsp", "https://example.com/login.action", "https://example.com/display/x",
		"https://example.com/pages/about", "https://example.com/css/pages/page.css", "https://example.com/scm/x",
		"https://example.com/rest/v1/items", "https://example.com/rest/api/items", "https://example.com/rest/",
		"https://example.com/api/v2/summary.json", "https://example.com/s/inter/v18/a.woff2",
		"https://example.com/projects/x", "https://example.com/users/fred/repos", "https://example.com/status",
		"https://git.example.com/acme/demo.git/info/refs?service=git-upload-pack",
	} {
		got := Of(get(url, 404, "Server: nginx", "Set-Cookie: JSESSIONID=1; Path=/", "X-OAuth-Scopes: repo", "X-Amz-Cf-Id: 1",
			"WWW-Authenticate: OAuth realm=\"https://api.example.com\"", "Server-Timing: cdn-cache;desc=HIT"))
		if got.Known() || got.Basis != NoBasis || got.Strength != None {
			t.Errorf("%s: got %v by %d", url, got.Product, got.Basis)
		}
	}
}

func TestOfAnswer(t *testing.T) {
	tests := []struct {
		path string
		line string
		want Product
	}{
		{"/x", "X-AREQUESTID: 945x62874x1", JiraDC},
		{"/x", "x-arequestid: 945x62874x1", JiraDC},
		{"/x", "X-AREQUESTID: @1J1EWV1x490x54736x0", BitbucketDC},
		{"/x", "X-AREQUESTID: *1J1EWV1x490x54736x0", BitbucketDC},
		{"/x", "X-AREQUESTID: something", UnknownDC},
		{"/rest/api/3/myself", "X-AREQUESTID: 4021f2cdfa1284109fd7f6d91ab454e7", JiraCloud},
		{"/x", "X-ANODEID: node1", JiraDC},
		{"/x", "X-ASEN: SEN-1", UnknownDC},
		{"/rest/api/content", "X-ASEN: SEN-1", ConfluenceDC},
		{"/rest/api/2/myself", "X-Seraph-LoginReason: AUTHENTICATED_FAILED", JiraDC},
		{"/login.action", "X-Seraph-LoginReason: OUT", ConfluenceDC},
		{"/x", "X-AUSERNAME: fred", UnknownDC},
		{"/x", "X-ASESSIONID: abc", UnknownDC},
		{"/x", "X-Confluence-Request-Time: 1700000000000", ConfluenceDC},
		{"/rest/api/2/myself", "X-Confluence-Request-Time: 1700000000000", ConfluenceDC},
		{"/x", "X-Embedded-Crowd-Version: Crowd/5.0", Crowd},
		{"/x", "Set-Cookie: atlassian.xsrf.token=A_lout; Path=/", JiraDC},
		{"/x", "Set-Cookie: seraph.confluence=1", ConfluenceDC},
		{"/x", "Set-Cookie: BITBUCKETSESSIONID=1", BitbucketDC},
		{"/x", `WWW-Authenticate: OAuth realm="https%3A%2F%2Fjira.example.com"`, UnknownDC},
		{"/x", `WWW-Authenticate: Basic realm="Atlassian Bitbucket"`, BitbucketDC},
		{"/rest/api/3/myself", "Server: AtlassianEdge", JiraCloud},
		{"/rest/api/3/myself", "Server: AtlassianProxy/1.19.3", JiraCloud},
		{"/rest/api/3/myself", "atl-traceid: 8acb", JiraCloud},
		{"/rest/api/3/myself", "Server-Timing: atl-edge;dur=59", JiraCloud},
		{"/rest/api/3/myself", "X-AACCOUNTID: 712020", JiraCloud},
		{"/wiki/spaces/X", "Atl-Traceid: 8acb", ConfluenceCloud},
		{"/", "Atl-Traceid: 8acb", AtlassianOther},
		{"/api/v2/summary.json", "X-Statuspage-Version: 1", AtlassianOther},
	}
	for _, tt := range tests {
		got := Of(get("https://vanity.example.com"+tt.path, 401, "Date: x", tt.line, "Server: nginx"))
		if got.Product != tt.want || got.Basis != ByAnswer || got.Strength != Strong {
			t.Errorf("%s %s: got %v by %d, strength %d", tt.path, tt.line, got.Product, got.Basis, got.Strength)
		}
	}
}

func TestOfBody(t *testing.T) {
	tests := []struct {
		path, body string
		want       Product
		basis      Basis
	}{
		{"/x", "<p>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</p>", UnknownDC, ByAnswer},
		{"/rest/api/content/1", "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED", ConfluenceDC, ByAnswer},
		{"/login.jsp", "<body id=com-atlassian-confluence>", ConfluenceDC, ByAnswer},
		{"/rest/api/latest/projects", `{"exceptionName":"com.atlassian.bitbucket.AuthorisationException"}`, BitbucketDC, ByAnswer},
		{"/rest/api/2/issue/X-1", `{"errorMessages":["no"],"errors":{}}`, JiraDC, ByAnswer},
		{"/rest/api/2/issue/X-1", "at com.atlassian.jira.X atlassian com.atlassian.", JiraDC, ByAnswer},
		{"/rest/api/2/issue/X-1", "at com.atlassian.plugins.X", JiraDC, ByAnswer},
		{"/rest/api/2/issue/X-1", "https://www.atlassian.com", JiraDC, ByPath},
		{"/repository/maven/x", "could not find com.atlassian.jira:jira-api", Unknown, NoBasis},
	}
	for _, tt := range tests {
		if got := Of(page("https://x.example.com"+tt.path, 401, tt.body)); got.Product != tt.want || got.Basis != tt.basis {
			t.Errorf("%s %q: got %v by %d", tt.path, tt.body, got.Product, got.Basis)
		}
	}
}

func TestOfOther(t *testing.T) {
	x := get("/rest/api/2/myself", 0)
	x.Request.Header = header("Host: Jira.Example.com:8080")
	if got := Of(x); got.Host != "jira.example.com" || got.Port != 8080 || got.Product != JiraDC || !got.HasPort {
		t.Errorf("origin form: %+v", got)
	}
	x = get("acme.atlassian.net:443", 407)
	x.Request.Method = "CONNECT"
	if got := Of(x); got.Product != JiraCloud || got.API != Tunnel || got.Port != 443 {
		t.Errorf("CONNECT: %+v", got)
	}
	got := Of(get("https://api.atlassian.com/ex/jira/{cloudId}/ex/jira/1/rest/api/3/myself?a=b", 0))
	if got.GatewayProduct != "jira" || got.CloudID != "{cloudId}" || got.Context != "/ex/jira/1" ||
		got.Resource != "/rest/api/3/myself" || got.Query != "a=b" || got.Site() != "{cloudId}" {
		t.Errorf("gateway: %+v", got)
	}
	got = Of(get("http://10.0.0.7:8080/jira/rest/api/2/serverInfo", 0))
	if !got.InternalName || !got.Public || got.Base() != "http://10.0.0.7:8080/jira" || got.Site() != "10.0.0.7:8080/jira" {
		t.Errorf("internal: %+v, base %s", got, got.Base())
	}
	got = Of(get("https://acme.atlassian.net/rest/api/content", 0))
	if !got.Misplaced() || got.Base() != "https://acme.atlassian.net" || got.Site() != "acme.atlassian.net" {
		t.Errorf("misplaced: %+v", got)
	}
	x = get("https://tools.example.com/login.jsp", 502)
	x.Request.Header = header("Cookie: JSESSIONID=1; atlassian.xsrf.token=2")
	if got := Of(x); got.Product != JiraDC || got.Strength != Weak {
		t.Errorf("cookie: %+v", got)
	}
}

func TestInternal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "jira": true, "jira.local": true, "jira.corp": true, "jira.lan.": true,
		"10.1.2.3": true, "172.20.0.1": true, "192.168.1.1": true, "127.0.0.1": true, "100.64.1.1": true,
		"::1": true, "fd00::1": true, "fe80::1%eth0": true, "::ffff:10.0.0.1": true,
		"jira.example.com": false, "203.0.113.9": false, "2001:db8::1": false, "": false, "1.2.3.400": false,
		"local.example.com": false,
	} {
		if got := internal(host); got != want {
			t.Errorf("%s: got %t", host, got)
		}
	}
}

func TestFromProduct(t *testing.T) {
	cloud, dc := "https://acme.atlassian.net/rest/api/3/myself", "https://jira.example.com/rest/api/2/myself"
	git := "https://api.bitbucket.org/2.0/user"
	tests := []struct {
		url   string
		want  Writer
		lines []string
	}{
		{cloud, Yes, []string{"Server: AtlassianEdge"}},
		{cloud, Yes, []string{"Date: x", "Server: nginx", "X-AREQUESTID: 1x2x3", "X-Cache: Error from cloudfront"}},
		{cloud, Yes, []string{"X-Seraph-LoginReason: OK"}},
		{cloud, Edge, []string{"Date: x", "Server: CloudFront", "X-Amz-Cf-Id: 1"}},
		{cloud, No, []string{"Date: x", "Server: nginx"}},
		{cloud, No, []string{"Date: x", "Content-Type: text/html", "Content-Length: 1", "Connection: close"}},
		{cloud, No, []string{"Server: squid/5.2"}},
		{cloud, No, []string{"Server: Zscaler/6.1"}},
		{cloud, CannotTell, []string{"Date: x", "Content-Type: text/html"}},
		{cloud, CannotTell, nil},
		{dc, Yes, []string{"X-AREQUESTID: 1x2x3"}},
		{dc, Yes, []string{"X-AUSERNAME: fred"}},
		{dc, CannotTell, []string{"Date: x", "Server: nginx", "Content-Type: text/html", "Connection: close"}},
		{dc, No, []string{"Server: BigIP"}},
		{dc, No, []string{"X-Squid-Error: ERR_ACCESS_DENIED 0"}},
		{git, Yes, []string{"Server: envoy"}},
		{git, Yes, []string{"X-Request-Count: 1"}},
		{git, CannotTell, []string{"Date: x", "Server: nginx", "Content-Type: x", "Connection: close"}},
		{"https://acme.jiraalign.com/rest/align/api/2/epics", CannotTell, []string{"Date: x", "Server: cloudflare", "CF-RAY: 1", "A: b"}},
		{"https://acme.jiraalign.com/rest/align/api/2/epics", No, []string{"Server: cloudflare", "cf-mitigated: challenge"}},
	}
	for _, tt := range tests {
		x := get(tt.url, 401, tt.lines...)
		if got := FromProduct(Of(x), x.Response); got != tt.want {
			t.Errorf("%s %q: got %d, want %d", tt.url, tt.lines, got, tt.want)
		}
	}
	if got := FromProduct(Of(get(dc, 0)), nil); got != CannotTell {
		t.Errorf("no answer: got %d", got)
	}
	x := page(dc, 401, "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED")
	if got := FromProduct(Of(x), x.Response); got != Yes {
		t.Errorf("body: got %d", got)
	}
}

func TestSet(t *testing.T) {
	if !All.Has(Unknown) || !All.Has(JiraDC) || Atlassian.Has(Unknown) || !Atlassian.Has(AtlassianOther) || CloudSite.Has(Gateway) {
		t.Error("membership")
	}
	for s, want := range map[Set]string{
		All: "all", DataCenter: "Data Center", SetOf(JiraDC, Align): "Jira Data Center, Jira Align",
		SetOf(Gateway): "Atlassian API gateway", Jira: "Jira", SetOf(): "all",
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, p := range All.Products() {
		if p.String() == "" {
			t.Errorf("product %d has no name", p)
		}
		if f := p.Family(); f.dataCenter() != Unknown && f.dataCenter().Family() != f {
			t.Errorf("%v: family does not come back", p)
		}
	}
	if Product(200).String() != "unknown" || API(200).String() != "unknown" || Atlassian.Has(40) {
		t.Error("out of range")
	}
}

func BenchmarkOf(b *testing.B) {
	front := []string{
		"Date: x", "Content-Type: text/html", "Connection: keep-alive", "Cache-Control: no-cache", "Vary: Origin",
		"X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN", "Strict-Transport-Security: max-age=1",
		"Server: nginx", "ETag: 1", "Age: 0", "Via: 1.1 x", "X-Cache: HIT", "Accept-Ranges: bytes", "Set-Cookie: a=b; Path=/",
	}
	for name, x := range map[string]*exchange.Exchange{
		"cloud":     get("https://acme.atlassian.net/rest/api/3/issue/DEMO-1?fields=a", 200, front...),
		"dc":        get("https://jira.example.com/jira/rest/api/2/issue/DEMO-1?fields=a", 200, append(front, "X-AREQUESTID: 1x2x3")...),
		"unrelated": get("https://cdn.example.com/assets/2024/app/main.4f1c2a.js?v=3", 200, front...),
		"upper":     get("https://CDN.example.com/assets/2024/app/main.4f1c2a.js?v=3", 200, front...),
	} {
		m := NewMemory(nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t := Of(x)
				m.Learn(t)
				m.Recall(t)
			}
		})
	}
}
