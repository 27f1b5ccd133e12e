package jiratest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"time"
)

// An authority signs the certificates of a site. It is thrown away with it, and
// its key never leaves the process.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	now  time.Time

	mu     sync.Mutex
	leaves map[leaf]*tls.Certificate
}

// A leaf is what is asked of a certificate.
type leaf struct {
	name   string
	fault  Fault
	client bool
}

func newAuthority(now time.Time) *authority {
	a := &authority{key: newKey(), now: now, leaves: map[leaf]*tls.Certificate{}}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "jiratest CA", Organization: []string{"Example"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(30 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = sign(t, t, &a.key.PublicKey, a.key)
	return a
}

// certificate returns the certificate for l, which is made when it is first
// asked for. The caller bounds the names.
func (a *authority) certificate(l leaf) *tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leaves[l]; c != nil {
		return c
	}
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: l.name}, DNSNames: []string{l.name},
		NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.Add(7 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, key, own := a.cert, a.key, newKey()
	switch {
	case l.client:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case l.fault == WrongName:
		t.Subject.CommonName, t.DNSNames = "other.example.com", []string{"other.example.com"}
	case l.fault == Expired:
		t.NotBefore, t.NotAfter = a.now.Add(-400*24*time.Hour), a.now.Add(-24*time.Hour)
	case l.fault == SelfSigned:
		parent, key = t, own
	}
	leaf := sign(t, parent, &own.PublicKey, key)
	c := &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: own, Leaf: leaf}
	a.leaves[l] = c
	return c
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// The templates are ours, so that an error is a mistake in this file.

func newKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("jiratest: " + err.Error())
	}
	return k
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic("jiratest: " + err.Error())
	}
	return n
}

func sign(t, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, key)
	if err != nil {
		panic("jiratest: " + err.Error())
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic("jiratest: " + err.Error())
	}
	return c
}
