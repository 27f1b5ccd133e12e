package target

import "strings"

// ofAtlassian recognises the hosts of Atlassian and fills in t; false if the
// host is none.
func ofAtlassian(t *Target) bool {
	host := strings.TrimSuffix(t.Host, ".")
	zone, sub := zoneOf(host)
	switch zone {
	case "atlassian.net", "jira.com", "jira-dev.com", "atlassian-us-gov-mod.net":
		ofSite(t, sub)
	case "atlassian.com", "atlassian-us-gov-mod.com":
		ofDotCom(t, sub)
	case "bitbucket.org":
		ofBitbucket(t, sub)
	case "jiraalign.com", "agilecraft.com":
		product(t, Align, sub != "" && sub != "www")
	case "trello.com":
		product(t, Trello, sub == "" || sub == "api")
	case "opsgenie.com":
		product(t, Opsgenie, sub == "api" || strings.HasPrefix(sub, "api.") || sub == "app" || strings.HasSuffix(sub, ".app"))
	case "statuspage.io":
		product(t, Statuspage, sub == "api" || sub == "manage")
	case "atl-paas.net", "ss-inf.net", "atlassian-dev.net", "bytebucket.org", "trellocdn.com":
		product(t, AtlassianOther, true)
		t.API = Static
	default:
		return false
	}
	t.Basis, t.Strength = ByHost, Certain
	return true
}

// zoneOf splits host into its last two labels and what stands before them.
func zoneOf(host string) (zone, sub string) {
	i := strings.LastIndexByte(host, '.')
	if i < 0 {
		return host, ""
	}
	if i = strings.LastIndexByte(host[:i], '.'); i < 0 {
		return host, ""
	}
	return host[i+1:], host[:i]
}

// product sets the product of t to p if ok, else to a web site of Atlassian's,
// and the kind of address as far as the path tells.
func product(t *Target, p Product, ok bool) {
	t.Product, t.placed = p, true
	if !ok {
		t.Product = AtlassianOther
	}
	switch {
	case t.Product == AtlassianOther:
		t.API = Web
	case t.Product.Family() == NoFamily:
		t.API = REST
	default:
		shape := shapeOf(t.Path)
		shape.apply(t)
	}
}

// ofSite fills in t for a Cloud site. Jira has the root of a site to itself;
// Confluence is what /wiki leads to.
func ofSite(t *Target, sub string) {
	if sub == "" || sub == "www" {
		product(t, AtlassianOther, true)
		return
	}
	product(t, JiraCloud, true)
	switch {
	case strings.HasPrefix(t.Path, "/api/v2/"):
		// Confluence's, with the /wiki left out.
		t.Context, t.Resource, t.API, t.PathFamily, t.Public = "", t.Path, REST, ConfluenceFamily, false
	case t.Path == "/wiki" || strings.HasPrefix(t.Path, "/wiki/"):
		t.Product = ConfluenceCloud
		if t.Context == "" {
			t.Context, t.Resource = "/wiki", t.Path[len("/wiki"):]
		}
		if t.PathFamily <= AnyFamily {
			t.PathFamily = ConfluenceFamily
		}
	case strings.HasPrefix(t.Path, "/jira/") && t.Context == "/jira" && t.API == UnknownAPI:
		// Pages of Cloud, such as /jira/software/projects/ABC: no context path.
		t.Context, t.Resource, t.API = "", t.Path, Web
	case strings.HasPrefix(t.Path, "/gateway/api/"):
		t.Product = GraphQL
		t.API = REST
		if strings.HasPrefix(t.Path, "/gateway/api/graphql") {
			t.API = GraphQLQuery
		}
	case t.Path == "/_edge/tenant_info":
		t.API, t.Public = REST, true
	}
}

