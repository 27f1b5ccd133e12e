package proxy

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
)

// A TrustStep says how a client, or all clients that use the store of a system,
// come to trust an authority.
type TrustStep struct {
	Client string // "curl", "Java", "Debian, Ubuntu"
	Trust  string // command, or what to do
	Remove string // how to undo it; "": nothing stays
	System bool   // it changes what the whole system, or the user, trusts
}

// TrustSteps returns the steps for the authority in the file ca, on an operating
// system as Go calls it; those that change nothing for good come first.
func TrustSteps(ca, goos string) []TrustStep {
	name := nameIn(ca)
	q := func(s string) string {
		if goos == "windows" {
			return `"` + s + `"`
		}
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	set := func(variable string) string {
		if goos == "windows" {
			return "$env:" + variable + " = " + q(ca)
		}
		return "export " + variable + "=" + q(ca)
	}
	steps := []TrustStep{
		{Client: "any command", Trust: "why401 run -- COMMAND (needs no trust anywhere)"},
		{Client: "curl", Trust: "curl --cacert " + q(ca) + " ..."},
		{Client: "git", Trust: "git -c http.sslCAInfo=" + q(ca) + " ..."},
		{Client: "wget", Trust: "wget --ca-certificate=" + q(ca) + " ..."},
		{Client: "Python requests", Trust: set("REQUESTS_CA_BUNDLE")},
		{Client: "Python httpx, urllib; Ruby; OpenSSL", Trust: set("SSL_CERT_FILE")},
		{Client: "Node", Trust: set("NODE_EXTRA_CA_CERTS") + " (before it starts)"},
		{
			Client: "Java",
			Trust: `cp "$JAVA_HOME/lib/security/cacerts" why401.truststore && keytool -importcert -noprompt -alias why401 -file ` + q(ca) +
				` -keystore why401.truststore -storepass changeit && export JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore=why401.truststore -Djavax.net.ssl.trustStorePassword=changeit"`,
			Remove: "rm why401.truststore",
		},
		{Client: "PHP", Trust: "php -d openssl.cafile=" + q(ca) + " -d curl.cainfo=" + q(ca) + " ..."},
		{Client: "Perl LWP", Trust: set("PERL_LWP_SSL_CA_FILE")},
		{Client: "AWS CLI and SDKs", Trust: set("AWS_CA_BUNDLE")},
		{Client: "Deno", Trust: set("DENO_CERT")},
		{Client: "Cargo", Trust: set("CARGO_HTTP_CAINFO")},
		{Client: "Postman", Trust: "Settings > Certificates > CA certificates: on, file " + ca, Remove: "Settings > Certificates > CA certificates: off"},
		{
			Client: "Chromium, with a profile of its own",
			Trust:  `chromium --user-data-dir="$(mktemp -d)" --proxy-server=ADDRESS --ignore-certificate-errors-spki-list=SPKI (why401 ca show prints it)`,
		},
	}
	switch goos {
	case "windows":
		steps = append(steps,
			TrustStep{Client: "Go", Trust: "through the store of Windows, below"},
			TrustStep{Client: "Windows: .NET, PowerShell, Chrome, Edge, curl.exe", Trust: "certutil -user -addstore Root " + q(ca), Remove: "certutil -user -delstore Root " + q(name), System: true},
		)
	case "darwin":
		steps = append(steps,
			TrustStep{Client: "Go", Trust: "through the keychain, below"},
			TrustStep{
				Client: "macOS: Safari, Chrome, .NET, Go", System: true,
				Trust:  "sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain " + q(ca),
				Remove: "sudo security remove-trusted-cert -d " + q(ca),
			},
		)
	default:
		steps = append(steps,
			TrustStep{Client: "Go, .NET", Trust: set("SSL_CERT_FILE")},
			TrustStep{
				Client: "Debian, Ubuntu, Alpine", System: true,
				Trust:  "sudo cp " + q(ca) + " /usr/local/share/ca-certificates/why401.crt && sudo update-ca-certificates",
				Remove: "sudo rm /usr/local/share/ca-certificates/why401.crt && sudo update-ca-certificates --fresh",
			},
			TrustStep{
				Client: "RHEL, Fedora", System: true,
				Trust:  "sudo cp " + q(ca) + " /etc/pki/ca-trust/source/anchors/why401.pem && sudo update-ca-trust extract",
				Remove: "sudo rm /etc/pki/ca-trust/source/anchors/why401.pem && sudo update-ca-trust extract",
			},
			TrustStep{
				Client: "Arch", System: true,
				Trust:  "sudo cp " + q(ca) + " /etc/ca-certificates/trust-source/anchors/why401.crt && sudo trust extract-compat",
				Remove: "sudo rm /etc/ca-certificates/trust-source/anchors/why401.crt && sudo trust extract-compat",
			},
			TrustStep{
				Client: "SUSE", System: true,
				Trust:  "sudo cp " + q(ca) + " /usr/share/pki/trust/anchors/why401.pem && sudo update-ca-certificates",
				Remove: "sudo rm /usr/share/pki/trust/anchors/why401.pem && sudo update-ca-certificates",
			},
			TrustStep{
				Client: "Chromium and Chrome on Linux", System: true,
				Trust:  "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n why401 -i " + q(ca),
				Remove: "certutil -d sql:$HOME/.pki/nssdb -D -n why401",
			},
		)
	}
	return append(steps, TrustStep{
		Client: "Firefox", System: true,
		Trust:  "about:preferences#privacy > Certificates > View Certificates > Authorities > Import " + ca,
		Remove: "the same place > Delete or Distrust",
	})
}

// nameIn returns the common name of the certificate in a file; "why401" if it
// cannot be read.
func nameIn(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "why401"
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "why401"
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "why401"
	}
	return c.Subject.CommonName
}
