// Package exchange holds the one model that every source of traffic is
// brought into: an Exchange is a request and what came of it.
//
// The model is byte-faithful. Header fields keep their order, their case and
// every byte of their value, because a stray line feed is the evidence this
// program exists for. Nothing here decodes, joins or corrects; packages that
// need a decoded form keep it beside the original.
//
// A zero value means "unknown" and is never dressed up as a fact.
package exchange

import (
	"strings"
	"time"
)

// An Exchange is one request and what came of it: a response, a failure, or
// nothing yet.
//
// A source hands over ownership with the value: it must not change an Exchange
// after it was yielded. Conn, From and the heads of bodies are shared between exchanges.
type Exchange struct {
	// At says where in the input the exchange was found.
	At Locator

	// From is the capture that the exchange belongs to. It is never nil.
	From *Capture

	// Sight is what the source certainly shows of this exchange.
	Sight Sight

	// Unsure is what the source shows only if the capture as a whole turns out
	// to be complete; see [Exchange.Sees].
	Unsure Sight

	// Fidelity says how the request in the capture relates to the one sent.
	Fidelity Fidelity

	Start time.Time     // zero: unknown
	Took  time.Duration // negative: unknown

	// Client is who sent the request, as far as the source can tell clients
	// apart (a User-Agent, an address, a process). It is untrusted text.
	Client string

	// Conn is the connection used; nil if the source cannot see it.
	Conn *Conn

	Request  Request
	Response *Response // nil: none came, or none was captured
	Log      *Log      // what a log of the server says; nil: the source is no such log
	Failure  *Failure  // DNS, dialling, TLS or HTTP broke; never a 5xx

	// Comment is the comment the capture itself attaches to this exchange
	// (HAR 1.2 allows one on every object). It is untrusted text.
	Comment string

	// Facts is what the reader's Prepare function worked out about the exchange
	// where it was parsed, for whoever looks at it first; nil: nothing.
	Facts any
}

// Sees reports what is known of the parts of the exchange named by want:
// [Shown] if the source would have shown all of them, [Hidden] if it certainly
// would not, and [CannotTell] if only the whole capture can say and has not yet.
//
// For a part that the capture as a whole decides (a browser export that may
// have been cleaned), the answer can change from CannotTell to Shown while a
// capture is being read; it never changes otherwise.
func (x *Exchange) Sees(want Sight) Visibility {
	have := x.Sight
	if x.From != nil && x.From.Complete {
		have |= x.Unsure
	}
	switch {
	case have&want == want:
		return Shown
	case (have|x.Unsure)&want == want:
		return CannotTell
	default:
		return Hidden
	}
}

// A Request is the request of an [Exchange].
type Request struct {
	Method string // as captured, not upper-cased
	URL    string // as captured, never normalised; may hold credentials
	Proto  string // "HTTP/1.1", "h2", or whatever the source wrote
	Header Header

	// PartialURL marks a URL with variables in it whose values the source does not
	// know.
	PartialURL bool

	Cookies []Field // cookies that the source lists apart from the Cookie field
	Body    Body

	// Removed is the number of bytes of header lines that were certainly
	// taken out of the capture; see [Removed].
	Removed Removed

	// Raw is the head as it went over the wire, if the source saw it.
	Raw []byte
}

// A Response is the response of an [Exchange].
type Response struct {
	Status   int // 0: none came
	Reason   string
	Proto    string
	Header   Header
	Cookies  []Field // cookies that the source lists apart from Set-Cookie fields
	Body     Body
	Redirect string  // target of a redirect where the source names it apart from Location
	Removed  Removed // see [Request.Removed]
	Raw      []byte
}

// Removed says how many bytes of header lines were taken out of a message
// before the capture was written, where the capture proves it.
//
// Chromium computes HAR headersSize before it drops Authorization and Cookie
// lines from a "sanitized" export; the difference is exact for HTTP/1.x.
type Removed struct {
	Known bool
	Bytes int // 0 with Known: nothing was removed
}

