package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/why401/why401/internal/jiratest"
)

// A clientCase is a program that a user would run, once, behind the proxy.
type clientCase struct {
	name    string
	flags   []string
	command []string
	exit    int    // of the command, which run keeps
	out     string // part of what the command prints to standard output
	cause   string // id of the rule that must be the first cause; "": none may be named
	remark  string // id of a rule that must be a finding and no cause; "": none need be
	unsent  string // part of what run says where the command sent nothing; "": it sends something
}

// diagnosed is what matters of a report.
type diagnosed struct {
	Captures         []struct{ Exchanges, Atlassian, Failed int }
	Causes, Findings []struct{ Rule string }
}

// check runs a case against a site.
func (c clientCase) check(t *testing.T, site *jiratest.Site) {
	t.Helper()
	traffic := filepath.Join(t.TempDir(), "traffic.har")
	code, out, errs := behindProxy(t, site, append([]string{"--exit-code", "command", "--har-raw", traffic}, c.flags...), c.command...)
	if code != c.exit || !strings.Contains(out, c.out) {
		t.Errorf("exit status %d, want %d; printed %q, want %q\n%s", code, c.exit, out, c.out, errs)
	}
	r := reportOf(t, traffic)
	if c.unsent != "" {
		if !strings.Contains(errs, c.unsent) || len(r.Captures) > 0 && r.Captures[0].Exchanges > 0 {
			t.Errorf("%+v, want nothing sent and %q in\n%s", r, c.unsent, errs)
		}
		return
	}
	if len(r.Captures) != 1 || r.Captures[0].Atlassian == 0 {
		t.Fatalf("%+v\n%s", r, errs)
	}
	switch {
	case c.cause == "" && (len(r.Causes) > 0 || r.Captures[0].Failed > 0 || !strings.Contains(errs, "No request was refused")):
		t.Errorf("a cause where nothing is wrong: %+v\n%s", r, errs)
	case c.cause != "" && (len(r.Causes) == 0 || r.Causes[0].Rule != c.cause || !strings.Contains(errs, "\n   "+c.cause+", ")):
		t.Errorf("want cause %s: %+v\n%s", c.cause, r, errs)
	}
	for _, f := range r.Findings {
		if f.Rule == c.remark {
			return
		}
	}
	if c.remark != "" {
		t.Errorf("want remark %s: %+v", c.remark, r)
	}
}

// reportOf returns the report of a HAR in the form for programs.
func reportOf(t *testing.T, traffic string) (r diagnosed) {
	t.Helper()
	var out, errs bytes.Buffer
	run(context.Background(), []string{"analyze", "--format", "json", "--host", "*.example.com", traffic}, stdio{in: strings.NewReader(""), out: &out, err: &errs})
	if strings.Contains(out.String(), "CANARY") {
		t.Errorf("a secret is in the report:\n%s", out.String())
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err, out.String(), errs.String())
	}
	return r
}

// program returns the path of a client that is part of the tests.
func program(name string) string {
	return filepath.Join("testdata", "clients", filepath.FromSlash(name))
}

// python returns a Python that has a package.
func python(t *testing.T, pkg string) string {
	t.Helper()
	p := client(t, "/usr/bin/python3", "python3")
	if exec.Command(p, "-c", "import "+pkg).Run() != nil {
		missing(t, "python3-"+pkg)
	}
	return p
}

// node returns a Node that npm installed beside the clients: "node", which can
// use a proxy, or "node-old", which cannot.
func node(t *testing.T, name string) string {
	t.Helper()
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	p := program("node/node_modules/" + name + "-" + runtime.GOOS + "-" + arch + "/bin/node")
	if _, err := os.Stat(p); err != nil {
		missing(t, p+" (npm ci in "+program("node")+" installs it)")
	}
	return p
}

// missing fails where CI is set, and else skips.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what, "is missing")
	}
	t.Skip(what, "is missing")
}

const (
	cloudSite = "https://acme.atlassian.net"
	dcSite    = "https://jira.example.com"
	alignAPI  = "https://acme.jiraalign.com/rest/align/api/2/Epics"
	refusal   = "the command sent no request through the proxy"
)

