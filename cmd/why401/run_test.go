package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/internal/jiratest"
)

// client returns the path of a program that a user would use. On a developer's
// machine it may be missing; where CI is set it may not.
func client(t *testing.T, names ...string) string {
	t.Helper()
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", names[0])
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

// behindProxy runs a command behind the proxy against a made-up site, and
// returns the exit status and what it printed.
func behindProxy(t *testing.T, site *jiratest.Site, flags []string, command ...string) (code int, out, errs string) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "site.pem")
	if err := os.WriteFile(ca, site.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"run", "--exit-code", "findings", "--width", "200", "--upstream-ca", ca, "--host", "*.example.com",
		"--connect", strings.Join(site.Connect(), ","),
	}
	args = append(append(append(args, flags...), "--"), command...)
	var o, e bytes.Buffer
	code = run(context.Background(), args, stdio{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

func newSite(t *testing.T) *jiratest.Site {
	t.Helper()
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	site := jiratest.New(jiratest.Options{})
	if err := site.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	return site
}

const (
	cloudMyself = "https://acme.atlassian.net/rest/api/3/myself"
	dcMyself    = "https://jira.example.com/rest/api/2/myself"
)

// TestRunCurl runs curl behind the proxy, right and wrong.
func TestRunCurl(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	pair := func(s string) string { return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, tc := range []struct {
		name, url, header, cause string
	}{
		{"right token on Cloud", cloudMyself, pair(site.Jo.Email + ":" + site.Jo.Token), ""},
		{"right password on Data Center", dcMyself, pair(site.Clerk.Name + ":" + site.Clerk.Password), ""},
		{"line feed from echo", cloudMyself, pair(site.Jo.Email + ":" + site.Jo.Token + "\n"), "basic-newline, proven"},
		{"password on Cloud", cloudMyself, pair(site.Jo.Email + ":" + site.Jo.Password), "cloud-password, likely"},
		{"token as bearer", cloudMyself, "Authorization: Bearer " + site.Jo.Token, "api-token-as-bearer, proven"},
		{"OAuth token on the site", cloudMyself, "Authorization: Bearer " + site.Jo.OAuth, "oauth-token-on-site-host, "},
		{"OAuth token that has ended", "https://api.atlassian.com/ex/jira/" + site.CloudID + "/rest/api/3/myself", "Authorization: Bearer " + site.Jo.OAuthExpired, "access-token-expired, "},
		{"wrong password on Data Center", dcMyself, pair(site.Clerk.Name + ":CANARY-wrong"), "dc-credential-refused, proven"},
		{"Align without bearer", "https://acme.jiraalign.com/rest/align/api/2/Epics", "Authorization: " + site.AlignToken, "align-bearer-missing, proven"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			site.Reset()
			code, out, errs := behindProxy(t, site, nil, curl, "-sS", "--max-time", "20", "--http1.1", "-H", tc.header, tc.url)
			if strings.Contains(errs, "CANARY") {
				t.Errorf("a secret is in the report:\n%s", errs)
			}
			switch {
			case tc.cause == "":
				if code != exitOK || !strings.Contains(errs, "No request was refused") {
					t.Errorf("exit status %d\n%s\n%s", code, out, errs)
				}
			case code != exitCause || !strings.Contains(errs, "   "+tc.cause):
				t.Errorf("exit status %d, want cause %s\n%s\n%s", code, tc.cause, out, errs)
			}
		})
	}
}

// TestRunRawLineFeed: curl sends a line feed at the end of a header value as it
// is. It ends the head early; a server that does not mind still answers, so it is
// a remark and no cause. Nothing but the bytes on the wire shows it.
func TestRunRawLineFeed(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	auth := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(site.Clerk.Name+":"+site.Clerk.Password)) + "\n"
	code, out, errs := behindProxy(t, site, []string{"--long"}, curl, "-sS", "--max-time", "20", "--http1.1", "-H", auth, dcMyself)
	if code != exitOK || !strings.Contains(errs, "authorization-line-break") {
		t.Errorf("exit status %d\n%s\n%s", code, out, errs)
	}
}

// TestRunPython runs requests, which reads its authorities from a variable of
// its own.
func TestRunPython(t *testing.T) {
	python := client(t, "/usr/bin/python3", "python3")
	if exec.Command(python, "-c", "import requests").Run() != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3-requests is missing")
		}
		t.Skip("python3-requests is not installed")
	}
	site := newSite(t)
	const script = `import requests, sys
r = requests.get(sys.argv[1], auth=(sys.argv[2], sys.argv[3]))
print(r.status_code)`
	code, out, errs := behindProxy(t, site, nil, python, "-c", script, cloudMyself, site.Jo.Email, site.Jo.Token)
	if code != exitOK || strings.TrimSpace(out) != "200" {
		t.Errorf("right token: exit status %d, printed %q\n%s", code, out, errs)
	}
	code, out, errs = behindProxy(t, site, nil, python, "-c", script, cloudMyself, "fred", site.Jo.Token)
	if code != exitCause || !strings.Contains(errs, "cloud-user-not-email") {
		t.Errorf("user name: exit status %d, printed %q\n%s", code, out, errs)
	}
}

// TestRunKeepsTheStatusOfTheCommand: run stands in for the command.
func TestRunKeepsTheStatusOfTheCommand(t *testing.T) {
	sh := client(t, "sh")
	site := newSite(t)
	code, _, _ := behindProxy(t, site, []string{"--exit-code", "command"}, sh, "-c", "exit 7")
	if code != 7 {
		t.Errorf("exit status %d, want 7", code)
	}
	code, _, errs := behindProxy(t, site, nil, filepath.Join(t.TempDir(), "no-such-command"))
	if code != exitUnusable || !strings.Contains(errs, "cannot be started") {
		t.Errorf("exit status %d, %s", code, errs)
	}
}

// TestRunHAR: what was intercepted is written as a HAR that analyze reads, and
// nobody else may read.
func TestRunHAR(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	name := filepath.Join(t.TempDir(), "traffic.har")
	behindProxy(t, site, []string{"--har-raw", name}, curl, "-sS", "-u", site.Jo.Email+":"+site.Jo.Password, cloudMyself)
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	var out bytes.Buffer
	code := run(context.Background(), []string{"analyze", name}, stdio{in: strings.NewReader(""), out: &out, err: &out})
	if code != exitCause || !strings.Contains(out.String(), "cloud-password") {
		t.Errorf("exit status %d\n%s", code, out.String())
	}
}
