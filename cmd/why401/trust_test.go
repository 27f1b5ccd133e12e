package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

// refused returns the fix for a client that does not trust the proxy.
func refused(t *testing.T, leg exchange.ClientLeg) rule.Fix {
	t.Helper()
	e, err := diagnose.New(rules.All(), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.See(&exchange.Exchange{
		Sight: exchange.TLSFacts, Request: exchange.Request{Method: "CONNECT", URL: "acme.atlassian.net:443"},
		From:    &exchange.Capture{Name: "proxy", Format: "proxy", Complete: true},
		Conn:    &exchange.Conn{ServerPort: 443, Client: &leg},
		Failure: &exchange.Failure{Phase: exchange.TLSHandshake, Code: proxy.CodeRejected},
	}, nil)
	d := e.Diagnosis()
	if len(d.Causes) != 1 || d.Causes[0].Rule.ID != "tls-untrusted-ca" || len(d.Causes[0].Fix) != 1 {
		t.Fatalf("%+v", d.Causes)
	}
	for _, u := range d.Unchecked {
		if u.Rule.Needs&^exchange.DNSFacts != 0 {
			t.Errorf("%s: %s: %s", u.Rule.ID, u.Reason, u.CaptureWith)
		}
	}
	return d.Causes[0].Fix[0]
}

// TestTrustStepsAgree: what the finding says for a program is what why401 ca
// trust prints for it.
func TestTrustStepsAgree(t *testing.T) {
	const file = "/tmp/ca.crt"
	printed := map[string]bool{}
	for _, s := range proxy.TrustSteps(file, "linux") {
		printed[strings.TrimSuffix(s.Trust, " (before it starts)")] = true
	}
	for agent, program := range map[string]string{
		"curl/8.5.0": "curl", "git/2.43.0": "git", "Wget/1.21.4": "wget", "Java/17.0.1": "Java", "Java-http-client/21": "Java",
		"Go-http-client/1.1": "Go", "node": "Node", "undici": "Node", "libwww-perl/6.7": "Perl", "Deno/2.1": "Deno", "cargo 1.80": "Cargo",
		"aws-cli/2.1": "AWS", "Ruby": "Ruby", "GuzzleHttp/7": "PHP",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36": "Chromium",
	} {
		fix := refused(t, exchange.ClientLeg{Agent: agent, Signer: exchange.StoredSigner})
		if step := strings.ReplaceAll(fix.Command.String(), `"$(why401 ca file)"`, "'"+file+"'"); !printed[step] {
			t.Errorf("%s: %s is not what why401 ca trust prints", agent, step)
		}
		if !strings.Contains(fix.Do.String(), program) {
			t.Errorf("%s: %s", agent, fix.Do)
		}
	}
	// By the command, where the client does not say its name.
	for command, want := range map[string]string{"python3.12": "verify=", "node": "NODE_EXTRA_CA_CERTS", "java.exe": "trustStore", "sh": "elsewhere"} {
		fix := refused(t, exchange.ClientLeg{Command: command, Signer: exchange.RunSigner})
		if text := fix.Do.String(); !strings.Contains(text, want) || !strings.Contains(text, "ends with it") {
			t.Errorf("%s: %s", command, text)
		}
	}
	if fix := refused(t, exchange.ClientLeg{Agent: "curl/8.5.0", Signer: exchange.NamedSigner}); fix.Command.String() != "curl --cacert CA_FILE ..." || !strings.Contains(fix.Do.String(), "--ca-cert") {
		t.Errorf("%+v", fix)
	}
	if fix := refused(t, exchange.ClientLeg{Agent: "sure/1", Signer: exchange.NamedSigner}); !strings.Contains(fix.Do.String(), "named with --ca-cert") {
		t.Errorf("%+v", fix)
	}
}

// TestRunWritesJSON: run obeys --format, with a report even where nothing was
// seen.
func TestRunWritesJSON(t *testing.T) {
	curl := client(t, "curl")
	sh := client(t, "sh")
	site := newSite(t)
	for _, command := range [][]string{{curl, "-sS", "-u", "fred:" + site.Jo.Token, cloudMyself}, {sh, "-c", "exit 0"}} {
		for _, format := range []string{"json", "ndjson"} {
			file := filepath.Join(t.TempDir(), "report")
			_, _, errs := behindProxy(t, site, []string{"--format", format, "-o", file}, command...)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%s: %v\n%s", format, err, errs)
			}
			first := text
			if format == "ndjson" {
				first, _, _ = bytes.Cut(text, []byte{'\n'})
			}
			if len(first) == 0 && format == "ndjson" && command[0] != curl {
				continue // no line
			}
			if !json.Valid(first) || command[0] == curl && !bytes.Contains(text, []byte("cloud-user-not-email")) {
				t.Errorf("%s: %s", format, text)
			}
		}
	}
}

// TestPackedAnswer: what a server packs with br or zstd is unpacked for the rules,
// not for the client.
func TestPackedAnswer(t *testing.T) {
	const text = `{"message":"Basic auth with password is not allowed on this instance"}`
	for coding, packed := range map[string]string{
		"br":   "G0UAAATKbakeX6LR1MYcuKJBxSCCQ06AjgEmbYnHHDjkBE63wpae8Kio2krHzu5Ihu0xk4tc6rzRqF8415bhoQ8=",
		"zstd": "KLUv/QQAMQIAeyJtZXNzYWdlIjoiQmFzaWMgYXV0aCB3aXRoIHBhc3N3b3JkIGlzIG5vdCBhbGxvd2VkIG9uIHRoaXMgaW5zdGFuY2UifdQBC6Y=",
	} {
		body, err := base64.StdEncoding.DecodeString(packed)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(body)
		}))
		t.Cleanup(server.Close)
		i := intercepting{connect: []string{"acme.atlassian.net=" + server.Listener.Addr().String()}}
		o, err := i.options()
		if err != nil {
			t.Fatal(err)
		}
		var seen *exchange.Exchange
		o.See = func(x *exchange.Exchange) { seen = x }
		p, err := proxy.New(o)
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = p.Serve(context.Background(), l) }()
		via := &http.Transport{DisableCompression: true, Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()})}
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://acme.atlassian.net/rest/api/3/myself", nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := via.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(a.Body)
		if _ = a.Body.Close(); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: the client got %q, %v", coding, got, err)
		}
		via.CloseIdleConnections()
		if err := p.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if seen == nil || seen.Response == nil || string(seen.Response.Body.Head) != text {
			t.Errorf("%s: %+v", coding, seen)
		}
	}
}
