package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/jiratest"
)

// tunnel asks the proxy for a tunnel to the site in the cloud.
func (c *child) tunnel(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "CONNECT acme.atlassian.net:443 HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const done = "HTTP/1.1 200 Connection established\r\n\r\n"
	got := make([]byte, len(done))
	if n, err := io.ReadFull(conn, got); string(got) != done {
		t.Fatalf("%q, %v", got[:n], err)
	}
	return conn
}

// startHere starts the proxy within the test. end ends it as Ctrl-C does and
// returns its exit status; what it reports is in out then.
func startHere(t *testing.T, site *jiratest.Site, flags ...string) (c *child, end func() int) {
	t.Helper()
	dir := t.TempDir()
	ca := filepath.Join(dir, "site.pem")
	if err := os.WriteFile(ca, site.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, dir)
	}
	args := append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream-ca", ca, "--connect", strings.Join(site.Connect(), ",")}, flags...)
	ctx, cancel := context.WithCancel(context.Background())
	c = new(child)
	said, errs := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, stdio{in: strings.NewReader(""), out: &c.out, err: io.MultiWriter(errs, &c.errs)})
		_ = errs.Close()
		ended <- code
	}()
	end = sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-ended:
			return code
		case <-time.After(10 * time.Second):
			t.Error("the proxy does not end")
			return -1
		}
	})
	t.Cleanup(func() { end() })
	r := bufio.NewReader(said)
	for c.addr == "" {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal("the proxy does not start: ", c.errs.String())
		}
		if _, rest, ok := strings.Cut(line, "proxy on http://"); ok {
			c.addr, _, _ = strings.Cut(rest, ";")
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return c, end
}

// oldClients are clients with TLS of their time. The first kind gets its answer
// through the proxy, which takes what the server would not; the others do not.
var oldClients = []struct {
	name    string
	offer   *tls.Config // what crypto/tls can offer
	openssl []string    // what only OpenSSL can: options of s_client
	raw     []byte      // what neither can: the ClientHello
	works   bool
	cause   string
}{
	{name: "3DES", offer: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}}, works: true, cause: "tls-no-shared-cipher proven"},
	{name: "RC4", offer: &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}, works: true, cause: "tls-no-shared-cipher proven"},
	{name: "keys of RSA, TLS 1.0", offer: &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}, works: true, cause: "tls-version-too-old proven"},
	{name: "keys of RSA, by OpenSSL", openssl: []string{"-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"}, works: true},
	{name: "a suite that crypto/tls does not know", openssl: []string{"-tls1_2", "-cipher", "AES256-SHA256:CAMELLIA128-SHA:@SECLEVEL=0"}, cause: "tls-no-shared-cipher likely"},
	{name: "DHE alone", openssl: []string{"-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"}, cause: "tls-no-shared-cipher proven"},
	{name: "TLS 1.0 in the form of SSL 2, as of Java 6 and OpenSSL 0.9.8", raw: sslTwoHello, cause: "tls-version-too-old proven, tls-sni-missing likely"},
}

// sslTwoHello offers TLS 1.0 in the form of SSL 2 (RFC 5246, appendix E.2).
var sslTwoHello = []byte{
	0x80, 0x2e, 0x01, 0x03, 0x01, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10,
	0x00, 0x00, 0x39, 0x00, 0x00, 0x35, 0x07, 0x00, 0xc0, 0x00, 0x00, 0x33, 0x00, 0x00, 0x2f, 0x06, 0x00, 0x40, 0x00, 0x00, 0x05,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
}

// TestOldClients: a client whose TLS the cloud would refuse is carried where that
// can be done, and told what is wrong in any case.
func TestOldClients(t *testing.T) {
	site := newSite(t)
	for _, tt := range oldClients {
		t.Run(tt.name, func(t *testing.T) {
			c, end := startHere(t, site, "--format", "json")
			status := 0
			switch {
			case tt.offer != nil:
				status = ask(t, c, site, tt.offer)
			case tt.openssl != nil:
				status = askOpenSSL(t, c, site, tt.openssl)
			default:
				conn := c.tunnel(t)
				_, _ = conn.Write(tt.raw)
				_, _ = io.Copy(io.Discard, conn)
			}
			if (status == http.StatusOK) != tt.works {
				t.Errorf("status %d", status)
			}
			end()
			if got := strings.Join(causesOf(t, c.out.String()), ", "); got != tt.cause {
				t.Errorf("causes %q, want %q", got, tt.cause)
			}
		})
	}
}

// request asks who the user with a right token is.
func request(site *jiratest.Site) *http.Request {
	r, _ := http.NewRequest(http.MethodGet, cloudMyself, nil)
	r.SetBasicAuth(site.Jo.Email, site.Jo.Token)
	r.Header.Set("Connection", "close")
	return r
}

func ask(t *testing.T, c *child, site *jiratest.Site, offer *tls.Config) int {
	t.Helper()
	offer = offer.Clone()
	offer.ServerName, offer.InsecureSkipVerify = "acme.atlassian.net", true
	conn := tls.Client(c.tunnel(t), offer)
	if err := request(site).Write(conn); err != nil {
		return 0
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func askOpenSSL(t *testing.T, c *child, site *jiratest.Site, options []string) int {
	t.Helper()
	openssl := client(t, "openssl")
	var in bytes.Buffer
	_ = request(site).Write(&in)
	cmd := exec.CommandContext(t.Context(), openssl, append([]string{
		"s_client", "-quiet", "-ign_eof", "-proxy", c.addr, "-connect", "acme.atlassian.net:443", "-servername", "acme.atlassian.net",
	}, options...)...)
	cmd.Stdin = &in
	out, _ := cmd.Output()
	status := 0
	_, _ = fmt.Sscanf(string(out), "HTTP/1.1 %d", &status)
	return status
}
