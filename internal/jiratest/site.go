package jiratest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what can be chosen of a [Site]. The zero value will do.
type Options struct {
	// Seed makes the secrets: the same seed, the same secrets.
	Seed uint64
	// Now is the clock of the servers; nil: time.Now.
	Now func() time.Time
	// MaxFailures is the number of failed logins after which Data Center asks an
	// account for a CAPTCHA; 0: 3, as Jira has it.
	MaxFailures int
	// MaxUpload is the size in bytes that an attachment may have; 0: 10 MiB.
	MaxUpload int64
	// MaxBody is the size in bytes of an upload that what stands in front of the
	// products takes; 0: any. They do not know of it.
	MaxBody int64
	// ForceTLS makes Data Center redirect http to https. The host
	// secure.example.com always does.
	ForceTLS bool
	// Errors takes what net/http logs, such as failed handshakes; nil: nothing.
	Errors io.Writer
}

// A Site is all the products. Its methods may be called from several goroutines
// at once.
type Site struct {
	Accounts

	// Addr is the loopback address at which every name is served, over TLS and in
	// plain text; TLSAddr and PlainAddr speak one of them. Start sets them.
	Addr, TLSAddr, PlainAddr string

	o      Options
	hosts  map[string]product
	ca     *authority
	errors *log.Logger
	log    received

	serials  atomic.Uint64
	inflight atomic.Int64

	mu       sync.Mutex
	failures map[string]int // failed logins of the users of Data Center
	sessions []session
	cloud    store
	server   store

	servers []*http.Server
	closed  bool
	serving sync.WaitGroup
}

// A product is what answers under a name.
type product struct {
	serve func(*call)
	h2    bool
}

// New makes a site that is reached by its handlers only, until Start.
func New(o Options) *Site {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxFailures <= 0 {
		o.MaxFailures = 3
	}
	if o.MaxUpload <= 0 {
		o.MaxUpload = 10 << 20
	}
	if o.Errors == nil {
		o.Errors = io.Discard
	}
	s := &Site{
		Accounts: newAccounts(o.Seed, o.Now()),
		o:        o,
		ca:       newAuthority(o.Now()),
		errors:   log.New(o.Errors, "", 0),
		failures: map[string]int{},
		cloud:    newStore("DEMO", 10001),
		server:   newStore("ABC", 20001),
	}
	s.failures[s.Locked.Name] = o.MaxFailures
	s.hosts = map[string]product{
		"acme.atlassian.net":     {(*call).cloudSite, true},
		"busy.atlassian.net":     {(*call).busy, true},
		"closed.atlassian.net":   {(*call).allowlisted, true},
		"gone.atlassian.net":     {(*call).noSite, true},
		"api.atlassian.com":      {(*call).gateway, true},
		"id.atlassian.com":       {(*call).identityPages, true},
		"start.atlassian.com":    {(*call).identityPages, true},
		"api.bitbucket.org":      {(*call).bitbucket, true},
		"bitbucket.org":          {(*call).bitbucketGit, true},
		"acme.jiraalign.com":     {(*call).align, true},
		"banned.jiraalign.com":   {(*call).alignBanned, true},
		"jira.example.com":       {(*call).jiraServer, false},
		"jira11.example.com":     {(*call).jiraWithoutBasic, false},
		"confluence.example.com": {(*call).confluenceServer, false},
		"tracker.example.com":    {(*call).moved, false},
		"secure.example.com":     {(*call).secured, false},
		"jira-waf.example.com":   {(*call).firewalled, false},
	}
	return s
}

// Start opens the doors of the site.
func (s *Site) Start() error {
	for _, d := range []struct {
		addr *string
		kind Kind
	}{{&s.Addr, Either}, {&s.TLSAddr, TLSOnly}, {&s.PlainAddr, PlainOnly}} {
		addr, err := s.Open(Door{Kind: d.kind})
		if err != nil {
			s.Close()
			return err
		}
		*d.addr = addr
	}
	return nil
}

