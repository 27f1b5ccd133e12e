//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/why401/why401/capture/proxy"
)

// TestCurlDoesNotTrust: the step that the report names makes curl trust the
// proxy, whichever authority that has.
func TestCurlDoesNotTrust(t *testing.T) {
	curl := client(t, "curl")
	site := newSite(t)
	own, err := proxy.NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("run", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other.pem")
		if err := os.WriteFile(other, own.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := behindProxy(t, site, nil, curl, "-sS", "--cacert", other, cloudMyself)
		if code != exitCause || !strings.Contains(errs, "tls-untrusted-ca, proven") || !strings.Contains(errs, "option --cacert") || strings.Contains(errs, "curl --cacert") {
			t.Errorf("exit status %d\n%s\n%s", code, out, errs)
		}
	})
	t.Run("stored", func(t *testing.T) {
		c := startProxy(t, site, "--width", "300")
		ask := func(more ...string) string {
			out, _ := exec.Command(curl, append([]string{"-sS", "-o", os.DevNull, "-w", "%{http_code}", "-x", "http://" + c.addr, cloudMyself}, more...)...).Output()
			return strings.TrimSpace(string(out))
		}
		if got := ask(); got != "000" {
			t.Fatalf("curl got %q", got)
		}
		until(t, "the finding", func() bool { return strings.Contains(c.out.String(), "tls-untrusted-ca") })
		tell := exec.Command(c.Path, "ca", "file")
		tell.Args[0], tell.Env = "why401", c.Env
		ca, err := tell.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := ask("--cacert", strings.TrimSpace(string(ca))); got != "401" {
			t.Errorf("with what the finding says curl got %q", got)
		}
		if err := c.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		until(t, "the report", func() bool { return strings.Contains(c.out.String(), "--cacert") })
		if text := c.out.String(); !strings.Contains(text, "curl does not trust the certificate that why401's own proxy shows") || !strings.Contains(text, `curl --cacert "$(why401 ca file)"`) {
			t.Errorf("%s", text)
		}
	})
}

// TestOldClientIsTold: a client that speaks TLS 1.0 only gets through the proxy,
// and the report says that it would not without.
func TestOldClientIsTold(t *testing.T) {
	site := newSite(t)
	p := startProxy(t, site, "--width", "300")
	tell := exec.Command(p.Path, "ca", "file")
	tell.Args[0], tell.Env = "why401", p.Env
	file, err := tell.Output()
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(strings.TrimSpace(string(file)))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	old := &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: p.addr}),
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, RootCAs: roots},
	}
	defer old.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cloudMyself, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(site.Jo.Email, site.Jo.Token)
	a, err := old.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = a.Body.Close(); a.StatusCode != http.StatusOK || a.TLS.Version != tls.VersionTLS10 {
		t.Errorf("%s, TLS %x", a.Status, a.TLS.Version)
	}
	until(t, "the exchange", func() bool { return strings.Contains(p.out.String(), "200  GET") })
	if err := p.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	until(t, "the report", func() bool { return strings.Contains(p.out.String(), "Through why401's proxy") })
	if text := p.out.String(); !strings.Contains(text, "tls-version-too-old, proven") || !strings.Contains(text, "TLS 1.0") {
		t.Error(text)
	}
}
