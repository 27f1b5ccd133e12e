package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/internal/jiratest"
)

// attachTo runs attach against a made-up site.
func attachTo(t *testing.T, site *jiratest.Site, args ...string) (code int, out, errs string) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "site.pem")
	if err := os.WriteFile(ca, site.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"attach", "--ca", ca, "--connect", strings.Join(site.Connect(), ",")}, args...)
	var o, e bytes.Buffer
	code = run(context.Background(), args, stdio{in: strings.NewReader(""), out: &o, err: &e})
	if all := o.String() + e.String(); strings.Contains(all, "CANARY") || strings.Contains(all, "Q0FOQVJZ") || strings.Contains(all, "NBTkFSW") || strings.Contains(all, "DQU5BUl") {
		t.Errorf("a secret is in what attach prints")
	}
	return code, o.String(), e.String()
}

// made runs a command that makes a file, and returns its name.
func made(t *testing.T, name string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	var o, e bytes.Buffer
	if code := run(context.Background(), append(args, "-o", file), stdio{in: strings.NewReader(""), out: &o, err: &e}); code > exitCause {
		t.Fatalf("%q: exit %d, %s", args, code, e.String())
	}
	return file
}

func TestAttachCommand(t *testing.T) {
	site := newSite(t)
	page := made(t, "report.html", "analyze", "demo/1-echo-newline.har")
	bundle := made(t, "ticket.zip", "bundle", "demo/1-echo-newline.har")
	t.Setenv("WHY401_SITE", "https://acme.atlassian.net")
	t.Setenv("WHY401_USER", site.Jo.Email)
	t.Setenv("WHY401_TOKEN", site.Jo.Token)

	asked := func() int { list, _ := site.Received(); return len(list) }
	code, out, errs := attachTo(t, site, "DEMO-1", page, bundle)
	if code != exitOK || !strings.Contains(out, "Nothing was sent. --check asks the site first, --confirm attaches.") || errs != "" {
		t.Errorf("plan: exit %d, %s%s", code, out, errs)
	}
	if n := asked(); n != 0 {
		t.Fatalf("a plan made %d requests", n)
	}
	code, out, errs = attachTo(t, site, "--check", "DEMO-1", page, bundle)
	if code != exitOK || !strings.Contains(out, "takes attachments of up to 10485760 bytes") {
		t.Errorf("check: exit %d, %s%s", code, out, errs)
	}
	list, _ := site.Received()
	for _, r := range list {
		if r.Method != "GET" {
			t.Errorf("a check sent %s %s", r.Method, r.Target)
		}
	}
	code, out, errs = attachTo(t, site, "--confirm", "DEMO-1", page, bundle)
	if code != exitOK || !strings.Contains(out, "Attached to DEMO-1, with a comment.") {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	got := site.Ticket(true, "DEMO-1")
	if len(got.Files) != 3 || len(got.Comments) != 1 || !strings.Contains(got.Comments[0].Body, "newline") {
		t.Errorf("on the ticket: %+v", got)
	}
	for i, file := range []string{page, bundle} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got.Files[i+1].Size != int64(len(b)) {
			t.Errorf("%s has %d bytes, %d arrived", file, len(b), got.Files[i+1].Size)
		}
	}
	code, out, _ = attachTo(t, site, "--confirm", "DEMO-1", page, bundle)
	if code != exitOK || !strings.Contains(out, "has all of it already; nothing was sent") {
		t.Errorf("again: exit %d, %s", code, out)
	}
	if again := site.Ticket(true, "DEMO-1"); len(again.Files) != 3 || len(again.Comments) != 1 {
		t.Errorf("sent twice: %+v", again)
	}

	// A service request: internal.
	code, out, errs = attachTo(t, site, "--confirm", "HELP-1", page)
	if code != exitOK || !strings.Contains(out, "internal: the customer of the request does not see it") || !site.Ticket(true, "HELP-1").Comments[0].Internal {
		t.Errorf("request: exit %d, %s%s", code, out, errs)
	}
}

// TestAttachDiagnoses: attach says of its own refused call what it would say of
// any other.
func TestAttachDiagnoses(t *testing.T) {
	site := newSite(t)
	page := made(t, "report.html", "analyze", "demo/1-echo-newline.har")
	for _, c := range []struct {
		site, user, token string
		cause, says       string
	}{
		{"https://acme.atlassian.net", site.Jo.Email, site.Jo.Password, "cloud-password", "status 401"},
		{"https://acme.atlassian.net", "", site.Jo.Token, "api-token-as-bearer", "status 403"},
		{"https://jira.example.com", "", site.Clerk.ExpiredPAT, "dc-token-refused", "status 401"},
		{"https://jira.example.com", site.Locked.Name, site.Locked.Password, "captcha", "status 403"},
	} {
		t.Setenv("WHY401_SITE", c.site)
		t.Setenv("WHY401_USER", c.user)
		t.Setenv("WHY401_TOKEN", c.token)
		code, out, errs := attachTo(t, site, "--confirm", "ABC-1", page)
		if code != exitCause || !strings.Contains(out, c.cause) || !strings.Contains(errs, c.says) {
			t.Errorf("want %s: exit %d\n%s%s", c.cause, code, out, errs)
		}
	}
	// Nothing is known of a redirect but where it leads.
	t.Setenv("WHY401_SITE", "https://tracker.example.com")
	t.Setenv("WHY401_USER", "")
	t.Setenv("WHY401_TOKEN", site.Clerk.PAT)
	code, _, errs := attachTo(t, site, "--confirm", "ABC-1", page)
	if code == exitOK || !strings.Contains(errs, "a redirect to jira.example.com; the credential was not sent there") {
		t.Errorf("redirect: exit %d, %s", code, errs)
	}
}
