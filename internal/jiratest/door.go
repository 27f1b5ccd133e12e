package jiratest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Door is a port of a site, and what it demands.
type Door struct {
	Kind                   Kind
	MinVersion, MaxVersion uint16   // of TLS; zero: 1.2, and the newest
	Ciphers                []uint16 // suites up to TLS 1.2; nil: those of crypto/tls
	Fault                  Fault    // what is wrong with its certificate
	ClientCert             Demand
	NoHTTP2                bool
}

// A Kind says what a door speaks.
type Kind uint8

// The kinds.
const (
	Either Kind = iota // TLS or plain text, by the first byte
	TLSOnly
	PlainOnly
)

// A Fault is something wrong with a certificate.
type Fault uint8

// The faults.
const (
	NoFault Fault = iota
	WrongName
	Expired
	SelfSigned // signed by nobody the client trusts
)

// A Demand says whether a client must show a certificate of the site's authority.
type Demand uint8

// The demands.
const (
	NoDemand    Demand = iota
	InHandshake        // the handshake fails without one
	InRequest          // nginx: the handshake passes, each request is answered 400
)

type demandKey struct{}

// Open opens one more door on a loopback address, which it returns.
func (s *Site) Open(d Door) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	config := s.tlsConfig(d)
	srv := &http.Server{
		Handler: s, TLSConfig: config, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: 30 * time.Second,
		ErrorLog: s.errors,
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, demandKey{}, d.ClientCert)
		},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		l.Close()
		return "", errors.New("jiratest: the site is closed")
	}
	s.servers = append(s.servers, srv)
	in := newSniffer(l, config, d)
	s.serving.Go(func() { _ = srv.Serve(in) }) // ends with Close
	return l.Addr().String(), nil
}

func (s *Site) tlsConfig(d Door) *tls.Config {
	c := &tls.Config{
		MinVersion: d.MinVersion, MaxVersion: d.MaxVersion, CipherSuites: d.Ciphers,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := h.ServerName
			if _, ok := s.hosts[name]; !ok {
				name = "jira.example.com" // as a server does with a name it does not know
			}
			return s.ca.certificate(leaf{name: name, fault: d.Fault}), nil
		},
	}
	switch d.ClientCert {
	case InHandshake:
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, s.ca.pool()
	case InRequest:
		c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, s.ca.pool()
	}
	// Data Center is Tomcat as installed: HTTP/1.1.
	old := c.Clone()
	old.NextProtos = []string{"http/1.1"}
	if !d.NoHTTP2 {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	c.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if !s.hosts[h.ServerName].h2 {
			return old, nil
		}
		return nil, nil
	}
	return c
}

// A sniffer is the listener of a door.
type sniffer struct {
	net.Listener
	config *tls.Config
	door   Door
	ready  chan net.Conn
	done   <-chan struct{}
	stop   context.CancelFunc
	wait   sync.WaitGroup
}

func newSniffer(l net.Listener, config *tls.Config, d Door) *sniffer {
	ctx, stop := context.WithCancel(context.Background())
	s := &sniffer{Listener: l, config: config, door: d, ready: make(chan net.Conn), done: ctx.Done(), stop: stop}
	s.wait.Go(func() {
		defer stop()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if d.ClientCert == InHandshake {
				c = lingering{c}
			}
			switch d.Kind {
			case PlainOnly:
				s.hand(c)
			case TLSOnly:
				s.hand(tls.Server(c, config))
			default:
				s.wait.Go(func() { s.sniff(ctx, c) })
			}
		}
	})
	return s
}

func (s *sniffer) hand(c net.Conn) {
	select {
	case s.ready <- c:
	case <-s.done:
		c.Close()
	}
}

// sniff looks at the first byte: 0x16 is a TLS handshake record.
func (s *sniffer) sniff(ctx context.Context, c net.Conn) {
	p := &peeked{Conn: c, r: bufio.NewReader(c)}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(sniffTime))
	b, err := p.r.Peek(1)
	_ = c.SetReadDeadline(time.Time{})
	switch {
	case !stop() || err != nil:
		c.Close()
	case b[0] == 0x16:
		s.hand(tls.Server(p, s.config))
	default:
		s.hand(p)
	}
}

func (s *sniffer) Accept() (net.Conn, error) {
	select {
	case c := <-s.ready:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *sniffer) Close() error {
	s.stop()
	err := s.Listener.Close()
	s.wait.Wait()
	return err
}

// peeked is a connection of which the start was read already.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// CloseWrite lets net/http end an answer to a request that it did not read to
// the end.
func (p *peeked) CloseWrite() error { return closeWrite(p.Conn) }

func closeWrite(c net.Conn) error {
	if c, ok := c.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

// lingering is a connection whose end waits for what is still coming: a reset
// would take the alert of the handshake away from the client.
type lingering struct{ net.Conn }

func (l lingering) CloseWrite() error { return closeWrite(l.Conn) }

func (l lingering) Close() error {
	if closeWrite(l.Conn) == nil {
		_ = l.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.Copy(io.Discard, io.LimitReader(l.Conn, maxHeader)) // nobody wants it
	}
	return l.Conn.Close()
}
