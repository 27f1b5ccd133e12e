package scrub

import (
	crand "crypto/rand"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/failure"
	"github.com/why401/why401/internal/redact"
)

// Options of a [Scrubber]; the zero value is good.
type Options struct {
	// Key keys the stand-ins. With the zero key a random one is made, so that
	// nobody can try passwords against them; a shared one makes the output the
	// same each time.
	Key [32]byte
	// Hosts replaces host names, too, but for those of Atlassian's own services.
	Hosts bool
}

// Counts says what a [Scrubber] did.
type Counts struct {
	Exchanges int `json:"exchanges"`
	Secrets   int `json:"secrets"`  // different ones that were learnt
	Users     int `json:"users"`    // places of account names
	Bodies    int `json:"bodies"`   // bodies that were dropped
	Unlearnt  int `json:"unlearnt"` // places of secrets that were too many to be looked for elsewhere
	Strict    int `json:"strict"`   // places where a text was replaced because of that, see [Scrubber.Copy]
	Mended    int `json:"mended"`   // places where a secret stood that the structure did not tell
}

// A Scrubber replaces secrets in exchanges. It is not safe for concurrent use.
type Scrubber struct {
	key    [32]byte
	o      Options
	memo   *memo
	fields map[string]*named // what is known of names
	last   same              // the last path and query
	forms  map[string]bool   // of paths that stay
	keys   map[string]*key   // of JSON
	formed []byte            // of form
	learnt map[string]bool   // to whether only the whole of it is a secret
	order  []string          // what was learnt, as it came
	bytes  int
	over   bool // there are more secrets than can be looked for
	count  Counts
	sent   *exchange.Request  // the request at hand, on whose rest a query string hash depends
	copied *exchange.Request  // and what was made of it
	room   *exchange.Exchange // for the next copy, if not nil
	fault  func(place string) bool

	buf     []byte
	out     []byte // of chars
	rng     *rand.ChaCha8
	rand    *rand.Rand
	gates   []*Gate // for Mend: of what was learnt, the first ones first
	exact   bool    // lengths stay: they are part of the defect
	passing bool    // what is made depends on the request at hand
	made    standIns
	names   map[string]string // of accounts, to pseudonyms
	taken   map[string]bool   // pseudonyms
	near    []string          // addresses that others are compared with
	shown   map[string]bool   // hosts that stay
	hosts   []string          // those that a draft was not told

	streamed bool // what is made is handed to a draft
}

// New returns a Scrubber.
func New(o Options) *Scrubber {
	if o.Key == ([32]byte{}) {
		_, _ = crand.Read(o.Key[:]) // never fails: it crashes instead
	}
	return newScrubber(o, o.Key)
}

func newScrubber(o Options, key [32]byte) *Scrubber {
	s := &Scrubber{key: key, o: o, learnt: map[string]bool{}, names: map[string]string{}, taken: map[string]bool{}, shown: map[string]bool{}}
	s.rng = rand.NewChaCha8(s.key)
	s.rand = rand.New(s.rng)
	return s
}

// Counts returns what was done so far.
func (s *Scrubber) Counts() Counts {
	c := s.count
	c.Secrets = len(s.learnt)
	return c
}

// learn remembers a secret, to look for it elsewhere.
func (s *Scrubber) learn(v string) { s.note(v, false) }

// public are the parts of secrets that everybody knows.
var public = [...]string{
	"ATATT3xFfGF0", "ATCTT3xFfGN0", "ATSTT3xFfG", "@example.com", "%40example.com", "Bearer ", "Basic ", "bearer ", "basic ", "https://", "http://", "https%3A%2F%2F", "http%3A%2F%2F",
}

// note is learn; with whole set, runs of it are no secrets.
func (s *Scrubber) note(v string, whole bool) {
	if s.over {
		s.count.Unlearnt++
		return
	}
	v = strings.Trim(v, " \t\r\n\"'\x00")
	v = v[:min(len(v), maxSecret)]
	if !whole {
		for _, p := range public {
			if head, rest, ok := strings.Cut(v, p); ok {
				s.learn(head)
				s.learn(rest)
				return
			}
		}
	}
	if _, ok := s.learnt[v]; ok || len(v) < minLearnt || words(v) || isPseudonym(v) {
		return
	}
	if len(s.learnt) >= maxLearnt || s.bytes+len(v) > maxLearntBytes {
		s.count.Unlearnt++
		s.over = true
		return
	}
	v = strings.Clone(v)
	s.learnt[v] = whole
	s.order = append(s.order, v)
	s.bytes += len(v)
}

// broken lets a test leave a place as it is: the gate must find that.
func (s *Scrubber) broken(place string) bool { return s.fault != nil && s.fault(place) }

