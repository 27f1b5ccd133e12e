package target

import "strings"

// A shape is what a path alone says.
type shape struct {
	context  int  // length of the context path
	resource int  // where the product's own part starts
	placed   bool // context is known
	api      API
	family   Family
	// distinct is set if the path points to family even on a host that nothing
	// else is known of. Others, such as /login.jsp, only choose between
	// Atlassian's products.
	distinct bool
	public   bool
}

// apply copies s into t.
func (s *shape) apply(t *Target) {
	t.Context, t.Resource = strings.TrimRight(t.Path[:s.context], "/"), t.Path[s.resource:]
	t.API, t.PathFamily, t.Public, t.placed = s.api, s.family, s.public, t.placed || s.placed
}

// shapeOf looks for the first segment that one of the products starts its paths
// with; what stands before it is the context path.
func shapeOf(path string) shape {
	if path == "" || path == "/" {
		return shape{placed: true, api: Web}
	}
	at := 0
	for depth := range maxContext + 1 {
		for at < len(path) && path[at] == '/' {
			at++
		}
		if at == len(path) || at == 0 {
			break
		}
		end := at
		for end < len(path) && path[end] != '/' {
			end++
		}
		s := shape{context: at - 1, resource: at - 1, placed: true}
		// Deep in a path, a common word such as "pages" says nothing.
		if s.start(path[at:end], path[end:]) && (depth < 2 || s.distinct || s.api == REST) {
			s.files(path)
			return s
		}
		at = end
	}
	s := named(path)
	s.files(path)
	return s
}

// files marks scripts, styles and pictures, which anybody may have.
func (s *shape) files(path string) {
	if s.api != UnknownAPI && s.api != Web {
		return
	}
	switch path[strings.LastIndexByte(path, '.')+1:] {
	case "js", "css", "map", "png", "gif", "jpg", "svg", "ico", "woff", "woff2":
		s.set(Static, s.family, false)
		s.public = true
	}
}

// start reads a path from the segment that seg is on, rest being what follows it;
// false if none of the products has such a segment.
func (s *shape) start(seg, rest string) bool {
	switch seg {
	case "rest":
		if len(rest) < 2 {
			return false
		}
		s.api = REST
		s.rest(rest[1:])
	case "secure":
		s.set(Web, JiraFamily, strings.Contains(rest, ".jspa"))
		if strings.HasPrefix(rest, "/attachment/") || strings.HasPrefix(rest, "/attachmentzip/") {
			s.set(Download, JiraFamily, false)
		}
	case "browse":
		s.set(Web, JiraFamily, issueKey(rest))
	case "login.jsp":
		s.set(Login, JiraFamily, false)
	case "login.action", "dologin.action":
		s.set(Login, ConfluenceFamily, false)
	case "display":
		s.set(Web, ConfluenceFamily, false)
	case "pages":
		s.set(Web, ConfluenceFamily, strings.Contains(rest, ".action"))
	case "download":
		s.set(Download, AnyFamily, false)
		if strings.HasPrefix(rest, "/attachments/") {
			s.family = ConfluenceFamily
		}
	case "scm":
		s.set(Git, BitbucketFamily, strings.Contains(rest, ".git"))
	case "projects", "users":
		if strings.Contains(rest, "/repos") {
			s.set(Web, BitbucketFamily, strings.Contains(rest, "/repos/"))
			return true
		}
		return false
	default:
		return s.startOther(seg, rest)
	}
	return true
}

// startOther is start for the segments that say less.
func (s *shape) startOther(seg, rest string) bool {
	switch seg {
	case "plugins":
		if !strings.HasPrefix(rest, "/servlet/") {
			return false
		}
		s.servlet(rest[len("/servlet/"):])
	case "rpc":
		s.set(RPC, AnyFamily, false)
		switch {
		case strings.Contains(rest, "confluenceservice"):
			s.set(RPC, ConfluenceFamily, true)
		case strings.Contains(rest, "jirasoapservice"):
			s.set(RPC, JiraFamily, true)
		}
	case "s":
		if !strings.Contains(rest, "/_/") {
			return false
		}
		s.set(Static, AnyFamily, false)
		s.public = true
	case "servicedesk":
		s.set(Web, JiraFamily, strings.HasPrefix(rest, "/customer/"))
	case "api":
		// Confluence's second REST API has no /rest in its path. Elsewhere
		// /api/v2 is anybody's.
		if s.context != len("/wiki") || !strings.HasPrefix(rest, "/v2/") {
			return false
		}
		s.set(REST, ConfluenceFamily, false)
	case "status":
		// What load balancers ask: answers anybody.
		if rest != "" {
			return false
		}
		s.api, s.public = REST, true
	default:
		return false
	}
	return true
}

func (s *shape) set(a API, f Family, distinct bool) { s.api, s.family, s.distinct = a, f, distinct }

