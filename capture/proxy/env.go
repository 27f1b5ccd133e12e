package proxy

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// An Env is what a child process needs so that its requests go through a proxy
// and it trusts the authority of that.
type Env struct {
	// Vars are "NAME=VALUE", to be added to what the child has otherwise. Some
	// have no value: they switch off what the parent has.
	Vars []string
	// Notes are remarks for people, in constant words: what could not be done.
	Notes []string
	// Browser is what a browser of the Chromium family needs, which reads no
	// variable about authorities: flags, with a profile of its own, so that one
	// that runs already does not take over. Vars has them, too, as
	// WHY401_CHROMIUM_FLAGS.
	Browser []string
}

// RunEnv returns what a child needs to use the proxy at addr, HOST:PORT, and to
// trust the authority in the file ca, with that of the system: what is only
// tunnelled shows certificates of others. The files that are needed for it are
// written into dir.
//
// Nothing outside of dir is changed. It obeys what the parent's own variables
// say about authorities. What lives at direct, names or addresses, is reached
// without the proxy.
func RunEnv(ctx context.Context, addr, ca, dir string, direct ...string) (*Env, error) {
	own, err := os.ReadFile(ca)
	if err != nil {
		return nil, cause(err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, errors.New("the address of the proxy is not HOST:PORT")
	}
	if ca, err = filepath.Abs(ca); err != nil {
		return nil, cause(err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, cause(err)
	}
	e := &Env{}
	roots := systemRoots()
	if len(roots) == 0 {
		e.Notes = append(e.Notes, "no file with the authorities of the system was found: hosts that are not intercepted may not be trusted by the command")
	}
	bundle := filepath.Join(dir, "bundle.pem")
	if err := replace(bundle, append(append(roots, '\n'), own...), 0o600); err != nil {
		return nil, err
	}
	url := "http://" + net.JoinHostPort(host, port)
	set := func(value string, names ...string) {
		for _, n := range names {
			e.Vars = append(e.Vars, n+"="+value)
		}
	}
	// curl reads http_proxy in lower case only. On Windows names are the same in
	// either case.
	set(url, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
	set(strings.Join(direct, ","), "NO_PROXY", "no_proxy")
	// These take the place of what the system trusts, so they get all of it:
	// OpenSSL (Ruby, PHP, Perl, .NET, wget, Python), Go on Linux; curl; requests;
	// pip; git; AWS; Cargo; LWP; httplib2.
	set(bundle, "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO",
		"AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO", "PERL_LWP_SSL_CA_FILE", "HTTPLIB2_CA_CERTS")
	// These add to it.
	set(ca, "NODE_EXTRA_CA_CERTS", "DENO_CERT")
	// Node obeys the variables for proxies from 22.21 and 24.5 on, if asked.
	set("1", "NODE_USE_ENV_PROXY")
	set(url, "GLOBAL_AGENT_HTTP_PROXY", "CARGO_HTTP_PROXY")
	if err := e.wget(dir, bundle); err != nil {
		return nil, err
	}
	if err := e.php(dir, bundle); err != nil {
		return nil, err
	}
	if err := e.java(ctx, dir, host, port, roots, own, direct); err != nil {
		return nil, err
	}
	e.browser(dir, url, own)
	return e, nil
}

// browser makes the flags. Those after the first four keep it from asking
// questions and from calling home.
func (e *Env) browser(dir, proxy string, own []byte) {
	block, _ := pem.Decode(own)
	if block == nil {
		return
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return
	}
	e.Browser = []string{
		"--user-data-dir=" + filepath.Join(dir, "chromium"), "--proxy-server=" + proxy, "--proxy-bypass-list=<-loopback>",
		"--ignore-certificate-errors-spki-list=" + (&CA{cert: cert}).SPKI(),
		"--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
	}
	if !strings.ContainsAny(dir, " \t") {
		e.Vars = append(e.Vars, "WHY401_CHROMIUM_FLAGS="+strings.Join(e.Browser, " "))
	}
}

// IsChromium reports whether a program is a browser of the Chromium family, by
// its name.
func IsChromium(program string) bool {
	name := strings.ToLower(filepath.Base(program))
	name = strings.NewReplacer(" ", "-", "_", "-").Replace(strings.TrimSuffix(name, ".exe"))
	for _, end := range []string{"-stable", "-beta", "-dev", "-unstable", "-browser"} {
		name = strings.TrimSuffix(name, end)
	}
	switch name {
	case "chromium", "chrome", "google-chrome", "headless-shell", "chrome-headless-shell", "msedge", "microsoft-edge", "brave":
		return true
	}
	return false
}

// systemRoots returns the authorities that programs trust here, as PEM; nil if
// they are not in a file.
func systemRoots() []byte {
	paths := []string{
		os.Getenv("SSL_CERT_FILE"), os.Getenv("REQUESTS_CA_BUNDLE"), os.Getenv("CURL_CA_BUNDLE"),
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Arch, Alpine
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
		"/etc/pki/tls/certs/ca-bundle.crt",                  // older ones
		"/etc/ssl/ca-bundle.pem",                            // SUSE
		"/etc/ssl/cert.pem",                                 // macOS, Alpine, BSD
		"/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD
	}
	for _, p := range paths {
		if p == "" {
			continue
		}
		if text, err := os.ReadFile(p); err == nil && strings.Contains(string(text), "-----BEGIN CERTIFICATE-----") {
			return text
		}
	}
	return nil
}

// wget is told by a file: built with GnuTLS it reads no variable.
func (e *Env) wget(dir, bundle string) error {
	text, _ := os.ReadFile(homeOr("WGETRC", ".wgetrc"))
	path := filepath.Join(dir, "wgetrc")
	if err := replace(path, append(text, "\nca_certificate = "+bundle+"\n"...), 0o600); err != nil {
		return err
	}
	e.Vars = append(e.Vars, "WGETRC="+path)
	return nil
}

func homeOr(variable, file string) string {
	if v := os.Getenv(variable); v != "" {
		return v
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, file)
}

// php reads no variable for authorities, but one for folders with settings; an
// empty part of it stands for the usual one.
func (e *Env) php(dir, bundle string) error {
	folder := filepath.Join(dir, "php")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return cause(err)
	}
	quoted := `"` + strings.ReplaceAll(bundle, `"`, "") + `"`
	if err := replace(filepath.Join(folder, "why401.ini"), []byte("openssl.cafile="+quoted+"\ncurl.cainfo="+quoted+"\n"), 0o600); err != nil {
		return err
	}
	e.Vars = append(e.Vars, "PHP_INI_SCAN_DIR="+os.Getenv("PHP_INI_SCAN_DIR")+string(os.PathListSeparator)+folder)
	return nil
}

const (
	storePassword = "changeit" // that of every JDK; it protects nothing
	keytoolTime   = 20 * time.Second
)

// java takes proxy and authorities from system properties only, and those from
// JAVA_TOOL_OPTIONS. Its own proxy settings leave local addresses out.
func (e *Env) java(ctx context.Context, dir, host, port string, roots, own []byte, direct []string) error {
	path := filepath.Join(dir, "truststore")
	kind, err := trustStore(ctx, path, roots, own)
	if err != nil {
		return err
	}
	if strings.ContainsAny(path, " \t") {
		e.Notes = append(e.Notes, "the folder for files has a blank in its name: Java cannot be told of the authority")
		return nil
	}
	options := []string{
		"-Dhttp.proxyHost=" + host, "-Dhttp.proxyPort=" + port, "-Dhttps.proxyHost=" + host, "-Dhttps.proxyPort=" + port, "-Dhttp.nonProxyHosts=" + strings.Join(direct, "|"),
		"-Djavax.net.ssl.trustStore=" + path, "-Djavax.net.ssl.trustStorePassword=" + storePassword, "-Djavax.net.ssl.trustStoreType=" + kind,
	}
	if had := os.Getenv("JAVA_TOOL_OPTIONS"); had != "" {
		options = append([]string{had}, options...)
	}
	e.Vars = append(e.Vars, "JAVA_TOOL_OPTIONS="+strings.Join(options, " "))
	return nil
}

// trustStore writes a trust store for Java: what the installed one trusts, or
// else what the system does, and our own authority.
func trustStore(ctx context.Context, path string, roots, own []byte) (kind string, err error) {
	cacerts := javaStore()
	if cacerts != "" {
		had, err := os.ReadFile(cacerts)
		if entries, ok := jksEntries(had); err == nil && ok {
			return "jks", replace(path, jks(append(entries, jksCertificates(own, "why401")...)), 0o600)
		}
		if err == nil && addByKeytool(ctx, cacerts, had, path, own) {
			return "pkcs12", nil
		}
	}
	entries := append(jksCertificates(roots, "system"), jksCertificates(own, "why401")...)
	return "jks", replace(path, jks(entries), 0o600)
}

// addByKeytool copies a store that is not JKS and adds own.
func addByKeytool(ctx context.Context, cacerts string, had []byte, path string, own []byte) bool {
	keytool := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(cacerts))), "bin", "keytool")
	if runtime.GOOS == "windows" {
		keytool += ".exe"
	}
	if _, err := os.Stat(keytool); err != nil {
		return false
	}
	if replace(path, had, 0o600) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, keytoolTime)
	defer cancel()
	c := exec.CommandContext(ctx, keytool, "-importcert", "-noprompt", "-alias", "why401", "-keystore", path, "-storepass", storePassword)
	c.Stdin = strings.NewReader(string(own))
	c.Env = append(os.Environ(), "JAVA_TOOL_OPTIONS=")
	return c.Run() == nil
}

// javaStore returns the trust store of the Java that the child will find; "":
// there is none.
func javaStore() string {
	homes := []string{os.Getenv("JAVA_HOME")}
	if java, err := exec.LookPath("java"); err == nil {
		if java, err = filepath.EvalSymlinks(java); err == nil {
			homes = append(homes, filepath.Dir(filepath.Dir(java)))
		}
	}
	for _, h := range homes {
		if h == "" {
			continue
		}
		for _, p := range []string{"lib/security/cacerts", "jre/lib/security/cacerts"} {
			if p = filepath.Join(h, filepath.FromSlash(p)); exists(p) {
				return p
			}
		}
	}
	return ""
}

// NodeIgnoresProxy reports whether a version of Node, such as "v20.19.0", does
// not obey the variables for proxies, not even when asked to. Its requests have
// to be brought to the proxy by other means, such as [Options.Reverse].
func NodeIgnoresProxy(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(strings.TrimSpace(version), "v"), "%d.%d", &major, &minor); n != 2 {
		return false
	}
	switch major {
	case 22:
		return minor < 21
	case 24:
		return minor < 5
	}
	return major < 24
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
