package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/packettest"
)

// TestGuide runs the commands of the guide and compares what it shows: in blocks
// marked console, lines that start with "$ why401", each with its output.
func TestGuide(t *testing.T) {
	page := "../../docs/guide.md"
	guide, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs(page)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, from := range map[string]string{
		"login.har": "../../testdata/diagnosis/echo-newline-on-cloud/in.har",
		"bad.har":   "../../testdata/diagnosis/echo-newline-on-cloud/in.har",
		"good.har":  "../../testdata/basic-newline/good.har",
		"curl.txt":  "testdata/guide/curl.txt",

		"access_log.2026-03-02":       "../../testdata/inputs/serverlog/access_log.2026-03-02",
		"atlassian-jira-security.log": "../../testdata/inputs/serverlog/atlassian-jira-security.log",
	} {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "trace.pcap"), guideTrace(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("COLUMNS", "80")
	t.Setenv("NO_COLOR", "1")
	var out bytes.Buffer
	in, ran := "", 0
	for line := range strings.Lines(string(guide)) {
		switch {
		case strings.HasPrefix(line, "```console"):
			in = "console"
			out.WriteString(line)
		case strings.HasPrefix(line, "```"):
			in = ""
			out.WriteString(line)
		case in == "console" && strings.HasPrefix(line, "$ why401 "):
			ran++
			out.WriteString(line)
			var b bytes.Buffer
			run(context.Background(), strings.Fields(line)[2:], stdio{in: strings.NewReader(""), out: &b, err: &b})
			for l := range strings.Lines(b.String()) {
				out.WriteString(strings.TrimRight(l, " \n") + "\n")
			}
		case in == "console" && !strings.HasPrefix(line, "$ "): // the output that was
		default:
			out.WriteString(line)
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands", ran)
	}
	if *update {
		if err := os.WriteFile(abs, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(out.Bytes(), guide) {
		t.Error("the guide does not show what the program prints now; go test ./cmd/why401 -run TestGuide -update writes it")
	}
}

// guideTrace is a packet capture of a client that is asked to solve a CAPTCHA.
func guideTrace() []byte {
	t := &packettest.Trace{}
	d := t.Dial(packettest.At(packettest.Laptop, 51000), packettest.At(packettest.Server, 8080), 1000).Open()
	d.Ask("GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com:8080\r\nUser-Agent: python-requests/2.32.3\r\nAccept: */*\r\nAuthorization: Basic c3ZjLWNpOkNBTkFSWS1wYXNz\r\n\r\n")
	t.Now += 40 * time.Millisecond
	d.Answer("HTTP/1.1 401 Unauthorized\r\nX-AREQUESTID: 540x77x1\r\nX-ANODEID: node1\r\nX-Seraph-LoginReason: AUTHENTICATION_DENIED\r\n" +
		"X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE; login-url=http://jira.example.com:8080/login.jsp\r\nWWW-Authenticate: OAuth realm=\"http%3A%2F%2Fjira.example.com%3A8080\"\r\n" +
		"Content-Type: text/html;charset=UTF-8\r\nContent-Length: 0\r\n\r\n").Close()
	return t.PCAP()
}
