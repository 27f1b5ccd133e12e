package packet

import (
	"strconv"
	"strings"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// appFacts is what the layers of a connection found out about it.
type appFacts struct {
	exchanges int         // requests read from it
	watch     *wire.Watch // of the innermost TLS
	sealed    bool        // what it carries could not be decrypted
	tried     bool        // a key fitted
	clientApp int         // bytes of content that the client sent within TLS
	alert     mark        // of the last fatal alert
	tunnelled string      // host and port that a tunnel leads to

	told *told
}

// told is what the last exchange of a connection said of it.
type told struct {
	conn   *exchange.Conn
	known  known // then
	client *client
	site   site
}

func (c *conn) told() *told {
	if c.app.told == nil {
		c.app.told = &told{}
	}
	return c.app.told
}

func (c *conn) port() uint16 { return c.server().Port() }

// known is all that what is told of a connection depends on. Most of it stays the
// same from one exchange to the next.
type known struct {
	host                  string
	tells                 bool // of TCP
	tcp                   exchange.TCP
	lookup                *lookup
	asked, addrs          int
	shook                 bool
	server                *wire.ServerHello
	protocol              string
	client                *wire.ClientHello
	chain, alerts         int
	quit                  exchange.Quit
	certificateAsked, raw bool
}

// facts returns what is known of the connection as an exchange for host sees
// it. What was handed out before does not change.
func (c *conn) facts(ctx *around, host string) *exchange.Conn {
	k := known{host: host}
	if c.twoSided() || c.attempts > 0 && (c.r.sided || c.r.names.answered || c.finished()) {
		k.tells, k.tcp = true, exchange.TCP{Attempts: c.attempts, Accepted: c.accepted, Cut: c.cut}
	}
	if host != "" {
		if k.lookup = c.r.names.find(c.clientIP(), host); k.lookup != nil {
			k.asked, k.addrs = k.lookup.Asked, len(k.lookup.Addrs)
		}
	}
	var hands *exchange.Handshake
	if w := ctx.watch; w != nil {
		k.client, k.server = w.Client, w.Server
		if w.Server != nil {
			k.protocol = w.Server.Protocol
		}
		if hands = w.Handshake(); hands != nil {
			k.shook, k.chain, k.alerts = true, len(hands.Chain), len(hands.Alerts)
			k.quit, k.certificateAsked, k.raw = hands.Quit, hands.CertificateAsked, hands.PlainReply
		}
	}
	last := c.told()
	if last.conn != nil && last.known == k {
		return last.conn
	}
	a := c.server()
	n := &exchange.Conn{ID: strconv.Itoa(c.id), ServerAddr: a.Addr().String(), ServerPort: int(a.Port())}
	if k.tells {
		t := k.tcp
		n.TCP = &t
	}
	if k.lookup != nil {
		n.Lookup = k.lookup.told()
	}
	if ctx.watch != nil {
		n.TLS = ctx.watch.TLS()
	}
	if hands != nil {
		h := *hands
		h.Alerts = h.Alerts[:len(h.Alerts):len(h.Alerts)]
		n.Handshake = &h
	}
	last.conn, last.known = n, k
	return n
}

// closed judges a connection that has ended.
func (r *reader) closed(c *conn) {
	if c.twoSided() {
		r.sided = true
	}
	a := &c.app
	if w := a.watch; w != nil && w.Client != nil {
		r.capture.Shook(shook(w))
	}
	switch {
	case c.port() == 53:
		return
	case a.exchanges > 0:
		if !c.twoSided() {
			r.capture.Add(exchange.NoteOneSided)
		}
		return
	case a.watch != nil:
		r.judgeTLS(c)
		return
	case c.twoSided() && c.accepted || c.attempts == 0:
		if !c.twoSided() && c.midway && c.packets > 1 {
			r.capture.Add(exchange.NoteOneSided)
		}
		if c.twoSided() && c.accepted && c.cut != exchange.NotCut && c.cut != exchange.CutByClient && !c.serverSentData() {
			r.failed(c, &around{}, exchange.HTTP)
		}
		return
	}
	// Nobody took the call.
	refused := c.cut == exchange.CutByServer || c.cut == exchange.CutBetween
	if !refused && !(c.attempts > 1 && !c.serverSent()) {
		return
	}
	r.failed(c, &around{}, exchange.Dial)
}

func (c *conn) serverSentData() bool {
	h := &c.halves[1-c.client]
	return h.known && c.synSeen[1-c.client] && h.next != c.synSeq[1-c.client]+1
}

// failed remembers a connection that carried no request.
func (r *reader) failed(c *conn, ctx *around, phase exchange.Phase) {
	scheme := "http"
	switch port := c.port(); {
	case ctx.watch != nil, port == 443, port == 8443:
		scheme = "https"
	}
	name, port := "", c.port()
	if ctx.host != "" {
		name, port = hostOf(scheme + "://" + ctx.host)
	}
	if w := ctx.watch; w != nil && w.Client != nil && w.Client.ServerName != "" {
		name = w.Client.ServerName
	}
	if name == "" {
		name = r.names.name(c.clientIP(), c.server().Addr())
	}
	if name == "" {
		name = c.server().Addr().String()
	}
	if noise(strings.ToLower(name)) && strings.Contains(name, ".") {
		return
	}
	host := hostPort(scheme, name, port)
	// A person looks for the packet that shows the failure.
	at := c.first
	switch {
	case phase == exchange.TLSHandshake && c.app.alert.frame > 0:
		at.frame = c.app.alert.frame
	case c.cut != exchange.NotCut && phase != exchange.TLSHandshake:
		at.frame = c.cutAt.frame
	}
	x := c.exchange(at, scheme+"://"+host+"/")
	x.Conn = c.facts(ctx, strings.ToLower(name))
	x.Failure = &exchange.Failure{Phase: phase}
	x.Took = took(c.first.at, c.last)
	// A client that tries IPv6 first and gets nowhere works, but slowly.
	even := phase == exchange.Dial && c.cut == exchange.NotCut && c.server().Addr().Is6() && c.attempts > 1
	r.keepQuiet(quiet{x: x, ip: c.clientIP(), host: hostPort(scheme, strings.ToLower(name), port), even: even, ended: c.last})
}

// shook describes a handshake.
func shook(w *wire.Watch) exchange.HandshakeKind {
	h := w.Handshake().Hello
	k := exchange.HandshakeKind{JA4: h.JA4, Offered: strings.Join(h.Protocols, ",")}
	if t := w.TLS(); t != nil {
		k.Version, k.Protocol = t.Version, t.Protocol
	}
	return k
}

// quit returns how the client left a connection on which nothing was asked.
func (c *conn) quit() exchange.Quit {
	w := c.app.watch
	hurried := c.ender == exchange.Client && c.endedAt.since(c.first.at) < hasty
	switch {
	case c.app.clientApp > 0 || w.Server == nil || w.Server.Resumed:
		return exchange.NoQuit
	case w.Rejected() && !c.app.tried && w.Sealed(exchange.Client).Records <= 2:
		return exchange.QuitAlert
	case hurried && w.Silent():
		return exchange.QuitSilent
	}
	return exchange.NoQuit
}

// judgeTLS judges a connection of which nothing but TLS could be read.
func (r *reader) judgeTLS(c *conn) {
	a := &c.app
	ctx := &around{watch: a.watch, host: a.tunnelled}
	h := a.watch.Handshake()
	if h == nil {
		if a.sealed {
			r.capture.Add(exchange.NoteEncrypted)
		}
		return
	}
	broken := h.PlainReply
	for _, alert := range h.Alerts {
		broken = broken || alert.Fatal
	}
	client, server := a.watch.Sealed(exchange.Client), a.watch.Sealed(exchange.Server)
	if !broken && c.twoSided() {
		h.Quit = c.quit()
	}
	switch {
	case !c.twoSided():
		r.capture.Add(exchange.NoteOneSided)
	case broken, h.Quit != exchange.NoQuit && c.finished():
		r.failed(c, ctx, exchange.TLSHandshake)
	case a.tried && a.clientApp > 0: // decrypted, and no HTTP
	case a.tried:
		// The client left after the handshake, without a word: it may not like
		// the certificate, or have opened the connection in advance.
		if c.finished() && a.watch.Server != nil {
			r.failed(c, ctx, exchange.TLSHandshake)
		}
	case a.watch.Server == nil && c.finished():
		r.failed(c, ctx, exchange.TLSHandshake)
	case client.Records > 0 && server.Records > 0:
		r.capture.Add(exchange.NoteEncrypted)
		r.sealed(c, ctx)
	}
}

// sealed makes an exchange that stands for what an encrypted connection
// carried.
func (r *reader) sealed(c *conn, ctx *around) {
	w := ctx.watch
	if w.Client == nil || w.Client.ServerName == "" {
		return
	}
	c.who().reach(hostPort("https", strings.ToLower(w.Client.ServerName), c.port()))
}