// Exchange returns a copy of x that is safe to share. It does not change x. What
// it learns from x the [Gate] can look for in what was written before.
func (s *Scrubber) Exchange(x *exchange.Exchange) *exchange.Exchange {
	if !s.streamed || !s.over { // else it was looked for where it is, see [Draft]
		s.made.keep()
	}
	s.made.forget()
	s.count.Exchanges++
	room := s.room
	if s.room = nil; room == nil {
		room = &exchange.Exchange{}
	}
	header, response := room.Request.Header[:0], room.Response
	y := room
	*y = *x
	y.Facts, y.Comment = nil, "scrubbed by why401"
	y.Client = s.remember('c', "", x.Client, func() string { return s.text(x.Client) })
	y.Conn = s.conn(x.Conn)
	s.request(y, x, header)
	if x.Response != nil {
		if response == nil {
			response = &exchange.Response{}
		}
		s.response(response, x)
		y.Response = response
	}
	if x.Failure != nil {
		f := *x.Failure
		f.Code = failure.Name(x) // what it goes by is not in the copy
		if f.Code != "" && !failureCode().MatchString(f.Code) {
			f.Code = s.text(f.Code)
		}
		y.Failure = &f
	}
	s.sent, s.copied = nil, nil
	return y
}

var failureCode = pattern(`^(net::[A-Z0-9_]{1,60}|NS_[A-Z_]{1,60}|[A-Z_]{1,40})$`)

// request scrubs the request of x. header is room for its header.
func (s *Scrubber) request(y, x *exchange.Exchange, header exchange.Header) {
	r := &y.Request
	if redact.Method(r.Method).String() != r.Method {
		r.Method = s.text(r.Method)
	}
	r.Raw = nil
	r.Proto = s.text(r.Proto)
	r.URL = s.keep("request URL", x.Request.URL, s.url)
	r.Body = s.requestBody(x)
	s.sent, s.copied = &x.Request, r
	if strings.Contains(x.Request.URL, "jwt=") { // its claims depend on the rest of the URL
		r.URL = s.keep("request URL", x.Request.URL, s.url)
	}
	wrapped := s.wrapped(x.Request.Header)
	r.Header = slices.Grow(header, len(x.Request.Header))[:len(x.Request.Header)]
	for i, f := range x.Request.Header {
		if out, ok := wrapped[i]; ok {
			r.Header[i] = out
			continue
		}
		n := s.about(f.Name)
		f.Value = s.keepField("request field ", n, f)
		f.Name = n.shown
		r.Header[i] = f
	}
	r.Cookies = s.cookies(x.Request.Cookies, "request cookie")
}

// wrapped replaces a pair that an encoder broke into two lines, of which the
// second was taken for the name of a field.
func (s *Scrubber) wrapped(h exchange.Header) map[int]exchange.Field {
	for i := 1; i < len(h); i++ {
		first, rest := h[i-1], h[i]
		if rest.Value != "" || len(rest.Name) < 8 || !strings.EqualFold(first.Name, "authorization") || strings.IndexByte(rest.Name, '-') >= 0 {
			continue
		}
		c := credential.Parse(credential.InAuthorization, 0, first.Name, first.Value)
		if _, ok := credential.EncodedPair(c.Param + rest.Name); !ok || c.Scheme != credential.Basic {
			continue
		}
		s.exact = true
		out, ok := s.encoded(c.Param+rest.Name, 0, true)
		s.exact = false
		if !ok || len(out) != len(c.Param)+len(rest.Name) {
			continue
		}
		first.Value, rest.Name = first.Value[:c.ParamAt]+out[:len(c.Param)]+c.Tail(), out[len(c.Param):]
		s.make(first.Value[c.ParamAt:])
		s.make(rest.Name)
		return map[int]exchange.Field{i - 1: first, i: rest}
	}
	return nil
}

// response scrubs the response of x into r, whose header it uses again.
func (s *Scrubber) response(r *exchange.Response, x *exchange.Exchange) {
	header := r.Header[:0]
	*r = *x.Response
	r.Raw = nil
	r.Reason, r.Proto = s.text(r.Reason), s.text(r.Proto)
	r.Header = slices.Grow(header, len(x.Response.Header))[:len(x.Response.Header)]
	for i, f := range x.Response.Header {
		n := s.about(f.Name)
		f.Value = s.keepField("response field ", n, f)
		f.Name = n.shown
		r.Header[i] = f
	}
	r.Cookies = s.cookies(r.Cookies, "response cookie")
	r.Redirect = s.keep("redirect", r.Redirect, s.address)
	r.Body = s.responseBody(x)
}

// keep replaces a value, unless a test wants it left.
func (s *Scrubber) keep(place, v string, f func(string) string) string {
	out := f(v)
	if s.broken(place) {
		return v
	}
	return out
}