// Body is the start of a message body.
type Body struct {
	// Head is the decoded start of the body, at most [MaxBody] bytes.
	Head []byte
	// Size is the full size in bytes as far as known; -1: unknown.
	Size int64
	// Media is the media type as captured, e.g. "text/html; charset=utf-8".
	Media string
	// Kept tells a body that the capture holds (even if it is empty) from one
	// that it left out.
	Kept bool
}

// MaxBody is the number of bytes of a body that are kept.
const MaxBody = 64 << 10

// A Field is one header field line (RFC 9110, section 5) or one cookie.
type Field struct {
	Name  string // as captured: case and blanks kept
	Value string // every byte kept
	// Joined marks a value into which the producer of the capture joined
	// several field lines; a line feed or comma in it proves nothing.
	Joined bool
	// Derived marks a field that stands for what the source knows from elsewhere,
	// such as a log of the server; the message need not have had it.
	Derived bool
	// Partial marks a value that the source knows only in parts, such as one with
	// a variable of a shell in it; [Unknown] stands for each of the others.
	Partial bool
}

// Unknown stands in the value of a partial [Field] for what its source does not
// know. It looks masked, so that nothing takes it for a credential.
const Unknown = "***"

// A Header is a list of fields in the order of the capture.
type Header []Field

// Get returns the value of the first field called name (ASCII case ignored)
// and whether there is one.
func (h Header) Get(name string) (string, bool) {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return h[i].Value, true
		}
	}
	return "", false
}

// Value is [Header.Get] for callers to whom an absent field and an empty one
// are the same.
func (h Header) Value(name string) string {
	v, _ := h.Get(name)
	return v
}

// Has reports whether there is a field called name.
func (h Header) Has(name string) bool {
	_, ok := h.Get(name)
	return ok
}

// All returns the values of all fields called name, in order.
func (h Header) All(name string) []string {
	var vs []string
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			vs = append(vs, h[i].Value)
		}
	}
	return vs
}

// Index returns the position of the first field called name, or -1.
func (h Header) Index(name string) int {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// A Conn is what is known of the connection that carried an exchange.
type Conn struct {
	ID         string // how the source names the connection; "" unknown
	ServerAddr string // IP address, without port or brackets; "" unknown
	ServerPort int    // 0 unknown
	TLS        *TLS   // nil: not seen (which does not mean plain text)
	TCP        *TCP   // nil: not seen, or only one direction of it

	Lookup    *Lookup    // look-up of the host name; nil: not seen
	Handshake *Handshake // packets of the TLS handshake; nil: not seen

	// Client is the connection between the client and an intercepting proxy, if
	// there is one and it has TLS. Then Handshake.Hello is of the client, the
	// rest of Handshake, TLS and TCP are of the connection to the server.
	Client *ClientLeg
}

// TLS is what is known of the TLS session of a connection.
type TLS struct {
	Version  string // "TLS 1.2"; "" unknown
	Cipher   string
	Protocol string // application protocol chosen (ALPN); "" none, or unknown
	Subject  string // common name of the server certificate
	Issuer   string // common name of its issuer
	From, To time.Time
	// State is a browser's own verdict where that is all there is: Firefox
	// writes secure, weak, broken or insecure.
	State string
}

// A Failure says why no response came.
type Failure struct {
	Phase Phase
	// Code is the stable name of the error where the source has one, such as
	// "net::ERR_NAME_NOT_RESOLVED"; else "".
	Code string
}

// A Phase is the part of a call in which it broke.
type Phase uint8

// The phases, in the order in which a call goes through them.
const (
	UnknownPhase Phase = iota
	Blocked            // the client itself refused to send, or the user aborted
	DNS
	Dial
	TLSHandshake
	Proxy // the connection to or through a forward proxy
	HTTP  // after the connection stood
)

// Fidelity says how the request in the capture relates to the one sent.
type Fidelity uint8

// The degrees of fidelity.
const (
	// AsSent: the capture holds what was sent, as far as Sight goes.
	AsSent Fidelity = iota
	// AsConfigured: the request was rebuilt from settings when the capture was
	// made (Insomnia, Postman collections); what was sent may differ.
	AsConfigured
	// Stripped: it is proven that header lines were removed from the capture.
	Stripped
)
