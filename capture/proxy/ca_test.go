package proxy

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestConstraints(t *testing.T) {
	plain, err := NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	more, err := NewCA([]string{"jira.example.com", "*.Corp.example", "10.1.2.3", "[2001:db8::1]", "acme.atlassian.net"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := NewCA([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	if got := more.Hosts(); len(got) != 4 {
		t.Error(got)
	}
	for _, tt := range []struct {
		ca   *CA
		name string
		want bool
	}{
		{plain, "acme.atlassian.net", true},
		{plain, "atlassian.net", true},
		{plain, "jira.example.com", false},
		{plain, "notatlassian.net", false},
		{plain, "bank.example", false},
		{plain, "127.0.0.1", false},
		{plain, "::1", false},
		{more, "jira.example.com", true},
		{more, "a.b.corp.example", true},
		{more, "10.1.2.3", true},
		{more, "2001:db8::1", true},
		{more, "10.1.2.4", false},
		{more, "bank.example", false},
		{all, "bank.example", true},
		{all, "192.0.2.1", true},
	} {
		if got := tt.ca.Covers(tt.name); got != tt.want {
			t.Errorf("Covers(%s): %v", tt.name, got)
		}
		c, err := newMinter(tt.ca).get(leafKey{tt.name, false})
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(t, tt.ca, c.Certificate, tt.name); (err == nil) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	c := plain.cert
	if !c.IsCA || !c.PermittedDNSDomainsCritical || c.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign || len(c.ExcludedIPRanges) != 2 {
		t.Errorf("%+v", c)
	}
	if d := time.Until(c.NotAfter); d > 30*24*time.Hour || d < 29*24*time.Hour {
		t.Error(d)
	}
}

func TestLeaves(t *testing.T) {
	ca, err := NewCA([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	m := newMinter(ca)
	var wg sync.WaitGroup
	got := make([]*tls.Certificate, 8)
	for i := range got {
		wg.Go(func() { got[i], _ = m.get(leafKey{"a.example", false}) })
	}
	wg.Wait()
	for _, c := range got {
		if c == nil || c != got[0] {
			t.Fatal("made more than once")
		}
	}
	leaf := got[0].Leaf
	if d := leaf.NotAfter.Sub(leaf.NotBefore); d > 24*time.Hour {
		t.Error("valid for", d)
	}
	long := strings.Repeat("a.", 40) + "example"
	c, _ := m.get(leafKey{long + " 192.0.2.1", true})
	if c.Leaf.Subject.CommonName != "" || c.Leaf.DNSNames[0] != long || len(c.Leaf.IPAddresses) != 1 || c.Leaf.PublicKeyAlgorithm != x509.RSA {
		t.Errorf("%+v", c.Leaf.Subject)
	}
	for range 200 {
		if n := serial(); n.Sign() <= 0 || len(n.Bytes()) != 19 {
			t.Fatal(n)
		}
	}
	// A day later there is another one.
	m.now = func() time.Time { return time.Now().Add(24 * time.Hour) }
	if c, _ := m.get(leafKey{"a.example", false}); c == got[0] {
		t.Error("an old one is still in use")
	}
	for i := range maxLeaves + 10 {
		m.leafs[leafKey{string(rune('a' + i)), false}] = &leafSlot{ready: make(chan struct{})}
		m.order = append(m.order, leafKey{string(rune('a' + i)), false})
	}
	_, _ = m.get(leafKey{"b.example", false})
	if len(m.leafs) > maxLeaves || len(m.order) > maxLeaves {
		t.Error(len(m.leafs), len(m.order))
	}
}

func TestStoredCA(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	// Several at once get one and the same.
	var wg sync.WaitGroup
	got := make([]*CA, 6)
	changes := make([]Change, len(got))
	for i := range got {
		wg.Go(func() {
			var err error
			got[i], _, changes[i], err = OpenCA(dir, []string{"jira.example.com"})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	made := 0
	for i, c := range got {
		if c == nil || c.Fingerprint() != got[0].Fingerprint() {
			t.Fatal("they differ")
		}
		if changes[i] == FirstUse {
			made++
		}
	}
	if made != 1 {
		t.Error(made, "were made")
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, caFile): 0o600} {
		if i, err := os.Stat(path); err != nil || i.Mode().Perm() != want {
			t.Error(path, i.Mode(), err)
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 2 {
		t.Error(files)
	}
	text, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil || !bytes.Equal(text, got[0].PEM()) || bytes.Contains(text, []byte("PRIVATE")) {
		t.Error("the certificate for clients is wrong")
	}

	same, _, change, err := OpenCA(dir, nil)
	if err != nil || change != Unchanged || same.Fingerprint() != got[0].Fingerprint() {
		t.Error(change, err)
	}
	if h := same.Hosts(); len(h) != 1 || h[0] != "jira.example.com" {
		t.Error(h)
	}
	next, _, change, err := OpenCA(dir, []string{"10.1.2.3"})
	if err != nil || change != HostAdded || next.Fingerprint() == same.Fingerprint() || !next.Covers("jira.example.com") || !next.Covers("10.1.2.3") {
		t.Error(change, err)
	}
	if _, _, _, err := OpenCA(dir, []string{"*"}); err == nil {
		t.Error("one for everything was stored")
	}

	old, err := makeCA(nil, time.Now().Add(-caLife+time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := old.stored()
	if err := os.WriteFile(filepath.Join(dir, caFile), stored, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, change, err := OpenCA(dir, nil); err != nil || change != NearItsEnd {
		t.Error(change, err)
	}
	if err := os.WriteFile(filepath.Join(dir, caFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, change, err := OpenCA(dir, nil); err != nil || change != Unusable {
		t.Error(change, err)
	}
	if i, err := os.Stat(filepath.Join(dir, caFile)); err != nil || i.Mode().Perm() != 0o600 {
		t.Error("mode", err)
	}
}

func TestLoadCA(t *testing.T) {
	ca, err := NewCA(nil)
	if err != nil {
		t.Fatal(err)
	}
	both, _ := ca.stored()
	if got, err := LoadCA(both, nil); err != nil || got.Fingerprint() != ca.Fingerprint() || len(got.SPKI()) != 44 {
		t.Error(err)
	}
	other, _ := NewCA(nil)
	theirs, _ := other.stored()
	before, _ := makeCA(nil, time.Now().Add(-caLife-time.Hour))
	ended, _ := before.stored()
	soon, _ := makeCA(nil, time.Now().Add(48*time.Hour))
	early, _ := soon.stored()
	leaf, _ := newMinter(ca).get(leafKey{site, false})
	for name, tt := range map[string]struct {
		certificate, key []byte
		want             string
	}{
		"no PEM":          {[]byte("x"), nil, "no certificate in the file"},
		"key alone":       {theirs[len(other.PEM()):], theirs, "no certificate in the file"},
		"no key":          {ca.PEM(), nil, "no key in the file"},
		"key of another":  {ca.PEM(), theirs, "not that of the certificate"},
		"malformed":       {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), both, "certificate is malformed"},
		"no authority":    {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), both, "not one of an authority"},
		"ended":           {ended, nil, "has expired, on " + before.Expires().UTC().Format(time.DateOnly)},
		"not yet":         {early, nil, "not valid before"},
		"pass phrase":     {ca.PEM(), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), "has a pass phrase"},
		"old pass phrase": {ca.PEM(), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")}), "has a pass phrase"},
	} {
		if _, err := LoadCA(tt.certificate, tt.key); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	// The order of the blocks does not matter, nor what stands between them.
	mixed := slices.Concat([]byte("comment\n"), pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte("x")}), both[len(ca.PEM()):], ca.PEM())
	if _, err := LoadCA(mixed, nil); err != nil {
		t.Error(err)
	}
}

// An authority that has ended is replaced by one for the same hosts.
func TestOpenEndedCA(t *testing.T) {
	dir := t.TempDir()
	old, err := makeCA([]string{"jira.example.com"}, time.Now().Add(-caLife-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := old.stored()
	if err := os.WriteFile(filepath.Join(dir, caFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	ca, _, change, err := OpenCA(dir, nil)
	if err != nil || change != NearItsEnd || !ca.Covers("jira.example.com") || time.Until(ca.Expires()) < caLife-time.Hour {
		t.Errorf("%v, %q", err, change)
	}
}

func TestHosts(t *testing.T) {
	f := Hosts("jira.example.com", "*.corp.example", "10.1.2.3", "[2001:db8::1]")
	for host, want := range map[string]bool{
		"acme.atlassian.net": true, "atlassian.net": true, "acme.atlassian.net.": true, "notatlassian.net": false,
		"jira.example.com": true, "x.jira.example.com": false, "a.b.corp.example": true, "corp.example": true,
		"10.1.2.3": true, "10.1.2.4": false, "2001:db8::1": true, "": false, "net": false,
	} {
		if got := f(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	if !Hosts("*")("anything") {
		t.Error("not everything")
	}
}

func TestSplitAuthority(t *testing.T) {
	for in, want := range map[string]string{
		"a.example:443": "a.example 443", "A.example": "a.example 80", "[::1]:8080": "::1 8080", "[::1]": "::1 80",
		"a:0": "", "a:65536": "", ":443": "", "": "", "a b:443": "", "::1": "::1 80", "a:b:c": "", "[::1": "", "[x]:1": "", "a/b:1": "", "a:+1": "", "u@a:1": "",
	} {
		host, port, ok := splitAuthority(in, "80")
		got := ""
		if ok {
			got = host + " " + port
		}
		if got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
