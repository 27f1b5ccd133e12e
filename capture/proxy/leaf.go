package proxy

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	leafLife   = 24 * time.Hour
	leafMargin = time.Hour // a leaf is replaced when less is left
	rsaBits    = 2048
)

// A minter makes the certificates that clients are shown, and keeps them. All
// have the same key, which is never stored.
type minter struct {
	ca *CA
	// whole: the authority is shown with each leaf. Chromium's list of keys to
	// trust (CA.SPKI) knows only what it is shown.
	whole bool

	ec  func() (crypto.Signer, error)
	rsa func() (crypto.Signer, error)
	now func() time.Time

	mu    sync.Mutex
	leafs map[leafKey]*leafSlot
	order []leafKey // oldest first
}

type leafKey struct {
	names string
	rsa   bool
}

// A leafSlot is a certificate that is there or being made: who comes later
// waits for who came first.
type leafSlot struct {
	ready chan struct{}
	cert  *tls.Certificate
	err   error
}

func newMinter(ca *CA) *minter {
	return &minter{
		ca: ca, now: time.Now, leafs: map[leafKey]*leafSlot{},
		ec: sync.OnceValues(func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }),
		// Making one takes a while, so it is made when the first client comes
		// that cannot do without.
		rsa: sync.OnceValues(func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, rsaBits) }),
	}
}

// of returns a certificate for names, the first of which is its subject, that
// the client can use.
func (m *minter) of(hello *tls.ClientHelloInfo, names ...string) (*tls.Certificate, error) {
	c, err := m.get(leafKey{strings.Join(names, " "), false})
	if err != nil || hello == nil || hello.SupportsCertificate(c) == nil {
		return c, err
	}
	// If the client can use neither, the handshake says what is wrong.
	return m.get(leafKey{strings.Join(names, " "), true})
}

func (m *minter) get(k leafKey) (*tls.Certificate, error) {
	m.mu.Lock()
	s := m.leafs[k]
	if s != nil && s.ended(m.now()) {
		delete(m.leafs, k)
		s = nil
	}
	if s != nil {
		m.mu.Unlock()
		<-s.ready
		return s.cert, s.err
	}
	s = &leafSlot{ready: make(chan struct{})}
	m.leafs[k] = s
	m.order = append(m.order, k)
	for len(m.order) > maxLeaves {
		delete(m.leafs, m.order[0])
		m.order = m.order[1:]
	}
	m.mu.Unlock()
	s.cert, s.err = m.make(k)
	close(s.ready)
	return s.cert, s.err
}

// ended reports whether a leaf has to be made anew.
func (s *leafSlot) ended(now time.Time) bool {
	select {
	case <-s.ready:
		return s.err != nil || now.After(s.cert.Leaf.NotAfter.Add(-leafMargin))
	default:
		return false
	}
}

func (m *minter) make(k leafKey) (*tls.Certificate, error) {
	newKey := m.ec
	if k.rsa {
		newKey = m.rsa
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	now := m.now()
	names := strings.Fields(k.names)
	t := &x509.Certificate{
		SerialNumber: serial(),
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(leafLife - backdate),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if k.rsa {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	if end := m.ca.cert.NotAfter; t.NotAfter.After(end) {
		t.NotAfter = end
	}
	// A common name has 64 characters at most; without one the names are critical.
	if len(names[0]) <= 64 {
		t.Subject = pkix.Name{CommonName: names[0]}
	}
	for _, n := range names {
		san(t, n)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, m.ca.cert, key.Public(), m.ca.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	if m.whole {
		c.Certificate = append(c.Certificate, m.ca.cert.Raw)
	}
	return c, nil
}

// san adds a name or an address to what a certificate is for.
func san(t *x509.Certificate, name string) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if ip := net.ParseIP(name); ip != nil {
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		t.IPAddresses = append(t.IPAddresses, ip)
		return
	}
	t.DNSNames = append(t.DNSNames, name)
}
