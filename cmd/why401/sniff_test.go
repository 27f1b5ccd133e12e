package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A screen is what a command prints, to be looked at while it runs.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// shows waits until text is on the screen.
func (s *screen) shows(text string) bool {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(s.String(), text) {
			return true
		}
	}
	return false
}

// sniffed runs sniff with args while do does something, and returns what it
// printed. It takes CAP_NET_RAW; only where CI is set it must be there.
func sniffed(t *testing.T, args []string, do func(out *screen)) (code int, out, errs string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var o, e screen
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"sniff", "-i", "lo", "--width", "200"}, args...), stdio{in: strings.NewReader(""), out: &o, err: &e})
	}()
	for len(done) == 0 && !strings.Contains(e.String(), "Ctrl-C ends it") {
		time.Sleep(time.Millisecond)
	}
	if len(done) > 0 {
		if os.Getenv("CI") == "" && strings.Contains(e.String(), "may not capture") || runtime.GOOS != "linux" {
			t.Skip("packets cannot be captured here")
		}
		t.Fatalf("it ended at once: %s", e.String())
	}
	do(&o)
	stop()
	return <-done, o.String(), e.String()
}

// causesOf returns the root causes of a report with their certainty.
func causesOf(t *testing.T, report string) []string {
	t.Helper()
	var a answer
	if err := json.Unmarshal([]byte(report), &a); err != nil {
		t.Fatalf("no report: %v\n%s", err, report)
	}
	var list []string
	for _, c := range a.Causes {
		list = append(list, c.Rule+" "+c.Certainty)
	}
	return list
}

// TestSniff runs curl against a made-up site in plain HTTP while the packets are
// read, and again behind the proxy, whose HAR is analysed: both say the same.
func TestSniff(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	pair := func(s string) string { return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	_, port, _ := net.SplitHostPort(site.PlainAddr)
	for _, tt := range []struct{ name, url, header, cause string }{
		{"works", "http://jira.example.com/rest/api/2/myself", pair(site.Clerk.Name + ":" + site.Clerk.Password), ""},
		{"wrong password", "http://jira.example.com/rest/api/2/myself", pair(site.Clerk.Name + ":CANARY-wrong"), "dc-credential-refused proven"},
		{"line feed", "http://jira.example.com/rest/api/2/myself", pair(site.Clerk.Name + ":" + site.Clerk.Password + "\n"), "basic-newline proven"},
		{"wrong token", "http://jira.example.com/rest/api/2/myself", "Authorization: Bearer CANARY-wrong", ""},
		{"nothing sent", "http://jira.example.com/rest/api/2/myself", "Accept: application/json", "no-credentials-sent proven"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site.Reset()
			har := filepath.Join(t.TempDir(), "sniffed.har")
			_, out, errs := sniffed(t, []string{"-f", "json", "--host", "*.example.com", "--har-raw", har, "tcp", "port", port}, func(*screen) {
				b, err := exec.Command(curl, "-sS", "--noproxy", "*", "--max-time", "20", "--connect-to", "::"+site.PlainAddr, "-H", tt.header, tt.url).CombinedOutput()
				if err != nil {
					t.Errorf("curl: %v: %s", err, b)
				}
			})
			got := causesOf(t, out)
			if tt.cause != "" && (len(got) == 0 || got[0] != tt.cause) {
				t.Errorf("causes %v, want %s\n%s", got, tt.cause, out)
			}
			// On lo the kernel shows each packet twice.
			var report struct{ Captures []struct{ Exchanges int } }
			if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Captures) != 1 || report.Captures[0].Exchanges != 1 {
				t.Errorf("captures %+v, want one request\n%s", report.Captures, errs)
			}
			if !strings.Contains(errs, "0 dropped") || strings.Contains(out+errs, "CANARY") {
				t.Errorf("standard error: %s", errs)
			}
			site.Reset()
			proxied := filepath.Join(t.TempDir(), "proxied.har")
			behindProxy(t, site, []string{"--har-raw", proxied, "--connect", "jira.example.com=" + site.PlainAddr}, curl, "-sS", "-H", tt.header, tt.url)
			for _, file := range []string{har, proxied} {
				var b bytes.Buffer
				run(t.Context(), []string{"analyze", "-f", "json", "--host", "*.example.com", file}, stdio{in: strings.NewReader(""), out: &b, err: &b})
				if want := causesOf(t, b.String()); !slices.Equal(got, want) {
					t.Errorf("packets say %v, %s says %v", got, filepath.Base(file), want)
				}
			}
		})
	}
}

// TestSniffLive demands that a finding is shown while the capture goes on, and
// that secrets are taken up that a client writes while it talks.
func TestSniffLive(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	dir := t.TempDir()
	ca, keys := filepath.Join(dir, "site.pem"), filepath.Join(dir, "keys.log")
	if err := os.WriteFile(ca, site.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSLKEYLOGFILE", keys)
	_, port, _ := net.SplitHostPort(site.TLSAddr)
	code, out, errs := sniffed(t, []string{"--keylog", keys, "tcp port " + port}, func(out *screen) {
		b, err := exec.Command(curl, "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", ca, "--connect-to", "::"+site.TLSAddr,
			"-u", site.Jo.Email+":"+site.Jo.Password, "https://acme.atlassian.net/rest/api/3/myself").CombinedOutput()
		if err != nil {
			t.Errorf("curl: %v: %s", err, b)
		}
		if !out.shows("cloud-password: ") {
			t.Errorf("nothing is shown:\n%s", out)
		}
	})
	if code != exitCause || !strings.Contains(out, "401  GET https://acme.atlassian.net/rest/api/3/myself") || strings.Contains(out+errs, "CANARY") {
		t.Errorf("exit status %d\n%s%s", code, out, errs)
	}
}

// TestCaptureWith demands commands for every system.
func TestCaptureWith(t *testing.T) {
	for goos, want := range map[string]string{
		"darwin": "sudo tcpdump -i pktap,all -s 0 -w trace.pcap 'port 53 or tcp'", "windows": "pktmon etl2pcap trace.etl --out trace.pcapng", "freebsd": "sudo tcpdump",
	} {
		list := captureWith(goos, "any", "")
		if !strings.Contains(strings.Join(list, "\n"), want) {
			t.Errorf("%s: %q", goos, list)
		}
		for _, l := range list {
			if len(l) > 76 {
				t.Errorf("%s: %d columns: %s", goos, len(l), l)
			}
		}
	}
	if l := captureWith("linux", "eth0", "host a'b")[0]; strings.Count(l, "'") != 2 {
		t.Errorf("a quote within quotes: %s", l)
	}
}