// keepField is keep for the value of a header field of which n is known.
func (s *Scrubber) keepField(place string, n *named, f exchange.Field) string {
	asked := place == "request field "
	last, kind := &n.told, byte('S')
	if asked {
		last, kind = &n.asked, 'Q'
	}
	if s.fault == nil && last.v == f.Value {
		s.again(last.made)
		return last.out
	}
	if f.Value == "" {
		return ""
	}
	replace := func() string {
		if asked && s.misnamed(n, f.Name) {
			return s.authorization(f.Value)
		}
		return s.field(n, f.Value)
	}
	if len(f.Value) > maxMemoText || s.fault != nil {
		out := replace()
		if s.fault != nil && s.fault(place+f.Name) {
			return f.Value
		}
		return out
	}
	if s.memo == nil {
		s.memo = new(memo)
	}
	sum := sumOf(kind, f.Name, f.Value)
	if m := s.memo.find(sum, kind, f.Name, f.Value); m != nil {
		*last = same{m.v, m.out, m.made}
		s.again(m.made)
		return m.out
	}
	return s.renew(sum, kind, f.Name, f.Value, replace)
}

// misnamed reports whether a field is another name for Authorization.
func (s *Scrubber) misnamed(n *named, name string) bool {
	if n.alias == 0 {
		n.alias = -1
		all := credential.Of(&exchange.Request{Header: exchange.Header{{Name: name, Value: "x"}}})
		for _, c := range all.List() {
			if c.Place == credential.InMisnamedField && !c.Listed {
				n.alias = 1
			}
		}
	}
	return n.alias > 0
}

func (s *Scrubber) conn(c *exchange.Conn) *exchange.Conn {
	if c == nil {
		return nil
	}
	d := *c
	d.ID = s.text(d.ID)
	d.ServerAddr = s.remember('i', "", d.ServerAddr, func() string { return s.ip(d.ServerAddr) })
	d.Lookup, d.Handshake = nil, s.handshake(c.Handshake)
	if c.Client != nil {
		l := *c.Client
		l.ServerName, l.Agent, l.Command = s.host(l.ServerName), s.text(l.Agent), s.text(l.Command)
		l.Version, l.Cipher, l.Protocol = s.cipher(l.Version), s.cipher(l.Cipher), s.text(l.Protocol)
		d.Client = &l
	}
	if c.TLS != nil {
		t := *c.TLS
		t.Subject, t.Issuer = s.text(t.Subject), s.text(t.Issuer)
		t.Cipher, t.Version, t.Protocol, t.State = s.cipher(t.Cipher), s.cipher(t.Version), s.text(t.Protocol), s.text(t.State)
		d.TLS = &t
	}
	return &d
}

// handshake keeps what a client offered and the alerts, not the certificates: their
// names are those of people's servers.
func (s *Scrubber) handshake(h *exchange.Handshake) *exchange.Handshake {
	if h == nil {
		return nil
	}
	g := &exchange.Handshake{Alerts: h.Alerts, CertificateAsked: h.CertificateAsked, PlainReply: h.PlainReply, Quit: h.Quit}
	if h.Hello != nil {
		c := exchange.ClientHello{Version: h.Hello.Version, Ciphers: h.Hello.Ciphers, ServerName: s.host(h.Hello.ServerName)}
		for _, p := range h.Hello.Protocols {
			c.Protocols = append(c.Protocols, s.text(p))
		}
		g.Hello = &c
	}
	return g
}

// ip replaces a public address by one that is for documentation (RFC 5737).
func (s *Scrubber) ip(a string) string {
	p, err := netip.ParseAddr(a)
	if err != nil {
		return s.text(a)
	}
	if p.IsPrivate() || p.IsLoopback() || p.IsUnspecified() || p.IsLinkLocalUnicast() {
		return a
	}
	r := s.stream(a)
	if p.Is4() {
		return netip.AddrFrom4([4]byte{198, 51, 100, byte(1 + r.IntN(254))}).String()
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	b[15], b[14] = byte(r.Uint32()), byte(r.Uint32())
	return netip.AddrFrom16(b).String()
}

// fieldName keeps the names of fields that are made of known words.
func (s *Scrubber) fieldName(n string) string {
	if redact.HeaderName(n).String() == n {
		return n
	}
	return s.text(n)
}

func (s *Scrubber) cookies(list []exchange.Field, place string) []exchange.Field {
	if list == nil {
		return nil
	}
	out := make([]exchange.Field, len(list))
	for i, c := range list {
		c.Value = s.keep(place, c.Value, s.cookieValue)
		c.Name = s.text(c.Name)
		out[i] = c
	}
	return out
}

// cookieValue replaces the value of a cookie. The mark of Jira's XSRF token that
// says whether somebody is logged in stays.
func (s *Scrubber) cookieValue(v string) string {
	switch v {
	case "deleteMe", "deleted", "expired", "true", "false":
		return v
	}
	if strings.IndexByte(v, '%') >= 0 {
		return s.escaped(v)
	}
	return s.secret(v)
}
