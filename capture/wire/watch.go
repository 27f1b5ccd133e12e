package wire

import (
	"bytes"
	"crypto/sha256"

	"github.com/why401/why401/internal/exchange"
)

// A Watch follows the two directions of a TLS connection and keeps what can be
// read of its handshake without keys. The zero value is ready. It holds at most
// one handshake message a direction; once records are encrypted it only counts
// them.
//
// Bytes of the two sides may come in any order among each other.
type Watch struct {
	Client *ClientHello // the first one; nil: not seen
	Server *ServerHello // the one that counts, or a retry; nil: not seen
	// Issued tells the session ticket that the server of TLS up to 1.2 issued,
	// as [ClientHello.Ticket] does; zero: none.
	Issued [32]byte

	facts exchange.Handshake
	sides [2]half
	seen  bool // something of TLS was seen
	plain bool // the server speaks HTTP
}

// A half is one direction.
type half struct {
	head     [5]byte // of the record
	headed   int
	left     int // of the fragment
	messages Messages
	alert    [2]byte
	alerted  int
	ssl2     []byte // a ClientHello in the form of SSL 2
	begun    bool   // at least one whole record header
	lost     bool   // not TLS, or bytes are missing
	changed  bool   // ChangeCipherSpec was seen
	probed   bool   // the current handshake record was judged
	skip     bool   // the fragment is of no use

	count Sealed
}

// Sealed counts the encrypted records of one side.
type Sealed struct {
	Records int // all of them
	Alerts  int // those that are alerts, or in TLS 1.3 have the length of one
	// AlertFirst is set if the first encrypted record has the length of an alert.
	AlertFirst bool
}

func (w *Watch) side(from exchange.Side) *half {
	if from == exchange.Server {
		return &w.sides[1]
	}
	return &w.sides[0]
}

// Feed takes the next bytes of one side, in pieces of any size.
func (w *Watch) Feed(from exchange.Side, p []byte) {
	h := w.side(from)
	for len(p) > 0 && !h.lost {
		switch {
		case h.ssl2 != nil:
			n := min(h.left, len(p))
			h.ssl2 = append(h.ssl2, p[:n]...)
			h.left -= n
			p = p[n:]
			if h.left == 0 {
				w.hello(parseSSL2Hello(h.ssl2))
				h.ssl2 = nil
			}
		case h.left > 0:
			n := min(h.left, len(p))
			w.fragment(from, h, p[:n])
			h.left -= n
			p = p[n:]
		default:
			n := copy(h.head[h.headed:], p)
			h.headed += n
			p = p[n:]
			if h.headed == len(h.head) {
				w.record(from, h)
			}
		}
	}
}

// record judges the header of the next record.
func (w *Watch) record(from exchange.Side, h *half) {
	b := h.head[:]
	h.headed = 0
	first := !h.begun
	h.begun = true
	if first && from == exchange.Client && b[0]&0x80 != 0 && sniffTLS(b) == TLSRecords {
		h.left = int(b[0]&0x7f)<<8 | int(b[1]) - 3
		h.ssl2 = append(make([]byte, 0, 64), b[2:]...)
		w.seen = true
		return
	}
	if _, _, err := ParseRecord(b); err != nil {
		h.lost = true
		h.messages = Messages{}
		if first && from == exchange.Server && plainHTTP(b) {
			w.plain = true
		}
		return
	}
	w.seen = true
	h.left = int(b[3])<<8 | int(b[4])
	h.alerted, h.probed, h.skip = 0, false, false
	switch b[0] {
	case RecordCCS:
		h.skip = true
		h.changed = h.changed || w.version() != TLS13
	case RecordAlert:
		// Two bytes are too few for an encrypted one.
		if h.left != 2 {
			h.skip = true
			h.sealed(true)
		}
	case RecordHandshake:
		if h.changed && from == exchange.Server {
			h.skip = true
			h.sealed(false)
		}
	default:
		h.skip = true
		// TLS 1.3 hides the type: an alert has 2 bytes, 1 for its type and 16
		// to authenticate it.
		h.sealed(b[0] == RecordApplication && h.left == 2+1+16 && (w.version() == TLS13 || w.version() == 0))
	}
}

func (h *half) sealed(alert bool) {
	if h.count.Records == 0 {
		h.count.AlertFirst = alert
	}
	h.count.Records++
	if alert {
		h.count.Alerts++
	}
}

// plainHTTP reports whether a server answered with HTTP, or with the bare page of
// HTTP/0.9, as old servers do.
func plainHTTP(b []byte) bool {
	return bytes.Equal(b, []byte("HTTP/")) || bytes.EqualFold(b, []byte("<html")) || bytes.EqualFold(b, []byte("<!doc"))
}

// fragment takes a piece of the fragment of a record.
func (w *Watch) fragment(from exchange.Side, h *half, p []byte) {
	switch {
	case h.skip:
	case h.head[0] == RecordAlert:
		h.alerted += copy(h.alert[h.alerted:], p)
		if h.alerted == 2 {
			if a, ok := ParseAlert(from, h.alert[:]); ok {
				w.Alert(a)
			}
		}
	case h.changed && !h.probed:
		// After its ChangeCipherSpec a client sends encrypted records, but for
		// the second ClientHello of TLS 1.3, which may come before this watch
		// has seen the version.
		h.probed = true
		if p[0] != MessageClientHello {
			h.skip = true
			h.sealed(false)
			return
		}
		fallthrough
	default:
		h.messages.Add(p, func(kind uint8, body []byte) { w.Message(from, kind, body) })
	}
}

