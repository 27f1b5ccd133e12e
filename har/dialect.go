package har

import (
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
)

// A dialect is what the producer of a HAR makes of the format.
type dialect uint8

const (
	// unsettled: the creator comes after the entries, or not at all.
	unsettled dialect = iota
	// plain: a producer without a quirk that changes the meaning of fields.
	plain
	// chromium: DevTools of Chrome, Edge, Brave; exports are cleaned by default.
	chromium
	firefox
	// safari: Web Inspector keeps headers by name, so repeated ones are joined
	// with ", ".
	safari
	// joiner: built on the headers object of the Chrome DevTools protocol, in
	// which repeated fields are joined with a line feed.
	joiner
	// insomnia: requests are rendered anew at the time of the export.
	insomnia
)

// dialectOf returns the dialect of the producer called name.
func dialectOf(name string) dialect {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "webinspector":
		return chromium
	case "firefox":
		return firefox
	case "webkit web inspector":
		return safari
	case "chrome-har", "browsertime", "sitespeed.io", "chrome har capturer", "chrome-har-capturer", "capture-har", "puppeteer-har":
		return joiner
	case "insomnia rest client", "insomnia":
		return insomnia
	}
	return plain
}

// look sets what can be seen of x, and what its header fields prove.
func (p *parser) look(it *item, m marks) {
	x := it.x
	const secrets = exchange.Credentials | exchange.Cookies
	it.shows = m.authorization || m.cookie || m.setCookie || len(p.req.cookies)+len(p.res.cookies) > 0
	switch p.dialect {
	case unsettled:
		x.Unsure = secrets
	case chromium:
		p.lookChromium(it, m)
	case insomnia:
		// The cookie jar is not in the export, nor what was really sent.
		x.Fidelity = exchange.AsConfigured
	default:
		x.Sight = secrets
	}
	if p.rebuilt {
		x.Fidelity = exchange.AsConfigured
		x.Sight &^= exchange.Cookies
		if p.partly {
			x.Sight &^= exchange.Credentials
		}
	}
	if p.req.cut {
		// What is not among the fields that were kept may be among the others.
		x.Sight, x.Unsure = x.Sight&^secrets, x.Unsure&^secrets
		if m.authorization {
			x.Sight |= exchange.Credentials
		}
	}
	if p.bodyShown(x) {
		x.Sight |= exchange.Bodies
	}
	if m.timed {
		x.Sight |= exchange.Timing
	}
	if it.link.tls != nil || it.link.shake != nil || it.link.leg != nil {
		x.Sight |= exchange.TLSFacts
	}
	if x.Failure != nil && x.Failure.Phase == exchange.DNS {
		x.Sight |= exchange.DNSFacts
	}
}

// bodyShown reports whether the response body, or that there is none, is seen.
func (p *parser) bodyShown(x *exchange.Exchange) bool {
	if x.Response == nil {
		return false
	}
	switch s := x.Response.Status; {
	case x.Response.Body.Kept, s == 204, s == 304, 100 <= s && s < 200:
		return true
	}
	return strings.EqualFold(x.Request.Method, "HEAD")
}

// lookChromium works out whether DevTools removed fields from this entry. It
// leaves out Authorization, Cookie and Set-Cookie unless the user asks for
// "sensitive data", and puts no mark in the file. But it computes headersSize
// of HTTP/1.x messages before that.
func (p *parser) lookChromium(it *item, m marks) {
	x := it.x
	const secrets = exchange.Credentials | exchange.Cookies
	x.Request.Removed = p.requestGap(x)
	if x.Response != nil {
		x.Response.Removed = p.responseGap(x)
		if x.Response.Removed.Bytes > 0 {
			it.cleaned = true
		}
	}
	gone := x.Request.Removed
	if gone.Bytes > 0 {
		it.cleaned = true
	}
	switch {
	case gone.Bytes > 0 || it.cleaned && !gone.Known:
		// What is there against the proof has been put back by hand.
		if m.authorization {
			x.Sight |= exchange.Credentials
		}
		if m.cookie {
			x.Sight |= exchange.Cookies
		}
	case it.cleaned:
		// Set-Cookie was removed, but the request is whole.
		x.Sight |= exchange.Credentials
		if m.cookie {
			x.Sight |= exchange.Cookies
		}
	case gone.Known || m.authorization || m.cookie:
		x.Sight |= secrets
	default:
		x.Unsure = secrets
	}
	if it.cleaned {
		x.Fidelity = exchange.Stripped
	}
}

// requestGap compares headersSize of a request with its fields. Chromium 130
// and later leave out the last line end, older ones count it.
func (p *parser) requestGap(x *exchange.Exchange) exchange.Removed {
	if p.req.cut || p.req.headersSize < 0 || !http1(x.Request.Proto) {
		return exchange.Removed{}
	}
	line := units(x.Request.Method) + 1 + units(requestTarget(x.Request.URL)) + len(" HTTP/1.1\r\n")
	const least = len("Cookie: \r\n")
	switch gap := int(p.req.headersSize) - line - p.lines(&p.req); {
	case gap == 0 || gap == 2:
		return exchange.Removed{Known: true}
	case gap >= least:
		return exchange.Removed{Known: true, Bytes: gap}
	}
	// Changed by hand, or header lines were added after the fact.
	return exchange.Removed{}
}

// responseGap compares headersSize of a response with its fields. It always
// includes the last line end.
func (p *parser) responseGap(x *exchange.Exchange) exchange.Removed {
	r := x.Response
	if p.res.cut || p.res.headersSize < 0 || !http1(r.Proto) || r.Status == 0 {
		return exchange.Removed{}
	}
	line := len("HTTP/1.1 200 \r\n") + units(r.Reason)
	const least = len("Set-Cookie: \r\n")
	switch gap := int(p.res.headersSize) - line - p.lines(&p.res) - 2; {
	case gap == 0 || gap == -2:
		return exchange.Removed{Known: true}
	case gap >= least:
		return exchange.Removed{Known: true, Bytes: gap}
	}
	return exchange.Removed{}
}

// lines returns the length of the header lines of m in UTF-16 units, which is
// what JavaScript counts.
func (p *parser) lines(m *message) int {
	n := 4 * len(m.fields)
	for _, f := range m.fields {
		n += unitsOf(p.bytes(f.name)) + unitsOf(p.bytes(f.value))
	}
	return n
}

func units(s string) int { return unitsOf([]byte(s)) }

// unitsOf returns the length of p in UTF-16 units.
func unitsOf(p []byte) int {
	n := len(p)
	for i := 0; i < len(p); {
		if p[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, k := utf8.DecodeRune(p[i:])
		n -= k - 1
		if r > 0xFFFF {
			n++
		}
		i += k
	}
	return n
}

func http1(proto string) bool {
	return len(proto) >= 6 && strings.EqualFold(proto[:6], "http/1")
}

// requestTarget returns path and query of a URL as a request line has them.
func requestTarget(url string) string {
	if i := strings.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
	}
	i := strings.IndexAny(url, "/?")
	if i < 0 {
		return "/"
	}
	if url[i] == '?' {
		return "/" + url[i:]
	}
	return url[i:]
}
