package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// Extensions of TLS that are looked into.
const (
	extServerName  = 0
	extGroups      = 10
	extSignatures  = 13
	extTicket      = 35 // RFC 5077
	extPSK         = 41
	extALPN        = 16
	extVersions    = 43
	extKeyShare    = 51
	extOldKeyShare = 40 // drafts of TLS 1.3 up to 22
	extEncryptedCH = 0xfe0d
)

// A ClientHello is the first message of a TLS client (RFC 8446, section 4.1.2).
// Lists are in the order of the client and hold the GREASE values.
type ClientHello struct {
	Legacy     uint16 // legacy_version
	Random     [32]byte
	Session    []byte // legacy_session_id
	Ciphers    []uint16
	Extensions []uint16 // the types
	Versions   []uint16 // supported_versions; nil: no such extension
	Groups     []uint16 // supported_groups
	Signatures []uint16 // signature_algorithms
	Protocols  []string // ALPN
	ServerName string
	Named      bool // there is a server_name extension
	Encrypted  bool // encrypted_client_hello: the server name is that of the front
	SSL2       bool // sent in the form of SSL 2
	// Ticket tells the session ticket of TLS up to 1.2 that is offered (RFC
	// 5077): its SHA-256; zero: none.
	Ticket [32]byte
}

// Version returns the highest version that the client offers, a draft of TLS 1.3
// taken for it.
func (h *ClientHello) Version() uint16 {
	var best uint16
	for _, v := range h.Versions {
		if !IsGREASE(v) {
			best = max(best, settled(v))
		}
	}
	if best == 0 {
		return h.Legacy
	}
	return best
}

// Facts returns what the rules need of h.
func (h *ClientHello) Facts() *exchange.ClientHello {
	return &exchange.ClientHello{
		Version: h.Version(), Ciphers: h.Ciphers, ServerName: h.ServerName, Protocols: h.Protocols, JA4: h.JA4(),
	}
}

// ParseClientHello reads the body of a ClientHello. Of one that is cut short it
// returns what there is, with an [*Error].
func ParseClientHello(body []byte) (*ClientHello, error) {
	c := cursor{b: body}
	h := &ClientHello{Legacy: c.u16()}
	copy(h.Random[:], c.take(32))
	session := c.vector(1)
	h.Session = slices.Clone(session.b)
	ciphers := c.vector(2)
	h.Ciphers = ciphers.list(maxCiphers)
	c.vector(1) // compression
	if len(c.b) > 0 {
		extensions := c.vector(2)
		for len(extensions.b) > 0 && len(h.Extensions) < maxExtensions {
			kind, e := extensions.u16(), extensions.vector(2)
			h.Extensions = append(h.Extensions, kind)
			h.extension(kind, &e)
		}
		c.short = c.short || extensions.short
	}
	if c.short {
		return h, &Error{int64(len(body)), "the ClientHello ends early"}
	}
	return h, nil
}

func (h *ClientHello) extension(kind uint16, e *cursor) {
	switch kind {
	case extServerName:
		h.Named = true
		names := e.vector(2)
		for len(names.b) > 0 {
			kind, name := names.u8(), names.vector(2)
			if kind == 0 && h.ServerName == "" {
				h.ServerName = text(name.b)
			}
		}
	case extVersions:
		v := e.vector(1)
		h.Versions = v.list(maxExtensions)
	case extGroups:
		v := e.vector(2)
		h.Groups = v.list(maxExtensions)
	case extSignatures:
		v := e.vector(2)
		h.Signatures = v.list(maxExtensions)
	case extALPN:
		h.Protocols = e.protocols()
	case extEncryptedCH:
		h.Encrypted = true
	case extTicket:
		if len(e.b) > 0 {
			h.Ticket = sha256.Sum256(e.b)
		}
	}
}

func (c *cursor) protocols() []string {
	var list []string
	v := c.vector(2)
	for len(v.b) > 0 && len(list) < maxProtocols {
		p := v.vector(1)
		list = append(list, text(p.b))
	}
	return list
}

// parseSSL2Hello reads a ClientHello in the form of SSL 2, from its type on (RFC
// 5246, appendix E.2).
func parseSSL2Hello(body []byte) (*ClientHello, error) {
	c := cursor{b: body}
	c.u8()
	h := &ClientHello{SSL2: true, Legacy: c.u16()}
	specs, session, challenge := int(c.u16()), int(c.u16()), int(c.u16())
	list := cursor{b: c.take(specs)}
	h.Session = slices.Clone(c.take(session))
	if r := c.take(challenge); len(r) <= 32 {
		copy(h.Random[32-len(r):], r)
	}
	for len(list.b) >= 3 && len(h.Ciphers) < maxCiphers {
		if list.u8() == 0 { // the others exist only in SSL 2
			h.Ciphers = append(h.Ciphers, list.u16())
		} else {
			list.u16()
		}
	}
	if c.short {
		return h, &Error{int64(len(body)), "the ClientHello ends early"}
	}
	return h, nil
}

