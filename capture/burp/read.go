// Package burp reads items saved by Burp Suite: XML with one element a request,
// in which request and response stand whole, as base64 or as text.
package burp

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// maxToken is the number of bytes of one element; the parser of XML holds it
// whole.
const maxToken = 64 << 20

// maxClient is the number of bytes of the name of a client that are kept.
const maxClient = 200

// Options of reading; the zero value is good.
type Options struct {
	// Decoder undoes codings of bodies that package wire does not know; nil: none.
	Decoder wire.Decoder
}

// An item is one request, as its elements say.
type item struct {
	text  map[string]string
	coded map[string]bool // the element is base64
	ip    string
}

// Read yields the exchanges of a file in file order. c.Name is set before.
func Read(c *exchange.Capture, r io.Reader, o Options) iter.Seq2[*exchange.Exchange, error] {
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "Burp Suite"
		b := &bounded{r: r}
		d := xml.NewDecoder(b)
		d.Strict = false
		d.Entity = map[string]string{} // none of the file's own
		index := 0
		for {
			at := exchange.Locator{Capture: c.Name, Index: index, Offset: d.InputOffset()}
			it, err := next(d, b)
			if err == io.EOF {
				return
			}
			if err != nil {
				c.Add(exchange.NoteTruncated)
				at.Index = -1
				line, column := d.InputPos()
				yield(nil, &exchange.Unreadable{
					At: at, Line: line, Column: column, Fatal: true,
					Reason: reason(err), Hint: "save the items again in Burp: select them, then Save items",
				})
				return
			}
			index++
			x := it.exchange(o)
			if x == nil {
				c.Add(exchange.NoteUnreadable)
				if !yield(nil, &exchange.Unreadable{At: at, Reason: "the request of this item is no HTTP request", Hint: "save the items again with base64"}) {
					return
				}
				continue
			}
			x.At, x.From = at, c
			c.Exchanges++
			if x.Request.Body.Size > exchange.MaxBody || x.Response != nil && x.Response.Body.Size > exchange.MaxBody {
				c.Add(exchange.NoteBodyCut)
			}
			if !yield(x, nil) {
				return
			}
		}
	}
}

var errLong = errors.New("too long")

func reason(err error) string {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errLong):
		return "an element is longer than 64 MiB"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ends in the middle of an item"
	case errors.As(err, &syntax): // its text holds input
		return "it is not well-formed XML from here on"
	}
	return "the input could not be read"
}

// next reads the next item; io.EOF: there is none.
func next(d *xml.Decoder, b *bounded) (*item, error) {
	var it *item
	name := ""
	for {
		b.left = maxToken
		t, err := d.RawToken()
		if err != nil {
			if err == io.EOF && it != nil {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name = t.Name.Local
			if name == "item" {
				it = &item{text: map[string]string{}, coded: map[string]bool{}}
			}
			for _, a := range t.Attr {
				switch {
				case it == nil:
				case a.Name.Local == "base64":
					it.coded[name] = a.Value == "true"
				case a.Name.Local == "ip":
					it.ip = a.Value
				}
			}
		case xml.EndElement:
			if t.Name.Local == "item" && it != nil {
				return it, nil
			}
			name = ""
		case xml.CharData:
			if it != nil && name != "" && len(it.text[name])+len(t) <= maxToken {
				it.text[name] += string(t)
			}
		}
	}
}

// message returns the bytes of the request or the response.
func (it *item) message(name string) io.Reader {
	if it.coded[name] {
		return base64.NewDecoder(base64.StdEncoding, strings.NewReader(strings.TrimSpace(it.text[name])))
	}
	return strings.NewReader(strings.TrimLeft(it.text[name], "\r\n"))
}

// exchange makes an exchange of an item; nil: there is no request in it.
func (it *item) exchange(o Options) *exchange.Exchange {
	q, head, _ := wire.StoredRequest(it.message("request"), o.Decoder)
	if head == nil || q.Method == "" || !strings.HasPrefix(q.Proto, "HTTP/") {
		return nil
	}
	q.Raw = nil // Burp shows HTTP/2 in the form of HTTP/1
	if q.URL = strings.TrimSpace(it.text["url"]); q.URL == "" {
		q.URL = head.URL(it.text["protocol"], it.text["host"])
	}
	x := &exchange.Exchange{
		Sight:   exchange.Credentials | exchange.Cookies,
		Start:   stamp(it.text["time"]),
		Took:    -1,
		Request: q,
	}
	x.Client = q.Header.Value("User-Agent")
	x.Client = x.Client[:min(len(x.Client), maxClient)]
	if net.ParseIP(it.ip) != nil {
		x.Conn = &exchange.Conn{ServerAddr: it.ip}
		x.Conn.ServerPort, _ = strconv.Atoi(it.text["port"])
	}
	if p, _, _ := wire.StoredResponse(it.message("response"), q.Method, o.Decoder); p != nil && p.Status > 0 {
		p.Raw = nil
		x.Response = p
		if p.Body.Kept {
			x.Sight |= exchange.Bodies
		}
	}
	return x
}

// stamp returns a time as Burp, or rather Java, writes it. The short name of a
// zone can be that of several, so only a time in UTC is known.
func stamp(s string) time.Time {
	t, err := time.Parse("Mon Jan 02 15:04:05 MST 2006", strings.TrimSpace(s))
	if name, _ := t.Zone(); err != nil || name != "UTC" && name != "GMT" {
		return time.Time{}
	}
	return t.UTC()
}

// bounded gives out a limited number of bytes between two tokens.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
