package har

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// A Writer writes exchanges as a HAR 1.2 document, one entry a line. It is not
// safe for concurrent use.
//
// What it writes, [Read] reads as it was, so far as HAR has a place for it:
//
//   - A header field that is not UTF-8, as JSON must be, is written as if its
//     bytes were Latin-1, and marked with "_encoding": "latin-1".
//   - A body that is not UTF-8 is base64, in requests with "_encoding" in place
//     of the "encoding" that only responses have.
//   - Any other text that is not UTF-8 gets U+FFFD in place of what is invalid;
//     a URL gets it percent-encoded.
//   - A failure is status 0 with "_error", as in Chromium. HAR has no other form
//     for a request that is still unanswered, so this one comes back as a failure
//     in an unknown phase.
//   - headersSize is -1, unless it is known how much was removed from a head;
//     then it is the size of the whole one, as Chromium writes it.
//   - Times are exact to the microsecond. An unknown Start is the year 1, an
//     unknown Took is -1.
//   - A request that was rebuilt from settings has "_fidelity": "as-configured",
//     or "partly-configured" where a credential may be missing; with it status 0 is
//     no failure, but says that nothing is known of an answer.
//   - Raw, Sight and the rest of Fidelity have no place; Client is what User-Agent
//     says.
type Writer struct {
	w       io.Writer
	creator outName
	buf     []byte // of the entry at hand
	spare   spareFields
	begun   bool
	closed  bool
	err     error // the first one; nothing is written after it
}

// errClosed is returned for what comes after Close.
var errClosed = errors.New("har: the writer is closed")

// NewWriter returns a Writer to w. Readers go by the name of the creator to tell
// what an absent Authorization field means, so a copy of a capture should keep
// that of the original.
//
// Every exchange reaches w in one call of its Write method, whole: w needs no
// buffer for the sake of readers, and a caller may add one for speed.
func NewWriter(w io.Writer, creator, version string) *Writer {
	return &Writer{w: w, creator: outName{creator, version}}
}

// Write adds an exchange. It does not keep x. After an error, which is one of
// the underlying writer, all calls return that error.
func (o *Writer) Write(x *exchange.Exchange) error {
	if o.closed && o.err == nil {
		return errClosed
	}
	return o.put(func(b []byte) []byte { return appendEntry(b, o.spare.entryOf(x)) })
}

// Close completes the document, an empty one too. It does not close the
// underlying writer. Calling it again does nothing.
func (o *Writer) Close() error {
	if o.closed {
		return o.err
	}
	o.closed = true
	return o.put(func(b []byte) []byte { return append(b, "]}}\n"...) })
}

// put writes what add appends to what has to stand before it.
func (o *Writer) put(add func([]byte) []byte) error {
	if o.err != nil {
		return o.err
	}
	b := o.buf[:0]
	switch {
	case !o.begun:
		b = append(b, `{"log":{"version":"1.2","creator":{"name":`...)
		b = appendString(append(appendString(b, o.creator.Name), `,"version":`...), o.creator.Version)
		b = append(b, `},"entries":[`+"\n"...)
	case !o.closed:
		b = append(b, ',')
	}
	o.buf = add(b)
	o.begun = true // not before: what panics in add must not cost the start
	_, o.err = o.w.Write(o.buf)
	return o.err
}

// spareFields is room for the lists of one entry, which the next one uses again.
type spareFields []outField

// take returns room for n fields, to be appended.
func (s *spareFields) take(n int) []outField {
	if n > cap(*s)-len(*s) {
		*s = make([]outField, 0, max(n, min(2*cap(*s), maxSpare), 64))
	}
	from := len(*s)
	*s = (*s)[:from+n]
	return (*s)[from:from:len(*s)]
}

// entryOf returns what is written of an exchange. It is good until the next call.
func (s *spareFields) entryOf(x *exchange.Exchange) *outEntry {
	clear(*s)
	if *s = (*s)[:0]; cap(*s) > maxSpare {
		*s = nil
	}
	e := &outEntry{
		Started:  stamp(x.Start),
		Time:     -1,
		Request:  s.requestOf(&x.Request),
		Response: s.responseOf(x.Response),
		Comment:  x.Comment,
	}
	if x.Took >= 0 {
		// HAR wants the time divided, and the exchange does not know how.
		e.Time = float64(x.Took.Round(time.Microsecond)/time.Microsecond) / 1000
		e.Timings.Wait = e.Time
	}
	if x.Failure != nil {
		e.Response.Error = errorOf(x)
		e.Aborted = x.Failure.Phase == exchange.Blocked
	}
	if x.Conn != nil {
		e.connection(x.Conn)
	}
	if x.Fidelity == exchange.AsConfigured {
		e.Fidelity = asConfigured
		if x.Sight&exchange.Credentials == 0 {
			e.Fidelity = asFarAsSet
		}
	}
	return e
}

