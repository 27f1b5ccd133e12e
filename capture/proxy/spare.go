package proxy

import (
	"strings"
	"sync"

	"github.com/why401/why401/internal/exchange"
)

// A spare connection is one that a client opened ahead of need, as browsers do,
// and closed without a request. It looks like a client that does not trust the
// certificate and goes without a word. What tells them apart is that the same
// program made requests on another connection: believers remembers such
// programs.
type believers struct {
	mu   sync.Mutex
	seen map[string]bool
}

// program is what stays the same between the connections of a program: its
// cipher suites, as the second part of JA4 has them. Names, and the extensions
// of sessions that are taken up again, are in the other parts.
func program(h *exchange.Handshake) string {
	if h == nil || h.Hello == nil {
		return ""
	}
	_, rest, _ := strings.Cut(h.Hello.JA4, "_")
	suites, _, _ := strings.Cut(rest, "_")
	return suites
}

// add notes that a client made a request, so that it trusts the proxy.
func (b *believers) add(h *exchange.Handshake) {
	p := program(h)
	if p == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	if len(b.seen) < maxPrograms {
		b.seen[p] = true
	}
}

// distrusts reports whether a client that closed without a request did so because
// of the certificate. A program that trusts it elsewhere may have been started
// again with other settings, so it is taken for a spare connection only if it
// was left open for a while.
func (r *relay) distrusts() bool {
	if r.p.believe.has(r.hello) {
		return within(r.secured, promptDistrust)
	}
	return within(r.secured, silentDistrust)
}

// has reports whether such a client made a request before.
func (b *believers) has(h *exchange.Handshake) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen[program(h)]
}
