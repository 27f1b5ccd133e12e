package packet

import (
	"strings"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// A flight is one request and its answer.
type flight struct {
	slot  *slot
	begun mark

	request exchange.Request
	method  string
	url     string
	text    string // head of the request; "" for HTTP/2
	tail    []byte // header lines behind a head that a stray line feed ended
	framing wire.Framing
	body    wire.Keeper
	sent    bool // the request is whole

	response *exchange.Response // nil, or &reply
	reply    exchange.Response
	answer   wire.Framing
	content  wire.Keeper
	answered bool // the response is whole
	last     instant

	expects  bool   // waits for 100 before its body
	switches bool   // CONNECT or Upgrade: what follows depends on the answer
	lost     bool   // the answer was not captured
	broken   bool   // HTTP/2: the stream was reset
	code     string // of the error with which it was
}

// flight returns an empty one.
func (r *reader) flight() *flight {
	if n := len(r.flights); n > 0 {
		f := r.flights[n-1]
		r.flights = r.flights[:n-1]
		return f
	}
	return new(flight)
}

// land takes back a flight that nobody holds any longer.
func (r *reader) land(f *flight) {
	if len(r.flights) < maxSpare {
		*f = flight{}
		r.flights = append(r.flights, f)
	}
}

// A round is what is handed out of a flight; both parts live as long as each
// other, so they share memory.
type round struct {
	exchange exchange.Exchange
	response exchange.Response
}

// complete returns the exchange of f; none is changed after that.
func (f *flight) complete(c *conn, ctx *around, h1 bool) *exchange.Exchange {
	r := c.r
	both := &round{}
	x := &both.exchange
	c.begin(x, f.begun)
	if x.Request = f.request; h1 {
		x.Sight |= exchange.Wire
		raw := make([]byte, 0, len(f.text)+len(f.tail))
		x.Request.Raw = append(append(raw, f.text...), f.tail...)
	}
	x.Request.URL = f.url
	x.Request.Body = f.body.Body(f.request.Header, f.framing, r.o.Decoder)
	r.giveBack(f.body.Return())
	who := c.who()
	if agent := f.request.Header.Value("User-Agent"); agent != "" {
		who.agent(agent)
	}
	x.Client = who.label
	at := c.site(ctx.scheme, f.url)
	x.Conn = c.facts(ctx, at.host)
	if f.response != nil {
		both.response = *f.response
		x.Response = &both.response
		x.Response.Body = f.content.Body(f.response.Header, f.answer, r.o.Decoder)
		r.giveBack(f.content.Return())
		x.Took = took(f.begun.at, f.last)
		at.reach(who)
		return x
	}
	// Silence counts only where an answer would have been captured.
	if c.twoSided() && !f.lost && (c.finished() || f.broken) {
		x.Failure = &exchange.Failure{Phase: exchange.HTTP, Code: f.code}
	}
	return x
}

// A site is where a URL leads to, as far as its connection is concerned.
type site struct {
	start  string // of the URL: all before the path
	scheme string // of the connection, which is that of what leads there
	host   string // in lower case
	port   uint16

	reached *client // that is known to have got through to it
}

// site returns where url leads to. It is valid until the next call.
func (c *conn) site(scheme, url string) *site {
	s := &c.told().site
	if n := len(s.start); n > 0 && n < len(url) && url[n] == '/' && url[:n] == s.start && s.scheme == scheme {
		return s
	}
	*s = site{scheme: scheme}
	s.host, s.port = hostOf(url)
	if i := strings.Index(url, "://"); i > 0 {
		if n := strings.IndexAny(url[i+3:], "/?#"); n > 0 && url[i+3+n] == '/' {
			s.start = strings.Clone(url[:i+3+n])
		}
	}
	return s
}

// reach notes that w got through to s.
func (s *site) reach(w *client) {
	if s.reached != w {
		s.reached = w
		w.reach(hostPort(s.scheme, s.host, s.port))
	}
}