// stamp returns t as RFC 3339, to the millisecond if that is exact, else to the
// microsecond.
func stamp(t time.Time) string {
	if _, offset := t.Zone(); offset%60 != 0 || t.Year() < 1 || t.Year() > 9999 {
		t = t.UTC()
	}
	if t.Year() < 1 || t.Year() > 9999 {
		t = time.Time{}
	}
	if t.Nanosecond()%int(time.Millisecond) == 0 {
		return t.Format("2006-01-02T15:04:05.000Z07:00")
	}
	return t.Format("2006-01-02T15:04:05.000000Z07:00")
}

// errorOf returns the text of "_error" for a failure. Where it has no code, the
// text is one that tells the phase.
func errorOf(x *exchange.Exchange) string {
	if name := failure.Name(x); name != "" {
		return name
	}
	switch x.Failure.Phase {
	case exchange.DNS:
		return "could not resolve the host name"
	case exchange.Dial:
		return "connect call failed"
	case exchange.TLSHandshake:
		return "tls handshake failed"
	case exchange.Proxy:
		return "proxy failed"
	case exchange.HTTP:
		return "http failed"
	}
	return ""
}

// connection writes what is known of c. HAR calls "connection" an identifier,
// but Chromium and Firefox write a port there; so a number that could be one is
// left out where the port is not known.
func (e *outEntry) connection(c *exchange.Conn) {
	e.ServerIP, e.ServerPort, e.ConnID = c.ServerAddr, c.ServerPort, c.ID
	if n, err := strconv.Atoi(c.ID); err != nil || c.ServerPort != 0 || n < 1 || n > 1<<16-1 {
		e.Connection = c.ID
	}
	e.Handshake = shakeOf(c)
	t := c.TLS
	if t == nil {
		return
	}
	e.State = t.State
	s := outSecurity{Protocol: t.Version, Cipher: t.Cipher, Subject: t.Subject, Issuer: t.Issuer}
	if !t.From.IsZero() {
		s.From = t.From.Unix()
	}
	if !t.To.IsZero() {
		s.To = t.To.Unix()
	}
	if s != (outSecurity{}) {
		e.Security = &s
	}
}

func (s *spareFields) requestOf(r *exchange.Request) outRequest {
	o := outRequest{
		Method:      r.Method,
		URL:         escapeInvalid(r.URL),
		Proto:       r.Proto,
		Cookies:     s.apart(r.Cookies),
		Headers:     s.headersOf(r.Header),
		Query:       s.queryOf(r.URL),
		HeadersSize: -1,
		BodySize:    r.Body.Size,
	}
	if len(o.Cookies) == 0 {
		o.Cookies = s.sentCookies(r.Header)
	}
	if r.Removed.Known {
		o.HeadersSize = units(o.Method) + 1 + units(requestTarget(o.URL)) + len(" HTTP/1.1\r\n") + linesOf(r.Header) + r.Removed.Bytes
	}
	if text, encoding := bodyText(&r.Body); r.Body.Media != "" || len(r.Body.Head) > 0 || text != nil && r.Body.Size != 0 {
		o.PostData = &outPost{Media: r.Body.Media, Text: text, Encoding: encoding}
	}
	return o
}

func (s *spareFields) responseOf(r *exchange.Response) outResponse {
	if r == nil {
		return outResponse{
			Cookies: []outField{}, Headers: []outField{}, HeadersSize: -1, BodySize: -1,
			Content: outContent{Media: "x-unknown"}, // as Chromium writes it
		}
	}
	o := outResponse{
		Status:      r.Status,
		Reason:      r.Reason,
		Proto:       r.Proto,
		Cookies:     s.apart(r.Cookies),
		Headers:     s.headersOf(r.Header),
		Content:     outContent{Size: r.Body.Size, Media: r.Body.Media},
		Redirect:    escapeInvalid(r.Redirect),
		HeadersSize: -1,
		BodySize:    -1,
	}
	if len(o.Cookies) == 0 {
		o.Cookies = setCookies(r.Header)
	}
	if r.Removed.Known {
		o.HeadersSize = len("HTTP/1.1 200 \r\n") + units(o.Reason) + linesOf(r.Header) + len("\r\n") + r.Removed.Bytes
	}
	o.Content.Text, o.Content.Encoding = bodyText(&r.Body)
	return o
}

