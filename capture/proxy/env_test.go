package proxy

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// need skips a test for want of a program, but not where all of them have to be.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(program, "is missing")
	}
	t.Skip(program, "is missing")
	return ""
}

const javaClient = `
import java.net.*; import java.net.http.*;
public class Client {
  public static void main(String[] a) throws Exception {
    var c = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    var r = c.send(HttpRequest.newBuilder(URI.create(a[0])).build(), HttpResponse.BodyHandlers.ofString());
    System.out.println(r.statusCode() + " " + r.body());
  }
}`

// Real clients, with nothing but the variables, and each without trust.
func TestRealClients(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "")
	t.Setenv("JAVA_TOOL_OPTIONS", "")
	const url = "https://" + site + "/rest/api/3/myself"
	dir := t.TempDir()
	java := filepath.Join(dir, "Client.java")
	if err := os.WriteFile(java, []byte(javaClient), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		command  []string
		untrusts string // code where it does not trust; "": not tried
		h2       bool
	}{
		{"curl", []string{"curl", "-sS", "-H", "Authorization: Basic CANARY", url}, CodeRejected, false},
		{"curl HTTP/1.0", []string{"curl", "-sS", "--http1.0", url}, "", false},
		{"curl TLS 1.2", []string{"curl", "-sS", "--tls-max", "1.2", url}, CodeRejected, false},
		{"curl plain", []string{"curl", "-sS", "http://" + site + "/"}, "", false},
		{"wget", []string{"wget", "-q", "-O", "-", "--tries=1", url}, "any", false},
		{"requests", []string{systemPython, "-c", "import requests; print(requests.get('" + url + "').text)"}, CodeRejected, false},
		{"urllib", []string{"python3", "-c", "import urllib.request; print(urllib.request.urlopen('" + url + "').read())"}, CodeRejected, false},
		{"java", []string{"java", java, url}, "any", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && tt.name != "curl" {
				t.Skip()
			}
			if tt.name == "java" && os.Getenv("CI") != "true" {
				t.Skip("it takes long: it is run with CI=true")
			}
			need(t, tt.command[0])
			if tt.name == "requests" && exec.Command(systemPython, "-c", "import requests").Run() != nil {
				if os.Getenv("CI") == "true" {
					t.Fatal("requests is missing")
				}
				t.Skip("requests is missing")
			}
			o := newOrigin(t, okay, site)
			plain := newOrigin(t, okay)
			w := newWorld(t, o, func(o *Options) { o.Connect[site+":80"] = plain.addr })
			file := filepath.Join(dir, "ca.crt")
			if err := os.WriteFile(file, w.CA().PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			e, err := RunEnv(context.Background(), w.addr, file, dir)
			if err != nil {
				t.Fatal(err)
			}
			run := func(env []string) (string, error) {
				c := exec.Command(tt.command[0], tt.command[1:]...)
				c.Env = append(os.Environ(), env...)
				var stderr bytes.Buffer
				c.Stderr = &stderr
				out, err := c.Output()
				return string(out) + stderr.String(), err
			}
			out, err := run(e.Vars)
			if err != nil || !strings.Contains(out, "ok") {
				t.Fatal(out, err)
			}
			x := w.exchanges(1)[0]
			if x.Failure != nil || x.Response == nil || x.Response.Status != 200 {
				t.Errorf("%+v", x)
			}
			if tt.name == "curl" && field(x, "Authorization") != "Basic CANARY" {
				t.Errorf("%+v", x.Request.Header)
			}
			if tt.untrusts == "" {
				return
			}
			// Only the proxy is known, not its authority.
			var bare []string
			for _, v := range e.Vars {
				if name, _, _ := strings.Cut(v, "="); strings.Contains(strings.ToUpper(name), "PROXY") {
					bare = append(bare, v)
				} else if name == "JAVA_TOOL_OPTIONS" {
					bare = append(bare, v[:strings.Index(v, " -Djavax")])
				}
			}
			out, err = run(bare)
			if err == nil {
				t.Fatal("it trusts:", out)
			}
			x = w.exchanges(2)[1]
			if x.Failure == nil || x.Failure.Phase != exchange.TLSHandshake || tt.untrusts != "any" && x.Failure.Code != tt.untrusts || !slices.Contains([]string{CodeRejected, CodeDropped}, x.Failure.Code) {
				t.Errorf("%+v", x.Failure)
			}
			t.Logf("%s: %+v %+v", tt.name, x.Failure, x.Conn.Handshake.Alerts)
		})
	}
}

