package proxy

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A CA signs the certificates that clients are shown.
//
// One that [NewCA] or [OpenCA] made is constrained by name: what it signs for
// other hosts is worth nothing, even if its key is stolen. DNS constraints alone
// leave addresses free, so all of these are excluded unless one was named.
type CA struct {
	cert  *x509.Certificate
	key   crypto.Signer
	pem   []byte
	hosts []string // that it may sign for besides the zones; nil: not known
}

const (
	caLife   = 30 * 24 * time.Hour
	caMargin = 24 * time.Hour // it is replaced when less is left
	backdate = time.Hour      // for clocks that are slow
)

// Everything is the pattern for a CA without constraints. Only one that lives in
// memory should be made with it.
const Everything = "*"

// NewCA makes an authority that lives in memory, for the zones of Atlassian and
// the given hosts: names, patterns such as "*.example.com", addresses,
// [Everything].
func NewCA(hosts []string) (*CA, error) { return makeCA(hosts, time.Now()) }

func makeCA(hosts []string, now time.Time) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	hosts = tidyHosts(hosts)
	machine, _ := os.Hostname()
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: cut("why401 "+machine+" "+now.UTC().Format("2006-01-02"), 64), Organization: []string{"why401 (local, for diagnosis)"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	if !slices.Contains(hosts, Everything) {
		constrain(template, hosts)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &CA{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), hosts}, nil
}

// constrain limits what a CA is good for (RFC 5280, section 4.2.1.10).
func constrain(c *x509.Certificate, hosts []string) {
	c.PermittedDNSDomainsCritical = true
	c.PermittedDNSDomains = append(c.PermittedDNSDomains, zones...)
	for _, h := range hosts {
		if a, err := netip.ParseAddr(h); err == nil {
			c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())})
			continue
		}
		c.PermittedDNSDomains = append(c.PermittedDNSDomains, strings.TrimPrefix(h, "*."))
	}
	if len(c.PermittedIPRanges) == 0 {
		c.ExcludedIPRanges = []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		}
	}
}

// tidyHosts brings hosts into one form: lower case, sorted, none twice, none
// that the zones cover.
func tidyHosts(hosts []string) []string {
	inZones := Hosts()
	out := []string{}
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSuffix(strings.Trim(strings.TrimSpace(h), "[]"), "."))
		if a, err := netip.ParseAddr(h); err == nil {
			h = a.Unmap().WithZone("").String()
		}
		if h == "" || inZones(strings.TrimPrefix(h, "*.")) {
			continue
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// serial returns a positive number of 19 octets at most: RFC 5280 allows 20, and
// some encoders count the sign.
func serial() *big.Int {
	b := make([]byte, 19)
	_, _ = rand.Read(b) // never fails
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}

// Covers reports whether c may sign for a host.
func (c *CA) Covers(host string) bool {
	t := &x509.Certificate{}
	san(t, host)
	if len(c.cert.PermittedDNSDomains) == 0 && len(c.cert.PermittedIPRanges) == 0 && len(c.cert.ExcludedIPRanges) == 0 {
		return true
	}
	for _, ip := range t.IPAddresses {
		if !slices.ContainsFunc(c.cert.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) }) {
			return false
		}
	}
	for _, name := range t.DNSNames {
		if !slices.ContainsFunc(c.cert.PermittedDNSDomains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) }) {
			return false
		}
	}
	return true
}

// PEM returns the certificate for files that list what is trusted.
func (c *CA) PEM() []byte { return bytes.Clone(c.pem) }

// Name is the common name of c.
func (c *CA) Name() string { return c.cert.Subject.CommonName }

// Expires is when c ends.
func (c *CA) Expires() time.Time { return c.cert.NotAfter }

// Hosts are those that c may sign for besides the zones of Atlassian; nil: not
// known, as c is not of our making.
func (c *CA) Hosts() []string { return slices.Clone(c.hosts) }

// Fingerprint is the SHA-256 of the certificate in hexadecimal digits.
func (c *CA) Fingerprint() string { return fmt.Sprintf("%x", sha256.Sum256(c.cert.Raw)) }

// SPKI is the base64 of the SHA-256 of the public key, as Chromium's
// --ignore-certificate-errors-spki-list takes it. It only looks at certificates
// in the chain that it is shown.
func (c *CA) SPKI() string {
	sum := sha256.Sum256(c.cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Pool returns a pool that trusts only c.
func (c *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.cert)
	return p
}

// LoadCA reads an authority from PEM: its certificate, which is the first one, and
// its key unless that is in the same text. The error says which of the two is
// wrong, and how.
func LoadCA(certificate, key []byte) (*CA, error) {
	ca, err := parseCA(certificate, key)
	if err != nil {
		return nil, err
	}
	switch now := time.Now(); {
	case now.After(ca.cert.NotAfter):
		return nil, fmt.Errorf("the certificate of the authority has expired, on %s", ca.cert.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(ca.cert.NotBefore):
		return nil, fmt.Errorf("the certificate of the authority is not valid before %s", ca.cert.NotBefore.UTC().Format(time.DateOnly))
	}
	return ca, nil
}

// parseCA is LoadCA for one that may have ended.
func parseCA(certificate, key []byte) (*CA, error) {
	if len(key) == 0 {
		key = certificate
	}
	block := findPEM(certificate, func(b *pem.Block) bool { return b.Type == "CERTIFICATE" })
	if block == nil {
		return nil, errors.New("there is no certificate in the file: it must be PEM, with a line BEGIN CERTIFICATE")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate is malformed")
	}
	if !cert.IsCA || cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return nil, errors.New("the certificate is not one of an authority, so no client would trust what it signs: openssl req -x509 makes one that is")
	}
	block = findPEM(key, func(b *pem.Block) bool { return strings.HasSuffix(b.Type, "PRIVATE KEY") })
	if block == nil {
		return nil, errors.New("there is no key in the file: it must be PEM, with a line BEGIN PRIVATE KEY")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the key has a pass phrase: openssl pkey -in KEY -out PLAIN makes a copy without")
	}
	pair, err := tls.X509KeyPair(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), pem.EncodeToMemory(block))
	if err != nil {
		return nil, errors.New("the key is not that of the certificate, or malformed")
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return &CA{cert: cert, key: signer, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})}, nil
}

