package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"

	"github.com/why401/why401/capture/wire"
)

// A dialer connects to servers, over another proxy if there is one.
type dialer struct {
	o     *Options
	plain net.Dialer
	over  func(*url.URL) (*url.URL, error) // nil: never over a proxy
	tls   *tls.Config                      // for an https proxy
	roots func() *x509.CertPool            // the same; nil in return: those of the system
	self  func(net.Conn) bool              // whether a connection leads to this proxy
	where map[string]string
}

func newDialer(o *Options) (*dialer, error) {
	d := &dialer{o: o, plain: net.Dialer{Timeout: o.DialTimeout}, where: map[string]string{}}
	for from, to := range o.Connect {
		if from == "" || to == "" {
			return nil, errors.New("connect: an empty host or address")
		}
		d.where[strings.ToLower(from)] = to
	}
	u := o.UpstreamProxy
	if u == nil {
		return d, nil
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, errors.New("upstream proxy: the scheme must be http, https or socks5")
	}
	if u.Hostname() == "" {
		return nil, errors.New("upstream proxy: there is no host")
	}
	// httpproxy would leave loopback addresses out; the caller named a proxy, so
	// only what he excludes is left out.
	c := httpproxy.Config{HTTPProxy: u.String(), HTTPSProxy: u.String(), NoProxy: o.NoProxy}
	d.over = c.ProxyFunc()
	return d, nil
}

// A proxyError is one of the proxy that leads to servers.
type proxyError struct {
	status int // of its answer; 0: there was none
	code   string
	err    error
}

func (e *proxyError) Error() string {
	if e.status != 0 {
		return "the upstream proxy answered " + strconv.Itoa(e.status)
	}
	return "the upstream proxy cannot be used"
}

func (e *proxyError) Unwrap() error { return e.err }

// address returns where the host really is, and whether that was said.
func (d *dialer) address(host, port string) (string, bool) {
	for _, k := range [...]string{net.JoinHostPort(host, port), host} {
		if to, ok := d.where[strings.ToLower(k)]; ok {
			if _, _, err := net.SplitHostPort(to); err == nil {
				return to, true
			}
			return net.JoinHostPort(strings.Trim(to, "[]"), port), true
		}
	}
	return net.JoinHostPort(host, port), false
}

// to returns the proxy over which a host is reached; nil: none.
func (d *dialer) to(scheme, host, port string) *url.URL {
	if d.over == nil {
		return nil
	}
	if _, said := d.address(host, port); said {
		return nil
	}
	u, err := d.over(&url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port)})
	if err != nil {
		return nil
	}
	return u
}

// connect returns a connection to host and port, through a tunnel of the
// upstream proxy if there is one.
func (d *dialer) connect(ctx context.Context, host, port string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.o.DialTimeout)
	defer cancel()
	u := d.to("https", host, port)
	if u == nil {
		addr, _ := d.address(host, port)
		c, err := d.plain.DialContext(ctx, "tcp", addr)
		if err == nil && d.self(c) {
			_ = c.Close()
			return nil, &proxyError{code: CodeLoop}
		}
		if err != nil {
			return nil, err
		}
		return quick(c), nil
	}
	if u.Scheme == "socks5" || u.Scheme == "socks5h" {
		return d.socks(ctx, u, net.JoinHostPort(host, port))
	}
	c, err := d.toProxy(ctx, u)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	c2, err := d.tunnel(c, u, net.JoinHostPort(host, port))
	if !stop() && err == nil {
		err = &proxyError{code: "ERR_PROXY_CONNECTION_FAILED", err: context.Cause(ctx)}
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c2, nil
}

// toProxy returns a connection to an http or https proxy.
func (d *dialer) toProxy(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	addr, _ := d.address(u.Hostname(), port)
	c, err := d.plain.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, &proxyError{code: "ERR_PROXY_CONNECTION_FAILED", err: err}
	}
	c = quick(c)
	if u.Scheme != "https" {
		return c, nil
	}
	config := d.tls.Clone()
	config.ServerName, config.RootCAs = u.Hostname(), d.roots()
	config.NextProtos = nil
	t := tls.Client(c, config)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, &proxyError{code: "ERR_PROXY_CONNECTION_FAILED", err: err}
	}
	return t, nil
}

// authorization returns the header line that a proxy wants; "": none.
func authorization(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)) + "\r\n"
}

// tunnel asks an http proxy for a tunnel.
func (d *dialer) tunnel(c net.Conn, u *url.URL, addr string) (net.Conn, error) {
	broken := func(err error) error {
		return &proxyError{code: "ERR_TUNNEL_CONNECTION_FAILED", err: err}
	}
	if _, err := fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", addr, addr, authorization(u)); err != nil {
		return nil, broken(err)
	}
	br := bufio.NewReader(&io.LimitedReader{R: c, N: maxUpstreamHead})
	raw, err := wire.ReadHead(br, nil)
	if err != nil {
		return nil, broken(err)
	}
	h, err := wire.ParseResponse(raw)
	if err != nil {
		return nil, broken(err)
	}
	switch {
	case h.Status == 407:
		return nil, &proxyError{status: 407, code: "ERR_PROXY_AUTH_REQUESTED"}
	case h.Status/100 != 2:
		return nil, &proxyError{status: h.Status, code: "ERR_TUNNEL_CONNECTION_FAILED"}
	}
	ahead, _ := br.Peek(br.Buffered())
	if len(ahead) == 0 {
		return c, nil
	}
	return &replay{Conn: c, ahead: append([]byte(nil), ahead...)}, nil
}

func (d *dialer) socks(ctx context.Context, u *url.URL, addr string) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = "1080"
	}
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	at, _ := d.address(u.Hostname(), port)
	s, err := proxy.SOCKS5("tcp", at, auth, &d.plain)
	if err != nil {
		return nil, &proxyError{code: "ERR_SOCKS_CONNECTION_FAILED", err: err}
	}
	c, err := s.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, &proxyError{code: "ERR_SOCKS_CONNECTION_FAILED", err: err}
	}
	return c, nil
}

// splitAuthority returns host, in lower case, and port of "HOST:PORT" or "HOST";
// false if it is neither.
func splitAuthority(s, port string) (host, p string, ok bool) {
	host, p = s, port
	if i := strings.LastIndexByte(s, ':'); i >= 0 && (strings.IndexByte(s, ':') == i || s[i-1] == ']') {
		host, p = s[:i], s[i+1:]
	}
	if bare, cut := strings.CutPrefix(host, "["); cut {
		if host, ok = strings.CutSuffix(bare, "]"); !ok {
			return "", "", false
		}
		if net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
			return "", "", false
		}
	}
	if strings.Contains(host, ":") && net.ParseIP(strings.SplitN(host, "%", 2)[0]) == nil {
		return "", "", false
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 || host == "" || len(host) > 255 {
		return "", "", false
	}
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`/\?#@<>"[]`, c) >= 0 {
			return "", "", false
		}
	}
	return strings.ToLower(host), strconv.FormatUint(n, 10), true
}
