package proxy

import (
	"context"
	"crypto/tls"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// Options says what a [Proxy] does. The zero value intercepts the hosts of
// Atlassian's cloud with an authority that lives in memory.
type Options struct {
	// CA signs the certificates that clients are shown. nil: one is made that
	// dies with the proxy.
	CA *CA
	// Signer says whose CA is, and Command which program is run behind the proxy,
	// for what is said about a client that does not trust it.
	Signer  exchange.Signer
	Command string

	// Intercept says whether the TLS of a host is opened; host is in lower
	// case, without port, an address without brackets. nil: [Hosts] without
	// patterns.
	Intercept func(host string) bool

	// See is called for each exchange when it has ended, from one goroutine. Those
	// that end at about the same time come in the order in which they began. While
	// it works, exchanges wait in a bounded queue; the relay never waits. It may be
	// nil.
	See func(*exchange.Exchange)

	// Mend is asked about each GET or HEAD without a body that was answered 400,
	// 401, 403 or 404, before its answer goes to the client, which waits for it;
	// ctx ends when that took too long. It is called by the goroutines of the
	// connections. The exchange is a copy that may be handed to Resend. Answers
	// that are too long or too slow to be held back are passed on without asking.
	// nil: no answer is held back.
	Mend func(ctx context.Context, x *exchange.Exchange) Mended
	// Mended is called just before See, in the same way, for an exchange that
	// Mend was asked about.
	Mended func(*exchange.Exchange, *Mended)

	// Tunnelled is called when a tunnel that is not opened begins. It must not
	// block. It may be nil.
	Tunnelled func(Tunnel)

	// UpstreamCA is PEM: authorities that are trusted for servers besides those
	// of the system.
	UpstreamCA []byte
	// UpstreamInsecure switches the verification of servers off.
	UpstreamInsecure bool
	// ClientCert is shown to servers that ask for a certificate.
	ClientCert *tls.Certificate

	// UpstreamProxy leads to servers over another proxy: http, https or socks5,
	// with credentials if there are any.
	UpstreamProxy *url.URL
	// NoProxy lists what is reached without UpstreamProxy, in the form of the
	// variable NO_PROXY.
	NoProxy string

	// Reverse is the server that requests go to which are not in the form for a
	// proxy; their Host field is changed to its name. nil: they are refused.
	Reverse *url.URL

	// Transparent serves clients that the network leads here: TLS goes where its
	// server name says, plain HTTP where its Host field says. The proxy's own
	// connections must not be led here.
	Transparent bool

	// Connect says where a host really is: the keys are HOST or HOST:PORT, the
	// values ADDR or ADDR:PORT.
	Connect map[string]string

	// AllowFrom are the addresses that clients may have besides loopback ones.
	AllowFrom []netip.Prefix
	// Auth is "user:password" that clients must present; "": none.
	Auth string

	// Name is that of the capture; "": "proxy".
	Name string
	// Decoder undoes content codings for the kept start of bodies that package
	// wire does not know. It may be nil.
	Decoder wire.Decoder
	// Fault is called, by any goroutine, when something of the program itself broke:
	// the proxy, or one of these functions. It goes on without the connection or the
	// exchange. The error names the place and holds nothing of the traffic. It may be
	// nil.
	Fault func(error)

	// HeadTimeout bounds the time from the first to the last byte of a request
	// head, HandshakeTimeout that of a TLS handshake, DialTimeout that of
	// connecting. A connection on which nothing moves is closed after
	// IdleTimeout, or after AnswerTimeout if an answer is due. 0: a default.
	HeadTimeout, HandshakeTimeout, DialTimeout, IdleTimeout, AnswerTimeout time.Duration
}

func orElse(d, other time.Duration) time.Duration {
	if d <= 0 {
		return other
	}
	return d
}

func (o *Options) fill() {
	if o.Intercept == nil {
		o.Intercept = Hosts()
	}
	if o.Name == "" {
		o.Name = "proxy"
	}
	if o.Fault == nil {
		o.Fault = func(error) {}
	}
	o.HeadTimeout = orElse(o.HeadTimeout, defaultHeadTimeout)
	o.HandshakeTimeout = orElse(o.HandshakeTimeout, defaultHandshakeTimeout)
	o.DialTimeout = orElse(o.DialTimeout, defaultDialTimeout)
	o.IdleTimeout = orElse(o.IdleTimeout, defaultIdleTimeout)
	o.AnswerTimeout = orElse(o.AnswerTimeout, defaultAnswerTimeout)
}

// A Tunnel is a connection that passed through without being looked at.
type Tunnel struct {
	Host   string // as the client named it
	Port   int
	Client string // address of the client
	Why    string // in constant words
}

// zones are the domains of Atlassian's cloud.
var zones = []string{
	"atlassian.net", "atlassian.com", "jira.com", "jira-dev.com", "bitbucket.org", "jiraalign.com", "agilecraft.com",
	"trello.com", "opsgenie.com", "statuspage.io", "atlassian-us-gov-mod.net", "atlassian-us-gov-mod.com",
}

// Zones returns the domains of Atlassian's cloud, which are intercepted by
// default.
func Zones() []string { return append([]string(nil), zones...) }

// Hosts returns a function for [Options.Intercept] that is true for the hosts
// of Atlassian's cloud and those that match one of the patterns: "HOST",
// "*.DOMAIN", which includes DOMAIN, or "*".
func Hosts(patterns ...string) func(host string) bool {
	exact := map[string]bool{}
	under := map[string]bool{}
	all := false
	for _, z := range zones {
		under[z] = true
	}
	for _, p := range patterns {
		p = strings.ToLower(strings.TrimSuffix(strings.Trim(strings.TrimSpace(p), "[]"), "."))
		switch base, ok := strings.CutPrefix(p, "*."); {
		case p == "*":
			all = true
		case ok:
			under[base] = true
		default:
			exact[p] = true
		}
	}
	return func(host string) bool {
		if all || exact[host] {
			return true
		}
		if _, err := netip.ParseAddr(host); err == nil {
			return false
		}
		for d := strings.TrimSuffix(host, "."); d != ""; {
			if under[d] {
				return true
			}
			_, parent, ok := strings.Cut(d, ".")
			if !ok {
				return false
			}
			d = parent
		}
		return false
	}
}
