package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// tlsSides holds the settings of both sides. Each goes down to TLS 1.0 with all
// the suites that there are, so that an old client or server is diagnosed, not
// refused.
type tlsSides struct {
	p        *Proxy
	server   *tls.Config // towards clients
	light    *tls.Config // the same, for clients that can do without post-quantum keys
	serverH2 *tls.Config // towards clients that speak HTTP/2 only
	client   *tls.Config // towards servers
	classic  *tls.Config // the same, for clients that offer no post-quantum keys
	// roots are the authorities that servers are trusted by; nil: those of the
	// system. Reading these takes megabytes, so it waits for the first server.
	roots func() *x509.CertPool
}

var classicCurves = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

func allSuites() []uint16 {
	var ids []uint16
	for _, s := range tls.CipherSuites() {
		ids = append(ids, s.ID)
	}
	for _, s := range tls.InsecureCipherSuites() {
		ids = append(ids, s.ID)
	}
	return ids
}

func (t *tlsSides) init(p *Proxy) error {
	t.p = p
	suites := allSuites()
	t.server = &tls.Config{
		MinVersion:                  tls.VersionTLS10,
		CipherSuites:                suites,
		NextProtos:                  []string{"http/1.1", "http/1.0"},
		GetCertificate:              t.certificate,
		GetConfigForClient:          t.configFor,
		DynamicRecordSizingDisabled: true,
	}
	// The way from a client to the proxy is short, mostly within one machine, and
	// keys of two kinds are a third of what a handshake costs.
	t.light = t.server.Clone()
	t.light.GetConfigForClient = nil
	t.light.CurvePreferences = classicCurves
	t.serverH2 = t.server.Clone()
	t.serverH2.NextProtos = []string{"h2"}
	t.serverH2.GetConfigForClient = nil
	t.client = &tls.Config{
		MinVersion:                  tls.VersionTLS10,
		CipherSuites:                suites,
		NextProtos:                  []string{"http/1.1"},
		InsecureSkipVerify:          p.o.UpstreamInsecure,
		ClientSessionCache:          tls.NewLRUClientSessionCache(maxSessions),
		DynamicRecordSizingDisabled: true,
		Renegotiation:               tls.RenegotiateOnceAsClient, // IIS asks for certificates that way
	}
	t.roots = func() *x509.CertPool { return nil }
	if own := p.o.UpstreamCA; len(own) > 0 {
		if !x509.NewCertPool().AppendCertsFromPEM(own) {
			return errors.New("upstream authorities: there is no certificate in the file")
		}
		t.roots = sync.OnceValue(func() *x509.CertPool {
			pool, err := x509.SystemCertPool()
			if err != nil {
				pool = x509.NewCertPool()
			}
			pool.AppendCertsFromPEM(own)
			return pool
		})
	}
	if c := p.o.ClientCert; c != nil {
		t.client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c, nil }
	}
	// These keys make the ClientHello so long that some boxes stumble over it:
	// where the client does not offer them, the proxy must not fail because of
	// them.
	t.classic = t.client.Clone()
	t.classic.CurvePreferences = classicCurves
	p.dial.tls, p.dial.roots = t.classic, t.roots
	return nil
}

// configFor chooses HTTP/2 for clients that offer nothing else, and what costs
// least for the others.
func (t *tlsSides) configFor(h *tls.ClientHelloInfo) (*tls.Config, error) {
	if slices.Contains(h.SupportedProtos, "h2") && !slices.Contains(h.SupportedProtos, "http/1.1") && !slices.Contains(h.SupportedProtos, "http/1.0") {
		return t.serverH2, nil
	}
	if slices.Contains(h.SupportedCurves, tls.X25519) {
		return t.light, nil
	}
	return nil, nil
}

func (t *tlsSides) certificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, ok := h.Conn.(*tap)
	if !ok {
		return nil, errors.New("proxy: not a connection of ours")
	}
	names := c.names
	if _, _, ok := splitAuthority(h.ServerName, "443"); ok && !slices.Contains(names, h.ServerName) && t.p.o.CA.Covers(h.ServerName) {
		names = append(slices.Clone(names), h.ServerName)
	}
	leaf, err := t.p.leaf.of(h, names...)
	c.leaf = leaf
	return leaf, err
}

