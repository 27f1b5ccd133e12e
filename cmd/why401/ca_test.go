package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOwnAuthority: an authority that somebody made with OpenSSL signs, for every
// host, and a client that trusts it gets its answer; without it, it does not.
func TestOwnAuthority(t *testing.T) {
	curl, openssl := client(t, "curl"), client(t, "openssl")
	site := newSite(t)
	for name, kind := range map[string][]string{"RSA": {"rsa:2048"}, "ECDSA": {"ec", "-pkeyopt", "ec_paramgen_curve:P-384"}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cert, key, config := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key"), filepath.Join(dir, "openssl.cnf")
			const settings = "[req]\ndistinguished_name=dn\nx509_extensions=ca\nprompt=no\n[dn]\nCN=An Authority\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
			if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"req", "-x509", "-nodes", "-days", "2", "-config", config, "-keyout", key, "-out", cert, "-newkey"}, kind...)
			if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			c, end := startHere(t, site, "--ca-cert", cert, "--ca-key", key, "--host", "*")
			call := func(trust string) string {
				cmd := exec.CommandContext(t.Context(), curl, "-sS", "--max-time", "20", "-x", "http://"+c.addr, "--cacert", trust,
					"-o", os.DevNull, "-w", "%{http_code}", "-u", site.Jo.Email+":"+site.Jo.Token, cloudMyself)
				cmd.Env = append(os.Environ(), "NO_PROXY=", "no_proxy=")
				out, _ := cmd.Output()
				return string(out)
			}
			if got := call(cert); got != "200" {
				t.Errorf("with the authority: %s", got)
			}
			other := filepath.Join(dir, "other.pem")
			if err := os.WriteFile(other, site.CA(), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := call(other); got != "000" {
				t.Errorf("without it: %s", got)
			}
			end()
			for _, want := range []string{"tls-untrusted-ca", "--ca-cert"} {
				if !strings.Contains(c.out.String(), want) {
					t.Errorf("no %s in\n%s", want, c.out.String())
				}
			}
		})
	}
}

// TestAuthorityRefused: what cannot sign is refused at the start, with the reason.
func TestAuthorityRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	pair := func(name string, change func(*x509.Certificate)) (cert, key string) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CANARY"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		}
		change(c)
		der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return write(name+".crt", "CERTIFICATE", der), write(name+".key", "PRIVATE KEY", secret)
	}
	good, goodKey := pair("good", func(*x509.Certificate) {})
	_, otherKey := pair("other", func(*x509.Certificate) {})
	leaf, leafKey := pair("leaf", func(c *x509.Certificate) { c.IsCA = false })
	ended, endedKey := pair("ended", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) })
	for _, tt := range []struct {
		name, cert, key, want string
	}{
		{"no authority", leaf, leafKey, "not one of an authority"},
		{"expired", ended, endedKey, "has expired"},
		{"key of another", good, otherKey, "not that of the certificate"},
		{"no key", good, "", "no key in the file"},
		{"the other way round", goodKey, good, "no certificate in the file"},
		{"no file", filepath.Join(dir, "CANARY"), goodKey, "no such file"},
		{"key without certificate", "", goodKey, "--ca-key needs --ca-cert"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var e bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			args := []string{"proxy", "--listen", "127.0.0.1:0", "--ca-cert", tt.cert, "--ca-key", tt.key}
			if code := run(ctx, args, stdio{in: strings.NewReader(""), out: &e, err: &e}); code != exitUnusable || !strings.Contains(e.String(), tt.want) {
				t.Errorf("exit status %d, %s", code, e.String())
			}
			if strings.Contains(e.String(), "CANARY") {
				t.Errorf("the input is quoted: %s", e.String())
			}
		})
	}
}
