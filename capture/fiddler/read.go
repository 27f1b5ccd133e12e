// Package fiddler reads session archives of Fiddler (.saz): a zip archive with
// three members a session, raw/N_c.txt, the request as it came, raw/N_s.txt, the
// response, and raw/N_m.xml, what Fiddler knows of it: times, addresses, the
// program that sent it and its version of TLS.
package fiddler

import (
	"archive/zip"
	"cmp"
	"errors"
	"io"
	"iter"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
)

// maxAbout is the number of bytes of a raw/N_m.xml that are read.
const maxAbout = 256 << 10

// Options of reading.
type Options struct {
	// Open opens a member; nil: (*zip.File).Open, without a bound on what a member
	// unpacks to.
	Open func(*zip.File) (io.ReadCloser, error)
	// Decoder undoes codings of bodies that package wire does not know; nil: none.
	Decoder wire.Decoder
}

var member = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:.*/)?raw/0*([0-9]{1,9})_([csm])\.(?:txt|xml)$`)
})

// A session is the members of one.
type session struct {
	number                   int
	request, response, about *zip.File
}

// sessions puts the members together, in the order of Fiddler's own numbers.
func sessions(members []*zip.File) []*session {
	byNumber := map[int]*session{}
	var list []*session
	for _, f := range members {
		m := member().FindStringSubmatch(strings.ReplaceAll(f.Name, `\`, "/"))
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			continue
		}
		s := byNumber[n]
		if s == nil {
			s = &session{number: n}
			byNumber[n] = s
			list = append(list, s)
		}
		switch strings.ToLower(m[2]) {
		case "c":
			s.request = f
		case "s":
			s.response = f
		case "m":
			s.about = f
		}
	}
	slices.SortFunc(list, func(a, b *session) int { return cmp.Compare(a.number, b.number) })
	return list
}

// Read yields the exchanges of the archive that the members are of, in the order
// of Fiddler's numbers. c.Name is set before.
func Read(c *exchange.Capture, members []*zip.File, o Options) iter.Seq2[*exchange.Exchange, error] {
	if o.Open == nil {
		o.Open = (*zip.File).Open
	}
	return func(yield func(*exchange.Exchange, error) bool) {
		c.Producer = "Fiddler"
		index := 0
		for _, s := range sessions(members) {
			at := exchange.Locator{Capture: c.Name, Index: index, Offset: -1}
			index++
			x, err := s.exchange(o)
			if err != nil {
				c.Add(exchange.NoteUnreadable)
				u := &exchange.Unreadable{At: at, Reason: err.Error(), Hint: "save the sessions again in Fiddler: File > Save > All Sessions"}
				if !yield(nil, u) {
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

// The errors are of constant words: they are shown.
var (
	errNoRequest = errors.New("the request of this session is missing")
	errRequest   = errors.New("the request of this session is no HTTP request")
	errPacked    = errors.New("the request of this session cannot be unpacked")
)

func (s *session) exchange(o Options) (*exchange.Exchange, error) {
	if s.request == nil {
		return nil, errNoRequest
	}
	r, err := o.Open(s.request)
	if err != nil {
		return nil, errPacked
	}
	q, head, err := wire.StoredRequest(r, o.Decoder)
	r.Close()
	switch {
	case head == nil && err != nil && !errors.As(err, new(*wire.Error)) && !errors.Is(err, io.EOF):
		return nil, errPacked
	case head == nil || !strings.HasPrefix(q.Proto, "HTTP/"):
		return nil, errRequest
	}
	a := s.read(o)
	scheme := "http"
	if _, ok := a.flags["https-client-version"]; ok {
		scheme = "https"
	}
	q.URL = head.URL(scheme, "")
	q.Raw = nil // Fiddler writes the request line anew
	x := &exchange.Exchange{
		Sight:   exchange.Credentials | exchange.Cookies,
		Start:   a.start,
		Took:    a.took,
		Client:  a.client(),
		Conn:    a.conn(),
		Request: q,
	}
	if !x.Start.IsZero() {
		x.Sight |= exchange.Timing
	}
	if x.Conn != nil && x.Conn.TLS != nil {
		x.Sight |= exchange.TLSFacts
	}
	if x.Client == "" {
		x.Client = q.Header.Value("User-Agent")
		x.Client = x.Client[:min(len(x.Client), maxClient)]
	}
	s.answer(x, o)
	return x, nil
}

// maxClient is the number of bytes of the name of a client that are kept.
const maxClient = 200

// answer enters the response. One that Fiddler made up, for want of a server that
// answers, is a failure.
func (s *session) answer(x *exchange.Exchange, o Options) {
	if s.response == nil || s.response.UncompressedSize64 == 0 {
		return
	}
	r, err := o.Open(s.response)
	if err != nil {
		return
	}
	defer r.Close()
	p, _, _ := wire.StoredResponse(r, x.Request.Method, o.Decoder)
	if p == nil || p.Status == 0 {
		return
	}
	p.Raw = nil
	if strings.HasPrefix(p.Reason, "Fiddler - ") {
		x.Failure = ownWord(p)
		if x.Failure.Phase == exchange.DNS {
			x.Sight |= exchange.DNSFacts
		}
		return
	}
	x.Response = p
	if p.Body.Kept {
		x.Sight |= exchange.Bodies
	}
}

// ownWord returns the failure that a response of Fiddler's own tells of.
func ownWord(p *exchange.Response) *exchange.Failure {
	f := failure.Of(string(p.Body.Head), false, false)
	if f == nil {
		f = &exchange.Failure{}
	}
	text := strings.ToLower(p.Reason + " " + string(p.Body.Head))
	for _, w := range []struct {
		part string
		is   exchange.Failure
	}{
		{"dns lookup", exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"}},
		{"connectionrefused", exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"}},
		{"errorcode: 10061", exchange.Failure{Phase: exchange.Dial, Code: "ECONNREFUSED"}},
		{"timedout", exchange.Failure{Phase: exchange.Dial, Code: "ETIMEDOUT"}},
		{"errorcode: 10060", exchange.Failure{Phase: exchange.Dial, Code: "ETIMEDOUT"}},
		{"https handshake", exchange.Failure{Phase: exchange.TLSHandshake}},
		{"receive failure", exchange.Failure{Phase: exchange.HTTP, Code: "ERR_EMPTY_RESPONSE"}},
		{"connection failed", exchange.Failure{Phase: exchange.Dial}},
		{"gateway", exchange.Failure{Phase: exchange.Proxy}},
	} {
		if f.Phase == exchange.UnknownPhase && f.Code == "" && strings.Contains(text, w.part) {
			*f = w.is
		}
	}
	return f
}

// conn returns what is known of the connection; nil: nothing.
func (a *about) conn() *exchange.Conn {
	c := &exchange.Conn{}
	if ip := a.flags["x-hostip"]; net.ParseIP(ip) != nil {
		c.ServerAddr = ip
	}
	if v := tlsNames[strings.ToLower(a.flags["https-client-version"])]; v != "" {
		c.TLS = &exchange.TLS{Version: v}
	}
	if *c == (exchange.Conn{}) {
		return nil
	}
	return c
}

// tlsNames are the names that .NET has for versions of TLS.
var tlsNames = map[string]string{"ssl3": "SSL 3.0", "tls": "TLS 1.0", "tls11": "TLS 1.1", "tls12": "TLS 1.2", "tls13": "TLS 1.3"}

// client is the program that sent the request, without its number.
func (a *about) client() string {
	name, _, _ := strings.Cut(a.flags["x-processinfo"], ":")
	return name[:min(len(name), maxClient)]
}
