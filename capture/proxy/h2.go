package proxy

import (
	"crypto/tls"

	"github.com/why401/why401/internal/exchange"
)

// serveH2 serves a client that speaks HTTP/2 only.
func (p *Proxy) serveH2(_ *session, t *tls.Conn, _ *exchange.Handshake, _, _ string) {
	_ = t.Close()
}