// accept does the handshake with a client that wants to reach one of names. The
// facts are there in any case.
func (p *Proxy) accept(s *session, conn net.Conn, names []string) (*tls.Conn, *exchange.Handshake, error) {
	w := new(wire.Watch)
	c := &tap{Conn: conn, from: exchange.Client, watch: w, names: names}
	t := tls.Server(c, p.tls.server)
	ctx, cancel := context.WithTimeout(s.ctx, p.o.HandshakeTimeout)
	defer cancel()
	err := t.HandshakeContext(ctx)
	c.seen()
	s.secure = p.clientLeg(s, t.ConnectionState(), w)
	s.classic = w.Client != nil && !slices.Contains(w.Client.Groups, uint16(tls.X25519MLKEM768))
	if err != nil {
		if code, ok := remoteAlert(err); ok && !hasAlert(w, code) {
			// Encrypted, so that only we could read it.
			w.Alert(exchange.Alert{From: exchange.Client, Fatal: true, Code: code})
		}
		// This is the certificate that the client saw, which it refused perhaps.
		facts := copyHandshake(w.Handshake())
		if c.leaf != nil && w.Server != nil {
			facts.Chain = chainOf([]*x509.Certificate{c.leaf.Leaf})
		}
		return nil, facts, &clientError{err, clientCode(err, w, c.leaf != nil)}
	}
	facts := copyHandshake(w.Handshake())
	facts.Chain, facts.Alerts = nil, nil
	return t, facts, nil
}

// clientLeg returns the facts of a connection to a client.
func (p *Proxy) clientLeg(s *session, state tls.ConnectionState, w *wire.Watch) *exchange.ClientLeg {
	l := &exchange.ClientLeg{
		ServerName: state.ServerName, Protocol: state.NegotiatedProtocol,
		Signer: p.o.Signer, Agent: s.agent, Command: p.o.Command,
	}
	if w.Client != nil {
		l.ServerName = w.Client.ServerName
	}
	if state.HandshakeComplete {
		l.Version, l.Cipher = wire.VersionName(state.Version), wire.CipherName(state.CipherSuite)
	}
	return l
}

func copyHandshake(h *exchange.Handshake) *exchange.Handshake {
	if h == nil {
		return &exchange.Handshake{}
	}
	c := *h
	return &c
}

func hasAlert(w *wire.Watch, code uint8) bool {
	h := w.Handshake()
	return h != nil && slices.ContainsFunc(h.Alerts, func(a exchange.Alert) bool { return a.Code == code })
}

// An upstream is a connection to a server.
type upstream struct {
	*leg
	scheme, host, port string
	over               bool // plain HTTP over a proxy: takes absolute targets
	facts              *exchange.Conn
	answers            int // complete; by the reader of answers only, like framer
	framer             wire.Framer
	retired            bool // by relay.mu
}

// upstream returns the settings towards servers for a client.
func (t *tlsSides) upstream(s *session) *tls.Config {
	if s.classic {
		return t.classic
	}
	return t.client
}

// A place is a server and how to get there.
type place struct {
	scheme, host, port string
	at                 string // address of host; "": to be looked up
	sni                string // the name that the client asked for; "": host
}

// dialled is the name or address that is connected to.
func (to *place) dialled() string {
	if to.at != "" {
		return to.at
	}
	return to.host
}