// ofDotCom fills in t for a host under atlassian.com.
func ofDotCom(t *Target, sub string) {
	// Staging hosts have one label more: api.stg.atlassian.com.
	name, _, _ := strings.Cut(sub, ".")
	switch {
	case sub == "api.media":
		product(t, MediaAPI, true)
		t.API = Download
	case name == "api" || name == "api-private":
		ofGateway(t)
	case name == "auth":
		product(t, OAuthServer, true)
		t.API = Login
		if strings.HasPrefix(t.Path, "/oauth/token") {
			t.API = OAuthToken
		}
	case name == "id" || name == "start":
		product(t, IdentityPages, true)
		t.API = Login
	case sub == "jira":
		// Atlassian's own tracker is a Jira Data Center.
		product(t, JiraDC, true)
	default:
		product(t, AtlassianOther, true)
	}
}

// ofGateway fills in t for api.atlassian.com.
func ofGateway(t *Target) {
	t.Product, t.API, t.placed = Gateway, REST, true
	switch path := t.Path; {
	case strings.HasPrefix(path, "/ex/"):
		ofEx(t)
	case strings.HasPrefix(path, "/admin/"),
		strings.HasPrefix(path, "/users/") && strings.Contains(path, "/manage"):
		t.Product = AdminAPI
	case strings.HasPrefix(path, "/scim/"):
		t.Product = SCIM
	case strings.HasPrefix(path, "/graphql"):
		t.Product, t.API = GraphQL, GraphQLQuery
	}
}

// ofEx takes apart /ex/{product}/{cloudId}/{context}/{resource}.
func ofEx(t *Target) {
	rest := t.Path[len("/ex/"):]
	var id string
	t.GatewayProduct, id, _ = strings.Cut(rest, "/")
	i := strings.IndexByte(id, '/')
	if i < 0 {
		t.CloudID, t.Resource = id, ""
		return
	}
	t.CloudID = id[:i]
	inner := *t
	inner.Path = id[i:]
	shape := shapeOf(inner.Path)
	shape.apply(&inner)
	t.Context, t.Resource, t.PathFamily, t.Public = inner.Context, inner.Resource, inner.PathFamily, inner.Public
	if inner.API != UnknownAPI {
		t.API = inner.API
	}
	if t.Context == "" && (inner.Path == "/wiki" || strings.HasPrefix(inner.Path, "/wiki/")) {
		t.Context, t.Resource, t.PathFamily = "/wiki", inner.Path[len("/wiki"):], ConfluenceFamily
	}
}

// ofBitbucket fills in t for bitbucket.org and what is below it.
func ofBitbucket(t *Target, sub string) {
	t.placed = true
	switch path := t.Path; {
	case sub == "api":
		t.Product, t.API = BitbucketCloud, REST
	case sub != "" && sub != "www":
		t.Product, t.API = AtlassianOther, Web
	case path == "/site/oauth2/access_token":
		t.Product, t.API = BitbucketCloud, OAuthToken
	case strings.HasPrefix(path, "/site/oauth2/"):
		t.Product, t.API = BitbucketWeb, Login
	case gitPath(path, t.Query):
		t.Product, t.API = BitbucketGit, Git
	case strings.HasPrefix(path, "/!api/"):
		t.Product, t.API = BitbucketCloud, REST
	case strings.HasPrefix(path, "/account/signin"):
		t.Product, t.API = BitbucketWeb, Login
	case strings.Contains(path, "/downloads/"), strings.Contains(path, "/get/"):
		t.Product, t.API = BitbucketWeb, Download
	default:
		t.Product, t.API = BitbucketWeb, Web
	}
	t.PathFamily = BitbucketFamily
}

// gitPath reports whether path is one of git's smart or dumb HTTP protocol
// (gitprotocol-http) or of git LFS.
func gitPath(path, query string) bool {
	return strings.HasSuffix(path, "/git-upload-pack") || strings.HasSuffix(path, "/git-receive-pack") ||
		strings.HasSuffix(path, ".git/info/refs") || strings.Contains(path, ".git/info/lfs") ||
		strings.HasSuffix(path, "/info/refs") && strings.HasPrefix(query, "service=git-") ||
		strings.HasSuffix(path, ".git/HEAD")
}
