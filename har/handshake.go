package har

import (
	"time"

	"github.com/why401/why401/internal/exchange"
)

// HAR has no place for what happens before a request: what a client offered, alerts,
// certificates, and the connection between a client and an intercepting proxy. An
// entry has it in "_handshake", which other readers pass over.
type (
	outShake struct {
		Client  *outLeg          `json:"client,omitempty"`
		Hello   *outHello        `json:"hello,omitempty"`
		Alerts  []outAlert       `json:"alerts,omitempty"`
		Chain   []outCertificate `json:"chain,omitempty"`
		Asked   bool             `json:"certificateAsked,omitempty"`
		Plain   bool             `json:"plainReply,omitempty"`
		Quit    int              `json:"quit,omitempty"`
		Present bool             `json:"seen,omitempty"` // there is a handshake, even if nothing of it is known
	}
	outLeg struct {
		Version    string `json:"version,omitempty"`
		Cipher     string `json:"cipher,omitempty"`
		ServerName string `json:"serverName,omitempty"`
		Protocol   string `json:"protocol,omitempty"`
		Signer     int    `json:"signer,omitempty"`
		Agent      string `json:"agent,omitempty"`
		Command    string `json:"command,omitempty"`
	}
	outHello struct {
		Version    uint16   `json:"version,omitempty"`
		Ciphers    []uint16 `json:"ciphers,omitempty"`
		ServerName string   `json:"serverName,omitempty"`
		Protocols  []string `json:"protocols,omitempty"`
		JA4        string   `json:"ja4,omitempty"`
	}
	outAlert struct {
		From  int   `json:"from,omitempty"`
		Fatal bool  `json:"fatal,omitempty"`
		Code  uint8 `json:"code"`
	}
	outCertificate struct {
		Subject      string   `json:"subjectName,omitempty"`
		Issuer       string   `json:"issuer,omitempty"`
		Organization string   `json:"organization,omitempty"`
		Names        []string `json:"names,omitempty"`
		From         int64    `json:"validFrom,omitempty"` // seconds since 1970
		To           int64    `json:"validTo,omitempty"`
	}
)