// OpenSSL complains of a body that ends with the connection if there is no
// close_notify.
func TestCloseNotify(t *testing.T) {
	curl := need(t, "curl")
	w := newWorld(t, newOrigin(t, script("HTTP/1.1 200 OK\r\n\r\nto the end"), site))
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, w.CA().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(curl, "-sS", "--cacert", file, "-x", "http://"+w.addr, "https://"+site+"/").CombinedOutput()
	if err != nil || string(out) != "to the end" {
		t.Errorf("%s %v", out, err)
	}
}

func TestJKS(t *testing.T) {
	ca, err := NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := append(ca.PEM(), originCA().PEM()...)
	entries := jksCertificates(text, "x")
	store := jks(entries)
	got, ok := jksEntries(store)
	if !ok || len(got) != 2 || !bytes.Equal(got[1], entries[1]) {
		t.Error(ok, len(got))
	}
	for i := range store {
		_, _ = jksEntries(store[:i])
	}
	keytool := need(t, "keytool")
	path := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(path, store, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(keytool, "-list", "-keystore", path, "-storepass", storePassword).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "2 entries") {
		t.Errorf("%s %v", out, err)
	}
}

func TestNodeIgnoresProxy(t *testing.T) {
	for version, want := range map[string]bool{
		"v20.20.2\n": true, "v22.20.0": true, "v22.21.0": false, "v23.1.0": true, "v24.4.9": true, "v24.5.0": false, "v25.0.0": false, "x": false,
	} {
		if got := NodeIgnoresProxy(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestTrustSteps(t *testing.T) {
	dir := t.TempDir()
	ca, err := NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "it's ca.crt")
	if err := os.WriteFile(file, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for goos, want := range map[string]string{"linux": "update-ca-certificates", "windows": "certutil -user -delstore Root \"" + ca.Name() + `"`, "darwin": "add-trusted-cert"} {
		var all strings.Builder
		for _, s := range TrustSteps(file, goos) {
			if s.Client == "" || s.Trust == "" || s.System && s.Remove == "" {
				t.Errorf("%+v", s)
			}
			all.WriteString(s.Trust + "\n" + s.Remove + "\n")
		}
		contains(t, all.String(), want, "curl --cacert ", "NODE_EXTRA_CA_CERTS")
		if goos != "windows" {
			contains(t, all.String(), `'`+dir+`/it'\''s ca.crt'`)
		}
	}
}

// systemPython is the Python that packages of the system are for.
var systemPython = func() string {
	if p, err := exec.LookPath("/usr/bin/python3"); err == nil {
		return p
	}
	return "python3"
}()

func TestBrowserFlags(t *testing.T) {
	for program, want := range map[string]bool{
		"chromium": true, "/usr/bin/google-chrome-stable": true, "Chrome.EXE": true, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome": true,
		"microsoft-edge-dev": true, "chromium-browser": true, "firefox": false, "chromedriver": false, "curl": false,
	} {
		if IsChromium(program) != want {
			t.Errorf("%s: not %v", program, want)
		}
	}
	ca, err := NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(file, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := RunEnv(context.Background(), "127.0.0.1:8401", file, dir, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, strings.Join(e.Browser, "\n"), "--ignore-certificate-errors-spki-list="+ca.SPKI(), "--proxy-server=http://127.0.0.1:8401", "--user-data-dir="+dir)
	contains(t, strings.Join(e.Vars, "\n"), "WHY401_CHROMIUM_FLAGS="+strings.Join(e.Browser, " "), "NO_PROXY=127.0.0.1\n", "-Dhttp.nonProxyHosts=127.0.0.1 ")
}
