package curl

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// keep takes bytes of the body of a response.
func (t *transcript) keep(s string) {
	t.size += int64(len(s))
	room := exchange.MaxBody - len(t.body)
	if room < len(s) {
		if room > 0 {
			t.c.Add(exchange.NoteBodyCut)
		}
		s = s[:max(room, 0)]
	}
	t.body = append(t.body, s...)
}

// flush yields the exchange at hand, if there is one.
func (t *transcript) flush() {
	t.endBlock()
	t.headed()
	if t.req == nil && t.res == nil && t.failure == nil {
		t.reset()
		return
	}
	x := &exchange.Exchange{
		At:    exchange.Locator{Capture: t.c.Name, Index: t.n, Offset: t.start},
		From:  t.c,
		Sight: exchange.Credentials | exchange.Cookies,
		Took:  -1, Conn: t.conn,
	}
	t.ask(x)
	t.answer(x)
	if f := t.failure; f != nil && (x.Response == nil || f.Phase == exchange.HTTP && !t.answered) {
		x.Failure = f
	}
	if x.Conn != nil && x.Conn.TLS != nil {
		x.Sight |= exchange.TLSFacts
	}
	t.reset()
	if x.Request.URL == "" && x.Response == nil && x.Failure == nil {
		return
	}
	t.n++
	t.c.Exchanges++
	t.emit(x, nil)
}

func (t *transcript) reset() {
	t.part, t.start = nothing, t.at
	t.req, t.res, t.sent, t.body = nil, nil, nil, nil
	t.page.brief, t.page.placed = false, false
	t.size, t.hasBody, t.answered, t.inexact, t.dotted, t.failure = 0, false, false, false, false, nil
}

// ask fills in the request.
func (t *transcript) ask(x *exchange.Exchange) {
	if t.req == nil {
		x.Sight = 0 // nothing of the request was printed
		if t.page.url != "" {
			x.Request.URL, x.Client = t.page.url, "Wget"
		} else if t.host != "" {
			x.Request.URL = t.scheme() + "://" + t.authority() + "/"
		}
		return
	}
	h, err := wire.ParseRequest(t.req)
	if err != nil {
		return
	}
	x.Request = h.Request()
	x.Request.URL = h.URL(t.scheme(), t.authority())
	if h.Early {
		// The client meant the lines after it as a part of the head.
		x.Request.Raw = t.req
	}
	if !t.inexact && strings.HasPrefix(h.Proto, "HTTP/1") {
		x.Sight |= exchange.Wire
	} else {
		x.Request.Raw = nil
	}
	if t.dotted {
		t.doubt(x)
	}
	for _, f := range x.Request.Header {
		if strings.EqualFold(f.Name, "User-Agent") {
			x.Client = f.Value
			if t.c.Producer == "" && len(f.Value) < maxText && (strings.HasPrefix(f.Value, "curl/") || strings.HasPrefix(f.Value, "Wget/")) {
				t.c.Producer = f.Value
			}
			break
		}
	}
	if len(t.sent) > 0 {
		x.Request.Body = exchange.Body{Head: t.sent, Size: int64(len(t.sent)), Media: x.Request.Header.Value("Content-Type"), Kept: true}
	} else {
		x.Request.Body.Size = -1
	}
}

// NoteBytes counts requests of --trace-ascii with a credential that may have
// other bytes where the trace has dots.
const NoteBytes exchange.NoteKind = "bytes-not-shown"

// plainToken are tokens that have dots of their own: three parts of base64url.
var plainToken = pattern(`^[\w-]+ +[\w-]+\.[\w-]+\.[\w-]+$`)

// doubt hides the credentials of a request that --trace-ascii printed if they
// have dots in them: it prints line feeds and all that is no ASCII text as such.
func (t *transcript) doubt(x *exchange.Exchange) {
	for i := range x.Request.Header {
		f := &x.Request.Header[i]
		switch strings.ToLower(f.Name) {
		case "authorization", "proxy-authorization":
		default:
			continue
		}
		if !strings.Contains(f.Value, ".") || plainToken().MatchString(f.Value) {
			continue
		}
		scheme, _, some := strings.Cut(f.Value, " ")
		if !some || strings.Contains(scheme, ".") {
			scheme = ""
		}
		f.Value, f.Partial = strings.TrimLeft(scheme+" "+exchange.Unknown, " "), true
		x.Sight &^= exchange.Credentials
		t.c.Add(NoteBytes)
	}
}

// answer fills in the response.
func (t *transcript) answer(x *exchange.Exchange) {
	if t.res == nil {
		return
	}
	h, err := wire.ParseResponse(t.res)
	if err != nil || h.Status < 200 {
		return
	}
	x.Response = h.Response()
	x.Response.Raw = nil // its line ends are lost
	if t.page.brief {
		x.Response.Proto = ""
	}
	b := &x.Response.Body
	b.Media, b.Size = x.Response.Header.Value("Content-Type"), -1
	length := x.Response.Header.Value("Content-Length")
	none := length == "0" || h.Status == 204 || h.Status == 304 || strings.EqualFold(x.Request.Method, "HEAD")
	packed := x.Response.Header.Has("Content-Encoding") && !utf8.Valid(t.body[:max(0, len(t.body)-4)])
	switch {
	case none:
		b.Kept, b.Size = true, 0
	case t.hasBody && !packed:
		b.Kept, b.Head, b.Size = true, t.body, t.size
	default:
		if n, err := strconv.ParseInt(length, 10, 64); err == nil && n >= 0 {
			b.Size = n
		}
		return
	}
	x.Sight |= exchange.Bodies
}

// scheme returns the scheme of the URL. Where nothing was told of a connection,
// the common one is taken.
func (t *transcript) scheme() string {
	switch {
	case t.secure:
		return "https"
	case strings.HasPrefix(t.page.url, "http:"):
		return "http"
	case !t.dialed, t.conn != nil && (t.conn.ServerPort == 443 || t.conn.ServerPort == 8443):
		return "https"
	}
	return "http"
}

// authority returns the host of the connection with its port.
func (t *transcript) authority() string {
	host := t.host
	if host == "" && t.conn != nil {
		host = t.conn.ServerAddr
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.conn == nil || t.conn.ServerPort == 0 || t.conn.ServerPort == 443 || t.conn.ServerPort == 80 {
		return host
	}
	if strings.HasPrefix(host, "[") {
		return host + ":" + strconv.Itoa(t.conn.ServerPort)
	}
	return net.JoinHostPort(host, strconv.Itoa(t.conn.ServerPort))
}
