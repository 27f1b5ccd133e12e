package proxy

import (
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// serveConn serves a connection of a client from its first byte to its end.
func (p *Proxy) serveConn(s *session, l *leg, since time.Time) {
	first, err := l.br.Peek(1)
	if err != nil {
		return
	}
	if first[0] == wire.RecordHandshake || first[0]&0x80 != 0 {
		p.serveTLS(s, l)
		return
	}
	b, _ := l.br.Peek(l.br.Buffered())
	if !strings.HasPrefix(string(b[:min(len(b), 8)]), "CONNECT ") {
		r := newRelay(p, s, l, "http")
		r.since = since
		r.run()
		return
	}
	limit := max(p.o.HeadTimeout-time.Since(since), time.Millisecond)
	raw, err := l.head(limit)
	if err != nil {
		p.refuseHead(l, err)
		return
	}
	h, err := wire.ParseRequest(raw)
	if err != nil {
		return
	}
	p.serveConnect(s, l, h)
}

// serveTLS serves a client that speaks TLS with the proxy itself, as clients do
// that take it for the server.
func (p *Proxy) serveTLS(s *session, l *leg) {
	if p.o.Reverse == nil {
		if p.o.Transparent {
			p.transparent(s, l)
		}
		return
	}
	names := []string{"localhost"}
	if host := hostOf(l.raw.LocalAddr()); host != "" {
		names = []string{host}
	}
	p.intercept(s, l.rest(), names, "", "443", "")
}

// transparent serves a client that was led here by the network and believes that
// it speaks with the server.
func (p *Proxy) transparent(s *session, l *leg) {
	const port = "443"
	name := serverName(l)
	host, _, ok := splitAuthority(name, port)
	if addr, _ := p.dial.address(host, port); !ok || p.isSelf(addr) {
		return
	}
	if p.o.Intercept(host) && p.o.CA.Covers(host) {
		p.intercept(s, l.rest(), []string{host}, net.JoinHostPort(host, port), port, "")
		return
	}
	p.tunnel(s, l, host, port, notOfInterest)
}

const notOfInterest = "not one of the hosts that are intercepted"

// serveConnect answers a CONNECT request.
func (p *Proxy) serveConnect(s *session, l *leg, h *wire.Head) {
	start := time.Now()
	host, port, ok := splitAuthority(h.Target, "443")
	if !ok || !strings.HasPrefix(h.Proto, "HTTP/1.") {
		answer(l, "400 Bad Request", "the target of a CONNECT request must be HOST:PORT", "")
		return
	}
	if !p.authorized(h.Header) {
		answer(l, "407 Proxy Authentication Required", "this proxy wants credentials", "Proxy-Authenticate: Basic realm=\"why401\"\r\n")
		return
	}
	s.agent = h.Header.Value("User-Agent")
	addr, said := p.dial.address(host, port)
	if p.isSelf(addr) {
		answer(l, "508 Loop Detected", "that is the address of this proxy itself", "")
		return
	}
	_, err := netip.ParseAddr(host)
	isAddress := err == nil && !said
	why := notOfInterest
	open := p.o.Intercept(host)
	if open && !p.o.CA.Covers(host) {
		open, why = false, "the authority must not sign for this host"
	}
	if !open && !isAddress {
		p.pass(s, l, h, host, port, why, start)
		return
	}
	// A success has neither Content-Length nor Transfer-Encoding (RFC 9110,
	// section 9.3.6).
	if _, err := io.WriteString(l.raw, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	switch p.sniff(l, open) {
	case wire.TLSRecords:
		if !open {
			// The client looked the name up itself; TLS tells it.
			if name := serverName(l); name != "" && p.o.Intercept(name) && p.o.CA.Covers(name) {
				p.intercept(s, l.rest(), []string{name}, net.JoinHostPort(name, port), port, host)
				return
			}
			p.tunnel(s, l, host, port, why)
			return
		}
		p.intercept(s, l.rest(), []string{host}, net.JoinHostPort(host, port), port, "")
	case wire.HTTPRequest:
		if !open {
			p.tunnel(s, l, host, port, why)
			return
		}
		r := newRelay(p, s, l, "http")
		r.host, r.port = host, port
		r.run()
	default:
		p.tunnel(s, l, host, port, "it speaks neither TLS nor HTTP")
	}
}

// sniff tells what a client speaks in its tunnel, HTTP only if that matters. It
// waits only as long as a client that has to speak first may need.
func (p *Proxy) sniff(l *leg, http bool) wire.Protocol {
	_ = l.raw.SetReadDeadline(time.Now().Add(firstByte))
	defer l.raw.SetReadDeadline(time.Time{})
	for n := 1; n <= l.br.Size(); n = l.br.Buffered() + 1 {
		_, err := l.br.Peek(n)
		b, _ := l.br.Peek(l.br.Buffered())
		if len(b) > 0 && b[0] == wire.RecordHandshake {
			return wire.TLSRecords
		}
		if got := wire.Sniff(b); got != wire.Unsure {
			return got
		}
		if len(b) > 0 && !http {
			break
		}
		if err != nil {
			break
		}
	}
	return wire.Other
}

// serverName returns the name in the ClientHello that a client sends; "": none.
func serverName(l *leg) string {
	_ = l.raw.SetReadDeadline(time.Now().Add(firstByte))
	defer l.raw.SetReadDeadline(time.Time{})
	for n := 5; n <= l.br.Size(); n = l.br.Buffered() + 1 {
		_, err := l.br.Peek(n)
		b, _ := l.br.Peek(l.br.Buffered())
		var w wire.Watch
		w.Feed(exchange.Client, b)
		if w.Client != nil {
			return strings.ToLower(w.Client.ServerName)
		}
		if err != nil || w.Lost(exchange.Client) {
			break
		}
	}
	return ""
}

// intercept opens the TLS of a client and relays what is in it. names are what
// the certificate has to be for; addr is the server; "": that of reverse mode; at
// is the address of the server; "": to be looked up.
func (p *Proxy) intercept(s *session, conn net.Conn, names []string, addr, port, at string) {
	// Not in here: what that takes on the stack is not there while the relay runs.
	if r := p.opened(s, conn, names, addr, port, at); r != nil {
		r.run()
	}
}

// opened opens the TLS of a client and returns what relays it; nil: that is done.
func (p *Proxy) opened(s *session, conn net.Conn, names []string, addr, port, at string) *relay {
	start := time.Now()
	t, hello, err := p.accept(s, conn, names)
	if err != nil {
		p.count(&p.stats.Rejected)
		p.handshakeFailed(s, names[0], port, hello, start, err)
		_ = conn.Close()
		return nil
	}
	p.count(&p.stats.Intercepted)
	if t.ConnectionState().NegotiatedProtocol == "h2" {
		p.serveH2(s, t, hello, addr, at)
		return nil
	}
	r := newRelay(p, s, over(t, conn, headBuffer), "https")
	r.hello, r.name, r.at = hello, names[0], at
	if addr != "" {
		r.host, r.port, _ = splitAuthority(addr, port)
		r.sni = t.ConnectionState().ServerName
	} else if hello.Hello != nil {
		// The client believes that the proxy is the server, and asks for that.
		own := *hello.Hello
		own.ServerName = p.o.Reverse.Hostname()
		r.hello = &exchange.Handshake{Hello: &own}
	}
	r.secured = time.Now()
	return r
}

// handshakeFailed tells of a client that did not come as far as a request.
func (p *Proxy) handshakeFailed(s *session, host, port string, hello *exchange.Handshake, start time.Time, err error) {
	if s.ctx.Err() != nil {
		return // we are stopping
	}
	conn := &exchange.Conn{ID: s.id, ServerPort: portOf(port), Handshake: hello, Client: s.secure}
	p.rec.add(&flight{
		start: start, took: time.Since(start), client: s.client, agent: s.agent, method: "CONNECT", url: net.JoinHostPort(host, port),
		conn: conn, failure: failureOf(err),
	})
}

// pass connects a client with a host that is of no interest. What goes through
// is not looked at.
func (p *Proxy) pass(s *session, l *leg, h *wire.Head, host, port, why string, start time.Time) {
	v := watch(s.ctx, l, false)
	up, err := p.dial.connect(v.ctx, host, port)
	left := v.end()
	if err != nil {
		f := failureOf(err)
		if left {
			f = &exchange.Failure{Phase: exchange.Blocked, Code: CodeAborted}
		}
		conn := &exchange.Conn{ID: s.id, ServerPort: portOf(port)}
		p.rec.add(&flight{
			start: start, took: time.Since(start), client: s.client, method: h.Method, url: h.Target, head: h,
			conn: conn, failure: f,
		})
		if left {
			return
		}
		badGateway(l, net.JoinHostPort(host, port), f)
		return
	}
	if _, err := io.WriteString(l.raw, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = up.Close()
		return
	}
	p.join(s, l, up, host, port, why)
}

// tunnel is pass for a client that has its answer already.
func (p *Proxy) tunnel(s *session, l *leg, host, port, why string) {
	v := watch(s.ctx, l, true)
	up, err := p.dial.connect(v.ctx, host, port)
	if v.end(); err != nil {
		return
	}
	p.join(s, l, up, host, port, why)
}

func (p *Proxy) join(s *session, l *leg, up net.Conn, host, port, why string) {
	if s.own(up) != nil {
		return
	}
	defer up.Close()
	s.tunnel.Store(true)
	p.tunnelled(s, host, port, why)
	client := l.rest()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer s.mend()
		splice(client, up)
	})
	splice(up, client)
	wg.Wait()
}

