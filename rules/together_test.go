package rules

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
)

const serverLogs = "../testdata/inputs/serverlog/"

// together diagnoses several inputs as one investigation.
func together(t *testing.T, o capture.Options, names ...string) *diagnose.Diagnosis {
	t.Helper()
	e, err := diagnose.New(All(), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := capture.Open(t.Context(), names, o)
	for x, err := range s.Exchanges() {
		e.See(x, err)
	}
	for _, c := range s.Captures() {
		e.Opened(c)
	}
	return e.Diagnosis()
}

// found describes causes as "id certainty xN > consequence".
func causesOf(d *diagnose.Diagnosis) string {
	var out []string
	for _, c := range d.Causes {
		s := fmt.Sprintf("%s %s x%d", c.Rule.ID, c.Certainty, c.AccountsFor)
		for _, q := range c.Consequences {
			s += " > " + q.Rule.ID
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// What Jira's own logs tell, alone and together.
func TestServerLogs(t *testing.T) {
	access, security := serverLogs+"access_log.2026-03-02", serverLogs+"atlassian-jira-security.log"
	const locked = "dc-credential-refused likely x5 > captcha-required > retrying-refused-credential"
	for _, tt := range []struct {
		names  []string
		causes string
		failed int
	}{
		{[]string{access}, "retrying-refused-credential possible x4", 5},
		{[]string{security}, locked, 5},
		{[]string{access, security}, locked, 5},
		{[]string{security, access}, locked, 5},
		{[]string{security + ".1"}, "product-access-missing proven x1; dc-credential-refused likely x1", 2},
	} {
		d := together(t, capture.Options{}, tt.names...)
		if got := causesOf(d); !strings.HasPrefix(got, tt.causes) || d.FailingTotal != tt.failed || d.UnreadableTotal != 0 {
			t.Errorf("%v: %s, %d failed", tt.names, got, d.FailingTotal)
		}
	}
}

// zipOf makes a support zip.
func zipOf(t *testing.T, members map[string][]byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "Jira_support_2026-03-02.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, m := range []string{
		"application-config/jira-config.properties", "application-logs/atlassian-jira.log", "application-logs/atlassian-jira-security.log",
		"application-logs/atlassian-jira-security.log.1.gz", "thread-dump/threads.txt", "tomcat-access-logs/access_log.2026-03-02", "application-logs/atlassian-jira-security.log.2",
	} {
		b, ok := members[m]
		if !ok {
			continue
		}
		w, err := z.Create(m)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func bytesOf(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(serverLogs + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The logs in a support zip are read, rotated and packed ones, too; the rest is
// counted.
func TestSupportZip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(bytesOf(t, "atlassian-jira-security.log.1"))
	z.Close()
	name := zipOf(t, map[string][]byte{
		"application-config/jira-config.properties":         []byte("jira.home = /var/jira\n"),
		"application-logs/atlassian-jira.log":               []byte("2026-03-02 09:10:01,213+0000 exec-3 WARN anonymous 550x102x1 [c.a.j] The user 'x' has FAILED authentication\n"),
		"application-logs/atlassian-jira-security.log":      bytesOf(t, "atlassian-jira-security.log"),
		"application-logs/atlassian-jira-security.log.1.gz": packed.Bytes(),
		"application-logs/atlassian-jira-security.log.2":    {},
		"thread-dump/threads.txt":                           []byte("\"exec-1\" daemon\n"),
		"tomcat-access-logs/access_log.2026-03-02":          bytesOf(t, "access_log.2026-03-02"),
	})
	s := capture.Open(t.Context(), []string{name}, capture.Options{})
	for _, err := range s.Exchanges() {
		if err != nil {
			t.Error(err)
		}
	}
	var got []string
	for _, c := range s.Captures() {
		got = append(got, fmt.Sprintf("%s %s %d", c.Name[strings.Index(c.Name, "!")+1:], c.Format, c.Exchanges))
	}
	want := []string{
		"application-logs/atlassian-jira-security.log jira-security-log 6",
		"application-logs/atlassian-jira-security.log.1.gz jira-security-log 3",
		"tomcat-access-logs/access_log.2026-03-02 access-log 8",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	n := 0
	for _, k := range s.Skipped() {
		n += k.N
	}
	if n != 3 {
		t.Errorf("skipped %v", s.Skipped())
	}
	if d := together(t, capture.Options{}, name); d.FailingTotal != 7 || !strings.Contains(causesOf(d), "captcha-required") {
		t.Errorf("%s, %d failed", causesOf(d), d.FailingTotal)
	}
}

// clientSide is what the client of a request in the logs recorded: a refusal that
// says nothing.
const clientSide = `{"log":{"version":"1.2","creator":{"name":"Firefox","version":"140"},"entries":[{
"startedDateTime":"2026-03-02T09:10:16.100Z","time":9,
"request":{"method":"GET","url":"https://jira.corp.example/jira/rest/api/2/search?jql=project%3DOPS&maxResults=50","httpVersion":"HTTP/1.1","cookies":[],"queryString":[],"headersSize":-1,"bodySize":0,
 "headers":[{"name":"Host","value":"jira.corp.example"},{"name":"Authorization","value":"Basic c3ZjLW5pZ2h0bHk6Q0FOQVJZ"}]},
"response":{"status":403,"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headersSize":-1,"bodySize":0,"redirectURL":"",
 "headers":[{"name":"X-AREQUESTID","value":"550x106x1"}],"content":{"size":0,"mimeType":"text/html","text":""}},
"cache":{},"timings":{"send":0,"wait":9,"receive":0}}]}}`

// A refusal that does not say why gets the reason from the log of the server.
func TestReasonFromLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "client.har")
	if err := os.WriteFile(name, []byte(clientSide), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := causesOf(together(t, capture.Options{}, name)); strings.Contains(got, "captcha-required") {
		t.Fatalf("without the log: %s", got)
	}
	for _, names := range [][]string{{name, serverLogs + "atlassian-jira-security.log"}, {serverLogs + "atlassian-jira-security.log", name}} {
		d := together(t, capture.Options{}, names...)
		met := false
		for _, f := range d.Failing {
			if strings.HasSuffix(f.At.Capture, "client.har") {
				met = len(f.Also) == 1 && strings.HasSuffix(f.Also[0].Capture, "security.log") && f.Also[0].Index == 4
			}
		}
		if got := causesOf(d); !met || !strings.Contains(got, "captcha-required") || d.FailingTotal != 5 {
			t.Errorf("%v: %s, %d failed", names, got, d.FailingTotal)
		}
	}
}

// Files of one run tell one story; those of several runs tell several.
func TestFilesOfOneRun(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" {
		t.Skip("WHY401_SAMPLES is not set")
	}
	for _, tt := range []struct {
		scenario, a, b string
		keys           string
		failed         int
	}{
		{"newline-cloud", "chromium-sanitized.har", "chromium-sensitive.har", "", 1},
		{"newline-cloud", "chromium-sensitive.har", "chromium.pcap", "chromium.keylog", 2}, // two runs
		{"newline-cloud", "chromium.pcap", "chromium.pcapng", "chromium.keylog", 1},
		{"newline-cloud", "curl.pcap", "curl.curl-v.txt", "curl.keylog", 1},
		{"crlf-dc-plain", "curl.pcap", "curl.curl-v.txt", "", 1},
		{"captcha-dc", "chromium-sanitized.har", "chromium-sensitive.har", "", 4},
		{"captcha-dc", "playwright.har", "playwright.har.zip", "", 8}, // two runs
	} {
		file := func(name string) string { return filepath.Join(root, "real", tt.scenario+"--"+name) }
		o := capture.Options{}
		if tt.keys != "" {
			o.KeyLogs = []string{file(tt.keys)}
		}
		d := together(t, o, file(tt.a), file(tt.b))
		if d.FailingTotal != tt.failed || len(d.Causes) != 1 || d.Causes[0].AccountsFor != tt.failed {
			t.Errorf("%s: %s and %s: %d failed, %s", tt.scenario, tt.a, tt.b, d.FailingTotal, causesOf(d))
		}
	}
}

// TestRejectedByTheClient tells the handshakes that HTTP Toolkit lists apart.
func TestRejectedByTheClient(t *testing.T) {
	d := together(t, capture.Options{}, "../testdata/inputs/har/toolkit.har")
	const want = "tls-untrusted-ca proven x1; tls-no-shared-cipher likely x1; tls-untrusted-ca possible x2"
	if got := causesOf(d); got != want || d.FailingTotal != 5 {
		t.Errorf("%d failed: %s\nwant %s", d.FailingTotal, got, want)
	}
}