// servlet reads what follows /plugins/servlet/, where apps put their pages. The
// prefix is the one of Atlassian's plugin framework.
func (s *shape) servlet(rest string) {
	s.set(Web, AnyFamily, true)
	name, after, _ := strings.Cut(rest, "/")
	switch name {
	case "oauth":
		if after == "request-token" || after == "access-token" {
			s.api = OAuthToken
		} else if after == "authorize" {
			s.api = Login
		}
	case "samlsso", "samlconsumer", "external-login", "saml", "oidc":
		s.api = Login
	}
}

// issueKey reports whether rest is "/ABC-123", perhaps with something after it.
func issueKey(rest string) bool {
	key := strings.TrimPrefix(rest, "/")
	key, _, _ = strings.Cut(key, "/")
	dash := strings.LastIndexByte(key, '-')
	if dash < 1 || dash == len(key)-1 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		switch {
		case i < dash && ('A' <= c && c <= 'Z' || c == '_' || i > 0 && isDigit(c)):
		case i == dash:
		case i > dash && isDigit(c):
		default:
			return false
		}
	}
	return true
}

// named recognises a context path by the name that the installers and most
// manuals give it.
func named(path string) shape {
	end := 1
	for end < len(path) && path[end] != '/' {
		end++
	}
	s := shape{context: end, resource: end, placed: true}
	switch path[:end] {
	case "/jira":
		s.family = JiraFamily
	case "/wiki", "/confluence":
		s.family = ConfluenceFamily
	case "/bitbucket", "/stash":
		s.family = BitbucketFamily
	case "/crowd":
		s.family = CrowdFamily
	case "/bamboo":
		s.family = AnyFamily
	default:
		return shape{}
	}
	return s
}

// rest reads what follows "/rest/": the name of a REST module, its version, and
// the resource.
func (s *shape) rest(path string) {
	module, after, _ := strings.Cut(path, "/")
	switch module {
	case "api":
		s.restAPI(after)
	case "agile", "greenhopper", "servicedeskapi", "dev-status", "insight", "assets", "raven",
		"zapi", "tempo-timesheets", "tempo-core", "tempo-accounts", "jsw", "gadget", "internal":
		s.family = JiraFamily
		s.distinct = module != "internal" && module != "gadget" && module != "assets" && module != "insight"
	case "auth":
		s.set(REST, JiraFamily, strings.HasPrefix(after, "1/"))
		if strings.HasPrefix(after, "1/session") || strings.HasPrefix(after, "latest/session") {
			s.set(Session, JiraFamily, true)
		}
	case "align":
		s.set(REST, AlignFamily, strings.HasPrefix(after, "api/"))
	case "usermanagement", "crowd":
		s.set(REST, CrowdFamily, module == "usermanagement")
	case "access-tokens", "default-reviewers", "branch-utils", "branch-permissions", "build-status",
		"mirroring", "required-builds", "git", "ssh", "keys", "insights":
		s.set(REST, BitbucketFamily, module == "access-tokens" || module == "branch-permissions" || module == "default-reviewers")
	case "prototype", "tinymce", "quickreload", "masterdetail", "likes", "confluenceapi", "spacedirectory":
		s.set(REST, ConfluenceFamily, module == "prototype" || module == "quickreload")
	case "oauth2":
		s.set(OAuthToken, AnyFamily, strings.HasPrefix(after, "latest/"))
	case "pat", "applinks", "wrm", "nav-links", "plugins", "webResources", "troubleshooting", "scriptrunner":
		s.set(REST, AnyFamily, module == "pat" || module == "applinks" || module == "wrm" || module == "scriptrunner")
		s.public = module == "applinks" && strings.HasSuffix(after, "/manifest")
	}
}

// restAPI reads what follows "/rest/api/". Jira and Bitbucket have a version
// there, Confluence has none.
func (s *shape) restAPI(path string) {
	version, after, _ := strings.Cut(path, "/")
	resource, more, _ := strings.Cut(after, "/")
	switch version {
	case "2", "3", "2.0.alpha1":
		s.set(REST, JiraFamily, true)
		s.public = resource == "serverInfo"
	case "latest":
		switch resource {
		case "projects", "repos", "profile", "inbox", "application-properties":
			// Jira has "project", in the singular.
			s.set(REST, BitbucketFamily, resource == "application-properties" || strings.Contains(more, "/repos") || resource == "repos")
			s.public = resource == "application-properties"
		default:
			s.set(REST, JiraFamily, resource != "")
			s.public = resource == "serverInfo"
		}
	case "1.0":
		s.set(REST, BitbucketFamily, true)
		s.public = resource == "application-properties"
	case "content", "space", "user", "group", "longtask", "search", "contentbody", "audit",
		"relation", "template", "settings", "inlinetasks", "analytics", "accessmode":
		s.set(REST, ConfluenceFamily, version == "content" || version == "space" ||
			version == "user" && resource == "current" || version == "longtask" || version == "contentbody")
	}
}