// bodyText returns the text of a body and its encoding; nil if it was not kept.
func bodyText(b *exchange.Body) (outText, string) {
	switch {
	case !b.Kept:
		return nil, ""
	case len(b.Head) == 0:
		return outText{}, ""
	case utf8.Valid(b.Head):
		return b.Head, ""
	}
	return base64.StdEncoding.AppendEncode(nil, b.Head), "base64"
}

func (s *spareFields) headersOf(h exchange.Header) []outField {
	fields := s.take(len(h))
	for i := range h {
		f := outField{Name: h[i].Name, Value: h[i].Value}
		if !utf8.ValidString(f.Name) || !utf8.ValidString(f.Value) {
			f = outField{Name: toLatin1(f.Name), Value: toLatin1(f.Value), Encoding: latin1}
		}
		fields = append(fields, f)
	}
	return fields
}

// linesOf returns the length of header lines in UTF-16 units, as Chromium does.
func linesOf(h exchange.Header) int {
	n := 0
	for i := range h {
		n += units(h[i].Name) + units(h[i].Value) + len(": \r\n")
	}
	return n
}

// asConfigured marks an entry of which the request was rebuilt from settings;
// asFarAsSet one of which a credential may be missing.
const (
	asConfigured = "as-configured"
	asFarAsSet   = "partly-configured"
)

// latin1 marks a header field of which each character stands for one byte.
const latin1 = "latin-1"

// toLatin1 returns the bytes of s as characters.
func toLatin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// fromLatin1 undoes toLatin1 on p, in place. It reports false, and changes
// nothing, if there is a character that no byte stands for.
func fromLatin1(p []byte) ([]byte, bool) {
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r > 0xff || r == utf8.RuneError {
			return p, false
		}
		i += n
	}
	out := p[:0]
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		out = append(out, byte(r))
		i += n
	}
	return out, true
}

// apart returns cookies that the source lists apart from the header.
func (s *spareFields) apart(cookies []exchange.Field) []outField {
	fields := s.take(len(cookies))
	for _, c := range cookies {
		fields = append(fields, outField{Name: c.Name, Value: c.Value})
	}
	return fields
}

// sentCookies returns the cookies of the Cookie fields (RFC 6265, section 4.2),
// also those that a strict parser would refuse.
func (s *spareFields) sentCookies(h exchange.Header) []outField {
	lines := h.All("Cookie")
	n := 0
	for _, line := range lines {
		n += 1 + strings.Count(line, ";")
	}
	fields := s.take(n)
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				name, value, _ := strings.Cut(pair, "=")
				fields = append(fields, outField{Name: name, Value: value})
			}
		}
	}
	return fields
}

// setCookies returns the cookies of the Set-Cookie fields.
func setCookies(h exchange.Header) []outField {
	fields := []outField{}
	for _, line := range h.All("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			pair, _, _ := strings.Cut(line, ";")
			name, value, _ := strings.Cut(pair, "=")
			fields = append(fields, outField{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
			continue
		}
		f := outField{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly, Secure: c.Secure}
		if !c.Expires.IsZero() {
			f.Expires = stamp(c.Expires)
		}
		fields = append(fields, f)
	}
	return fields
}

// queryOf returns the parameters in the query of a URL, in order. One that is
// not percent-encoded as it should be stays as it is.
func (s *spareFields) queryOf(u string) []outField {
	u, _, _ = strings.Cut(u, "#")
	_, query, ok := strings.Cut(u, "?")
	if !ok {
		return []outField{}
	}
	fields := s.take(1 + strings.Count(query, "&"))
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			fields = append(fields, outField{Name: unescapeQuery(name), Value: unescapeQuery(value)})
		}
	}
	return fields
}

func unescapeQuery(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// escapeInvalid percent-encodes what is not UTF-8 in a URL.
func escapeInvalid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b.WriteString(url.QueryEscape(s[i : i+1]))
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