// reach connects to a server. hello is what the client offered, where it did so.
// The facts of the connection are there in any case. The connection belongs to s;
// ctx is for the way to it.
func (p *Proxy) reach(ctx context.Context, s *session, to place, hello *exchange.Handshake) (*upstream, *exchange.Conn, error) {
	facts := &exchange.Conn{ID: s.id, ServerPort: portOf(to.port), Client: s.secure}
	if hello != nil {
		facts.Handshake = &exchange.Handshake{Hello: hello.Hello}
	}
	scheme, host, port := to.scheme, to.host, to.port
	u := &upstream{scheme: scheme, host: host, port: port, facts: facts}
	var conn net.Conn
	var err error
	if via := p.dial.to("http", to.dialled(), port); scheme == "http" && via != nil && (via.Scheme == "http" || via.Scheme == "https") {
		u.over = true
		limited, cancel := context.WithTimeout(ctx, p.o.DialTimeout)
		conn, err = p.dial.toProxy(limited, via)
		cancel()
	} else {
		conn, err = p.dial.connect(ctx, to.dialled(), port)
	}
	if err != nil {
		return nil, facts, err
	}
	if p.dial.to(scheme, to.dialled(), port) == nil {
		facts.ServerAddr = hostOf(conn.RemoteAddr())
	}
	if err := s.own(conn); err != nil {
		return nil, facts, err
	}
	if scheme != "https" {
		u.leg = newLeg(conn, nil, headBuffer)
		p.again.remember(facts, route{to, hello, s.classic})
		return u, facts, nil
	}
	t, err := p.secure(ctx, conn, host, to.sni, facts, p.tls.upstream(s))
	if err != nil {
		_ = conn.Close()
		s.disown(conn)
		return nil, facts, err
	}
	u.leg = over(t, conn, headBuffer)
	p.again.remember(facts, route{to, hello, s.classic})
	return u, facts, nil
}

// secure does the handshake with a server and fills in facts.
func (p *Proxy) secure(ctx context.Context, conn net.Conn, host, sni string, facts *exchange.Conn, base *tls.Config) (*tls.Conn, error) {
	if sni == "" {
		sni = host
	}
	config := base.Clone()
	config.ServerName, config.RootCAs = sni, p.tls.roots()
	w := new(wire.Watch)
	c := &tap{Conn: conn, from: exchange.Server, watch: w}
	t := tls.Client(c, config)
	ctx, cancel := context.WithTimeout(ctx, p.o.HandshakeTimeout)
	defer cancel()
	err := t.HandshakeContext(ctx)
	c.seen()
	if facts.Handshake == nil {
		facts.Handshake = new(exchange.Handshake)
	}
	if h := w.Handshake(); h != nil {
		facts.Handshake.CertificateAsked = h.CertificateAsked
		facts.Handshake.PlainReply = h.PlainReply
		for _, a := range h.Alerts {
			if a.From == exchange.Server {
				facts.Handshake.Alerts = append(facts.Handshake.Alerts, a)
			}
		}
	}
	var chain []*x509.Certificate
	if err == nil {
		chain = t.ConnectionState().PeerCertificates
	} else if v := (*tls.CertificateVerificationError)(nil); errors.As(err, &v) {
		chain = v.UnverifiedCertificates
	}
	facts.Handshake.Chain = chainOf(chain)
	facts.TLS = w.TLS()
	if facts.TLS == nil {
		facts.TLS = new(exchange.TLS)
	}
	if len(chain) > 0 {
		leaf := chain[0]
		facts.TLS.Subject, facts.TLS.Issuer = leaf.Subject.CommonName, leaf.Issuer.CommonName
		facts.TLS.From, facts.TLS.To = leaf.NotBefore, leaf.NotAfter
	}
	if err != nil {
		if code, ok := remoteAlert(err); ok && !hasAlert(w, code) {
			facts.Handshake.Alerts = append(facts.Handshake.Alerts, exchange.Alert{From: exchange.Server, Fatal: true, Code: code})
		}
		return nil, &serverError{err}
	}
	state := t.ConnectionState()
	facts.TLS.Version, facts.TLS.Cipher = wire.VersionName(state.Version), wire.CipherName(state.CipherSuite)
	return t, nil
}

func chainOf(list []*x509.Certificate) []exchange.Certificate {
	const most = 16
	var chain []exchange.Certificate
	for _, c := range list[:min(len(list), most)] {
		e := exchange.Certificate{
			Subject: c.Subject.CommonName, Issuer: c.Issuer.CommonName, Names: slices.Clone(c.DNSNames),
			From: c.NotBefore, To: c.NotAfter,
		}
		for _, ip := range c.IPAddresses {
			e.Names = append(e.Names, ip.String())
		}
		if len(c.Issuer.Organization) > 0 {
			e.Organization = c.Issuer.Organization[0]
		}
		chain = append(chain, e)
	}
	return chain
}

func portOf(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// within reports whether less than d has passed.
func within(start time.Time, d time.Duration) bool { return time.Since(start) < d }
