package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
)

const (
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
)

func pick(r *rand.Rand, from string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}

func octets(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func pat(r *rand.Rand) string {
	return base64.StdEncoding.EncodeToString(append([]byte(pick(r, "0123456789", 12)+":"), octets(r, 20)...))
}

// tokens makes a token of each form that the program knows.
var tokens = []struct {
	name string
	make func(r *rand.Rand) string
	most float64 // share that may go unrecognised without its context
}{
	{"Cloud API token", func(r *rand.Rand) string {
		s := "ATATT3xFfGF0" + pick(r, base62+"-_", 171) + "="
		return s + fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(s)))
	}, 0},
	{"organisation key", func(r *rand.Rand) string {
		return "ATCTT3xFfGN0" + pick(r, base62+"-_", 150) + "=" + pick(r, "0123456789ABCDEF", 8)
	}, 0},
	{"service account token", func(r *rand.Rand) string {
		return "ATSTT3xFfGN0" + pick(r, base62+"-_", 150) + "=" + pick(r, "0123456789ABCDEF", 8)
	}, 0},
	{"legacy Cloud token", func(r *rand.Rand) string { return pick(r, base62, 24) }, 0.003},
	{"legacy Cloud token, lower", func(r *rand.Rand) string { return pick(r, base36, 20) + pick(r, "0123456789abcdef", 4) }, 0.01},
	{"Bitbucket app password", func(r *rand.Rand) string { return "ATBB" + pick(r, base62, 24) + pick(r, "0123456789ABCDEF", 8) }, 0},
	{"PAT", pat, 0},
	{"Bitbucket DC token", func(r *rand.Rand) string { return "BBDC-" + pat(r) }, 0},
	{"Jira Align token", func(r *rand.Rand) string { return "user:" + pick(r, "123456789", 4) + "|" + pick(r, base62+"#[!", 20) }, 0},
	{"JWT", func(r *rand.Rand) string {
		e := base64.RawURLEncoding
		return e.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + e.EncodeToString([]byte(`{"iss":"x"}`)) + "." + e.EncodeToString(octets(r, 32))
	}, 0},
	{"opaque, base64url", func(r *rand.Rand) string { return base64.RawURLEncoding.EncodeToString(octets(r, 24)) }, 0.005},
	{"Basic pair", func(r *rand.Rand) string {
		return base64.StdEncoding.EncodeToString([]byte("user" + pick(r, base36, 4) + ":" + pick(r, base62+"!$%", 10)))
	}, 0},
	{"Basic pair, short", func(*rand.Rand) string { return "ZnJlZDpmcmVk" }, 0},
	{"scheme and pair", func(r *rand.Rand) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("a:"+pick(r, base62, 4)))
	}, 0},
	{"scheme and token", func(r *rand.Rand) string { return "Bearer " + pick(r, base62, 12) }, 0.01},
	{"GenieKey", func(r *rand.Rand) string {
		h := hex.EncodeToString(octets(r, 16))
		return "GenieKey " + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	}, 0},
	{"session id", func(r *rand.Rand) string { return pick(r, "0123456789ABCDEF", 32) }, 0},
	{"session id with node", func(r *rand.Rand) string { return pick(r, "0123456789ABCDEF", 32) + ".node1" }, 0},
	{"XSRF token", func(r *rand.Rand) string {
		return "BP8Q-WXN6-SKX3-NB5M|" + hex.EncodeToString(octets(r, 20)) + "|lin"
	}, 0},
	{"Trello key", func(r *rand.Rand) string { return hex.EncodeToString(octets(r, 16)) }, 0},
	{"Trello token", func(r *rand.Rand) string { return hex.EncodeToString(octets(r, 32)) }, 0},
	{"new Trello token", func(r *rand.Rand) string { return "ATTA" + hex.EncodeToString(octets(r, 36)) }, 0},
	{"NTLM", func(r *rand.Rand) string {
		return "NTLM " + base64.StdEncoding.EncodeToString(append([]byte("NTLMSSP\x00\x01\x00\x00\x00"), octets(r, 20)...))
	}, 0},
	{"private key", func(*rand.Rand) string { return "-----BEGIN RSA PRIVATE KEY-----MIIEow" }, 0},
}