// TestClients runs the clients that people use, with a credential that is right
// and with the defects that each of them lets through. A value that ends in a
// line feed is trimmed by some, sent as it is by one, and refused by the others.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many programs")
	}
	site := newSite(t)
	jo, clerk := site.Jo, site.Clerk
	right := jiratest.Basic(jo.Email, jo.Token)
	lineFeed := right + "\n"
	padded := jiratest.Basic(jo.Email, jo.Token+"\n")
	raw := "Basic " + jo.Email + ":" + jo.Token
	for name, cases := range map[string]func(t *testing.T) []clientCase{
		"curl": func(t *testing.T) []clientCase {
			curl := []string{client(t, "curl"), "-sS", "--max-time", "20"}
			return []clientCase{
				{name: "right", command: cmd(curl, "-u", jo.Email+":"+jo.Token, cloudMyself), out: jo.Name},
				{name: "newline", command: cmd(curl, "-H", "Authorization: "+padded, cloudMyself), cause: "basic-newline"},
				{name: "sends a line feed", command: cmd(curl, "-H", "Authorization: "+jiratest.Basic(clerk.Name, clerk.Password)+"\n", dcMyself), out: clerk.Display, remark: "authorization-line-break"},
			}
		},
		"wget": func(t *testing.T) []clientCase {
			wget := []string{client(t, "wget"), "-q", "-O", "-", "--tries=1", "--timeout=20"}
			return []clientCase{
				{name: "right", command: cmd(wget, "--auth-no-challenge", "--user", jo.Email, "--password", jo.Token, cloudMyself), out: jo.Name},
				{name: "password", command: cmd(wget, "--auth-no-challenge", "--user", jo.Email, "--password", jo.Password, cloudMyself), exit: 6, cause: "cloud-password"},
				{name: "waits", command: cmd(wget, "--user", clerk.Name, "--password", clerk.Password, dcMyself), exit: 6, cause: "no-preemptive-auth"},
				{name: "refuses a line feed", command: cmd(wget, "--header", "Authorization: "+lineFeed, cloudMyself), exit: 2, unsent: refusal},
			}
		},
		"requests": func(t *testing.T) []clientCase {
			ask := []string{python(t, "requests"), program("ask.py"), cloudMyself}
			return []clientCase{
				{name: "right", command: cmd(ask, right), out: "200"},
				{name: "raw pair", command: cmd(ask, raw), exit: 3, out: "401", cause: "basic-not-encoded"},
				{name: "refuses a line feed", command: cmd(ask, lineFeed), exit: 1, unsent: refusal},
			}
		},
		"python3-jira": func(t *testing.T) []clientCase {
			login := []string{python(t, "jira"), program("whoami.py")}
			return []clientCase{
				{name: "right", command: cmd(login, cloudSite, jo.Email, jo.Token), out: jo.Name},
				{name: "right on Data Center", command: cmd(login, dcSite, clerk.PAT), out: clerk.Display},
				{name: "newline", command: cmd(login, cloudSite, jo.Email, jo.Token+"\n"), exit: 3, out: "refused: 401", cause: "basic-newline"},
				{name: "token as bearer", command: cmd(login, cloudSite, jo.Token), exit: 3, out: "refused: 403", cause: "api-token-as-bearer"},
				{name: "CAPTCHA", command: cmd(login, dcSite, site.Locked.Name, site.Locked.Password), exit: 3, out: "refused: 403", cause: "captcha-required"},
			}
		},
		"Node fetch": func(t *testing.T) []clientCase {
			ask := []string{node(t, "node"), program("node/ask.mjs")}
			return []clientCase{
				{name: "right", command: cmd(ask, cloudMyself, right), out: "200"},
				{name: "raw pair", command: cmd(ask, cloudMyself, raw), exit: 3, out: "401", cause: "basic-not-encoded"},
				{name: "no bearer", command: cmd(ask, alignAPI, site.AlignToken), exit: 3, out: "401", cause: "align-bearer-missing"},
				{name: "trims a line feed", command: cmd(ask, cloudMyself, lineFeed), out: "200"},
			}
		},
		"jira.js": func(t *testing.T) []clientCase {
			login := []string{node(t, "node"), program("node/whoami.mjs"), cloudSite, jo.Email}
			return []clientCase{
				{name: "right", command: cmd(login, jo.Token), out: jo.Name},
				{name: "password", command: cmd(login, jo.Password), exit: 3, out: "refused: 401", cause: "cloud-password"},
			}
		},
		"axios": func(t *testing.T) []clientCase {
			login := []string{program("node/whoami-axios.mjs"), cloudSite, jo.Email}
			return []clientCase{
				{name: "right", command: cmd([]string{node(t, "node")}, cmd(login, jo.Token)...), out: jo.Name},
				{name: "newline", command: cmd([]string{node(t, "node")}, cmd(login, jo.Token+"\n")...), exit: 3, out: "refused: 401", cause: "basic-newline"},
				// axios uses the proxy by itself, in any Node.
				{name: "right, old Node", command: cmd([]string{node(t, "node-old")}, cmd(login, jo.Token)...), out: jo.Name},
			}
		},
		"old Node": func(t *testing.T) []clientCase {
			old := node(t, "node-old")
			reverse := []string{"--reverse", cloudSite}
			ask := []string{client(t, "sh"), "-c", `"$1" "$2" "$WHY401_URL/rest/api/3/myself" "$3"`, "sh", old, program("node/ask.mjs")}
			return []clientCase{
				{name: "told", command: []string{old, program("node/ask.mjs"), cloudMyself, right}, exit: 1, unsent: `through the proxy
why401: hint: Node v22.20.0 uses no proxy by itself; 22.21, 24.5 and newer do
why401: hint: or give the command another address of the site, which it finds in
why401:   WHY401_URL: why401 run --reverse https://SITE -- COMMAND
`},
				{name: "reverse, right", flags: reverse, command: cmd(ask, right), out: "200"},
				{name: "reverse, raw pair", flags: reverse, command: cmd(ask, raw), exit: 3, out: "401", cause: "basic-not-encoded"},
			}
		},
		"Java": func(t *testing.T) []clientCase {
			ask := []string{client(t, "java"), program("Call.java"), alignAPI}
			return []clientCase{
				{name: "right", command: cmd(ask, "bearer "+site.AlignToken), out: "200"},
				{name: "no bearer", command: cmd(ask, site.AlignToken), exit: 3, out: "401", cause: "align-bearer-missing"},
				{name: "refuses a line feed", command: cmd(ask, "bearer "+site.AlignToken+"\n"), exit: 1, unsent: refusal},
			}
		},
		"Go": func(t *testing.T) []clientCase {
			ask := []string{filepath.Join(t.TempDir(), "caller"+filepath.Ext(os.Args[0]))}
			if out, err := exec.Command(client(t, "go"), "build", "-o", ask[0], "./"+program("caller")).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return []clientCase{
				{name: "right", command: cmd(ask, cloudMyself, right), out: "200"},
				{name: "token as bearer", command: cmd(ask, cloudMyself, "Bearer "+jo.Token), exit: 3, out: "403", cause: "api-token-as-bearer"},
				{name: "CAPTCHA", command: cmd(ask, dcMyself, jiratest.Basic(site.Locked.Name, site.Locked.Password)), exit: 3, out: "403", cause: "captcha-required"},
				{name: "refuses a line feed", command: cmd(ask, cloudMyself, lineFeed), exit: 4, unsent: refusal},
			}
		},
		"Chromium": func(t *testing.T) []clientCase {
			browser := []string{client(t, "chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"}
			// A script can start it, too.
			script := []string{client(t, "sh"), "-c", `exec "$@" $WHY401_CHROMIUM_FLAGS`, "sh"}
			return []clientCase{
				{name: "right", command: cmd(browser, callPage(cloudSite, cloudMyself, right)), out: `<p id="result">status 200`},
				{name: "right, by a script", command: cmd(cmd(script, browser...), callPage(dcSite, dcMyself, "Bearer "+clerk.PAT)), out: `<p id="result">status 200`},
				{name: "newline", command: cmd(browser, callPage(cloudSite, cloudMyself, padded)), out: `<p id="result">status 401`, cause: "basic-newline"},
				{name: "trims a line feed", command: cmd(browser, callPage(cloudSite, cloudMyself, lineFeed)), out: `<p id="result">status 200`},
				{name: "page of another site", command: cmd(browser, callPage(dcSite, cloudMyself, right)), out: `<p id="result">error TypeError`, cause: "cors-browser-call"},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases(t) {
				t.Run(c.name, func(t *testing.T) { c.check(t, site) })
			}
		})
	}
}

// cmd appends arguments to a command that others share.
func cmd(command []string, args ...string) []string {
	return append(command[:len(command):len(command)], args...)
}

// callPage returns the address of a page that calls an API.
func callPage(site, api, authorization string) string {
	call, err := json.Marshal(map[string]any{"url": api, "headers": map[string]string{"Authorization": authorization}})
	if err != nil {
		panic(err)
	}
	return site + "/tools/report.html#" + url.PathEscape(string(call))
}

// TestUnopened: what was not looked at is named, with the flag that changes it.
func TestUnopened(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	var out, errs bytes.Buffer
	args := []string{"run", "--connect", strings.Join(site.Connect(), ","), "--", curl, "-ksS", "--max-time", "20", dcMyself}
	if code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: &out, err: &errs}); code != exitOK || !strings.Contains(out.String(), "not authenticated") {
		t.Errorf("exit status %d\n%s", code, out.String())
	}
	if !strings.Contains(errs.String(), "without being looked at: jira.example.com\n") || !strings.Contains(errs.String(), "why401 run --host jira.example.com -- COMMAND\n") {
		t.Error(errs.String())
	}
}