// Alert takes an alert that the caller decrypted.
func (w *Watch) Alert(a exchange.Alert) {
	w.seen = true
	if len(w.facts.Alerts) < maxAlerts {
		w.facts.Alerts = append(w.facts.Alerts, a)
	}
}

// Message takes a handshake message. Feed calls it for those that it can read,
// callers with keys for those that they decrypted.
func (w *Watch) Message(from exchange.Side, kind uint8, body []byte) {
	w.seen = true
	switch kind {
	case MessageClientHello:
		if from == exchange.Client {
			w.hello(ParseClientHello(body))
		}
	case MessageServerHello:
		if from != exchange.Server || w.Server != nil && !w.Server.Retry {
			return
		}
		if h, err := ParseServerHello(body); err == nil {
			w.Server = h
		}
	case MessageEncryptedExtensions:
		if from == exchange.Server && w.Server != nil && w.Server.Protocol == "" {
			w.Server.Protocol = ParseEncryptedExtensions(body)
		}
	case MessageNewSessionTicket:
		if c := (cursor{b: body}); from == exchange.Server && w.version() <= TLS12 {
			c.take(4) // its lifetime
			if t := c.vector(2); len(t.b) > 0 && !c.short {
				w.Issued = sha256.Sum256(t.b)
			}
		}
	case MessageCertificate:
		if from == exchange.Server && w.facts.Chain == nil {
			w.facts.Chain, _ = ParseCertificates(w.version(), body)
		}
	case MessageCertificateRequest:
		if from == exchange.Server {
			w.facts.CertificateAsked = true
		}
	}
}

func (w *Watch) hello(h *ClientHello, err error) {
	if w.Client == nil && err == nil {
		w.Client = h
		w.facts.Hello = h.Facts()
	}
}

// Chain returns the number of certificates of the server that were seen.
func (w *Watch) Chain() int { return len(w.facts.Chain) }

// Version returns that of the connection, a draft of TLS 1.3 taken for it; 0: not
// known.
func (w *Watch) Version() uint16 { return w.version() }

func (w *Watch) version() uint16 {
	if w.Server == nil {
		return 0
	}
	return settled(w.Server.Version)
}

// Gap says that bytes of a side are missing. Nothing more is read of that side,
// as nobody knows where its next record starts; unless they lie within a record
// that is of no use.
func (w *Watch) Gap(from exchange.Side, n int64) {
	h := w.side(from)
	if h.skip && n <= int64(h.left) {
		h.left -= int(n)
		return
	}
	h.lost = true
	h.messages = Messages{}
}

// Lost reports whether nothing more is read of a side: it does not speak TLS, or
// bytes of it are missing.
func (w *Watch) Lost(from exchange.Side) bool { return w.side(from).lost }

// Sealed returns the counts of the encrypted records of a side.
func (w *Watch) Sealed(from exchange.Side) Sealed { return w.side(from).count }

// Silent reports whether the client had the certificate of the server before it
// and sent nothing but, perhaps, the end of the handshake: a request would have
// made another record. Resumed sessions do
// not count, as there is no certificate in them to dislike.
func (w *Watch) Silent() bool {
	c := w.Sealed(exchange.Client)
	if w.Server == nil || w.Server.Retry || w.Server.Resumed || w.Lost(exchange.Client) || c.AlertFirst || c.Records > 2 {
		return false
	}
	if w.version() == TLS13 {
		return c.Records-c.Alerts <= 1 && w.Sealed(exchange.Server).Records > 0
	}
	return len(w.facts.Chain) > 0 && c.Records-c.Alerts <= 1
}

// Rejected reports whether the client very likely refused the certificate of the
// server in TLS 1.3, where the alert is encrypted: the first thing that it sent
// after the hellos has the length of an alert.
func (w *Watch) Rejected() bool {
	return w.version() == TLS13 && w.Sealed(exchange.Client).AlertFirst && w.Sealed(exchange.Server).Records > 0
}

// Handshake returns what was seen of the handshake; nil: nothing. The result
// shares memory with w: it is to be taken when all is fed.
func (w *Watch) Handshake() *exchange.Handshake {
	if !w.seen {
		return nil
	}
	w.facts.PlainReply = w.plain && w.Client != nil
	return &w.facts
}

// TLS returns what was settled for the connection; nil: nothing.
func (w *Watch) TLS() *exchange.TLS {
	if w.Server == nil || w.Server.Retry {
		return nil
	}
	t := &exchange.TLS{Version: VersionName(w.version()), Cipher: CipherName(w.Server.Cipher), Protocol: w.Server.Protocol}
	if len(w.facts.Chain) > 0 {
		c := &w.facts.Chain[0]
		t.Subject, t.Issuer, t.From, t.To = c.Subject, c.Issuer, c.From, c.To
	}
	return t
}