// tunnelled tells of a connection that is not looked at.
func (p *Proxy) tunnelled(s *session, host, port, why string) {
	p.count(&p.stats.Tunnelled)
	if p.o.Tunnelled != nil {
		p.o.Tunnelled(Tunnel{Host: host, Port: portOf(port), Client: s.client, Why: why})
	}
}

// splice copies one direction of a tunnel. An end is passed on as an end, an
// error ends both directions.
func splice(to, from net.Conn) {
	if r, ok := from.(*replay); ok && len(r.ahead) > 0 {
		if _, err := to.Write(r.ahead); err != nil {
			_ = from.Close()
			_ = to.Close()
			return
		}
		from = r.Conn
	}
	// Between two TCP connections the kernel does it.
	if _, err := io.Copy(bare(to), bare(from)); err != nil {
		_ = from.Close()
		_ = to.Close()
		return
	}
	closeWrite(to)
}

func (p *Proxy) authorized(h exchange.Header) bool {
	if p.o.Auth == "" {
		return true
	}
	scheme, value, _ := strings.Cut(strings.TrimSpace(h.Value("Proxy-Authorization")), " ")
	got, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	return err == nil && strings.EqualFold(scheme, "Basic") && subtle.ConstantTimeCompare(got, []byte(p.o.Auth)) == 1
}

// isSelf reports whether addr is where this proxy listens.
func (p *Proxy) isSelf(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.serving {
		own, ownPort, err := net.SplitHostPort(l.Addr().String())
		if err != nil || ownPort != port {
			continue
		}
		ip := net.ParseIP(host)
		if strings.EqualFold(host, "localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified() || host == own) {
			return true
		}
	}
	return false
}

// isSelfConn reports whether a connection leads to this proxy, by whatever name
// it was asked for.
func (p *Proxy) isSelfConn(c net.Conn) bool {
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	local, err2 := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil || err2 != nil || remote.Addr() != local.Addr() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.serving {
		own, err := netip.ParseAddrPort(l.Addr().String())
		if err == nil && own.Port() == remote.Port() && (own.Addr().IsUnspecified() || own.Addr().Unmap() == remote.Addr().Unmap()) {
			return true
		}
	}
	return false
}