// TestLooksSecretMisses measures how many tokens of each form pass for harmless
// where nothing but their form tells.
func TestLooksSecretMisses(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 500
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range tokens {
		missed := map[string]int{}
		example := ""
		for range n {
			s := k.make(r)
			for how, v := range map[string]string{
				"plain": s, "escaped": url.QueryEscape(s), "path": url.PathEscape(s), "twice": url.QueryEscape(url.QueryEscape(s)),
				"every byte": everyByte(s), "in text": "x " + s + ", y",
			} {
				if !LooksSecret(v) {
					missed[how]++
					example = v
				}
			}
		}
		for how, m := range missed {
			if share := float64(m) / float64(n); share > k.most {
				t.Errorf("%s, %s: %d of %d not recognised, as %s", k.name, how, m, n, example)
			} else {
				t.Logf("%s, %s: %d of %d not recognised, as %s", k.name, how, m, n, example)
			}
		}
	}
}

func everyByte(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

// TestPathHidesTokens puts tokens, some of which hold a "/", into paths.
func TestPathHidesTokens(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	n := 400
	if testing.Short() {
		n = 100
	}
	for _, k := range tokens {
		bad := 0
		for range n {
			s := k.make(r)
			if strings.Contains(s, "BEGIN") || s == "ZnJlZDpmcmVk" && bad > 0 {
				continue
			}
			for _, v := range []string{s, url.PathEscape(s), everyByte(s)} {
				for _, p := range []string{"/rest/api/2/" + v + "/x", "/" + v, "/a;jsessionid=" + v} {
					if w := residue(Path(p).String(), s, 6); w != "" {
						if bad++; float64(bad) > k.most*float64(9*n)+0.0005*float64(9*n) {
							t.Errorf("%s: Path(%q) = %q shows %q", k.name, p, Path(p), w)
						}
					}
				}
			}
			if bad > 20 {
				break
			}
		}
		if bad > 0 {
			t.Logf("%s: %d of %d paths show a part", k.name, bad, 9*n)
		}
	}
}

// residue returns a run of n bytes of secret that out holds, or "".
func residue(out, secret string, n int) string {
	if len(secret) < n {
		n = len(secret)
	}
	for i := 0; n > 0 && i+n <= len(secret); i++ {
		if w := secret[i : i+n]; strings.Contains(out, w) && !harmless(w) {
			return w
		}
	}
	return ""
}

// harmless reports whether a run is a word that outputs have by themselves.
func harmless(w string) bool {
	for _, s := range []string{"[secret ", "[user ", "jsessionid", "Bearer ", "userinfo", "https://", "PRIVATE KEY", "GenieKey", "negotiate"} {
		if strings.Contains(s, w) || strings.HasPrefix(w, " ") {
			return true
		}
	}
	return false
}

// ordinary are paths, as products have them, that must be shown as they are.
var ordinary = []string{
	"/browse/PROJ-123", "/browse/LONGPROJECT-123456", "/rest/api/2/issue/PROJ-123/comment/10001", "/rest/api/3/myself",
	"/rest/greenhopper/1.0/xboard/work/allData.json", "/rest/greenhopper/1.0/xboard/plan/backlog/data.json",
	"/rest/greenhopper/1.0/rapid/charts/sprintreport", "/rest/greenhopper/1.0/rapidviews/viewsData.json",
	"/rest/jiraissuemacro/1.0/applinks", "/rest/jira-importers/1.0/importer", "/secure/RapidBoard.jspa",
	"/secure/AddComment!default.jspa", "/secure/attachment/10000/", "/secure/CommentAssignIssue!default.jspa",
	"/secure/project/ViewProjectWorkflowSchemes.jspa", "/secure/admin/ViewApplicationProperties.jspa",
	"/secure/admin/user/UserBrowser.jspa", "/secure/QuickSearch.jspa", "/secure/WorkflowUIDispatcher.jspa",
	"/plugins/servlet/oauth/authorize", "/plugins/servlet/samlsso", "/plugins/servlet/external-login",
	"/plugins/servlet/applinks/listApplicationLinks", "/plugins/servlet/upm", "/rest/plugins/1.0/com.atlassian.jira.jira-importers-plugin-key/summary",
	"/s/d41d8cd98f00b204e9800998ecf8427e-CDN/-x8k2mn/813004/1dlckms/cb32da195e0e7dd9a5bf3b9c0e7cb9a5/_/download/contextbatch/css/batch.css",
	"/s/d41d8cd98f00b204e9800998ecf8427e-CDN/xyz/820001/_/images/icon.png",
	"/download/resources/com.atlassian.jira.jira-tzdetect-plugin:tzdetect-lib/tzdetect.js",
	"/s/2dd30b3a3a4ba1a3fa70b03b7bd2f4c8-CDN/en_US/8501/1.0/_/download/batch/com.atlassian.auiplugin:aui-reset/com.atlassian.auiplugin:aui-reset.css",
	"/ex/jira/11223344-a1b2-c3d4-e5f6-1234567890ab/rest/api/3/myself", "/_edge/tenant_info", "/gateway/api/graphql",
	"/ex/confluence/11223344-a1b2-c3d4-e5f6-1234567890ab/wiki/rest/api/content",
	"/wiki/rest/api/content/123456789/child/attachment", "/wiki/spaces/ENG/overview", "/wiki/spaces/ENG/pages/123456789",
	"/wiki/api/v2/pages/123456789/footer-comments", "/display/ENG", "/display/ENG/Home", "/pages/viewpage.action",
	"/pages/doeditpage.action", "/dologin.action", "/login.action", "/rest/tinymce/1/content/123/comment",
	"/rest/mywork/latest/status/notification/count", "/rest/analytics/1.0/publish/bulk",
	"/2.0/repositories/workspace/repo-name/pullrequests/123/diffstat/", "/workspace/repo_slug/src/main/README.md",
	"/2.0/repositories/acme/tools/commit/3f2a9c81d4e5b6a7f8091a2b3c4d5e6f70819203", "/2.0/user",
	"/rest/api/1.0/projects/PRJ/repos/my-repo/pull-requests/12/activities", "/scm/prj/my-repo.git/info/refs",
	"/projects/PRJ/repos/my-repo/browse/src/main/java/com/example/service/AbstractAuthenticationProvider.java",
	"/projects/PRJ/repos/my-repo/commits/3f2a9c81d4e5b6a7f8091a2b3c4d5e6f70819203",
	"/rest/access-tokens/1.0/users", "/rest/pat/latest/tokens", "/rest/auth/1/session", "/rest/auth/latest/session",
	"/rest/servicedeskapi/servicedesk/1/queue/2/issue", "/servicedesk/customer/portal/12/user/login",
	"/rest/servicedeskapi/organization", "/jira/software/c/projects/PROJ/boards/12", "/jira/core/projects/ABC/issues",
	"/jira/rest/api/latest/serverInfo", "/confluence/rest/api/user/current", "/oauth/token", "/oauth/token/accessible-resources",
	"/authorize", "/scim/directory/11223344-a1b2-c3d4-e5f6-1234567890ab/Users", "/admin/v1/orgs/11223344-a1b2-c3d4-e5f6-1234567890ab/users",
	"/rest/align/api/2/epics", "/jsm/ops/api/11223344-a1b2-c3d4-e5f6-1234567890ab/v1/alerts", "/v2/alerts",
	"/rest/api/2/field/customfield_10010/context", "/rest/api/2/issue/createmeta/PROJ/issuetypes/10001",
	"/rest/api/3/issuetypescreenscheme/mapping", "/rest/api/3/workflowscheme/10001/createdraft",
	"/rest/api/3/project/PROJ/hierarchy", "/rest/internal/2/productadvice/recommended",
	"/rest/webResources/1.0/resources", "/rest/onboardingexperience/latest/startup", "/rest/quickedit/1.0/userpreferences/create",
	"/rest/nativemobile/1.0/devices/type/IOS", "/rest/helptips/1.0/tips", "/rest/menu/latest/appswitcher",
	"/monitoring", "/status", "/server-status", "/rest/atlassian-connect/1/addons/com.example.my-addon",
	"/rest/dev-status/latest/issue/summary", "/rest/troubleshooting/1.0/pre-upgrade", "/rest/zephyr/latest/cycle",
	"/rest/tempo-timesheets/4/worklogs", "/rest/raven/1.0/api/test/PROJ-1/steps", "/rest/insight/1.0/object/123",
	"/rest/api/2/search", "/rest/api/2/user/search", "/rest/api/3/users/search", "/rest/api/2/user/assignable/multiProjectSearch",
	"/secure/ViewProfile.jspa", "/secure/Dashboard.jspa", "/secure/ConfigureReport.jspa", "/si/jira.issueviews:issue-xml/PROJ-1/PROJ-1.xml",
	"/sr/jira.issueviews:searchrequest-xml/temp/SearchRequest.xml", "/rpc/xmlrpc", "/rpc/soap/jirasoapservice-v2",
	"/rpc/json-rpc/confluenceservice-v2", "/images/icons/issuetypes/bug.svg", "/favicon.ico", "/robots.txt",
	"/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1", "/{{basePath}}/rest/api/2/myself", "/rest/api/2/issue/{issueIdOrKey}",
	"/1/boards/5abbe4b7/cards", "/invoke/metadata/2024-11-22T10.11.12", "/rest/api/2/mypermissions", "/", "",
	"/acme/feature-ABC-1234-oauth2-v3-k8s/branches", "/acme/release-2024.11.22-rc1/tags", "/rest/api/content/search",
	"/rest/bitbucket/latest/projects/KEY/repos/terraform-aws-eks-blueprints-v2", "/wiki/rest/api/space/~/content",
	"/rest/GetIssueTypeScreenSchemeMappingsForProject2/1.0/doSomethingVeryLongButOrdinary",
}

// TestOrdinaryPaths demands that paths of products are shown as they are, but
// for what the table of differences names.
func TestOrdinaryPaths(t *testing.T) {
	differ := map[string]bool{ // a digest of resources, and the title of a page
		"/s/d41d8cd98f00b204e9800998ecf8427e-CDN/-x8k2mn/813004/1dlckms/cb32da195e0e7dd9a5bf3b9c0e7cb9a5/_/download/contextbatch/css/batch.css": true,
		"/display/ENG/Home": true,
	}
	for _, p := range ordinary {
		if got := Path(p).String(); (got != p) != differ[p] {
			t.Errorf("Path(%q) = %q", p, got)
		}
	}
}

func TestListed(t *testing.T) {
	all := strings.Fields(words)
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("the words are not sorted, or one is there twice")
	}
	if strings.Join(all, " ") != words {
		t.Error("not one blank between two words")
	}
	for _, w := range all {
		if !listed(words, w) {
			t.Errorf("%q is not found", w)
		}
		for _, other := range []string{w + "q", w[:len(w)-1], " " + w, w + " ", w + " x"} {
			if listed(words, other) != slices.Contains(all, other) {
				t.Errorf("%q", other)
			}
		}
	}
	for _, w := range []string{"", " ", "a b", "zzz"} {
		if listed(words, w) || listed("", w) {
			t.Errorf("%q is found", w)
		}
	}
}