// Close closes all doors and connections and waits until all is quiet.
func (s *Site) Close() {
	s.mu.Lock()
	s.closed = true
	servers := slices.Clone(s.servers)
	s.mu.Unlock()
	for _, srv := range servers {
		srv.Close()
	}
	s.serving.Wait()
	for end := time.Now().Add(closeTime); s.inflight.Load() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// Hosts are the names that the site answers to, sorted.
func (s *Site) Hosts() []string {
	var names []string
	for name := range s.hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Connect says where each name lives, as HOST=ADDR.
func (s *Site) Connect() []string {
	names := s.Hosts()
	for i, n := range names {
		names[i] = n + "=" + s.Addr
	}
	return names
}

// CA returns the certificate of the site's authority, in PEM.
func (s *Site) CA() []byte { return s.ca.pem() }

// ClientCert returns a certificate for a client, with its key, that doors which
// demand one accept.
func (s *Site) ClientCert() tls.Certificate {
	return *s.ca.certificate(leaf{name: "client.example.com", client: true})
}

// Transport returns a transport that trusts the site and finds all hosts at
// addr, which is that of a door; "": Addr. The caller closes its idle connections.
func (s *Site) Transport(addr string) *http.Transport {
	if addr == "" {
		addr = s.Addr
	}
	var d net.Dialer
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, addr)
		},
		TLSClientConfig:   &tls.Config{RootCAs: s.ca.pool()},
		ForceAttemptHTTP2: true,
	}
}

// ServeHTTP answers as the product at the host of the request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.as(func(c *call) {
		p, ok := s.hosts[c.host]
		if !ok {
			c.text(http.StatusMisdirectedRequest, "text/plain; charset=utf-8", "no such host here\n")
			return
		}
		p.serve(c)
	}).ServeHTTP(w, r)
}

// Handler returns the product of one name, whatever Host a request has; nil if
// there is none.
func (s *Site) Handler(host string) http.Handler {
	p, ok := s.hosts[host]
	if !ok {
		return nil
	}
	return s.as(func(c *call) {
		c.host = host
		p.serve(c)
	})
}

// as returns a handler that keeps a record of what it is asked.
func (s *Site) as(serve func(*call)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.inflight.Add(1)
		defer s.inflight.Add(-1)
		c := &call{s: s, r: r, n: s.serials.Add(1), scheme: "http", path: r.URL.Path}
		if r.TLS != nil {
			c.scheme = "https"
		}
		c.host = strings.ToLower(r.Host)
		if h, _, err := net.SplitHostPort(c.host); err == nil {
			c.host = h
		}
		c.w = &writer{ResponseWriter: w}
		c.base = c.scheme + "://" + r.Host
		at := s.log.add(receivedOf(r, s.o.Now()))
		defer func() { s.log.done(at, c.w.status, c.who) }()
		c.set("Date", s.o.Now().UTC().Format(http.TimeFormat))
		switch {
		case r.Context().Value(demandKey{}) == InRequest && r.TLS != nil && len(r.TLS.PeerCertificates) == 0:
			c.noClientCertificate()
		case strings.HasPrefix(r.URL.Path, "/tools/"):
			c.tools()
		default:
			serve(c)
		}
	})
}

// Unlock forgets the failed logins of a user of Data Center, as an administrator
// can.
func (s *Site) Unlock(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failures, user)
}

// IsLocked reports whether a user of Data Center must solve a CAPTCHA.
func (s *Site) IsLocked(user string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures[user] >= s.o.MaxFailures
}

// Reset brings the logins of Data Center back to how they were: nobody but
// Locked is locked, and all sessions have ended.
func (s *Site) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.failures)
	s.failures[s.Locked.Name] = s.o.MaxFailures
	s.sessions = nil
}

var errNoDoor = errors.New("jiratest: the site is not started")