// findPEM returns the first block that is asked for; nil: there is none.
func findPEM(text []byte, is func(*pem.Block) bool) *pem.Block {
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil || is(b) {
			return b
		}
	}
}

// A Change says why [OpenCA] made a new authority.
type Change string

// The reasons.
const (
	Unchanged   Change = ""
	FirstUse    Change = "there was none yet"
	NearItsEnd  Change = "the old one ends soon, or has ended"
	HostAdded   Change = "a host was added that the old one must not sign for"
	HostRemoved Change = "the old one could sign for everything"
	Unusable    Change = "the old one could not be read"
)

const caFile = "ca.pem" // certificate and key in one file, so that they always fit

// OpenCA returns the authority that is stored in the folder dir, which it
// creates. If there is none, if it ends within a day, or if it must not sign for
// one of the hosts, a new one takes its place, for these hosts and those of the
// old one; clients have to be told to trust that. The certificate alone, for
// clients, is in the file that the second result names.
//
// Several processes may call it at the same time; all get the same authority.
func OpenCA(dir string, hosts []string) (ca *CA, certificate string, change Change, err error) {
	if slices.Contains(tidyHosts(hosts), Everything) {
		return nil, "", "", errors.New("an authority that can sign for every host is not stored: use one that lives in memory, or one of your own")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", "", cause(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, "", "", cause(err)
	}
	path := filepath.Join(dir, caFile)
	certificate = filepath.Join(dir, "ca.crt")
	unlock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, "", "", err
	}
	defer unlock()
	ca, change = readCA(path, hosts)
	if change != Unchanged {
		if ca != nil {
			hosts = append(slices.Clone(hosts), ca.hosts...)
		}
		if ca, err = NewCA(hosts); err != nil {
			return nil, "", "", err
		}
		text, err := ca.stored()
		if err != nil {
			return nil, "", "", err
		}
		if err := replace(path, text, 0o600); err != nil {
			return nil, "", "", err
		}
	}
	if old, err := os.ReadFile(certificate); err != nil || !bytes.Equal(old, ca.pem) {
		if err := replace(certificate, ca.pem, 0o644); err != nil {
			return nil, "", "", err
		}
	}
	return ca, certificate, change, nil
}

// readCA reads what is stored and says why that is not enough. The authority is
// returned even then, if it can be read.
func readCA(path string, hosts []string) (*CA, Change) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, FirstUse
	}
	if err != nil {
		return nil, Unusable
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(path, 0o600)
	}
	ca, err := parseCA(text, nil)
	if err != nil {
		return nil, Unusable
	}
	ca.hosts = hostsOf(ca.cert)
	if len(ca.cert.PermittedDNSDomains) == 0 {
		return nil, HostRemoved
	}
	if time.Until(ca.cert.NotAfter) < caMargin {
		return ca, NearItsEnd
	}
	for _, h := range append(tidyHosts(hosts), zones...) {
		if !ca.Covers(strings.TrimPrefix(h, "*.")) {
			return ca, HostAdded
		}
	}
	return ca, Unchanged
}

// hostsOf reads the hosts back that a CA was made for.
func hostsOf(c *x509.Certificate) []string {
	hosts := slices.Clone(c.PermittedDNSDomains)
	for _, n := range c.PermittedIPRanges {
		hosts = append(hosts, n.IP.String())
	}
	return tidyHosts(hosts)
}

// stored returns certificate and key.
func (c *CA) stored() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return nil, err
	}
	return append(c.PEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...), nil
}

// replace writes a file so that it is there whole or not at all.
func replace(path string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return cause(err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return cause(err)
}

// lockFile waits until no other process holds the lock. A lock that is older
// than anything it could protect is taken over.
func lockFile(path string) (unlock func(), err error) {
	const stale, step = 10 * time.Second, 20 * time.Millisecond
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close()
			return func() { _ = os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, cause(err)
		}
		if info, statErr := os.Stat(path); statErr == nil && time.Since(info.ModTime()) > stale {
			_ = os.Remove(path)
			continue
		} else if statErr != nil && !errors.Is(statErr, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && statErr != nil {
			return nil, cause(err)
		}
		time.Sleep(step)
	}
}

// cause takes paths, which may name people, out of an error of package os.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