func shakeOf(c *exchange.Conn) *outShake {
	h, l := c.Handshake, c.Client
	if h == nil && l == nil {
		return nil
	}
	o := &outShake{Present: h != nil}
	if l != nil {
		o.Client = &outLeg{l.Version, l.Cipher, l.ServerName, l.Protocol, int(l.Signer), l.Agent, l.Command}
	}
	if h == nil {
		return o
	}
	o.Asked, o.Plain, o.Quit = h.CertificateAsked, h.PlainReply, int(h.Quit)
	if c := h.Hello; c != nil {
		o.Hello = &outHello{c.Version, c.Ciphers, c.ServerName, c.Protocols, c.JA4}
	}
	for _, a := range h.Alerts {
		o.Alerts = append(o.Alerts, outAlert{int(a.From), a.Fatal, a.Code})
	}
	for _, c := range h.Chain {
		o.Chain = append(o.Chain, outCertificate{c.Subject, c.Issuer, c.Organization, c.Names, seconds(c.From), seconds(c.To)})
	}
	return o
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// keys calls f for each key of an object, which has to read its value.
func (p *parser) keys(f func(k string) bool) bool {
	if p.s.buf[p.s.i] != '{' {
		return p.s.skip()
	}
	some, ok := p.s.object()
	for ; ok && some; some, ok = p.s.nextKey() {
		k, ok := p.s.name()
		if !ok {
			return false
		}
		if !f(string(k)) {
			return p.s.in("?")
		}
	}
	return ok
}

// list calls f for the first elements of an array, which has to read them; the
// others are passed over.
func (p *parser) list(most int, f func() bool) bool {
	if p.s.buf[p.s.i] != '[' {
		return p.s.skip()
	}
	n := 0
	some, ok := p.s.array()
	for ; ok && some; some, ok = p.s.nextElement() {
		if n++; n > most {
			f = p.s.skip
		}
		if !f() {
			return p.s.in("?")
		}
	}
	return ok
}

func (p *parser) yes() (bool, bool) {
	v := p.s.buf[p.s.i] == 't'
	return v, p.s.skip()
}

// below reads a whole number from 0 to most; another one is 0.
func (p *parser) below(most int) (int, bool) {
	v, ok := p.float()
	if n := int(v); v >= 0 && v <= float64(most) && float64(n) == v {
		return n, ok
	}
	return 0, ok
}

func (p *parser) strings(most int) (list []string, ok bool) {
	ok = p.list(most, func() bool {
		v, ok := p.own()
		list = append(list, v)
		return ok
	})
	return list, ok
}

// handshake reads what shakeOf makes.
func (p *parser) handshake() bool {
	h := new(exchange.Handshake)
	seen := false
	ok := p.keys(func(k string) (ok bool) {
		switch k {
		case "client":
			ok = p.clientLeg()
		case "hello":
			seen, h.Hello = true, new(exchange.ClientHello)
			ok = p.hello(h.Hello)
		case "alerts":
			ok = p.list(maxAlerts, func() bool {
				var a exchange.Alert
				ok := p.alert(&a)
				h.Alerts = append(h.Alerts, a)
				return ok
			})
		case "chain":
			ok = p.list(maxChain, func() bool {
				var c exchange.Certificate
				ok := p.certificate(&c)
				h.Chain = append(h.Chain, c)
				return ok
			})
		case "certificateAsked":
			h.CertificateAsked, ok = p.yes()
		case "plainReply":
			h.PlainReply, ok = p.yes()
		case "quit":
			var n int
			n, ok = p.below(int(exchange.QuitSilent))
			h.Quit = exchange.Quit(n)
		case "seen":
			seen, ok = p.yes()
		default:
			ok = p.s.skip()
		}
		return ok
	})
	if seen {
		p.shake = h
	}
	return ok
}

func (p *parser) clientLeg() bool {
	l := new(exchange.ClientLeg)
	p.draft.leg = l
	return p.keys(func(k string) (ok bool) {
		switch k {
		case "version":
			l.Version, ok = p.own()
		case "cipher":
			l.Cipher, ok = p.own()
		case "serverName":
			l.ServerName, ok = p.own()
		case "protocol":
			l.Protocol, ok = p.own()
		case "signer":
			var n int
			n, ok = p.below(int(exchange.RunSigner))
			l.Signer = exchange.Signer(n)
		case "agent":
			l.Agent, ok = p.own()
		case "command":
			l.Command, ok = p.own()
		default:
			ok = p.s.skip()
		}
		return ok
	})
}

func (p *parser) hello(h *exchange.ClientHello) bool {
	return p.keys(func(k string) (ok bool) {
		switch k {
		case "version":
			var n int
			n, ok = p.below(1<<16 - 1)
			h.Version = uint16(n)
		case "ciphers":
			ok = p.list(maxCiphers, func() bool {
				n, ok := p.below(1<<16 - 1)
				h.Ciphers = append(h.Ciphers, uint16(n))
				return ok
			})
		case "serverName":
			h.ServerName, ok = p.own()
		case "protocols":
			h.Protocols, ok = p.strings(maxNames)
		case "ja4":
			h.JA4, ok = p.own()
		default:
			ok = p.s.skip()
		}
		return ok
	})
}

func (p *parser) alert(a *exchange.Alert) bool {
	return p.keys(func(k string) (ok bool) {
		var n int
		switch k {
		case "from":
			n, ok = p.below(int(exchange.Server))
			a.From = exchange.Side(n)
		case "fatal":
			a.Fatal, ok = p.yes()
		case "code":
			n, ok = p.below(255)
			a.Code = uint8(n)
		default:
			ok = p.s.skip()
		}
		return ok
	})
}

func (p *parser) certificate(c *exchange.Certificate) bool {
	return p.keys(func(k string) (ok bool) {
		switch k {
		case "subjectName":
			c.Subject, ok = p.own()
		case "issuer":
			c.Issuer, ok = p.own()
		case "organization":
			c.Organization, ok = p.own()
		case "names":
			c.Names, ok = p.strings(maxNames)
		case "validFrom":
			c.From, ok = p.unix()
		case "validTo":
			c.To, ok = p.unix()
		default:
			ok = p.s.skip()
		}
		return ok
	})
}