// JA4 returns the fingerprint of the client program over TCP, as
// "t13d1516h2_8daaf6152771_e5627efa2ab1" (FoxIO JA4, BSD licence). Equal ones
// mean that the same TLS library with the same settings spoke.
func (h *ClientHello) JA4() string {
	plain := func(l []uint16) []uint16 {
		return slices.DeleteFunc(slices.Clone(l), IsGREASE)
	}
	ciphers, extensions := plain(h.Ciphers), plain(h.Extensions)
	version, ok := map[uint16]string{TLS13: "13", TLS12: "12", TLS11: "11", TLS10: "10", SSL30: "s3", SSL20: "s2"}[h.Version()]
	if !ok {
		version = "00"
	}
	sni := "i"
	if h.Named {
		sni = "d"
	}
	alpn := "00"
	if len(h.Protocols) > 0 && h.Protocols[0] != "" {
		p := h.Protocols[0]
		first, last := p[0], p[len(p)-1]
		if !alphanumeric(first) || !alphanumeric(last) {
			x := hex.EncodeToString([]byte(p))
			first, last = x[0], x[len(x)-1]
		}
		alpn = string([]byte{first, last})
	}
	a := fmt.Sprintf("t%s%s%02d%02d%s", version, sni, min(len(ciphers), 99), min(len(extensions), 99), alpn)

	slices.Sort(ciphers)
	rest := slices.DeleteFunc(extensions, func(e uint16) bool { return e == extServerName || e == extALPN })
	slices.Sort(rest)
	c := hexList(rest)
	if s := plain(h.Signatures); len(s) > 0 {
		c += "_" + hexList(s)
	}
	if len(rest) == 0 {
		c = ""
	}
	return a + "_" + short(hexList(ciphers)) + "_" + short(c)
}

func alphanumeric(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func hexList(l []uint16) string {
	var b strings.Builder
	for i, v := range l {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%04x", v)
	}
	return b.String()
}

func short(list string) string {
	if list == "" {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(list))
	return hex.EncodeToString(sum[:6])
}

// A ServerHello is the answer to a ClientHello (RFC 8446, section 4.1.3).
type ServerHello struct {
	Version    uint16 // chosen; a draft of TLS 1.3 as it is
	Random     [32]byte
	Session    []byte
	Cipher     uint16
	Extensions []uint16
	Protocol   string // ALPN; TLS 1.3 encrypts it: see [ParseEncryptedExtensions]
	Group      uint16 // of the key share of TLS 1.3, or asked for by a retry
	Retry      bool   // HelloRetryRequest: the client sends another ClientHello
	// EncryptThenMAC is extension 22: it changes how CBC records are built.
	EncryptThenMAC bool
	// Resumed is set if TLS 1.3 goes on with an older session.
	Resumed bool
}

// retryRandom marks a HelloRetryRequest (RFC 8446, section 4.1.3).
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// ParseServerHello reads the body of a ServerHello or a HelloRetryRequest. Of one
// that is cut short it returns what there is, with an [*Error].
func ParseServerHello(body []byte) (*ServerHello, error) {
	c := cursor{b: body}
	h := &ServerHello{Version: c.u16()}
	copy(h.Random[:], c.take(32))
	h.Retry = h.Random == retryRandom
	// Drafts up to 21 have neither a session nor a compression method.
	draft := isDraft(h.Version)
	if !draft {
		session := c.vector(1)
		h.Session = slices.Clone(session.b)
	}
	h.Cipher = c.u16()
	if !draft {
		c.u8()
	}
	if len(c.b) > 0 {
		extensions := c.vector(2)
		for len(extensions.b) > 0 && len(h.Extensions) < maxExtensions {
			kind, e := extensions.u16(), extensions.vector(2)
			h.Extensions = append(h.Extensions, kind)
			switch kind {
			case extVersions:
				if len(e.b) >= 2 {
					h.Version = e.u16()
				}
			case extALPN:
				if p := e.protocols(); len(p) > 0 {
					h.Protocol = p[0]
				}
			case extKeyShare, extOldKeyShare:
				h.Group = e.u16()
			case 22:
				h.EncryptThenMAC = true
			case extPSK:
				h.Resumed = true
			}
		}
		c.short = c.short || extensions.short
	}
	if c.short {
		return h, &Error{int64(len(body)), "the ServerHello ends early"}
	}
	return h, nil
}

// ParseEncryptedExtensions returns the application protocol that a TLS 1.3 server
// chose, from the decrypted body of the message; "": none.
func ParseEncryptedExtensions(body []byte) string {
	c := cursor{b: body}
	extensions := c.vector(2)
	for len(extensions.b) > 0 {
		kind, e := extensions.u16(), extensions.vector(2)
		if kind == extALPN {
			if p := e.protocols(); len(p) > 0 {
				return p[0]
			}
		}
	}
	return ""
}
