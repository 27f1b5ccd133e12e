package proxy

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/why401/why401/capture/wire"
)

// A chainProxy is an upstream proxy of a test.
type chainProxy struct {
	name, host string
	where      map[string]string
	mu         sync.Mutex
	log        []string
}

func (p *chainProxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log
}

func (p *chainProxy) note(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, s)
}

func newChainProxy(t *testing.T, scheme string, where map[string]string) *chainProxy {
	t.Helper()
	p := &chainProxy{name: "proxy.example.com", where: where}
	var names []string
	serve := p.http
	switch scheme {
	case "https":
		names = []string{p.name}
	case "socks5":
		serve = p.socks
	}
	o := newOrigin(t, serve, names...)
	_, port, _ := net.SplitHostPort(o.addr)
	p.host = net.JoinHostPort(p.name, port)
	return p
}

func (p *chainProxy) http(c *peer, _ int) {
	for {
		raw, err := wire.ReadHead(c.br, nil)
		if err != nil {
			return
		}
		h, _ := wire.ParseRequest(raw)
		pair, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Header.Value("Proxy-Authorization"), "Basic "))
		p.note(h.Target + " " + string(pair))
		if string(pair) != "fred:CANARY" {
			c.send("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
			continue
		}
		if h.Method == "CONNECT" {
			p.join(c, h.Target, "HTTP/1.1 200 OK\r\n\r\n")
			return
		}
		rest, _ := strings.CutPrefix(h.Target, "http://")
		host, path, _ := strings.Cut(rest, "/")
		up, err := net.Dial("tcp", p.where[host+":80"])
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(up, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
		go func() { _, _ = io.Copy(up, c.br); _ = up.Close() }()
		_, _ = io.Copy(c.Conn, up)
		return
	}
}

func (p *chainProxy) join(c *peer, addr, answer string) {
	up, err := net.Dial("tcp", p.where[addr])
	if err != nil {
		return
	}
	defer up.Close()
	c.send(answer)
	go func() { _, _ = io.Copy(up, c.br); _ = up.Close() }()
	_, _ = io.Copy(c.Conn, up)
}

// socks is SOCKS5 with user name and password (RFC 1928, RFC 1929).
func (p *chainProxy) socks(c *peer, _ int) {
	read := func(n int) []byte { b := make([]byte, n); _, _ = io.ReadFull(c.br, b); return b }
	read(int(read(2)[1]))
	c.send("\x05\x02")
	user := string(read(int(read(2)[1])))
	password := string(read(int(read(1)[0])))
	if user != "fred" || password != "CANARY" {
		c.send("\x01\x01")
		return
	}
	c.send("\x01\x00")
	kind := read(4)[3]
	if kind != 3 {
		return
	}
	host := string(read(int(read(1)[0])))
	addr := fmt.Sprintf("%s:%d", host, binary.BigEndian.Uint16(read(2)))
	p.note(addr + " " + user + ":" + password)
	p.join(c, addr, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}
